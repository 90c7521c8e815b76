"""Guessing how an answer goes on, from what followed the same tokens before, in the prompt or in the answer.

A pass over a few tokens takes hardly longer than one over a single token: both read all weights. So a pass also
computes what is guessed, and where the model then chooses just these tokens, one pass has done the work of several.
Each guess is compared with what is chosen by the model's logits, so that answers stay what they are. See "Prompt lookup
decoding", Saxena 2023, which transformers' `prompt_lookup_num_tokens` follows, too.
"""

from collections.abc import Sequence

import numpy as np

from pluralism.engines.local.rows import BatchRow

MOST_TOKENS = 16
"""Of a pass with guesses: more would take time."""
LONGEST_GUESS = 7
LONGEST_MATCH = 2
"""Last tokens that are looked for; where they did not stand before, the last one alone."""


def guess(text: Sequence[int], most: int) -> list[int]:
    """The tokens that followed the last ones of a text where these stood before, the last time; at most so many."""
    tokens = np.asarray(text, dtype=np.int64)
    for length in range(min(LONGEST_MATCH, len(tokens) - 1), 0, -1):
        starts = len(tokens) - length
        same = np.all([tokens[at : starts + at] == tokens[starts + at] for at in range(length)], axis=0)
        if same.any():
            after = int(np.flatnonzero(same)[-1]) + length
            found: list[int] = tokens[after : after + most].tolist()
            return found
    return []


def guesses(rows: Sequence[BatchRow], chosen: Sequence[Sequence[int]]) -> list[list[int]]:
    """A guess for each row, as long as the pass over what was chosen has room for; empty ones where it has none.

    Args:
        rows: they go on after what was chosen.
        chosen: the last tokens of each, which the pass computes in any case.
    """
    room = min((MOST_TOKENS - sum(map(len, chosen))) // max(len(rows), 1), LONGEST_GUESS)
    return [guess(row.text, room) if room > 0 else [] for row in rows]
