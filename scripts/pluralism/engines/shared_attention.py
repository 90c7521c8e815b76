"""Attention in which rows share keys and values: a prefix once for all its prompts, a prompt for all its samples.

All tokens of a forward pass are packed into one sequence without padding, so that the linear layers compute nothing
twice. What a token attends to lies in up to three levels: the shared prefix, the rest of the prompt, and the answer so
far. Each level is attended to on its own, and the results are merged by their log-sum-exp, which is exact: see
"Hydragen", Juravsky et al. 2024, section 3.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import torch
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

NAME = "pluralism_shared"
"""What transformers knows this attention as."""
ROOM = 64
"""Places that are set aside whenever the answers' keys and values have to be copied."""

Pair = tuple[torch.Tensor, torch.Tensor]


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


@dataclass
class Level:
    """Keys and values of several texts.

    Attributes:
        lengths: of the texts, in tokens.
        layers: for each layer keys and values, shape (texts, key heads, places, size); text fills its first places.
    """

    lengths: list[int] = field(default_factory=list)
    layers: list[Pair] = field(default_factory=list)

    def extend(self, other: "Level") -> None:
        """Add the texts of another level behind these."""
        if self.layers:
            self.layers = [
                (_stack(mine[0], new[0]), _stack(mine[1], new[1]))
                for mine, new in zip(self.layers, other.layers, strict=True)
            ]
        else:
            self.layers = other.layers
        self.lengths = [*self.lengths, *other.lengths]

    def select(self, texts: Sequence[int]) -> None:
        """Keep these texts, in this order, and no more places than they need."""
        self.lengths = [self.lengths[text] for text in texts]
        width = max(self.lengths, default=0)
        self.layers = [(keys[list(texts), :, :width], values[list(texts), :, :width]) for keys, values in self.layers]


