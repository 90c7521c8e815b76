"""Which packed tokens attend to which texts of a level: in one launch on a GPU, in runs of like length elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch

from pluralism.engines.local.kernels import Pair, attend, flash, flash_runs
from pluralism.engines.local.levels import OnDevices

RUNS = 4
"""Into how many runs the texts of a level are cut at most, each with at least as many texts."""


class Gathering:
    """Which packed tokens look at which texts of a level, and how far into them each of them sees."""

    def __init__(self, texts: Sequence[int], visible: Sequence[int], number: int) -> None:
        """Gather by text.

        Args:
            texts: the text that each packed token looks at.
            visible: how many of its places the token sees, at least one.
            number: of texts in the level.
        """
        self._looking: list[list[int]] = [[] for _ in range(number)]
        for token, text in enumerate(texts):
            self._looking[text].append(token)
        self._visible = visible
        self._in_runs: _InRuns | None = None

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """Attend to the level.

        Args:
            query: packed, shape (tokens, heads, size).
            pair: the level's keys and values, shape (texts, places, key heads, size).
            scaling: factor of the scores.

        Returns:
            What each token attends to, shape (tokens, heads, size), and the log-sum-exp of its scores, (tokens, heads).
        """
        if flash_runs(query) and self._at_once is not None:
            return self._at_once.attend(query, pair, scaling)
        if self._in_runs is None:
            # On a GPU the launches of more kernels would cost more than filling up does.
            self._in_runs = _InRuns(self._looking, self._visible, RUNS if query.device.type == "cpu" else 1)
        return self._in_runs.attend(query, pair, scaling)

    @cached_property
    def _at_once(self) -> "_AtOnce | None":
        return _at_once(self._looking, self._visible)


def _at_once(looking: Sequence[Sequence[int]], visible: Sequence[int]) -> "_AtOnce | None":
    """All texts in one launch, if the tokens that look at a text all see the same of it, or each one place more.

    The former is what tokens behind a text see, the latter what its own do.
    """
    texts = [text for text, tokens in enumerate(looking) if tokens]
    seen = [[visible[token] for token in looking[text]] for text in texts]
    past_only = any(len(set(sights)) > 1 for sights in seen)
    if past_only and any(sights != list(range(sights[0], sights[0] + len(sights))) for sights in seen):
        return None
    return _AtOnce(texts, [looking[text] for text in texts], [sights[-1] for sights in seen], past_only)


class _AtOnce:
    """One launch for all texts that are looked at."""

    def __init__(
        self, texts: Sequence[int], looking: Sequence[Sequence[int]], visible: Sequence[int], past_only: bool
    ) -> None:
        order = [token for tokens in looking for token in tokens]
        self._texts, self._past_only = texts, past_only
        self._most = max(map(len, looking)), max(visible)
        self._orders: OnDevices | None = None
        # Rows that share a text mostly stand side by side, and then nothing has to be put in order.
        if order != list(range(len(order))):
            back = sorted(range(len(order)), key=order.__getitem__)
            self._orders = OnDevices(torch.int64, there=order, back=back)
        self._counts = OnDevices(torch.int32, looking=list(accumulate(map(len, looking), initial=0)), visible=visible)
        self._starts: tuple[int, OnDevices] | None = None

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `Gathering.attend`."""
        orders = self._orders.on(query.device) if self._orders else None
        keys, values = (tensor.flatten(0, 1) for tensor in pair)
        attended, total = flash(
            query[orders["there"]] if orders else query,
            keys,
            values,
            **self._counts.on(query.device),
            **self._starts_of(pair[0].shape[1]).on(query.device),
            most=self._most,
            past_only=self._past_only,
            scaling=scaling,
        )
        return (attended[orders["back"]], total[orders["back"]]) if orders else (attended, total)

    def _starts_of(self, width: int) -> OnDevices:
        """Where the texts begin, by the places of each: the same in all layers."""
        if self._starts is None or self._starts[0] != width:
            self._starts = width, OnDevices(torch.int32, starts=[text * width for text in (*self._texts, 0)])
        return self._starts[1]


