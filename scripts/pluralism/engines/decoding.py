"""One batch from prompts to answers: shared prefixes are computed once, finished rows leave the batch.

A row's places in the cache are laid out as padding, prefix, padding, suffix, answer. Position ids count without the
padding, and the attention mask hides it, so that a row computes what it would compute alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from llguidance import LLMatcher
from transformers import Cache, PreTrainedModel

from pluralism.engines.batching import Work
from pluralism.engines.cache import roomy_cache
from pluralism.engines.grammar import Grammars
from pluralism.engines.sampling import Dice, next_tokens

DROP_BELOW = 0.75
"""Rows are dropped from the cache when no more than this share of them is still at work; each drop copies the rest."""


@dataclass
class Row:
    """A request while it is answered.

    Attributes:
        work: what is answered.
        matcher: what the grammar allows next.
        dice: the row's random numbers.
        forced: tokens at the beginning of the answer that the grammar leaves no choice about; they join the prompt.
        answer: all tokens of the answer so far, the forced ones included.
        cut: whether the context ended before the answer did.
    """

    work: Work
    matcher: LLMatcher
    dice: Dice
    forced: list[int]
    answer: list[int] = field(default_factory=list)
    cut: bool = False

    @property
    def suffix(self) -> tuple[int, ...]:
        """What stands behind the shared prefix."""
        return (*self.work.prompt.suffix, *self.forced)

    @property
    def finished(self) -> bool:
        """Whether the answer is complete, or cannot go on."""
        return self.cut or bool(self.matcher.is_stopped())

    def take(self, token: int) -> None:
        """Add a token to the answer."""
        self.answer.append(token)
        if not self.matcher.consume_token(token):
            raise RuntimeError(f"the grammar refused the token {token}: {self.matcher.get_error()}")


def start_row(work: Work, grammars: Grammars) -> Row:
    """A row at the beginning of its answer."""
    matcher = grammars.matcher(work.schema)
    forced = list(matcher.compute_ff_tokens())
    matcher.consume_tokens(forced)
    return Row(work, matcher, Dice(work.key), forced, answer=list(forced))


class Batch:
    """Rows in step: their cache, attention mask and positions."""

    def __init__(self, model: PreTrainedModel, rows: Sequence[Row], cache: Cache) -> None:
        """Take rows and an empty cache; nothing is computed yet."""
        self.rows = list(rows)
        self._model, self._cache = model, cache
        # For each row, which places of the cache hold its text, and how many tokens that is.
        self._mask = torch.empty(0)
        self._length = torch.empty(0)

    def prefill(self) -> tuple[torch.Tensor, int]:
        """Compute all prompts: each distinct prefix once, then each distinct suffix behind it once.

        Returns:
            The logits of the first free token, shape (rows, vocabulary), and the tokens that were computed.
        """
        prompts = list(dict.fromkeys((row.work.prompt.prefix, row.suffix) for row in self.rows))
        prefixes = list(dict.fromkeys(prefix for prefix, _ in prompts))
        computed = 0
        if all(prefixes) and len(prefixes) < len(prompts):
            self._forward(prefixes)
            self._select([prefixes.index(prefix) for prefix, _ in prompts])
            computed = sum(map(len, prefixes))
            texts = [suffix for _, suffix in prompts]
        else:
            texts = [prefix + suffix for prefix, suffix in prompts]
        logits = self._forward(texts)
        place = {prompt: index for index, prompt in enumerate(prompts)}
        rows = [place[row.work.prompt.prefix, row.suffix] for row in self.rows]
        self._select(rows)
        return logits[rows], computed + sum(map(len, texts))

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Compute one token per row, shape (rows,); returns the logits of the next, shape (rows, vocabulary)."""
        return self._forward(tokens.unsqueeze(-1).tolist())

    def drop_finished(self) -> list[int] | None:
        """Drop rows that are finished, if enough are; returns the places of those that stay, or None if none went."""
        active = [place for place, row in enumerate(self.rows) if not row.finished]
        if len(active) > DROP_BELOW * len(self.rows):
            return None
        self.rows = [self.rows[place] for place in active]
        self._select(active)
        return active

    def _select(self, places: list[int]) -> None:
        chosen = torch.tensor(places, dtype=torch.long, device=self._model.device)
        self._cache.batch_select_indices(chosen)
        self._mask, self._length = self._mask[chosen], self._length[chosen]

    def _forward(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        """Append ids, left-padded among themselves, to the rows; returns the logits behind the last."""
        device, width = self._model.device, max(map(len, ids))
        padded = torch.tensor([[0] * (width - len(row)) + list(row) for row in ids], device=device)
        lengths = torch.tensor([len(row) for row in ids], device=device)
        real = torch.arange(width, device=device) >= (width - lengths).unsqueeze(-1)
        before = self._length if len(self._length) else torch.zeros_like(lengths)
        self._mask = torch.cat([self._mask, real.long()], dim=1) if len(self._mask) else real.long()
        self._length = before + lengths
        positions = (before.unsqueeze(-1) + real.cumsum(dim=1) - 1).clamp(min=0)
        output: Any = self._model(
            input_ids=padded,
            attention_mask=self._mask,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits


@torch.inference_mode()
def decode(model: PreTrainedModel, works: Sequence[Work], grammars: Grammars, context: int) -> tuple[list[Row], int]:
    """Answer a batch of requests.

    Args:
        model: a causal language model, in eval mode.
        works: the rendered requests.
        grammars: the compiled schemas.
        context: tokens that prompt and answer may have together; an answer that reaches it is cut.

    Returns:
        The rows, finished, in the order of `works`, and the prompt tokens that were computed.
    """
    rows = [start_row(work, grammars) for work in works]
    batch = Batch(model, rows, roomy_cache())
    logits, prefilled = batch.prefill()
    temperatures = torch.tensor([row.work.temperature for row in rows], device=logits.device)
    while batch.rows:
        allowed = grammars.allowed([row.matcher for row in batch.rows], logits.device)
        tokens = next_tokens(logits, allowed, temperatures, [row.dice for row in batch.rows])
        for row, token in zip(batch.rows, tokens.tolist(), strict=True):
            if not row.finished:
                row.take(token)
                row.cut = not row.matcher.is_stopped() and len(row.work.prompt) + len(row.answer) >= context
        places = batch.drop_finished()
        if places is not None:
            tokens, temperatures = tokens[places], temperatures[places]
        if batch.rows:
            logits = batch.step(tokens)
    return rows, prefilled
