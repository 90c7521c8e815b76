"""All targets of one ADM: decide, score, and write the decisions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pandas as pd

from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.outputs import OutputWriter
from pluralism.decisions.picking import CombinedPredictions, combine, level_error, pick
from pluralism.decisions.scoring import score_picks
from pluralism.decisions.selection import Scale, level_array
from pluralism.errors import UserError
from pluralism.files import NAME_FORM, is_name, replacing, write_text
from pluralism.predictions import check_predictions
from pluralism.targets.target import Target


def decide(
    cell: Mapping[str, str],
    items: Sequence[Item],
    predictions: pd.DataFrame,
    targets: Sequence[Target],
    folder: Path,
    *,
    scale: Scale | None = None,
    aggregate: Aggregate = "mean",
    first_vote_wins: bool = False,
    some_targets: bool = False,
) -> None:
    """Decide and score every target, and write the results.

    Args:
        cell: dataset, experiment and ADM; the first columns of the scores.
        items: the eval items.
        predictions: the ADM's, from `read_predictions`.
        targets: what to decide for.
        folder: gets `decisions.parquet`, `scores.csv` and, per target, `input_output.json`.
        scale: as for `distances`.
        aggregate: how to combine a response's scores over the samples.
        first_vote_wins: as for `most_voted`.
        some_targets: leave out targets that the predictions do not serve; their `input_output.json` is an empty list.

    Raises:
        UserError: the predictions have a fault, or do not cover the items or a target, or a target names an attribute
            without labels.
    """
    if not items:
        raise UserError("there are no eval items to decide")
    if unfit := [target.name for target in targets if not all(map(is_name, target.name.split("/")))]:
        raise UserError(f"target {unfit[0]!r}: invalid name of a file, expected {NAME_FORM}, and .json")
    attributes = list(items[0].labels[0])
    try:
        check_predictions(predictions, [len(item.responses) for item in items], attributes)
    except UserError as error:
        raise UserError(f"predictions: {error}") from None
    labels = level_array([item.labels for item in items], attributes)
    scores: list[dict[str, object]] = []
    decisions: list[pd.DataFrame] = []
    combined_by = partial(combine, items=items, aggregate=aggregate, first_vote_wins=first_vote_wins)
    served = [target for target in targets if not some_targets or _serve(predictions, target)]
    if not served:
        raise UserError("predictions: serve none of the targets")
    for target in targets:
        if target not in served:
            write_text(folder / target.name / "input_output.json", "[]\n")
    for target, combined, writer in _by_target(predictions, items, served, combined_by):
        target.check(attributes, "labelled")
        picks = pick(combined, target, scale)
        write_text(folder / target.name / "input_output.json", writer.text(picks, target))
        score = score_picks(labels, attributes, picks, target, scale)
        scores.append({**cell, "target": target.name, **asdict(score), **asdict(level_error(combined, items))})
        decisions.append(pd.DataFrame({"target": target.name, "item": range(len(items)), "response": picks}))
    with replacing(folder / "decisions.parquet", folder / "scores.csv") as (decisions_draft, scores_draft):
        pd.concat(decisions, ignore_index=True).to_parquet(decisions_draft, index=False)
        pd.DataFrame(scores).to_csv(scores_draft, index=False)


def _serve(predictions: pd.DataFrame, target: Target) -> bool:
    """Whether predictions are for a target, or for all and of every attribute that it names, if not picks."""
    names, attributes = (set(predictions[column].dropna().unique()) for column in ("target", "attribute"))
    return target.name in names if names else not attributes or attributes.issuperset(target.attributes)


def _by_target(
    predictions: pd.DataFrame,
    items: Sequence[Item],
    targets: Sequence[Target],
    combined_by: Callable[[pd.DataFrame], CombinedPredictions],
) -> Iterator[tuple[Target, CombinedPredictions, OutputWriter]]:
    """(target, its combined predictions, their writer); combined once if the predictions serve every target."""
    if predictions["target"].isna().all():
        combined = combined_by(predictions)
        writer = OutputWriter(combined, items)
        yield from ((target, combined, writer) for target in targets)
        return
    tables = dict(iter(predictions.groupby("target")))
    for target in targets:
        if target.name not in tables:
            raise UserError(f"predictions: target {target.name} not found; found: {', '.join(map(str, tables))}")
        combined = combined_by(tables[target.name])
        yield target, combined, OutputWriter(combined, items)
