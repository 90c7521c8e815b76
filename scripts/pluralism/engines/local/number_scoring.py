"""The distributions of the numbers in answers: passes over every way in which the numbers might have been written.

Decoding itself is not affected. When answers are complete, the token sequences that their numbers might have begun with
(the branches) are computed: those of all numbers of all answers that finish together in one pass.
"""

from collections.abc import Sequence
from itertools import accumulate, chain, islice
from typing import Any

import torch
from transformers import PreTrainedModel

from pluralism.engines.local.cache_attention import CacheAttention
from pluralism.engines.local.kernels import merge
from pluralism.engines.local.kv_cache import DeviceTensors, cache_tensor
from pluralism.engines.local.rows import BatchRow, Number
from pluralism.engines.local.sampling import logits_of
from pluralism.engines.local.shared_attention import DecodeState, forward

NUMBERS_AT_ONCE = 32
"""Of one pass, so that logits stay small: some 11 nodes each, 128,000 tokens in half precision make 90 MB."""


class BranchState:
    """The state of a pass over branches: each follows a row's answer up to some token."""

    def __init__(
        self,
        decoded: DecodeState,
        after: Sequence[tuple[int, int]],
        lengths: Sequence[int],
        device: torch.device,
    ) -> None:
        """Describe the branches.

        Args:
            decoded: the rows' keys and values; only read.
            after: for each branch its row, and how many tokens of the row's answer precede it.
            lengths: tokens of each branch, in packed order.
            device: the model's.
        """
        self._caches = decoded.caches
        self._shape = len(lengths), max(lengths)
        branches = [branch for branch, length in enumerate(lengths) for _ in range(length)]
        positions = [position for length in lengths for position in range(length)]
        self._indices = DeviceTensors(torch.int64, branches=branches, positions=positions)
        texts = list(zip(*(decoded.rows[after[branch][0]] for branch in branches), strict=True))
        answered = [after[branch][1] for branch in branches]
        seen = [[cache.lengths[text] for text in of] for cache, of in zip(self._caches[:2], texts[:2], strict=True)]
        self.positions = [sum(parts) for parts in zip(*seen, answered, positions, strict=True)]
        """Of each packed token in its whole text."""
        # Attention needs one position at least: a branch after an empty answer sees one, which is masked afterwards.
        self._unanswered = torch.tensor([count == 0 for count in answered], device=device).unsqueeze(-1)
        seen.append([max(count, 1) for count in answered])
        self._attentions = [
            CacheAttention(of, visible, len(cache.lengths))
            for of, visible, cache in zip(texts, seen, self._caches, strict=True)
        ]
        self._to_own = CacheAttention(branches, [position + 1 for position in positions], len(lengths))

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `shared_attention.ForwardState`."""
        parts = [
            attention.attend(query, cache.layers[layer], scaling)
            for attention, cache in zip(self._attentions, self._caches, strict=True)
            if cache.layers  # there are no answers yet, where everything before the numbers was forced
        ]
        if len(parts) == len(self._caches):
            attended, total = parts[-1]
            parts[-1] = attended, total.masked_fill(self._unanswered.to(total.device), -torch.inf)
        own = self._padded(key), self._padded(value)
        return merge([*parts, self._to_own.attend(query, own, scaling)])

    def _padded(self, packed: torch.Tensor) -> torch.Tensor:
        """(tokens, key heads, size) -> (branches, positions, key heads, size)."""
        padded = cache_tensor(packed, *self._shape)
        indices = self._indices.on(packed.device)
        padded[indices["branches"], indices["positions"]] = packed
        return padded


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
        packed: list[int] = []
        nodes: list[int] = []
        for _, number, _ in chunk:
            starts = list(accumulate(map(len, number.tree.texts), initial=len(packed)))
            nodes += [starts[text] + token for text, token in number.tree.node_positions]
            packed += chain.from_iterable(number.tree.texts)
        after = [(index, answered) for index, number, answered in chunk for _ in number.tree.texts]
        lengths = [len(text) for _, number, _ in chunk for text in number.tree.texts]
        state = BranchState(decoded, after, lengths, model.device)
        _set_distributions([number for _, number, _ in chunk], forward(model, packed, state.positions, nodes, state))


def score_numbers_plainly(model: PreTrainedModel, rows: Sequence[BatchRow]) -> None:
    """Find the distributions of all numbers of complete rows, each branch in a pass over its whole text.

    Args:
        model: a causal language model, with any attention.
        rows: complete ones.
    """
    call: Any = model
    for row in rows:
        for number in row.open_numbers:
            before = [*row.prefix, *row.suffix, *row.answer[len(row.forced) : number.before]]
            logits = [
                call(
                    input_ids=torch.tensor([[*before, *text]], device=model.device),
                    use_cache=False,
                    logits_to_keep=len(text),
                ).logits[0]
                for text in number.tree.texts
            ]
            _set_distributions(
                [number], torch.stack([logits[text][token] for text, token in number.tree.node_positions])
            )


def _set_distributions(numbers: Sequence[Number], logits: torch.Tensor) -> None:
    """Set the distributions of numbers by the logits, shape (nodes, vocabulary), of all their nodes but the roots."""
    tokens = [node.tokens for number in numbers for node in number.tree.nodes[1:]]
    scores = iter(logits_of(logits, range(len(tokens)), tokens))
    for number in numbers:
        below_root = islice(scores, len(number.tree.nodes) - 1)
        number.distribution = number.tree.distribution([number.root, *below_root])
