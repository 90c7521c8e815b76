"""What a single flag of the protocol changes while the predictions stay the same."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from pluralism.decisions.aggregation import most_voted
from pluralism.decisions.selection import Indices, nearest_responses
from pluralism.protocols import Protocol
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.samples import Samples
from pluralism.statistics.table_columns import TableRow


def other_flags() -> list[TableRow]:
    """A row for each flag that acts before inference, so that stored predictions do not show its effect."""
    return [
        {"experiment": "", "adm": "", "flag": flag.name, "note": "needs new inference"}
        for flag in fields(Protocol)
        if flag.name not in ("float_ties", "shuffle_greedy", "first_vote_wins")
    ]


def shuffle_greedy_row(benchmark: Benchmark, predictions: pd.DataFrame, *, greedy: bool, shuffled: bool) -> TableRow:
    """What `shuffle_greedy` changes when it alone is flipped: nothing where a model reads the same as before.

    Args:
        benchmark: items and targets.
        predictions: the ADM's.
        greedy: whether the experiment decodes greedily; where it samples, responses are shuffled in any case.
        shuffled: the flag in this study.

    Returns:
        n_decisions, and 0 changes, or only a note that names how many items need new inference.
    """
    row: TableRow = {"flag": "shuffle_greedy", "n_decisions": benchmark.scored.size}
    none: TableRow = dict.fromkeys(("decisions_changed", "items_changed", "outcomes_changed"), 0)
    if not greedy:
        return {**row, **none, "note": "sampling shuffles in any case"}
    if not predictions[["prompt_tokens", "output_tokens"]].to_numpy().any():
        return {**row, **none, "note": "asks no model"}
    if not predictions["position"].any():
        return {**row, **none, "note": "reads each response alone"}
    n_items = len(benchmark.prompts)
    other_order = predictions["position"] != predictions["response"]
    changed = predictions.loc[other_order, "item"].nunique() if shuffled else n_items
    return {**row, "note": f"{changed} of {n_items} items need new inference"} if changed else {**row, **none}


def float_ties_row(benchmark: Benchmark, flipped: Benchmark, entries: Sequence[Samples], picks: Indices) -> TableRow:
    """What `float_ties` changes when it alone is flipped.

    Args:
        benchmark: items and targets under the study's protocol.
        flipped: the same with the flag flipped.
        entries: the ADM's predictions.
        picks: the ADM's, shape (targets, items); they do not change where it picks responses outright.

    Returns:
        n_decisions; decisions_changed, and the items with one; outcomes_changed: the decisions that change between
        right, wrong and not scored.
    """
    before, after = (_picks(entry, entries, picks) for entry in (benchmark, flipped))
    return _changes("float_ties", benchmark, before, flipped, after)


def first_vote_wins_row(
    benchmark: Benchmark, entries: Sequence[Samples], picks: Indices, *, first_vote_wins: bool
) -> TableRow:
    """What `first_vote_wins` changes when it alone is flipped; nothing for an ADM that predicts levels.

    Args:
        benchmark: items and targets.
        entries: the ADM's predictions.
        picks: the ADM's, shape (targets, items).
        first_vote_wins: the flag in this study.
    """
    flipped = picks.copy()
    if not entries[0].attributes:
        for entry in entries:
            members = entry.places(benchmark.names)
            flipped[members] = most_voted(entry.own_votes(), first_vote_wins=not first_vote_wins)
    return _changes("first_vote_wins", benchmark, picks, benchmark, flipped)


def _changes(flag: str, benchmark: Benchmark, before: Indices, flipped: Benchmark, after: Indices) -> TableRow:
    verdicts = [
        np.where(entry.scored, entry.by_label.outcomes(chosen).correct, 2)
        for entry, chosen in ((benchmark, before), (flipped, after))
    ]
    changed = before != after
    return {
        "flag": flag,
        "n_decisions": changed.size,
        "decisions_changed": int(changed.sum()),
        "items_changed": int(changed.any(axis=0).sum()),
        "outcomes_changed": int((verdicts[0] != verdicts[1]).sum()),
    }


def _picks(benchmark: Benchmark, entries: Sequence[Samples], picks: Indices) -> Indices:
    """The picks from the predicted levels; the same levels for both flags, so that only the flag differs."""
    if not entries[0].attributes:
        return picks
    chosen = picks.copy()
    predicted = {entry.target: entry.levels() for entry in entries}
    for place, target in enumerate(benchmark.targets):
        levels = predicted[None] if None in predicted else predicted[target.name]
        if set(target.attributes) <= set(entries[0].attributes):
            chosen[place] = nearest_responses(levels, entries[0].attributes, target, benchmark.scale)
    return chosen
