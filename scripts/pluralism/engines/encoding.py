"""Texts -> token ids, so that a control token that a user wrote, such as <|im_end|>, stays text."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

CUT = "\ufdd0\ufdd1"
"""Stands within a control token that a user wrote: text is tokenized in pieces there. No text holds these two
characters: Unicode keeps them for the inner use of programs."""


def control_token_cutter(tokenizer: Any, written: str = "") -> Callable[[str], str]:
    """A function that puts a `CUT` into each control token within a text.

    Args:
        tokenizer: of transformers.
        written: what a chat template writes. Its added tokens there are control tokens, too; other added tokens that
            are not special, such as HTML tags, are ordinary words.
    """
    tokens = [
        token.content
        for token in tokenizer.added_tokens_decoder.values()
        if token.content.strip() and (token.special or token.content in written)
    ]
    if not tokens:
        return str
    # One of the first letters comes first: with a thousand tokens, this makes the search fast.
    firsts = "".join(sorted({re.escape(token[0]) for token in tokens}))
    pattern = re.compile(f"(?=[{firsts}])(?={'|'.join(map(re.escape, tokens))})(.)", re.DOTALL)
    return lru_cache(maxsize=4096)(lambda text: pattern.sub(rf"\1{CUT}", text))


def without_blanks(text: str) -> str:
    """A text as `decode` of transformers 4 leaves it where blanks of the tokenization are to be cleaned up."""
    for mark in (".", "?", "!", ","):
        text = text.replace(f" {mark}", mark)
    text = text.replace(" ' ", "'")
    for ending in ("n't", "'m", "'s", "'ve", "'re"):
        text = text.replace(f" {ending}", ending)
    return text


def encode_pieces(tokenizer: Any, text: str) -> list[int]:
    """The tokens of a text, without those that begin or end every text; no token reaches over a `CUT`."""
    first, *others = text.split(CUT)
    ids: list[int] = tokenizer.encode(first, add_special_tokens=False)
    if others:
        # After a line break, so that no blank is added where a piece begins, as SentencePiece does where a text begins.
        break_ids = tokenizer.encode("\n", add_special_tokens=False)
    for piece in others:
        after_break = tokenizer.encode("\n" + piece, add_special_tokens=False)
        follows = after_break[: len(break_ids)] == break_ids
        ids += after_break[len(break_ids) :] if follows else tokenizer.encode(piece, add_special_tokens=False)
    return ids
