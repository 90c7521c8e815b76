"""The distributions of the numbers in answers: passes over every way in which the numbers might have been written.

Decoding itself is not affected. When answers are complete, the token sequences that their numbers might have begun with
(the branches) are computed: those of all numbers of all answers that finish together in one pass.
"""

import inspect
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Any

import torch
from transformers import PreTrainedModel

from pluralism.engines.local.choosing import logits_of
from pluralism.engines.local.rows import BatchRow, Number
from pluralism.engines.local.shared_attention import DecodeState, PackedTexts, forward

NUMBERS_AT_ONCE = 32
"""Of one pass, so that logits stay small: some 11 nodes each, 128,000 tokens in half precision make 90 MB."""


def score_numbers(model: PreTrainedModel, decoded: DecodeState, rows: Sequence[tuple[int, BatchRow]]) -> None:
    """Find the distributions of all numbers of rows that are decoded with shared attention.

    Args:
        model: its attention is `shared_attention.NAME`.
        decoded: the rows' keys and values.
        rows: complete ones, each with its index in `decoded`.
    """
    numbers = [(index, number, number.before - len(row.forced)) for index, row in rows for number in row.open_numbers]
    for start in range(0, len(numbers), NUMBERS_AT_ONCE):
        chunk = numbers[start : start + NUMBERS_AT_ONCE]
        branches = [(index, answered, text) for index, number, answered in chunk for text in number.tree.texts]
        followed, answered, texts = zip(*branches, strict=True)
        ends = accumulate(map(len, texts))
        starts = iter([end - len(text) for end, text in zip(ends, texts, strict=True)])
        nodes: list[int] = []
        for _, number, _ in chunk:
            first = list(islice(starts, len(number.tree.texts)))
            nodes += [first[text] + token for text, token in number.tree.node_positions]
        state = PackedTexts(list(map(len, texts)), decoded.before(followed, answered), own_last=True)
        _set_distributions([number for _, number, _ in chunk], forward(model, texts, state, nodes))


def score_numbers_plainly(model: PreTrainedModel, rows: Sequence[BatchRow]) -> None:
    """Find the distributions of all numbers of complete rows, each branch in a pass over its whole text.

    Args:
        model: a causal language model, with any attention.
        rows: complete ones.
    """
    for row in rows:
        for number in row.open_numbers:
            before = [*row.prefix, *row.suffix, *row.answer[len(row.forced) : number.before]]
            logits = [text_logits(model, [*before, *text], len(text)) for text in number.tree.texts]
            nodes = torch.stack([logits[text][token] for text, token in number.tree.node_positions])
            _set_distributions([number], nodes)


def text_logits(model: PreTrainedModel, text: Sequence[int], last: int) -> torch.Tensor:
    """The logits of the last tokens of a text (0: of all), in a pass of its own: shape (tokens, vocabulary)."""
    known = inspect.signature(model.forward).parameters
    options = {"use_cache": False, "logits_to_keep": last}
    call: Any = model
    logits: torch.Tensor = call(
        input_ids=torch.tensor([list(text)], device=model.device),
        **{name: value for name, value in options.items() if name in known},
    ).logits[0]
    return logits[-last:]


def _set_distributions(numbers: Sequence[Number], logits: torch.Tensor) -> None:
    """Set the distributions of numbers by the logits, shape (nodes, vocabulary), of all their nodes but the roots."""
    tokens = [node.tokens for number in numbers for node in number.tree.nodes[1:]]
    scores = iter(logits_of(logits, range(len(tokens)), tokens))
    for number in numbers:
        below_root = islice(scores, len(number.tree.nodes) - 1)
        number.distribution = number.tree.distribution([number.root, *below_root])
