"""A row per ADM, in it what it is in each experiment, so that a label serves all experiments."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import row_labels, rows_height
from pluralism.reporting.drawing.looks import Look, adm_looks, series_looks
from pluralism.reporting.drawing.marks import points_in_rows
from pluralism.reporting.drawing.style import INK
from pluralism.study.names import Names

if TYPE_CHECKING:
    import seaborn.objects as so


def in_rows(data: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Add the column `row`, the label of the ADM; rows come in the order of the config."""
    adms = names.in_order(data["adm"])
    shown = data.sort_values("adm", key=lambda found: found.map(adms.index), kind="stable")
    labels = row_labels(map(names.adm, adms))
    return shown.assign(row=shown["adm"].map(names.adm).map(labels))


def height_of_rows(data: pd.DataFrame, names: Names, per_experiment: float) -> float:
    """The height in inches of a panel of such rows, each as high as its label or the most experiments in one need."""
    most = int(data.groupby("adm")["experiment"].nunique().max())
    return rows_height(map(names.adm, names.in_order(data["adm"])), 0.08 + per_experiment * most)


def points_by_adm(data: pd.DataFrame, value: str, names: Names) -> tuple["so.Plot", float, dict[str, Look]]:
    """A row per ADM, in it a point with its interval per experiment.

    Args:
        data: what the plot shows, with the columns adm and experiment.
        value: the column of the values; the ends of their intervals are in `{value}_low` and `{value}_high`.
        names: the study's.

    Returns:
        The plot, the height of a panel in inches, and the looks of experiments for the legend. References have a marker
        of their own, whichever experiment they are in.
    """
    shown, looks = in_rows(data, names), adm_looks(names, data["adm"])
    order = names.experiments_in_order(data["experiment"])
    is_reference = shown["adm"].map(names.is_reference).astype(bool)
    shown["marker"] = shown["experiment"].where(~is_reference, shown["adm"])
    competing = set(shown.loc[~is_reference, "experiment"])
    series = series_looks({name: names.experiment(name) for name in order if name in competing})
    markers = {name: Look(look.label, INK, look.marker) for name, look in series.items()}
    references = {adm: looks[adm] for adm in shown.loc[is_reference, "adm"].unique()}
    shown["experiment"] = pd.Categorical(shown["experiment"], order)
    plot = points_in_rows(
        shown, value, "row", colours=("adm", looks), markers=("marker", {**markers, **references}), place="experiment"
    )
    return plot, height_of_rows(data, names, 0.06), markers