def _stack(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Both along the first dimension, in as many places as the longer has."""
    both = _with_room(first, second.shape[0], max(second.shape[2] - first.shape[2], 0))
    both[first.shape[0] :, :, : second.shape[2]] = second
    return both


def _with_room(tensor: torch.Tensor, texts: int, places: int) -> torch.Tensor:
    """A copy with room for more texts and more places."""
    return pad(tensor, (0, 0, 0, places, 0, 0, 0, texts))


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
        self._mask: torch.Tensor | None = None

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `Memory`; the texts are laid side by side for torch's own kernels, padded on the right."""
        keys, values = self._padded(key), self._padded(value)
        self.level.layers.append((keys, values))
        repeats = query.shape[1] // key.shape[1]
        if self._before is None:
            mask = None
        else:
            before = self._before.layers[layer]
            keys = torch.cat([before[0][self._behind], keys], dim=2)
            values = torch.cat([before[1][self._behind], values], dim=2)
            mask = self._visible(before[0].shape[2], query.device)
        attended = scaled_dot_product_attention(
            self._padded(query),
            keys.repeat_interleave(repeats, dim=1),
            values.repeat_interleave(repeats, dim=1),
            attn_mask=mask,
            is_causal=mask is None,
            scale=scaling,
        )
        return attended.transpose(1, 2)[self._rows, self._places]

    def _padded(self, packed: torch.Tensor) -> torch.Tensor:
        """(tokens, heads, size) -> (texts, heads, places, size)."""
        shape = (len(self.level.lengths), max(self.level.lengths), *packed.shape[1:])
        padded = packed.new_zeros(shape)
        padded[self._rows, self._places] = packed
        return padded.transpose(1, 2)

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


@dataclass(frozen=True)
class Gathering:
    """Which packed tokens look at which texts of a level.

    Attributes:
        tokens: the packed tokens that look at a text, shape (texts, looking); rows are filled up with token 0.
        visible: how many places of the text each of them sees, the same shape.
        back: for each packed token its place in `tokens`, flattened.
    """

    tokens: torch.Tensor
    visible: torch.Tensor
    back: torch.Tensor

    @classmethod
    def of(cls, texts: Sequence[int], visible: Sequence[int], number: int, device: torch.device) -> Self:
        """Gather by text.

        Args:
            texts: the text that each packed token looks at.
            visible: how many of its places the token sees.
            number: of texts in the level.
            device: where the tensors go.
        """
        looking: list[list[int]] = [[] for _ in range(number)]
        column = []
        for token, text in enumerate(texts):
            column.append(len(looking[text]))
            looking[text].append(token)
        width = max(map(len, looking))
        tokens = torch.tensor([[*row, *[0] * (width - len(row))] for row in looking], device=device)
        back = [text * width + place for text, place in zip(texts, column, strict=True)]
        return cls(tokens, torch.tensor(visible, device=device)[tokens], torch.tensor(back, device=device))


def attend_level(query: torch.Tensor, pair: Pair, gathering: Gathering, scaling: float) -> Pair:
    """Attend to one level.

    Args:
        query: packed, shape (tokens, heads, size).
        pair: the level's keys and values, shape (texts, key heads, places, size).
        gathering: who looks where.
        scaling: factor of the scores.

    Returns:
        What each token attends to, shape (tokens, heads, size), and the log-sum-exp of its scores, (tokens, heads).
    """
    keys, values = pair
    device = query.device
    tokens, visible, back = (part.to(device) for part in (gathering.tokens, gathering.visible, gathering.back))
    texts, key_heads, places, size = keys.shape
    looking, heads = tokens.shape[1], query.shape[1]
    repeats = heads // key_heads
    gathered = query[tokens].view(texts, looking, key_heads, repeats, size).transpose(1, 2)
    gathered = gathered.reshape(texts, key_heads, looking * repeats, size)
    scores = (gathered @ keys.transpose(-1, -2)).float() * scaling
    hidden = torch.arange(places, device=device) >= visible.unsqueeze(-1)
    hidden = hidden.repeat_interleave(repeats, dim=1).unsqueeze(1)
    scores = scores.masked_fill(hidden, -torch.inf)
    total = scores.logsumexp(dim=-1)
    attended = (scores - total.unsqueeze(-1)).exp().to(values.dtype) @ values

    def packed(tensor: torch.Tensor, width: int) -> torch.Tensor:
        laid = tensor.reshape(texts, key_heads, looking, repeats, width).transpose(1, 2)
        return laid.reshape(texts * looking, heads, width)[back]

    return packed(attended, size), packed(total.unsqueeze(-1), 1).squeeze(-1)


class Answering:
    """The memory of passes that continue rows: each row has a prefix, a prompt behind it and an answer behind that."""

    def __init__(self) -> None:
        """Start without rows."""
        self.prefixes, self.prompts, self.answers = Level(), Level(), Level()
        self.rows: list[tuple[int, int]] = []
        """For each row the text of `prefixes` and of `prompts` that it stands behind."""
        self._packed_rows: list[int] = []
        self._packed_places: list[int] = []
        self._gatherings: tuple[Gathering, ...] = ()

    def add_rows(self, rows: Sequence[tuple[int, int]]) -> None:
        """Add rows with empty answers."""
        self.rows += rows
        self.answers.lengths += [0] * len(rows)
        self.answers.layers = [
            (_with_room(keys, len(rows), 0), _with_room(values, len(rows), 0)) for keys, values in self.answers.layers
        ]

    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, and of the shared texts just those that they stand behind."""
        kept = [self.rows[row] for row in rows]
        prefixes = sorted({prefix for prefix, _ in kept})
        prompts = sorted({prompt for _, prompt in kept})
        for level, texts in ((self.prefixes, prefixes), (self.prompts, prompts)):
            if len(texts) < len(level.lengths):
                level.select(texts)
        self.answers.select(rows)
        self.rows = [(prefixes.index(prefix), prompts.index(prompt)) for prefix, prompt in kept]

    def expect(self, rows: Sequence[int], device: torch.device) -> list[int]:
        """Prepare a pass over one or more new tokens of some rows.

        Args:
            rows: the row of each packed token.
            device: the model's.

        Returns:
            The position of each packed token in its whole text.
        """
        self._packed_rows, self._packed_places = list(rows), []
        for row in rows:
            self._packed_places.append(self.answers.lengths[row])
            self.answers.lengths[row] += 1
        prefix, prompt = ([self.rows[row][level] for row in rows] for level in (0, 1))
        before = [
            self.prefixes.lengths[first] + self.prompts.lengths[second]
            for first, second in zip(prefix, prompt, strict=True)
        ]
        own = [place + 1 for place in self._packed_places]
        self._gatherings = tuple(
            Gathering.of(texts, visible, number, device)
            for texts, visible, number in (
                (prefix, [self.prefixes.lengths[text] for text in prefix], len(self.prefixes.lengths)),
                (prompt, [self.prompts.lengths[text] for text in prompt], len(self.prompts.lengths)),
                (rows, own, len(self.rows)),
            )
        )
        return [start + place for start, place in zip(before, self._packed_places, strict=True)]

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `Memory`."""
        if layer == len(self.answers.layers):
            empty = key.new_zeros((len(self.rows), key.shape[1], 0, key.shape[2]))
            self.answers.layers.append((empty, empty))
        own = self.answers.layers[layer]
        needed = max(self.answers.lengths)
        if own[0].shape[2] < needed:
            more = needed + ROOM - own[0].shape[2]
            own = self.answers.layers[layer] = _with_room(own[0], 0, more), _with_room(own[1], 0, more)
        for buffer, new in zip(own, (key, value), strict=True):
            buffer[self._packed_rows, :, self._packed_places] = new
        levels = (self.prefixes.layers[layer], self.prompts.layers[layer], own)
        parts = [
            attend_level(query, pair, gathering, scaling)
            for pair, gathering in zip(levels, self._gatherings, strict=True)
        ]
        shares = torch.stack([total for _, total in parts]).softmax(dim=0).unsqueeze(-1)
        merged = sum(share * attended for share, (attended, _) in zip(shares, parts, strict=True))
        assert isinstance(merged, torch.Tensor)
        return merged.to(query.dtype)
