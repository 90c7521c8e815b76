"""The levels that an experiment's ADMs predict, against the true ones of the same responses, in ten bins."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks, most_lines, set_level_axis
from pluralism.reporting.drawing.looks import adm_looks, scales
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.drawing.words import between
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, predicts_levels

_SIZES = (1.2, 5.0)
"""Of markers in points: of an almost empty bin, and of the fullest one."""


def calibration(source: Source) -> pd.DataFrame:
    """The bins that hold a response.

    Returns:
        Columns adm, attribute (`all` for all together), bin_low, bin_high, n, share (of the ADM's responses, in
        percent), mean_predicted, mean_true with its 95% interval, mean_true_low and mean_true_high.
    """
    table = source.tables["calibration"]
    found = competing(table[table["n"] > 0], source.names).drop(columns="experiment")
    share = 100 * found["n"] / found.groupby(["adm", "attribute"])["n"].transform("sum")
    found.insert(list(found.columns).index("n") + 1, "share", share)
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per attribute, a line per ADM."""
    import seaborn.objects as so

    shown = data.assign(shown=data["attribute"].replace("all", "all attributes"))
    order = list(shown["shown"].unique())
    # The area tells how many, and no marker is larger in one plot than in another.
    sizes = so.Continuous(_SIZES, norm=(0, float(data["share"].max())), trans="sqrt")
    shared = {"orient": "x", "color": "adm", "legend": False}
    blocks = []
    for looks in line_blocks(adm_looks(source.names, data["adm"]), most_lines(len(order))):
        rows = shown[shown["adm"].isin(looks)]
        plot = (
            so.Plot(rows, x="mean_predicted", y="mean_true")
            .add(so.Range(linewidth=0.5, alpha=0.6), ymin="mean_true_low", ymax="mean_true_high", **shared)
            .add(so.Line(linewidth=0.7), linestyle="adm", **shared)
            .add(so.Dot(edgewidth=0), marker="adm", pointsize="share", **shared)
            .scale(**scales(looks) | {"pointsize": sizes})
            .facet("shown", order=order, wrap=3)
            .label(x="mean predicted level", y="mean true level", title=str)
        )
        blocks.append(Block(plot, 1.1, looks))
    # Where the protocol does not bound them, levels may be beyond the scale.
    predicted = data["mean_predicted"].to_numpy(dtype=float)

    def draw_diagonal(panel: Panel) -> None:
        panel.plot([0, 1], [0, 1], ":", color=GREY, linewidth=0.8, label="perfect calibration")
        panel.set(xlim=(predicted.min(initial=0) - 0.05, predicted.max(initial=1) + 0.05), ylim=(-0.05, 1.05))
        set_level_axis(panel, source.attributes, "x", "y")

    return compose(blocks, each=draw_diagonal, legend="The larger a marker, the more responses")


def alt(data: pd.DataFrame, source: Source) -> str:
    """How far the bins of all attributes lie from the diagonal at most."""
    of_all = data[data["attribute"] == "all"]
    lowest, highest = source.attributes.shown_scale
    far = of_all.assign(error=(of_all["mean_predicted"] - of_all["mean_true"]) * (highest - lowest))
    found = between(far, "error", of_all["adm"].map(source.names.adm), unit="", digits=2)
    return f"Mean true level of responses against the mean level predicted, in ten bins. Predicted minus true: {found}."


FIGURES.register("calibration")(
    FigureKind(
        "Calibration of the predicted levels",
        calibration,
        draw,
        alt,
        tables=("calibration",),
        files=("attributes",),
        per=Per.EXPERIMENT,
        applies=predicts_levels,
    )
)
