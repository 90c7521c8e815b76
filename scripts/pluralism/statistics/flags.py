"""What a single flag of the protocol changes, where the predictions stay the same."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from pluralism.protocols import AFTER_INFERENCE, Protocol
from pluralism.selection import nearest_responses
from pluralism.statistics.accuracy import Row
from pluralism.statistics.outcomes import Benchmark, Indices, outcomes
from pluralism.statistics.samples import Samples


def other_flags() -> list[Row]:
    """A row for each flag that acts before inference, where no stored prediction tells what it changes."""
    return [
        {"experiment": "", "adm": "", "flag": flag.name, "note": "needs new inference"}
        for flag in fields(Protocol)
        if flag.name not in AFTER_INFERENCE
    ]


def float_ties_row(benchmark: Benchmark, flipped: Benchmark, entries: Sequence[Samples], picks: Indices) -> Row:
    """What `float_ties` changes when it alone is flipped.

    Args:
        benchmark: items and targets under the study's protocol.
        flipped: the same with the flag flipped.
        entries: the ADM's predictions.
        picks: the ADM's, shape (targets, items); they stay as they are where it picks responses outright.

    Returns:
        n_decisions; decisions_changed, and the items with one; outcomes_changed: how many decisions are right, wrong or
        not scored where they were not before.
    """
    before, after = (_picks(entry, entries, picks) for entry in (benchmark, flipped))
    verdicts = [
        np.where(entry.scored, outcomes(entry, chosen).correct, 2)
        for entry, chosen in ((benchmark, before), (flipped, after))
    ]
    changed = before != after
    return {
        "flag": "float_ties",
        "n_decisions": changed.size,
        "decisions_changed": int(changed.sum()),
        "items_changed": int(changed.any(axis=0).sum()),
        "outcomes_changed": int((verdicts[0] != verdicts[1]).sum()),
    }


def _picks(benchmark: Benchmark, entries: Sequence[Samples], picks: Indices) -> Indices:
    """What the predicted levels pick; both ways from the same levels, so that only the flag makes a difference."""
    if not entries[0].attributes:
        return picks
    chosen = picks.copy()
    predicted = {entry.target: entry.levels() for entry in entries}
    for place, (name, target) in enumerate(benchmark.targets.items()):
        levels = predicted[None] if None in predicted else predicted[name]
        if set(target) <= set(entries[0].attributes):
            chosen[place] = nearest_responses(levels, entries[0].attributes, target, benchmark.grid)
    return chosen
