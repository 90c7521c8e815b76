"""Attention in which rows share keys and values: a prefix once for all its prompts, a prompt for all its samples.

All tokens of a forward pass are packed into one sequence without padding, so that the linear layers compute nothing
twice. What a token attends to lies in up to three levels: the shared prefix, the rest of the prompt, and the answer so
far. Each level is attended to on its own, and the results are merged by their log-sum-exp, which is exact: see
"Hydragen", Juravsky et al. 2024, section 3.1.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from pluralism.engines.local.gathering import Gathering
from pluralism.engines.local.kernels import Pair, causal, flash_runs, merge
from pluralism.engines.local.levels import Level, OnDevices, room, with_room

NAME = "pluralism_shared"
"""What transformers knows this attention as."""
ROOM = 64
"""Places that are set aside whenever the answers' keys and values have to be copied."""
KEPT_WHOLE = 0.75
"""While more than this part of a level's texts is needed, the others stay too: letting go of them copies the rest."""


class Memory(Protocol):
    """Where a forward pass finds the keys and values behind it, and leaves those of its own tokens."""

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """Attend with packed tokens.

        Args:
            layer: index of the layer.
            query: shape (tokens, heads, size).
            key: shape (tokens, key heads, size).
            value: like `key`.
            scaling: factor of the scores.

        Returns:
            Shape (tokens, heads, size).
        """


def _packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    memory: Memory,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """What transformers calls in each layer; tensors come as (1, heads, tokens, size)."""
    factor = scaling if scaling is not None else query.shape[-1] ** -0.5
    layer: Any = module.layer_idx
    return memory.attend(layer, _packed(query), _packed(key), _packed(value), factor).unsqueeze(0), None


def _packed(tensor: torch.Tensor) -> torch.Tensor:
    return tensor[0].transpose(0, 1)


AttentionInterface.register(NAME, _packed_attention)


def can_share(model: PreTrainedModel) -> bool:
    """Whether a model's attention is of the plain kind: over everything before, with no cap and no sinks."""
    config = model.config.get_text_config()
    layers = getattr(config, "layer_types", None) or ["full_attention"]
    return (
        bool(getattr(model, "_supports_attention_backend", False))
        and all(layer == "full_attention" for layer in layers)
        and getattr(config, "sliding_window", None) is None
        and getattr(config, "attn_logit_softcapping", None) is None
        and not any(name.endswith("sinks") for name, _ in model.named_parameters())
    )


def forward(
    model: PreTrainedModel, ids: Sequence[int], positions: Sequence[int], last: Sequence[int], memory: Memory
) -> torch.Tensor:
    """One pass over packed tokens.

    Args:
        model: a causal language model whose attention is set to `NAME`.
        ids: the tokens.
        positions: the place of each in its own text.
        last: the packed places whose next token is asked for.
        memory: what they attend to.

    Returns:
        Logits, shape (len(last), vocabulary).
    """
    device = model.device
    output: Any = model(
        input_ids=torch.tensor([ids], device=device),
        position_ids=torch.tensor([positions], device=device),
        use_cache=False,
        logits_to_keep=torch.tensor(last, device=device),
        memory=memory,
    )
    logits: torch.Tensor = output.logits[0]
    return logits


def _can_part(query: torch.Tensor) -> bool:
    """Whether there is a kernel for a text's own tokens that tells the log-sum-exp, so that parts can be merged."""
    return query.device.type == "cpu" or flash_runs(query)


class Reading:
    """The memory of a pass that reads whole texts, each behind a text of another level or behind nothing."""

    def __init__(self, lengths: Sequence[int], before: Level | None = None, behind: Sequence[int] = ()) -> None:
        """Describe the packed texts.

        Args:
            lengths: tokens of each text, in packed order.
            before: the level of what stands before them.
            behind: for each text, which text of `before`.
        """
        self.level = Level(list(lengths))
        self._before, self._behind = before, list(behind)
        self._rows = [row for row, length in enumerate(lengths) for _ in range(length)]
        self._places = [place for length in lengths for place in range(length)]
        self._where = OnDevices(torch.int64, rows=self._rows, places=self._places)
        self._mask: torch.Tensor | None = None

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `Memory`; the texts are laid side by side for torch's own kernels, padded on the right."""
        own = self._padded(key), self._padded(value)
        self.level.layers.append(own)
        before = self._before.layers[layer] if self._before is not None else None
        if _can_part(query):
            return self._apart(query, own, before, scaling)
        keys, values = (tensor.transpose(1, 2) for tensor in own)
        mask = None
        if before is not None:
            keys = torch.cat([before[0][self._behind].transpose(1, 2), keys], dim=2)
            values = torch.cat([before[1][self._behind].transpose(1, 2), values], dim=2)
            mask = self._visible(before[0].shape[1], query.device)
        repeats = query.shape[1] // key.shape[1]
        attended = scaled_dot_product_attention(
            self._padded(query).transpose(1, 2),
            keys.repeat_interleave(repeats, dim=1),
            values.repeat_interleave(repeats, dim=1),
            attn_mask=mask,
            is_causal=mask is None,
            scale=scaling,
        )
        return self._unpadded(attended.transpose(1, 2))

    def _apart(self, query: torch.Tensor, own: Pair, before: Pair | None, scaling: float) -> torch.Tensor:
        """The text itself and what stands before it, neither copied nor masked, then merged."""
        if query.device.type == "cpu":
            looking, keys, values = (tensor.transpose(1, 2) for tensor in (self._padded(query), *own))
            attended, total = (tensor.transpose(1, 2) for tensor in causal(looking, keys, values, scaling))
            parts = [(self._unpadded(attended), self._unpadded(total))]
        else:
            parts = [self._own_gathering.attend(query, own, scaling)]
        if before is not None:
            parts.append(self._gathering.attend(query, before, scaling))
        return merge(parts)

    @cached_property
    def _own_gathering(self) -> Gathering:
        return Gathering(self._rows, [place + 1 for place in self._places], len(self.level.lengths))

    @cached_property
    def _gathering(self) -> Gathering:
        assert self._before is not None
        texts = [self._behind[row] for row in self._rows]
        return Gathering(texts, [self._before.lengths[text] for text in texts], len(self._before.lengths))

    def _padded(self, packed: torch.Tensor) -> torch.Tensor:
        """(tokens, heads, size) -> (texts, places, heads, size)."""
        padded = room(packed, len(self.level.lengths), max(self.level.lengths))
        where = self._where.on(packed.device)
        padded[where["rows"], where["places"]] = packed
        return padded

    def _unpadded(self, padded: torch.Tensor) -> torch.Tensor:
        """(texts, places, ..) -> (tokens, ..)."""
        where = self._where.on(padded.device)
        return padded[where["rows"], where["places"]]

    def _visible(self, places_before: int, device: torch.device) -> torch.Tensor:
        """All of the text before, and of its own up to itself: bool, (texts, 1, places, places before + places)."""
        if self._mask is None or self._mask.device != device:
            assert self._before is not None
            width = max(self.level.lengths)
            lengths = torch.tensor([self._before.lengths[text] for text in self._behind], device=device)
            known = torch.arange(places_before, device=device) < lengths[:, None]
            own = torch.ones(width, width, dtype=torch.bool, device=device).tril()
            texts = len(self.level.lengths)
            self._mask = torch.cat(
                [known[:, None, None].expand(texts, 1, width, places_before), own.expand(texts, 1, width, width)],
                dim=-1,
            )
        return self._mask


