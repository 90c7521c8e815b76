"""Decoding with shared attention: each distinct prefix and prompt is computed once, with continuous batching.

Rows that finish leave at once, and waiting requests join when the caches have room: one long answer delays nobody.
They join in groups, and between these the rows at work go on: the first answers come while most prompts still wait.
"""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate

import torch
from transformers import PreTrainedModel

from pluralism.engines.local import shared_attention
from pluralism.engines.local.choosing import Chooser
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.guessing import guesses
from pluralism.engines.local.kv_cache import KVCache
from pluralism.engines.local.number_scoring import score_numbers
from pluralism.engines.local.rows import BatchRow, CacheSize, RenderedRequest, sorted_by_prefix, start_row, take_group
from pluralism.engines.local.shared_attention import DecodeState, PackedTexts, TextsBefore
from pluralism.engines.local.text_scoring import score_texts
from pluralism.engines.memory import close_holes, give_back, keep_holes, memory_errors
from pluralism.errors import UserError

PREFILL_TOKENS = 2048
"""Prompt tokens of one pass, so that activations stay smaller than keys and values; the first group has as many."""
LARGEST_GROUP = 0.5
"""Of the budget. Groups grow up to this: each copies the caches, so that a larger one costs less."""
STEP_TOKENS = {"cpu": 32}
"""A step reads all weights, and so takes as long as so many more prompt tokens do."""
STEP_TOKENS_OF_A_GPU = 256
DECODING = 1 / 3
"""Time for the rows at work, as a part of that for the prompts of those that join; counted in tokens, not measured, so
that the same requests always run side by side."""
STEPS_BEFORE_A_LOOK = 8
"""Where nothing fits beside the rows at work: counting what they need takes time, too."""

WholePrompt = tuple[tuple[int, ...], tuple[int, ...]]
"""A prompt as its prefix and the rest."""

log = logging.getLogger(__name__)


