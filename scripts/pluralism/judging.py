"""All targets of one ADM: decide, score, and write what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pluralism.decisions import OutputWriter, level_error, outlook, pick
from pluralism.errors import UserError
from pluralism.files import replacing, write_text
from pluralism.items import Item, Levels
from pluralism.scoring import score_picks
from pluralism.selection import level_array


def judge(
    cell: Mapping[str, str],
    items: Sequence[Item],
    predictions: pd.DataFrame,
    targets: Mapping[str, Levels],
    folder: Path,
) -> None:
    """Decide and score every target, and write the results.

    Args:
        cell: dataset, experiment and ADM; the first columns of the scores.
        items: the eval items.
        predictions: the ADM's, as `read_predictions` gives them.
        targets: name -> target.
        folder: gets `decisions.parquet`, `scores.csv` and, per target, `input_output.json`.

    Raises:
        UserError: the predictions do not cover the items or a target, or a target names an attribute without label.
    """
    attributes = list(items[0].labels[0])
    labels = level_array([item.labels for item in items], attributes)
    bound = predictions["target"].notna().any()
    view = outlook(predictions, items) if not bound else None
    scores, decisions = [], []
    for name, target in targets.items():
        if missing := [attribute for attribute in target if attribute not in attributes]:
            raise UserError(f"target {name} names {missing[0]}, which has no label; labelled: {', '.join(attributes)}")
        if bound or view is None:
            view = outlook(predictions[predictions["target"] == name], items)
        if bound or not scores:
            writer, error = OutputWriter(view, items), level_error(view, items)
        picks = pick(view, target, name)
        write_text(folder / name / "input_output.json", writer.text(picks, target))
        score = score_picks(labels, attributes, picks, target)
        scores.append({**cell, "target": name, **asdict(score), **asdict(error)})
        decisions.append(pd.DataFrame({"target": name, "item": range(len(items)), "response": picks}))
    with replacing(folder / "decisions.parquet", folder / "scores.csv") as (decisions_draft, scores_draft):
        pd.concat(decisions, ignore_index=True).to_parquet(decisions_draft, index=False)
        pd.DataFrame(scores).to_csv(scores_draft, index=False)