class Answering:
    """The memory of passes that continue rows: each row has a prefix, a prompt behind it and an answer behind that."""

    def __init__(self) -> None:
        """Start without rows."""
        self.prefixes, self.prompts, self.answers = Level(), Level(), Level()
        self.rows: list[tuple[int, int, int]] = []
        """For each row its text in `prefixes`, in `prompts` and in `answers`."""
        self._where = OnDevices(torch.int64, answers=[], places=[])
        self._gatherings: tuple[Gathering, ...] = ()

    @property
    def _levels(self) -> tuple[Level, Level, Level]:
        return self.prefixes, self.prompts, self.answers

    def add_rows(self, rows: Sequence[tuple[int, int]]) -> None:
        """Add rows with empty answers, given by their prefix and their prompt."""
        first = len(self.answers.lengths)
        self.rows += [(prefix, prompt, first + place) for place, (prefix, prompt) in enumerate(rows)]
        self.answers.lengths += [0] * len(rows)
        self.answers.layers = [
            (with_room(keys, len(rows), 0), with_room(values, len(rows), 0)) for keys, values in self.answers.layers
        ]

    def select(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        """Keep these rows, and of the texts those that they need, or all while few are to go.

        Returns:
            The prefixes and the prompts that are kept, by their places so far.
        """
        kept = [self.rows[row] for row in rows]
        prefixes, prompts, answers = (
            _select(level, sorted({row[place] for row in kept})) for place, level in enumerate(self._levels)
        )
        self.rows = [
            (prefixes.index(prefix), prompts.index(prompt), answers.index(answer)) for prefix, prompt, answer in kept
        ]
        return prefixes, prompts

    def expect(self, rows: Sequence[int]) -> list[int]:
        """Prepare a pass over one or more new tokens of some rows.

        Args:
            rows: the row of each packed token.

        Returns:
            The position of each packed token in its whole text.
        """
        prefixes, prompts, answers = ([self.rows[row][level] for row in rows] for level in (0, 1, 2))
        places = []
        for answer in answers:
            places.append(self.answers.lengths[answer])
            self.answers.lengths[answer] += 1
        self._where = OnDevices(torch.int64, answers=answers, places=places)
        before = [self.prefixes.lengths[text] for text in prefixes], [self.prompts.lengths[text] for text in prompts]
        visible = (*before, [place + 1 for place in places])
        self._gatherings = tuple(
            Gathering(texts, seen, len(level.lengths))
            for texts, seen, level in zip((prefixes, prompts, answers), visible, self._levels, strict=True)
        )
        return [sum(parts) for parts in zip(*before, places, strict=True)]

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `Memory`."""
        if layer == len(self.answers.layers):
            empty = room(key, len(self.answers.lengths), 0)
            self.answers.layers.append((empty, empty))
        own = self.answers.layers[layer]
        needed = max(self.answers.lengths)
        if own[0].shape[1] < needed:
            more = needed + ROOM - own[0].shape[1]
            own = self.answers.layers[layer] = with_room(own[0], 0, more), with_room(own[1], 0, more)
        where = self._where.on(key.device)
        for buffer, new in zip(own, (key, value), strict=True):
            buffer[where["answers"], where["places"]] = new
        return merge(
            [
                gathering.attend(query, level.layers[layer], scaling)
                for gathering, level in zip(self._gatherings, self._levels, strict=True)
            ]
        )


def _select(level: Level, needed: list[int]) -> list[int]:
    """Keep the texts that are needed, or all while few are to go; returns those kept."""
    if len(needed) > KEPT_WHOLE * len(level.lengths):
        return list(range(len(level.lengths)))
    level.select(needed)
    return needed
