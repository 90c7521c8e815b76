"""Attention to several texts at once, and the merging of what a token attends to in different places."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch.nn.functional import pad

Pair = tuple[torch.Tensor, torch.Tensor]
RUNS = 4
"""Into how many runs the texts of a level are cut at most, each with at least as many texts."""


@dataclass
class Level:
    """Keys and values of several texts.

    Attributes:
        lengths: of the texts, in tokens.
        layers: for each layer keys and values, shape (texts, key heads, places, size); text fills its first places.
    """

    lengths: list[int] = field(default_factory=list)
    layers: list[Pair] = field(default_factory=list)

    def extend(self, others: Sequence["Level"]) -> None:
        """Add the texts of other levels behind these, in as many places as the longest needs."""
        parts = [level for level in (self, *others) if level.lengths]
        self.lengths = [length for level in parts for length in level.lengths]
        layers = zip(*(level.layers for level in parts), strict=True)
        self.layers = [
            (_stack([keys for keys, _ in pairs]), _stack([values for _, values in pairs])) for pairs in layers
        ]

    def select(self, texts: Sequence[int]) -> None:
        """Keep these texts, in this order, and no more places than they need."""
        self.lengths = [self.lengths[text] for text in texts]
        width = max(self.lengths, default=0)
        self.layers = [(keys[list(texts), :, :width], values[list(texts), :, :width]) for keys, values in self.layers]


def _stack(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """All along the first dimension, filled up with zeros to the places of the widest."""
    texts, places = sum(part.shape[0] for part in parts), max(part.shape[2] for part in parts)
    stacked = parts[0].new_zeros((texts, parts[0].shape[1], places, parts[0].shape[3]))
    start = 0
    for part in parts:
        stacked[start : start + part.shape[0], :, : part.shape[2]] = part
        start += part.shape[0]
    return stacked


def with_room(tensor: torch.Tensor, texts: int, places: int) -> torch.Tensor:
    """A copy with room for more texts and more places."""
    return pad(tensor, (0, 0, 0, places, 0, 0, 0, texts))


def attend(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, hidden: torch.Tensor, scaling: float) -> Pair:
    """Attention of texts side by side, with the log-sum-exp that merging needs.

    Args:
        query: shape (texts, key heads, looking, size).
        keys: shape (texts, key heads, places, size).
        values: like `keys`.
        hidden: added to the scores, 0 or minus infinity: shape (texts, 1, looking or 1, places).
        scaling: factor of the scores.

    Returns:
        What is attended to, shaped like `query`, and the log-sum-exp of the scores, (texts, key heads, looking).
    """
    if query.device.type == "cpu":
        # Torch's own kernel in one go, about four times as fast; its public face keeps the log-sum-exp to itself.
        shown = hidden.expand(query.shape[0], 1, query.shape[2], keys.shape[2])
        attended, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, keys, values, attn_mask=shown, scale=scaling
        )
        return attended, total
    scores = (query @ keys.transpose(-1, -2)).float() * scaling + hidden
    total = scores.logsumexp(dim=-1)
    return (scores - total.unsqueeze(-1)).exp().to(values.dtype) @ values, total


def causal(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float) -> Pair:
    """Attention of texts to their own past, on a CPU: as `attend` for query, keys and values of the same places."""
    attended, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, keys, values, is_causal=True, scale=scaling
    )
    return attended, total


def merge(parts: Sequence[Pair]) -> torch.Tensor:
    """Merge what tokens attend to in several places.

    Args:
        parts: for each place the attended values, shape (tokens, heads, size), and their log-sum-exp, (tokens, heads).

    Returns:
        What the tokens attend to in all of them, shape (tokens, heads, size).
    """
    shares = torch.stack([total for _, total in parts]).softmax(dim=0).unsqueeze(-1)
    merged = torch.zeros_like(parts[0][0], dtype=shares.dtype)
    for share, (attended, _) in zip(shares, parts, strict=True):
        merged.addcmul_(share, attended.to(shares.dtype))
    return merged.to(parts[0][0].dtype)


@dataclass
class _Run:
    """Neighbouring texts of a level, and the packed tokens that look at them.

    Attributes:
        texts: the first and the end of them.
        places: as many as any token sees.
        tokens: those that look at each text, shape (texts, looking), filled up with token 0.
        visible: how many places each of them sees, the same shape; or (texts, 1) where it is the same for all.
        hidden: the mask made of it.
    """

    texts: tuple[int, int]
    places: int
    tokens: torch.Tensor
    visible: torch.Tensor
    hidden: torch.Tensor | None = None

    def mask(self, repeats: int, like: torch.Tensor) -> torch.Tensor:
        """What to add to the scores: shape (texts, 1, looking * repeats or 1, places); the same in all layers."""
        if self.hidden is None or self.hidden.device != like.device:
            visible = self.visible.to(like.device)
            if visible.shape[1] > 1:
                visible = visible.repeat_interleave(repeats, dim=1)
            hidden = torch.arange(self.places, device=like.device) >= visible.unsqueeze(-1)
            zeros = torch.zeros(hidden.shape, dtype=like.dtype, device=like.device)
            self.hidden = zeros.masked_fill(hidden, -torch.inf).unsqueeze(1)
        return self.hidden

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `Gathering.attend`, for the texts of the run; gives shapes (texts * looking, ..)."""
        first, end = self.texts
        keys, values = (tensor[first:end, :, : self.places] for tensor in pair)
        texts, key_heads, _, size = keys.shape
        looking, heads = self.tokens.shape[1], query.shape[1]
        repeats = heads // key_heads
        gathered = query[self.tokens.to(query.device)].view(texts, looking, key_heads, repeats, size).transpose(1, 2)
        gathered = gathered.reshape(texts, key_heads, looking * repeats, size)
        attended, total = attend(gathered, keys, values, self.mask(repeats, query), scaling)

        def packed(tensor: torch.Tensor, width: int) -> torch.Tensor:
            laid = tensor.reshape(texts, key_heads, looking, repeats, width).transpose(1, 2)
            return laid.reshape(texts * looking, heads, width)

        return packed(attended, size), packed(total.unsqueeze(-1), 1).squeeze(-1)


