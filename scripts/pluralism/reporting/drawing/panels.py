"""The rows of statistics that figures draw, and the panels that they are drawn in."""

import pandas as pd

from pluralism.study.names import Names


def competing(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The rows of a table that are of no reference, as a new table."""
    references = [adm for adm in table["adm"].unique() if names.is_reference(adm)]
    return table[~table["adm"].isin(references)].reset_index(drop=True)


def for_like_these(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The interval of a value for targets like these in place of that for these, where targets are a sample."""
    ends = {f"{name}_{end}": table[f"{name}_like_these_{end}"] for end in ("low", "high")}
    return table.assign(**{end: found.where(found.notna(), table[end]) for end, found in ends.items()})


def with_references(accuracy: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Add the column `panel`: in which panel an accuracy is drawn.

    That is its experiment. An experiment that has nothing but references gets no panel: its rows are repeated in each
    of the others' panels, where a reader looks for them.
    """
    compared = list(competing(accuracy, names)["experiment"].unique())
    places = [
        (experiment, panel)
        for experiment in accuracy["experiment"].unique()
        for panel in ([experiment] if experiment in compared or not compared else compared)
    ]
    placed = accuracy.merge(pd.DataFrame(places, columns=["experiment", "panel"]), on="experiment")
    # Where an experiment has a reference of its own, that one is drawn.
    own_first = (placed["experiment"] != placed["panel"]).sort_values(kind="stable").index
    return placed.loc[own_first].drop_duplicates(["panel", "adm", "target_set"])
