"""The one place for how figures look: fonts, sizes, colours.

A figure is as wide as a column of a paper (3.3 inches) and is not scaled there, so the sizes below are those in print.
No figure tells two things apart by colour alone: it also prints in grey.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

COLUMN_WIDTH = 3.3
"""Of every figure, in inches."""
SMALL = 6.0
"""Font size of notes, and of text in narrow places."""

INK, GREY, PALE = "#222222", "#767676", "#d0d0d0"
BLUE, SKY, ORANGE, VERMILLION = "#0072b2", "#56b4e9", "#e69f00", "#d55e00"
"""Of the palette of Okabe and Ito, which colour-blind readers can tell apart."""

SEQUENTIAL, DIVERGING = "Blues", "PuOr"
"""The colour maps of a matrix: from pale to dark, so that its order shows in grey too; from pale to both sides."""

FONT = "DejaVu Sans"
"""It comes with matplotlib, so every machine draws the same letters."""
_RC = {
    "font.family": FONT,
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 7.0,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.columnspacing": 1.2,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#ebebeb",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 0.9,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.6,
    "figure.constrained_layout.use": True,
    # TrueType letters, which can be searched and copied, instead of shapes that some publishers refuse.
    "pdf.fonttype": 42,
    # Text stays text; the letters that it needs are put into the file.
    "svg.fonttype": "none",
    # Names inside an SVG, which would else be drawn by chance.
    "svg.hashsalt": "pluralism",
}


_THEMED = (
    *("axes", "font", "grid", "hatch", "legend", "lines", "markers", "mathtext", "patch", "scatter"),
    *("xaxis", "xtick", "yaxis", "ytick"),
)
"""Groups of matplotlib's settings that a theme of seaborn's changes."""


def theme() -> dict[str, Any]:
    """The style as a theme of seaborn's plots, with matplotlib's defaults, so that nothing of seaborn's own is left."""
    import matplotlib as mpl

    defaults: dict[str, Any] = {
        str(key): value for key, value in mpl.rcParamsDefault.items() if key.startswith(_THEMED)
    }
    return {**defaults, **_RC}


@contextmanager
def styled() -> Iterator[None]:
    """A context for what draws: the style above holds in it, whatever a user's matplotlibrc says."""
    import matplotlib.style

    with matplotlib.style.context(["default", _RC]):
        yield
