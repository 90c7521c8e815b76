"""Attention to several texts at once, and the merging of what a token attends to in different places."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch.nn.functional import pad

Pair = tuple[torch.Tensor, torch.Tensor]


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
    both = with_room(first, second.shape[0], max(second.shape[2] - first.shape[2], 0))
    both[first.shape[0] :, :, : second.shape[2]] = second
    return both


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
        back = []
        for token, text in enumerate(texts):
            back.append((text, len(looking[text])))
            looking[text].append(token)
        width = max(map(len, looking))
        filled = [[*tokens, *[0] * (width - len(tokens))] for tokens in looking]
        seen = [[visible[token] for token in tokens] for tokens in looking]
        if all(len(set(sight)) <= 1 for sight in seen):  # then one mask serves all that look at a text
            seen = [sight[:1] or [1] for sight in seen]
        else:
            seen = [[*sight, *[1] * (width - len(sight))] for sight in seen]
        self._tokens = torch.tensor(filled, device=device)
        self._visible = torch.tensor(seen, device=device)
        self._back = torch.tensor([text * width + place for text, place in back], device=device)
        self._hidden: dict[tuple[int, torch.device], torch.Tensor] = {}

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """Attend to the level.

        Args:
            query: packed, shape (tokens, heads, size).
            pair: the level's keys and values, shape (texts, key heads, places, size).
            scaling: factor of the scores.

        Returns:
            What each token attends to, shape (tokens, heads, size), and the log-sum-exp of its scores, (tokens, heads).
        """
        keys, values = pair
        tokens, back = self._tokens.to(query.device), self._back.to(query.device)
        texts, key_heads, places, size = keys.shape
        looking, heads = tokens.shape[1], query.shape[1]
        repeats = heads // key_heads
        gathered = query[tokens].view(texts, looking, key_heads, repeats, size).transpose(1, 2)
        gathered = gathered.reshape(texts, key_heads, looking * repeats, size)
        attended, total = attend(gathered, keys, values, self._mask(places, repeats, query), scaling)

        def packed(tensor: torch.Tensor, width: int) -> torch.Tensor:
            laid = tensor.reshape(texts, key_heads, looking, repeats, width).transpose(1, 2)
            return laid.reshape(texts * looking, heads, width)[back]

        return packed(attended, size), packed(total.unsqueeze(-1), 1).squeeze(-1)

    def _mask(self, places: int, repeats: int, like: torch.Tensor) -> torch.Tensor:
        """What to add to the scores: shape (texts, 1, looking * repeats or 1, places); the same in all layers."""
        known = (places, like.device)
        if known not in self._hidden:
            visible = self._visible.to(like.device)
            if visible.shape[1] > 1:
                visible = visible.repeat_interleave(repeats, dim=1)
            hidden = torch.arange(places, device=like.device) >= visible.unsqueeze(-1)
            zeros = torch.zeros(hidden.shape, dtype=like.dtype, device=like.device)
            self._hidden = {known: zeros.masked_fill(hidden, -torch.inf).unsqueeze(1)}
        return self._hidden[known]
