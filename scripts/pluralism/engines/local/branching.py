"""The distributions of the numbers in answers: passes over all that might have been written in their places.

Decoding itself goes on as it would without. When answers are complete, the tokens that their numbers might have begun
with are read, the branches: those of all numbers of all answers that end at a time in one pass.
"""

from collections.abc import Sequence
from itertools import accumulate, chain, islice
from typing import Any

import torch
from transformers import PreTrainedModel

from pluralism.engines.local.gathering import Gathering
from pluralism.engines.local.kernels import merge
from pluralism.engines.local.levels import OnDevices, room
from pluralism.engines.local.rows import Number, Row
from pluralism.engines.local.sampling import logits_of
from pluralism.engines.local.shared_attention import Answering, forward

NUMBERS_AT_ONCE = 32
"""Of one pass, so that logits stay small: some 11 nodes each, 128,000 tokens in half precision make 90 MB."""


class Branching:
    """The memory of a pass over branches: each stands behind a row, some way into the row's answer."""

    def __init__(
        self,
        answering: Answering,
        behind: Sequence[tuple[int, int]],
        lengths: Sequence[int],
        device: torch.device,
    ) -> None:
        """Describe the branches.

        Args:
            answering: what is held of the rows; it is only read.
            behind: for each branch its row, and how many tokens of the row's answer stand before it.
            lengths: tokens of each branch, in packed order.
            device: the model's.
        """
        self._levels = answering.prefixes, answering.prompts, answering.answers
        self._shape = len(lengths), max(lengths)
        branches = [branch for branch, length in enumerate(lengths) for _ in range(length)]
        places = [place for length in lengths for place in range(length)]
        self._where = OnDevices(torch.int64, branches=branches, places=places)
        texts = list(zip(*(answering.rows[behind[branch][0]] for branch in branches), strict=True))
        answered = [behind[branch][1] for branch in branches]
        seen = [[level.lengths[text] for text in of] for level, of in zip(self._levels[:2], texts[:2], strict=True)]
        self.positions = [sum(parts) for parts in zip(*seen, answered, places, strict=True)]
        """Of each packed token in its whole text."""
        # Attention is over one place at least: what stands behind no answer looks at one, of which nothing is kept.
        self._unanswered = torch.tensor([count == 0 for count in answered], device=device).unsqueeze(-1)
        seen.append([max(count, 1) for count in answered])
        self._gatherings = [
            Gathering(of, visible, len(level.lengths))
            for of, visible, level in zip(texts, seen, self._levels, strict=True)
        ]
        self._gathering = Gathering(branches, [place + 1 for place in places], len(lengths))

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `shared_attention.Memory`."""
        parts = [
            gathering.attend(query, level.layers[layer], scaling)
            for gathering, level in zip(self._gatherings, self._levels, strict=True)
            if level.layers  # there are no answers yet, where all that stood before the numbers was forced
        ]
        if len(parts) == len(self._levels):
            attended, total = parts[-1]
            parts[-1] = attended, total.masked_fill(self._unanswered.to(total.device), -torch.inf)
        own = self._padded(key), self._padded(value)
        return merge([*parts, self._gathering.attend(query, own, scaling)])

    def _padded(self, packed: torch.Tensor) -> torch.Tensor:
        """(tokens, key heads, size) -> (branches, places, key heads, size)."""
        padded = room(packed, *self._shape)
        where = self._where.on(packed.device)
        padded[where["branches"], where["places"]] = packed
        return padded


def read_branches(model: PreTrainedModel, answering: Answering, rows: Sequence[tuple[int, Row]]) -> None:
    """Find the distributions of all numbers of rows that decode with shared attention.

    Args:
        model: its attention is `shared_attention.NAME`.
        answering: what is held of the rows.
        rows: complete ones, each with its place in `answering`.
    """
    numbers = [(place, number, number.before - len(row.forced)) for place, row in rows for number in row.open_numbers]
    for start in range(0, len(numbers), NUMBERS_AT_ONCE):
        chunk = numbers[start : start + NUMBERS_AT_ONCE]
        packed: list[int] = []
        nodes: list[int] = []
        for _, number, _ in chunk:
            starts = list(accumulate(map(len, number.tree.texts), initial=len(packed)))
            nodes += [starts[text] + token for text, token in number.tree.places]
            packed += chain.from_iterable(number.tree.texts)
        behind = [(place, answered) for place, number, answered in chunk for _ in number.tree.texts]
        lengths = [len(text) for _, number, _ in chunk for text in number.tree.texts]
        memory = Branching(answering, behind, lengths, model.device)
        _settle([number for _, number, _ in chunk], forward(model, packed, memory.positions, nodes, memory))


def read_branches_plainly(model: PreTrainedModel, rows: Sequence[Row]) -> None:
    """Find the distributions of all numbers of complete rows, branch by branch and each from the prompt's beginning.

    Args:
        model: a causal language model, with whatever attention it has.
        rows: complete ones.
    """
    call: Any = model
    for row in rows:
        for number in row.open_numbers:
            before = [*row.prefix, *row.suffix, *row.answer[len(row.forced) : number.before]]
            read = [
                call(
                    input_ids=torch.tensor([[*before, *text]], device=model.device),
                    use_cache=False,
                    logits_to_keep=len(text),
                ).logits[0]
                for text in number.tree.texts
            ]
            _settle([number], torch.stack([read[text][token] for text, token in number.tree.places]))


def _settle(numbers: Sequence[Number], logits: torch.Tensor) -> None:
    """Set the distributions of numbers by the logits, shape (nodes, vocabulary), of all their nodes but the roots."""
    tokens = [node.tokens for number in numbers for node in number.tree.nodes[1:]]
    found = iter(logits_of(logits, range(len(tokens)), tokens))
    for number in numbers:
        behind = islice(found, len(number.tree.nodes) - 1)
        number.distribution = number.tree.distribution([number.root, *behind])
