"""The rows of statistics that figures draw, and the panels that they are drawn in."""

import pandas as pd

from pluralism.study.names import Names

TOGETHER = "one ADM each"
"""The panel of the experiments in which a single ADM competes."""


def competing(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The rows of a table that are of no reference, as a new table."""
    references = [adm for adm in table["adm"].unique() if names.is_reference(adm)]
    return table[~table["adm"].isin(references)].reset_index(drop=True)


def told(data: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The rows of a figure that its words tell of: those that compete, or all where none does."""
    found = competing(data, names)
    return data.reset_index(drop=True) if found.empty else found


def references_once(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The rows of a table, those of a reference from the first experiment that has it, as a new table."""
    is_reference = table["adm"].map(names.is_reference).astype(bool)
    first = table.groupby("adm")["experiment"].transform("first")
    return table[~is_reference | (table["experiment"] == first)].reset_index(drop=True)


def for_like_these(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The interval of a value for targets like these in place of that for these, where targets are a sample."""
    ends = {f"{name}_{end}": table[f"{name}_like_these_{end}"] for end in ("low", "high")}
    return table.assign(**{end: found.where(found.notna(), table[end]) for end, found in ends.items()})


def in_panels(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Add the column `panel`: in which panel the rows of an experiment are drawn, where a reader compares ADMs.

    An experiment in which several ADMs compete has a panel of its own. Those of a single ADM share one, `TOGETHER`; if
    there is just one of them, its rows are repeated in each of the others' panels, as are those of an experiment that
    has nothing but references. A reference stands once in a panel: that of its own experiment, if it has one.

    Args:
        table: has the columns experiment and adm.
        names: the study's.
    """
    cells = table[["experiment", "adm"]].drop_duplicates()
    compete = ~cells["adm"].map(names.is_reference).astype(bool)
    counts = cells[compete].groupby("experiment", sort=False).size()
    several, single = ([str(name) for name in counts.index[chosen]] for chosen in (counts > 1, counts == 1))
    panels = {name: [name] for name in several}
    panels |= {name: [TOGETHER] if len(single) > 1 else several or [name] for name in single}
    every = list(dict.fromkeys(panel for found in panels.values() for panel in found))
    others = [name for name in table["experiment"].unique() if name not in panels]
    panels |= {name: every or [name] for name in others}
    places = [(name, panel) for name, found in panels.items() for panel in found]
    placed = table.merge(pd.DataFrame(places, columns=["experiment", "panel"]), on="experiment")
    ranks = {panel: rank for rank, panel in enumerate(every)}
    placed = placed.assign(rank=placed["panel"].map(ranks), repeated=placed["experiment"].isin(others))
    placed = placed.sort_values(["rank", "repeated"], kind="stable").drop(columns=["rank", "repeated"])
    shown = placed.drop_duplicates(["panel", "adm"])[["panel", "adm", "experiment"]].rename(
        columns={"experiment": "first"}
    )
    first = placed.merge(shown, on=["panel", "adm"], how="left")["first"].to_numpy()
    is_reference = placed["adm"].map(names.is_reference).astype(bool)
    return placed[~is_reference | (placed["experiment"] == first)].reset_index(drop=True)


def cell_labels(data: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Add the column `cell`: the label of the ADM, and that of its experiment where a panel has it from several.

    The rows come in the order of the config.

    Args:
        data: what a figure shows, with the columns panel, experiment and adm.
        names: the study's.
    """
    experiments = data.groupby(["panel", "adm"])["experiment"].transform("nunique")
    words = data["adm"].map(names.adm)
    with_experiment = words + " (" + data["experiment"].map(names.experiment) + ")"
    ranks = {adm: rank for rank, adm in enumerate(names.in_order(data["adm"]))}
    order = pd.DataFrame({"panel": pd.factorize(data["panel"])[0], "adm": data["adm"].map(ranks)}, data.index)
    labelled = data.assign(cell=words.where(experiments == 1, with_experiment))
    return labelled.loc[order.sort_values(["panel", "adm"], kind="stable").index]
