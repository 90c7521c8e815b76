"""All ways in which a grammar lets a model write a number: a tree of tokens, and the probability of each number.

"42" may be written as the token "42", or as "4" and then "2"; and wherever a number may be over or go on, what ends it
competes with the next digit. Multiplied along the paths and summed over them, the tokens' probabilities are the exact
distribution of the number that the constrained model writes.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from llguidance import LLMatcher
from numpy.typing import NDArray

from pluralism.engines.distributions import Distribution
from pluralism.engines.local.grammar import Grammars

OPEN = -1
"""Stands for a number that may still go on."""


@dataclass(frozen=True)
class Node:
    """A point in or before a number at which the model chooses whether and how to continue.

    Attributes:
        path: the tokens from the root to here.
        tokens: those that may come next.
        numbers: for each of them the number that is certain with it, or `OPEN` where another node follows.
    """

    path: tuple[int, ...]
    tokens: tuple[int, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class NumberTree:
    """All nodes, each after those on its path; the first is the root, before the number.

    Where the number is complete and only what ends it is allowed, there is no node: a share of 1 needs no model.
    """

    nodes: tuple[Node, ...]

    @cached_property
    def texts(self) -> tuple[tuple[int, ...], ...]:
        """What a model must read to pass through every node but the root: the paths that lead to no other node."""
        paths = [node.path for node in self.nodes[1:]]
        return tuple(path for path in paths if not any(other[:-1] == path for other in paths))

    @cached_property
    def node_positions(self) -> tuple[tuple[int, int], ...]:
        """For each node but the root a text that passes through it, and its position in that text."""
        paths = [node.path for node in self.nodes[1:]]
        return tuple(
            next((text, len(path) - 1) for text, whole in enumerate(self.texts) if whole[: len(path)] == path)
            for path in paths
        )

    def distribution(self, logits: Sequence[NDArray[Any]]) -> Distribution:
        """The probability of each number, at temperature 1.

        Args:
            logits: for each node the model's, of the node's `tokens`.
        """
        probabilities = np.zeros(1 + max(number for node in self.nodes for number in node.numbers))
        reached: dict[tuple[int, ...], float] = {(): 1.0}
        for node, scores in zip(self.nodes, logits, strict=True):
            weights = np.exp(scores.astype(np.float64) - scores.max())
            shares = reached[node.path] * weights / weights.sum()
            for token, number, share in zip(node.tokens, node.numbers, shares.tolist(), strict=True):
                if number == OPEN:
                    reached[*node.path, token] = share
                else:
                    probabilities[number] += share
        return Distribution(probabilities)


def number_tree(matcher: LLMatcher, grammars: Grammars) -> NumberTree:
    """The tree of a bounded integer from 0 up.

    Args:
        matcher: before the number, or before what the grammar forces ahead of it: a token may hold both.
        grammars: the compiled schemas.
    """
    lead = len(matcher.compute_ff_bytes())
    nodes: list[Node] = []
    waiting: deque[tuple[tuple[int, ...], bytes, LLMatcher]] = deque([((), b"", matcher)])
    while waiting:
        path, written, state = waiting.popleft()
        tokens = grammars.allowed_tokens(state)
        numbers: list[int] = []
        for token in tokens:
            after = state.deep_copy()
            after.consume_token(token)
            text = written + grammars.spelled([token])
            number = text[lead:]
            digits = re.match(rb"\d*", number)[0]  # type: ignore[index]  # it matches nothing, if nothing else
            goes_on = digits == number and (
                not digits or any(grammars.spelled([later])[:1].isdigit() for later in grammars.allowed_tokens(after))
            )
            if goes_on:
                waiting.append(((*path, token), text, after))
            numbers.append(OPEN if goes_on else int(digits))
        nodes.append(Node(path, tokens, tuple(numbers)))
    return NumberTree(tuple(nodes))
