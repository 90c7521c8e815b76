"""What a figure shows in words, for those who do not see it: between which values its points lie, and whose."""

from collections.abc import Callable

import pandas as pd

_MOST_GROUPS = 6
"""Groups that are told one by one: more of them are read by nobody."""


def between(data: pd.DataFrame, value: str, who: "pd.Series[str]", *, unit: str = "%", digits: int = 0) -> str:
    """From the lowest to the highest value, with whose they are, for example "38% (Unaligned) to 71% (Regression)".

    Args:
        data: the rows of a figure, at least one of them with a value.
        value: the column of the values.
        who: what a row is about, by the index of the data.
        unit: written after a number.
        digits: after the point.
    """
    shown = data[value].dropna()
    values, whose = shown.to_numpy(dtype=float), list(who[shown.index])
    ends = dict.fromkeys((int(values.argmin()), int(values.argmax())))
    return " to ".join(f"{_number(values[end], digits, unit)} ({whose[end]})" for end in ends)


def _number(value: float, digits: int, unit: str) -> str:
    """A number with its unit: no zero is negative, and one point is not "1 points"."""
    text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text + (unit.removesuffix("s") if text in ("1", "-1") else unit)


def between_by(
    data: pd.DataFrame,
    by: "pd.Series[str]",
    value: str,
    who: "pd.Series[str]",
    *,
    unit: str = "%",
    digits: int = 0,
    words: Callable[[str], str] = str,
) -> str:
    """`between` of each group of rows, or of all together where there are many groups.

    Args:
        data: the rows of a figure.
        by: the group of each row, by the index of the data.
        value: the column of the values.
        who: what a row is about, by the index of the data.
        unit: written after a number.
        digits: after the point.
        words: what a group is called.
    """
    found = data[data[value].notna()].reset_index(drop=True)
    kept = data[value].notna().to_numpy()
    groups, whose = by[kept].reset_index(drop=True), who[kept].reset_index(drop=True)
    if found.empty:
        return "no value"
    if groups.nunique() > _MOST_GROUPS:
        return f"{between(found, value, whose + ', ' + groups.map(words), unit=unit, digits=digits)} over all panels"
    parts = found.groupby(groups, sort=False)
    return "; ".join(
        f"{words(str(name))}: {between(part, value, whose, unit=unit, digits=digits)}" for name, part in parts
    )
