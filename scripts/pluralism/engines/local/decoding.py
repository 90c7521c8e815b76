"""Decoding with shared attention: each distinct prefix and prompt is computed once, finished rows make room for others.

Rows that end leave at once, and when enough room is free, waiting works join: one long answer holds up nobody.
"""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TypeVar

import torch
from transformers import PreTrainedModel

from pluralism.engines.local import shared_attention
from pluralism.engines.local.batching import Room, Work, in_order, take
from pluralism.engines.local.branching import read_branches
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.levels import Level
from pluralism.engines.local.noticing import Noticer
from pluralism.engines.local.rows import Row, start_row
from pluralism.engines.local.sampling import next_tokens
from pluralism.engines.local.shared_attention import Answering, Reading
from pluralism.errors import UserError

REFILL_BELOW = 0.5
"""Works join when those at work need no more than this share of the budget; each time copies what is held."""
READ_AT_ONCE = 4096
"""Prompt tokens of one pass, so that activations stay small beside keys and values."""

Text = TypeVar("Text")
Whole = tuple[tuple[int, ...], tuple[int, ...]]
"""A prompt as its prefix and what follows."""

log = logging.getLogger(__name__)


class Decoder:
    """Answers works with one model."""

    def __init__(self, model: PreTrainedModel, grammars: Grammars, context: int) -> None:
        """Take a model for which `shared_attention.can_share` holds; its attention is replaced.

        Args:
            model: a causal language model, in eval mode.
            grammars: the compiled schemas.
            context: tokens that prompt and answer may have together.
        """
        model.set_attn_implementation(shared_attention.NAME)
        self._model, self._grammars, self._context = model, grammars, context
        self._noticer = Noticer(grammars)
        self._forget()

    def _forget(self) -> None:
        self._memory = Answering()
        self._rows: list[Row] = []
        self._chosen: list[list[int]] = []
        self._logits = torch.empty(0)
        # Which text of the memory holds a prefix or a prompt.
        self._prefixes: list[tuple[int, ...]] = []
        self._prompts: list[Whole] = []

    @torch.inference_mode()
    def decode(self, works: Sequence[Work], budget: int) -> Iterator[list[Row]]:
        """Answer works, and yield rows as they end.

        Args:
            works: the rendered requests.
            budget: places of keys and values to hold at a time; halved whenever memory does not suffice.

        Raises:
            UserError: a single work does not fit into memory.
        """
        waiting = deque(in_order(works))
        while waiting or self._rows:
            try:
                self._compute()
                at_work = [row.work for row in self._rows]
                if waiting and Room(at_work).used <= REFILL_BELOW * budget:
                    joining = take(waiting, at_work, budget)
                    self._admit([start_row(work, self._grammars, self._context) for work in joining])
                ended = self._choose() if self._rows else []
            except torch.OutOfMemoryError:
                budget = self._retreat(waiting)
                continue
            for row in ended:
                row.left = True
            waiting.extendleft(row.work.again() for row in ended if row.again)
            if done := [row for row in ended if not row.again]:
                yield done

    def _retreat(self, waiting: deque[Work]) -> int:
        """Put the works at hand back to those that wait; returns a smaller budget."""
        at_work = [row.work for row in self._rows if not row.left]
        if len(at_work) == 1:
            length = len(at_work[0].prompt)
            raise UserError(f"a single prompt of {length} tokens does not fit into memory") from None
        budget = Room(at_work).used // 2
        log.warning("out of memory with %d rows; from here on at most %d tokens at a time", len(at_work), budget)
        waiting.extendleft(reversed(at_work))
        self._forget()
        torch.cuda.empty_cache()
        return budget

    def _admit(self, rows: Sequence[Row]) -> None:
        """Let rows join: read what of their prompts is not held yet, and ask for their first tokens."""
        first = len(self._rows)
        self._rows += rows  # before anything is computed, so that none is lost if memory does not suffice
        prefixes = [prefix for prefix in dict.fromkeys(row.prefix for row in rows) if prefix not in self._prefixes]
        for prefix in prefixes:
            next(row for row in rows if row.prefix == prefix).prefilled += len(prefix)
        read = [self._read(texts) for texts in _chunks(prefixes, list(map(len, prefixes)))]
        self._memory.prefixes.extend([level for level, _ in read])
        self._prefixes += prefixes
        prompts = list(dict.fromkeys((row.prefix, row.suffix) for row in rows))
        logits: dict[Whole, torch.Tensor] = {}
        for whole in prompts:
            next(row for row in rows if (row.prefix, row.suffix) == whole).prefilled += len(whole[1])
        read = []
        for chunk in _chunks(prompts, [len(suffix) for _, suffix in prompts]):
            behind = [self._prefixes.index(prefix) for prefix, _ in chunk]
            read.append(self._read([suffix for _, suffix in chunk], self._memory.prefixes, behind))
            logits |= dict(zip(chunk, read[-1][1], strict=True))
        self._memory.prompts.extend([level for level, _ in read])
        start = len(self._prompts)
        self._prompts += prompts
        self._memory.add_rows(
            [(self._prefixes.index(row.prefix), start + prompts.index((row.prefix, row.suffix))) for row in rows]
        )
        new = torch.stack([logits[row.prefix, row.suffix] for row in rows])
        self._logits = torch.cat([self._logits, new]) if first else new

    def _read(
        self, texts: Sequence[Sequence[int]], before: Level | None = None, behind: Sequence[int] = ()
    ) -> tuple[Level, torch.Tensor]:
        """Compute texts; returns their keys and values, and the logits behind each, shape (texts, vocabulary)."""
        lengths = list(map(len, texts))
        ahead = [before.lengths[text] for text in behind] if before is not None else [0] * len(texts)
        memory = Reading(lengths, before, behind)
        logits = shared_attention.forward(
            self._model,
            [token for text in texts for token in text],
            [start + place for start, length in zip(ahead, lengths, strict=True) for place in range(length)],
            _ends(texts),
            memory,
        )
        return memory.level, logits

    def _choose(self) -> list[Row]:
        """Choose a token for every row; returns the rows that end. What it adds is computed by `_compute`."""
        allowed = self._grammars.allowed([row.matcher for row in self._rows], self._logits.device)
        temperatures = torch.tensor([row.work.temperature for row in self._rows])
        self._noticer.notice(self._rows, self._logits)
        tokens = next_tokens(self._logits, allowed, temperatures, [row.dice for row in self._rows])
        self._chosen = [row.take(token) for row, token in zip(self._rows, tokens, strict=True)]
        ended = [(place, row) for place, row in enumerate(self._rows) if row.finished]
        read_branches(self._model, self._memory, [(place, row) for place, row in ended if not row.cut])
        return [row for _, row in ended]

    def _compute(self) -> None:
        """Drop the rows that ended; compute what was chosen for the others, forced tokens in the same pass."""
        kept = [place for place, row in enumerate(self._rows) if not row.finished]
        chosen = [self._chosen[place] for place in kept]
        if len(kept) < len(self._rows):
            self._keep(kept)
        if chosen:
            row_of = [row for row, added in enumerate(chosen) for _ in added]
            positions = self._memory.expect(row_of)
            packed = [token for added in chosen for token in added]
            self._logits = shared_attention.forward(self._model, packed, positions, _ends(chosen), self._memory)
        self._chosen = []

    def _keep(self, kept: Sequence[int]) -> None:
        """Keep some of the rows, by place, and what of the memory they need."""
        if not kept:
            self._forget()
            return
        self._rows = [self._rows[place] for place in kept]
        prefixes, prompts = self._memory.select(kept)
        self._prefixes = [self._prefixes[text] for text in prefixes]
        self._prompts = [self._prompts[text] for text in prompts]


def _ends(texts: Sequence[Sequence[int]]) -> list[int]:
    """The packed place of each text's last token."""
    return [end - 1 for end in accumulate(map(len, texts))]


def _chunks(texts: Sequence[Text], lengths: Sequence[int]) -> Iterator[list[Text]]:
    """Cut texts into runs of at most `READ_AT_ONCE` tokens, each padded to its longest."""
    chunk: list[Text] = []
    longest = 0
    for text, length in zip(texts, lengths, strict=True):
        longest = max(longest, length)
        if chunk and longest * (len(chunk) + 1) > READ_AT_ONCE:
            yield chunk
            chunk, longest = [], length
        chunk.append(text)
    if chunk:
        yield chunk
