"""Accuracies arranged for figures that have a panel per experiment."""

import pandas as pd

from pluralism.reporting.adm_names import REFERENCES


def with_references(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Add the column `panel`: in which panel an accuracy is drawn.

    That is its experiment; but an experiment that has nothing but references (random, oracle) gets no panel, and its
    rows are drawn in each of the others' instead, where a reader looks for them: a row may come back repeated.
    """
    compared = list(accuracy.loc[~accuracy["adm"].isin(REFERENCES), "experiment"].unique())
    places = [
        (experiment, panel)
        for experiment in accuracy["experiment"].unique()
        for panel in ([experiment] if experiment in compared or not compared else compared)
    ]
    placed = accuracy.merge(pd.DataFrame(places, columns=["experiment", "panel"]), on="experiment")
    # Where an experiment has a reference of its own, that one is drawn.
    own_first = (placed["experiment"] != placed["panel"]).sort_values(kind="stable").index
    return placed.loc[own_first].drop_duplicates(["panel", "adm", "target_set"])