class _InRuns:
    """Texts of like length side by side, with a mask for what is not seen."""

    def __init__(self, looking: Sequence[Sequence[int]], visible: Sequence[int], most: int) -> None:
        runs: list[_Run] = []
        back: dict[int, int] = {}
        start = 0
        for first, end in _cut(len(looking), most):
            width = max(map(len, looking[first:end]))
            if width == 0:
                continue
            runs.append(_run(looking[first:end], visible, first))
            for tokens in looking[first:end]:
                back |= {token: start + place for place, token in enumerate(tokens)}
                start += width
        self._runs = runs
        self._back = OnDevices(torch.int64, back=[back[token] for token in range(len(back))])

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `Gathering.attend`."""
        attended, total = zip(*(run.attend(query, pair, scaling) for run in self._runs), strict=True)
        back = self._back.on(query.device)["back"]
        return torch.cat(attended)[back], torch.cat(total)[back]


@dataclass
class _Run:
    """Neighbouring texts of a level, and the packed tokens that look at them.

    Attributes:
        texts: the first and the end of them.
        places: as many as any token sees.
        numbers: `tokens`, those that look at each text, shape (texts, looking), filled up with token 0; and `visible`,
            how many places each of them sees, the same shape, or (texts, 1) where it is the same for all.
        hidden: the mask made of it.
    """

    texts: tuple[int, int]
    places: int
    numbers: OnDevices
    hidden: torch.Tensor | None = None

    def mask(self, repeats: int, like: torch.Tensor) -> torch.Tensor:
        """What to add to the scores: shape (texts, 1, looking * repeats or 1, places); the same in all layers."""
        if self.hidden is None or self.hidden.device != like.device:
            visible = self.numbers.on(like.device)["visible"]
            if visible.shape[1] > 1:
                visible = visible.repeat_interleave(repeats, dim=1)
            hidden = torch.arange(self.places, device=like.device) >= visible.unsqueeze(-1)
            zeros = torch.zeros(hidden.shape, dtype=like.dtype, device=like.device)
            self.hidden = zeros.masked_fill(hidden, -torch.inf).unsqueeze(1)
        return self.hidden

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `Gathering.attend`, for the texts of the run; gives shapes (texts * looking, ..)."""
        first, end = self.texts
        keys, values = (tensor[first:end, : self.places].transpose(1, 2) for tensor in pair)
        tokens = self.numbers.on(query.device)["tokens"]
        texts, key_heads, _, size = keys.shape
        looking, heads = tokens.shape[1], query.shape[1]
        repeats = heads // key_heads
        gathered = query[tokens].view(texts, looking, key_heads, repeats, size).transpose(1, 2)
        gathered = gathered.reshape(texts, key_heads, looking * repeats, size)
        attended, total = attend(gathered, keys, values, self.mask(repeats, query), scaling)

        def packed(tensor: torch.Tensor, width: int) -> torch.Tensor:
            laid = tensor.reshape(texts, key_heads, looking, repeats, width).transpose(1, 2)
            return laid.reshape(texts * looking, heads, width)

        return packed(attended, size), packed(total.unsqueeze(-1), 1).squeeze(-1)


def _cut(number: int, most: int) -> list[tuple[int, int]]:
    """Runs of texts. They stand in order of length, more or less: runs need less filling up than all at once."""
    runs = min(most, max(number // most, 1))
    return [(number * run // runs, number * (run + 1) // runs) for run in range(runs)]


def _run(looking: Sequence[Sequence[int]], visible: Sequence[int], first: int) -> _Run:
    """The run of texts from `first` on, by the tokens that look at each of them."""
    width = max(map(len, looking))
    seen = [[visible[token] for token in tokens] for tokens in looking]
    places = max(sight for sights in seen for sight in sights)
    if all(len(set(sights)) <= 1 for sights in seen):  # then one mask serves all that look at a text
        seen = [sights[:1] or [1] for sights in seen]
    else:
        seen = [[*sights, *[1] * (width - len(sights))] for sights in seen]
    filled = [[*tokens, *[0] * (width - len(tokens))] for tokens in looking]
    return _Run((first, first + len(looking)), places, OnDevices(torch.int64, tokens=filled, visible=seen))