class Gathering:
    """Which packed tokens look at which texts of a level, and how far into them each of them sees."""

    def __init__(self, texts: Sequence[int], visible: Sequence[int], number: int, device: torch.device) -> None:
        """Gather by text.

        Args:
            texts: the text that each packed token looks at.
            visible: how many of its places the token sees, at least one.
            number: of texts in the level.
            device: where the tensors go.
        """
        looking: list[list[int]] = [[] for _ in range(number)]
        for token, text in enumerate(texts):
            looking[text].append(token)
        self._runs: list[_Run] = []
        back = [0] * len(texts)
        start = 0
        for first, end in _cut(number, device):
            width = max(map(len, looking[first:end]))
            if width == 0:
                continue
            self._runs.append(_run(looking[first:end], visible, first, device))
            for tokens in looking[first:end]:
                for place, token in enumerate(tokens):
                    back[token] = start + place
                start += width
        self._back = torch.tensor(back, device=device)

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """Attend to the level.

        Args:
            query: packed, shape (tokens, heads, size).
            pair: the level's keys and values, shape (texts, key heads, places, size).
            scaling: factor of the scores.

        Returns:
            What each token attends to, shape (tokens, heads, size), and the log-sum-exp of its scores, (tokens, heads).
        """
        attended, total = zip(*(run.attend(query, pair, scaling) for run in self._runs), strict=True)
        back = self._back.to(query.device)
        return torch.cat(attended)[back], torch.cat(total)[back]


def _cut(number: int, device: torch.device) -> list[tuple[int, int]]:
    """Runs of texts. They stand in order of length, more or less, so that runs need less filling up than all at once.

    On a GPU the launches of more kernels would cost more than that.
    """
    runs = min(RUNS, max(number // RUNS, 1)) if device.type == "cpu" else 1
    return [(number * run // runs, number * (run + 1) // runs) for run in range(runs)]


def _run(looking: Sequence[Sequence[int]], visible: Sequence[int], first: int, device: torch.device) -> _Run:
    """The run of texts from `first` on, by the tokens that look at each of them."""
    width = max(map(len, looking))
    seen = [[visible[token] for token in tokens] for tokens in looking]
    places = max(sight for sights in seen for sight in sights)
    if all(len(set(sights)) <= 1 for sights in seen):  # then one mask serves all that look at a text
        seen = [sights[:1] or [1] for sights in seen]
    else:
        seen = [[*sights, *[1] * (width - len(sights))] for sights in seen]
    filled = [[*tokens, *[0] * (width - len(tokens))] for tokens in looking]
    return _Run(
        (first, first + len(looking)),
        places,
        torch.tensor(filled, device=device),
        torch.tensor(seen, device=device),
    )
