"""Constrained decoding: which tokens a JSON schema allows next, by llguidance.

llguidance was chosen since it keeps integer bounds, allows escaped quotes in bounded strings, and builds its automata
lazily: a new schema costs a millisecond, and a mask 0.2 ms with 128,000 tokens.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import llguidance.hf
import llguidance.numpy
import numpy as np
import torch
from llguidance import LLExecutor, LLMatcher

from pluralism.engines.base import JSON_FORM
from pluralism.errors import UserError, foreign_code

ANY_TOKENS = "start: <[*]>*"
UNSUITABLE = "its tokenizer does not suit answers in JSON"


class Grammars:
    """Compiles each distinct schema once, and fills in masks for a batch."""

    def __init__(self, tokenizer: Any, logits_width: int) -> None:
        """Take a fast tokenizer of transformers.

        Args:
            tokenizer: the model's.
            logits_width: columns of the model's logits; those beyond the vocabulary are never allowed.

        Raises:
            UserError: the tokenizer is of a kind whose tokens do not say which bytes they write.
        """
        with foreign_code(f"{UNSUITABLE}, expected a fast one of bytes, or of pieces with bytes for other letters"):
            self._tokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=logits_width)
        self._executor = LLExecutor()
        self._width = logits_width
        self._compile = lru_cache(maxsize=None)(self._first_matcher)

    def matcher(self, schema: str | None) -> LLMatcher:
        """A matcher at the beginning of an answer that obeys `schema` (JSON text); None: of any tokens."""
        return self._compile(schema).deep_copy()

    def _first_matcher(self, schema: str | None) -> LLMatcher:
        if schema is None:
            grammar = LLMatcher.grammar_from_lark(ANY_TOKENS)
        else:
            form = json.loads(schema).get("x-guidance", JSON_FORM)
            grammar = LLMatcher.grammar_from_json_schema(schema, overrides=form)
        matcher = LLMatcher(self._tokenizer, grammar)
        if matcher.is_error():
            raise ValueError(f"schema {schema}: {matcher.get_error()}")
        return matcher

    @staticmethod
    def consume(matcher: LLMatcher, tokens: Sequence[int]) -> None:
        """Go on with tokens that the grammar allows.

        Raises:
            UserError: they are not allowed all the same, as the tokenizer writes them otherwise than it says.
        """
        if not matcher.consume_tokens(list(tokens)) or matcher.is_error():
            reason = matcher.get_error().partition("\n")[0][:200]
            raise UserError(f"{UNSUITABLE}, it writes other bytes than it says: {reason}")

    def spelled(self, tokens: Sequence[int]) -> bytes:
        """What the tokens write."""
        written: bytes = self._tokenizer.decode_bytes(list(tokens))
        return written

    def has_written(self, tokens: Sequence[int], text: str) -> bool:
        """Whether the tokens write a text, control tokens left out."""
        return text.encode() in self.spelled([token for token in tokens if not self._tokenizer.is_special_token(token)])

    def allowed_tokens(self, matcher: LLMatcher) -> tuple[int, ...]:
        """The tokens that may come next."""
        return tuple(self.allowed([matcher], torch.device("cpu"))[0].nonzero().flatten().tolist())

    def allowed(self, matchers: Sequence[LLMatcher], device: torch.device) -> torch.Tensor:
        """Which tokens may come next: bool, shape (matchers, logits width)."""
        # Not llguidance.torch: importing it starts torch's compiler, which takes seconds in each job.
        bits = llguidance.numpy.allocate_token_bitmask(len(matchers), self._width)
        llguidance.numpy.fill_next_token_bitmask_par(
            self._executor, [(matcher, row) for row, matcher in enumerate(matchers)], bits
        )
        if device.type == "cpu":
            flags = np.unpackbits(bits.view(np.uint8), axis=1, count=self._width, bitorder="little")
            return torch.from_numpy(flags).bool()
        on_device = torch.from_numpy(bits).to(device)
        shifts = torch.arange(32, dtype=torch.int32, device=device)
        return (on_device.unsqueeze(-1) >> shifts & 1).bool().flatten(1)[:, : self._width]
