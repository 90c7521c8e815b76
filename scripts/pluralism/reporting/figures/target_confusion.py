"""Target confusion: how right the picks for one target are under another."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Panel
from pluralism.reporting.drawing.matrices import are_many, heat_maps
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import SEQUENTIAL
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.targets.sets import attribute_count

_MOST_NUMBERS, _MOST_INTERVALS = 6, 2
"""Targets in a matrix whose cells have room for their number, and for its interval below."""
_INTERVAL = ["accuracy", "accuracy_low", "accuracy_high"]


def target_confusion(source: Source, *, sampled: bool) -> pd.DataFrame:
    """The accuracy of the picks for one target when they are scored on another: of sampled targets, or of high and low.

    Returns:
        Columns adm, steered_to, scored_on, n_scored, accuracy in percent with its 95% interval, accuracy_low and
        accuracy_high, alignment_score.

    Raises:
        UserError: two rows are about the same targets of an ADM.
    """
    table = source.tables["confusion"]
    wanted = [name for name in table["steered_to"].unique() if (attribute_count(name) is not None) == sampled]
    both = table["steered_to"].isin(wanted) & table["scored_on"].isin(wanted)
    found = competing(table[both], source.names).drop(columns="experiment")
    if found.duplicated(["adm", "steered_to", "scored_on"]).any():
        raise UserError("the statistics hold the same targets of an ADM twice in the table confusion")
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A matrix per ADM, targets steered to down and scored on across."""
    both = {*data["steered_to"], *data["scored_on"]}
    targets = sorted(both, key=lambda name: (attribute_count(name) or 0, name))
    sampled = attribute_count(targets[0]) is not None
    unit = "\n(number of attributes)" if sampled else ""
    steps = data["accuracy"].dropna() / 10
    matrices, texts = {}, {}
    for adm in source.names.in_order(data["adm"]):
        rows = data[data["adm"] == adm]
        rows = rows.assign(text=[_text(row, len(targets)) for row in rows[_INTERVAL].to_numpy(dtype=float)])
        values, words = (
            rows.pivot(index="steered_to", columns="scored_on", values=name).reindex(index=targets, columns=targets)
            for name in ("accuracy", "text")
        )
        matrices[source.names.adm(adm)], texts[source.names.adm(adm)] = values.astype(float), words.fillna("")
    return heat_maps(
        matrices,
        texts=texts if len(targets) <= (_MOST_INTERVALS if are_many(matrices) else _MOST_NUMBERS) else None,
        limits=(10 * np.floor(steps.min()), 10 * np.ceil(steps.max())) if len(steps) else (0, 100),
        colours=SEQUENTIAL,
        words="accuracy (%)",
        down=f"steered to{unit}",
        across=f"scored on{unit}",
        small=not sampled,
        each=partial(_set_ticks, targets=targets),
    )


def _text(interval: Iterable[float], targets: int) -> str:
    """An accuracy as it stands in a cell, its interval below it where there is room; a dash where there is none."""
    value, low, high = interval
    if np.isnan(value):
        return "-"
    return f"{value:.0f}" + (f"\n{low:.0f} to {high:.0f}" if targets <= _MOST_INTERVALS and not np.isnan(low) else "")


def _set_ticks(panel: Panel, targets: list[str]) -> None:
    """High and low by name; the sampled ones by the number of attributes, in the middle of those that share it."""
    words = np.array([str(attribute_count(name) or name.removeprefix("target_")) for name in targets])
    places = {word: np.flatnonzero(words == word) for word in dict.fromkeys(words)}
    middles = [float(found.mean()) + 0.5 for found in places.values()]
    panel.set_xticks(middles, list(places))
    panel.set_yticks(middles, list(places))
    for found in list(places.values())[:-1]:
        panel.axhline(found[-1] + 1, color="white", linewidth=0.6)
        panel.axvline(found[-1] + 1, color="white", linewidth=0.6)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which mean accuracies the ADMs lie on the diagonal, and off it."""
    same = (data["steered_to"] == data["scored_on"]).map({True: "the same target", False: "another"})
    means = data.groupby(["adm", same.rename("scored")], sort=False)["accuracy"].mean().reset_index()
    found = between_by(means, means["scored"], "accuracy", means["adm"].map(source.names.adm), words="on {}".format)
    return f"Accuracy of the picks for a target, scored on that and on others. Means {found}."


_EXTREMES, _SAMPLED = (partial(target_confusion, sampled=sampled) for sampled in (False, True))
_KIND = FigureKind("Target confusion, high and low", _EXTREMES, draw, alt, ("confusion",), per=Per.EXPERIMENT)
FIGURES.register("confusion_extremes")(_KIND)
FIGURES.register("confusion_sampled")(
    replace(
        _KIND,
        title="Target confusion, sampled targets",
        data=_SAMPLED,
        applies=lambda part: part.sampled,
    )
)
