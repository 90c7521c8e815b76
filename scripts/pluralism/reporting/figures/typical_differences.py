"""How far apart two ADMs are, next to two wordings, models and decodings of one ADM."""

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.looks import Look, adm_looks, series, without_lines
from pluralism.reporting.drawing.style import INK, PALE
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes
from pluralism.statistics.table_columns import FACTORS
from pluralism.targets.sets import target_set_words


def typical_differences(source: Source) -> pd.DataFrame:
    """The typical difference in accuracy of any two of a group that differs in one thing.

    Returns:
        Columns target_set, factor (what they differ in), adm (empty where ADMs are compared), experiments, levels, and
        in percentage points difference with its 95% interval, difference_low and difference_high.
    """
    found = source.tables["typical_differences"]
    columns = ["target_set", "factor", "adm", "experiments", "levels"]
    columns += ["difference", "difference_low", "difference_high"]
    return found.loc[found["difference"].notna(), columns].reset_index(drop=True)


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per target set, a row per factor, in it a marker per group."""
    looks = {"": Look("all ADMs of an experiment", INK, "o", "")}
    looks |= without_lines(adm_looks(source.names, [adm for adm in data["adm"] if adm]))
    looks = {adm: look for adm, look in looks.items() if adm in set(data["adm"])}
    factors = [factor for factor in FACTORS if factor in set(data["factor"])]
    labels = [f"two {factor}s" for factor in factors]
    most = int(data.groupby(["target_set", "factor"], sort=False).size().max())
    figure, panels = panel_grid(
        data,
        "target_set",
        "difference (points)",
        "",
        title=target_set_words,
        columns=4,
        height=rows_height(labels, row_height=0.2 + 0.04 * most),
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="y")
        for border in range(1, len(factors)):
            panel.axhline(border - 0.5, color=PALE, linewidth=0.5)
        # The groups of a factor stand one below the other, in the order of the table.
        place, size = rows.groupby("factor").cumcount(), rows.groupby("factor")["factor"].transform("size")
        y = rows["factor"].map(factors.index) + 0.8 * ((place + 0.5) / size - 0.5)
        for look, part, _ in series(rows.assign(y=y), "adm", looks):
            panel.hlines(part["y"], part["difference_low"], part["difference_high"], look.colour, linewidth=0.7)
            panel.plot(part["difference"], part["y"], **look.style)
    label_rows(panels[0][0], labels)
    panels[0][0].set_xlim(left=0, right=1.05 * float(np.nanmax(data[["difference", "difference_high"]])) or 1)
    shared_legend(figure, looks)
    return figure


FIGURES.register("typical_differences")(
    FigureKind(
        "Two ADMs next to two wordings, models and decodings",
        typical_differences,
        draw,
        tables=("typical_differences",),
        applies=competes,
    )
)
