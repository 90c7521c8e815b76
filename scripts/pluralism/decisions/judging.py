"""All targets of one ADM: decide, score, and write what was decided."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pluralism.datasets.items import Item, Levels
from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.decisions import Outlook, OutputWriter, level_error, outlook, pick
from pluralism.decisions.scoring import score_picks
from pluralism.decisions.selection import Grid, level_array
from pluralism.errors import UserError
from pluralism.files import replacing, write_text


def judge(
    cell: Mapping[str, str],
    items: Sequence[Item],
    predictions: pd.DataFrame,
    targets: Mapping[str, Levels],
    folder: Path,
    *,
    grid: Grid | None = None,
    aggregate: Aggregate = "mean",
) -> None:
    """Decide and score every target, and write the results.

    Args:
        cell: dataset, experiment and ADM; the first columns of the scores.
        items: the eval items.
        predictions: the ADM's, as `read_predictions` gives them.
        targets: name -> target.
        folder: gets `decisions.parquet`, `scores.csv` and, per target, `input_output.json`.
        grid: the scale in whose steps distances are counted; None to compare levels as they are written.
        aggregate: how a response's scores in the samples are taken together.

    Raises:
        UserError: the predictions do not cover the items or a target, or a target names an attribute without label.
    """
    if not items:
        raise UserError("there are no eval items to decide")
    attributes = list(items[0].labels[0])
    labels = level_array([item.labels for item in items], attributes)
    scores: list[dict[str, object]] = []
    decisions: list[pd.DataFrame] = []
    for name, view, writer in _views(predictions, items, targets, aggregate):
        target = targets[name]
        if missing := [attribute for attribute in target if attribute not in attributes]:
            raise UserError(f"target {name} names {missing[0]}, which has no label; labelled: {', '.join(attributes)}")
        picks = pick(view, target, name, grid)
        write_text(folder / name / "input_output.json", writer.text(picks, target))
        score = score_picks(labels, attributes, picks, target, grid)
        scores.append({**cell, "target": name, **asdict(score), **asdict(level_error(view, items))})
        decisions.append(pd.DataFrame({"target": name, "item": range(len(items)), "response": picks}))
    with replacing(folder / "decisions.parquet", folder / "scores.csv") as (decisions_draft, scores_draft):
        pd.concat(decisions, ignore_index=True).to_parquet(decisions_draft, index=False)
        pd.DataFrame(scores).to_csv(scores_draft, index=False)


def _views(
    predictions: pd.DataFrame, items: Sequence[Item], targets: Iterable[str], aggregate: Aggregate
) -> Iterator[tuple[str, Outlook, OutputWriter]]:
    """(target name, what the ADM thinks, its writer); made once where the predictions serve every target."""
    if predictions["target"].isna().all():
        view = outlook(predictions, items, aggregate)
        writer = OutputWriter(view, items)
        yield from ((name, view, writer) for name in targets)
        return
    by_target = dict(iter(predictions.groupby("target")))
    for name in targets:
        if name not in by_target:
            raise UserError(f"predictions: none was made for target {name}")
        view = outlook(by_target[name], items, aggregate)
        yield name, view, OutputWriter(view, items)