class Decoder:
    """Answers requests with one model."""

    def __init__(self, model: PreTrainedModel, grammars: Grammars, context: int) -> None:
        """Take a model for which `shared_attention.can_share` holds; its attention is replaced.

        Args:
            model: a causal language model, in eval mode.
            grammars: the compiled schemas.
            context: tokens that prompt and answer may have together.
        """
        model.set_attn_implementation(shared_attention.NAME)
        self._model, self._grammars, self._context = model, grammars, context
        self._chooser = Chooser(grammars)
        self._group_tokens = PREFILL_TOKENS
        self._reset()

    def _reset(self) -> None:
        self._state = DecodeState()
        self._rows: list[BatchRow] = []
        self._chosen: list[list[int]] = []
        self._guessed: list[list[int]] = []
        self._logits = torch.empty(0)
        self._steps_before_others = 0
        # The texts of the state's caches.
        self._prefixes: list[tuple[int, ...]] = []
        self._prompts: list[WholePrompt] = []

    @torch.inference_mode()
    def decode(self, requests: Sequence[RenderedRequest], budget: int) -> Iterator[list[BatchRow]]:
        """Answer requests, and yield rows as they finish.

        Args:
            requests: the rendered requests.
            budget: tokens that the caches may hold at a time; halved whenever memory does not suffice.

        Raises:
            UserError: a single request does not fit into memory.
        """
        keep_holes()
        waiting = deque(sorted_by_prefix(requests))
        while waiting or self._rows:
            try:
                with memory_errors():
                    self._forward()
                    if waiting and self._steps_before_others <= 0:
                        self._add_waiting(waiting, budget)
                    finished = self._choose() if self._rows else []
            except torch.OutOfMemoryError:
                budget = self._back_off(waiting)
                continue
            waiting.extendleft(row.request.retry() for row in finished if row.needs_retry)
            if done := [row for row in finished if not row.needs_retry]:
                yield done

    def _back_off(self, waiting: deque[RenderedRequest]) -> int:
        """Put the running requests back to those that wait; returns a smaller budget."""
        running = [row.request for row in self._rows]
        if len(running) == 1:
            length = len(running[0].prompt)
            raise UserError(f"a single prompt of {length} tokens does not fit into memory") from None
        budget = CacheSize(running).tokens // 2
        log.warning("out of memory with %d rows; now at most %d tokens at a time", len(running), budget)
        waiting.extendleft(reversed(running))
        self._reset()
        give_back()
        return budget

    def _add_waiting(self, waiting: deque[RenderedRequest], budget: int) -> None:
        """Let a group join, where there is room for one."""
        running = [row.request for row in self._rows]
        largest = int(LARGEST_GROUP * budget)
        most = min(self._group_tokens, max(largest, PREFILL_TOKENS))
        has_room = CacheSize(running).tokens <= budget - min(most, largest)
        group = take_group(waiting, running, budget, most) if has_room else []
        if not group:
            self._steps_before_others = STEPS_BEFORE_A_LOOK
        else:
            rows = [start_row(request, self._grammars, self._context) for request in group]
            self._add(rows)
            step = STEP_TOKENS.get(self._model.device.type, STEP_TOKENS_OF_A_GPU) + len(self._rows)
            self._steps_before_others = round(DECODING * sum(row.prefilled for row in rows) / step)
            self._group_tokens = 2 * most

    def _add(self, rows: Sequence[BatchRow]) -> None:
        """Let rows join: compute what is new of their prompts, and the logits of their first tokens."""
        close_holes()  # that the steps before left
        first = len(self._rows)
        self._rows += rows  # before anything is computed, so that none is lost if memory does not suffice
        prefixes = [prefix for prefix in dict.fromkeys(row.prefix for row in rows) if prefix not in self._prefixes]
        for prefix in prefixes:
            next(row for row in rows if row.prefix == prefix).prefilled += len(prefix)
        caches, _ = self._prefill(prefixes)
        self._state.prefixes.extend(caches)
        self._prefixes += prefixes
        whole = [(row.prefix, row.suffix) for row in rows]
        prompts = list(dict.fromkeys(whole))
        places = list(map(prompts.index, whole))
        for place, prompt in enumerate(prompts):
            rows[places.index(place)].prefilled += len(prompt[1])
        after = [self._prefixes.index(prefix) for prefix, _ in prompts]
        caches, logits = self._prefill([suffix for _, suffix in prompts], after)
        self._state.prompts.extend(caches)
        start = len(self._prompts)
        self._prompts += prompts
        self._state.add_rows([(after[place], start + place) for place in places])
        new = torch.stack([logits[place] for place in places])
        score_texts(self._model, self._state, list(enumerate(rows, first)), new)
        self._logits = torch.cat([self._logits, new]) if first else new
        self._guessed += [[] for _ in rows]

    def _prefill(
        self, texts: Sequence[Sequence[int]], after: Sequence[int] = ()
    ) -> tuple[list[KVCache], list[torch.Tensor]]:
        """Compute texts, each after a prefix or after nothing; returns keys and values, and the logits of each text."""
        caches, logits = list[KVCache](), list[torch.Tensor]()
        lengths = list(map(len, texts))
        for chunk in _chunks(lengths):
            prefixes = after[chunk]
            visible = [self._state.prefixes.lengths[prefix] for prefix in prefixes]
            before = [TextsBefore(self._state.prefixes, prefixes, visible)] if after else []
            state = PackedTexts(lengths[chunk], before)
            logits += shared_attention.forward(self._model, texts[chunk], state)
            caches.append(state.cache)
            close_holes()  # that activations left, before the next ones and before caches grow
        return caches, logits

    def _choose(self) -> list[BatchRow]:
        """Choose tokens for every row, to be computed by `_forward`; removes and returns the rows that finish."""
        chosen = self._follow_guesses()
        finished = [(index, row) for index, row in enumerate(self._rows) if row.finished]
        score_numbers(self._model, self._state, [(index, row) for index, row in finished if not row.cut])
        kept = [index for index, row in enumerate(self._rows) if not row.finished]
        if not kept:
            self._reset()
        elif finished:
            prefixes, prompts = self._state.select(kept)
            self._prefixes = [self._prefixes[text] for text in prefixes]
            self._prompts = [self._prompts[text] for text in prompts]
            self._rows = [self._rows[index] for index in kept]
        self._chosen = [chosen[index] for index in kept]
        self._guessed = [[] for _ in kept]
        return [row for _, row in finished]

    def _follow_guesses(self) -> list[list[int]]:
        """Choose for every row, and again for those whose guess holds; the state forgets the guesses that do not.

        Returns:
            What was chosen last for each row, which no pass has computed yet.
        """
        counts = [1 + len(guessed) for guessed in self._guessed]
        first = [end - count for end, count in zip(accumulate(counts), counts, strict=True)]
        held = [0] * len(counts)
        chosen = [list[int]() for _ in counts]
        following = [row for row in range(len(counts)) if not self._rows[row].finished]
        while following:
            places = [first[row] + held[row] for row in following]
            logits = self._logits if len(places) == len(self._logits) else self._logits[places]
            added = self._chooser.choose([self._rows[row] for row in following], logits)
            for row, tokens in zip(following, added, strict=True):
                chosen[row] = tokens
            following = [row for row in following if self._holds(row, held[row], chosen[row])]
            for row in following:
                held[row] += len(chosen[row])
        for row, guessed in enumerate(self._guessed):
            self._state.forget(row, len(guessed) - held[row])
        return chosen

    def _holds(self, row: int, place: int, added: list[int]) -> bool:
        """Whether tokens that were just added to an answer that goes on are those that were guessed from a place on."""
        return not self._rows[row].finished and self._guessed[row][place : place + len(added)] == added

    def _forward(self) -> None:
        """Compute what was chosen for the rows, forced tokens in the same pass, and guesses of what follows."""
        if self._rows:
            self._steps_before_others -= 1
            self._guessed = guesses(self._rows, self._chosen)
            texts = [chosen + guessed for chosen, guessed in zip(self._chosen, self._guessed, strict=True)]
            self._state.expect([row for row, text in enumerate(texts) for _ in text])
            ends = list(accumulate(map(len, texts)))
            last = [
                place
                for end, guessed in zip(ends, self._guessed, strict=True)
                for place in range(end - len(guessed) - 1, end)
            ]
            self._logits = shared_attention.forward(self._model, texts, self._state, last)


def _chunks(lengths: Sequence[int]) -> Iterator[slice]:
    """Cut texts of these lengths into runs of at most `PREFILL_TOKENS` tokens, each padded to its longest."""
    start = longest = 0
    for place, length in enumerate(lengths):
        longest = max(longest, length)
        if place > start and longest * (place + 1 - start) > PREFILL_TOKENS:
            yield slice(start, place)
            start, longest = place, length
    if lengths:
        yield slice(start, len(lengths))
