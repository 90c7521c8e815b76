"""The one place for what all figures share: fonts, sizes, colours, markers, the grid of panels, and saving.

A figure is as wide as a column (3.3 inches) or the text (7 inches) of a paper and is not scaled there, so the sizes
below are those in print. No figure tells two things apart by colour alone: it also prints in grey.
"""

import argparse
import logging
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.adm_names import LABELS
from pluralism.errors import UserError
from pluralism.files import replacing

COLUMN_WIDTH, TEXT_WIDTH = 3.3, 7.0
SMALL = 6.0
"""Font size of notes, and of text in narrow places."""

INK, GREY, PALE = "#222222", "#767676", "#d0d0d0"
BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7"
"""The palette of Okabe and Ito, which colour-blind readers can tell apart; without yellow, too pale on paper."""

COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")

# DejaVu Sans comes with matplotlib, so every machine draws the same letters.
_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.labelsize": 7.0,
    "figure.labelsize": 7.0,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
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
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.6,
    "figure.constrained_layout.use": True,
    # TrueType letters, which can be searched and copied, instead of shapes that some publishers refuse.
    "pdf.fonttype": 42,
}

# Without the date and the version of matplotlib, the same input gives the same bytes.
_METADATA: dict[str, dict[str, str | None]] = {
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}

# It tells of every letter that it puts into a PDF.
logging.getLogger("fontTools").setLevel(logging.WARNING)

styled = matplotlib.style.context(["default", _RC])
"""Decorates a function that draws: the style above holds in it, whatever a user's own matplotlibrc says."""


@dataclass(frozen=True)
class Look:
    """How an ADM is drawn, the same in every figure."""

    colour: str
    marker: str
    line: str | tuple[int, tuple[float, ...]]


_DASH_DOT_DOT = (0, (4.0, 1.2, 1.0, 1.2, 1.0, 1.2))
_LOOKS = {
    "random": Look(GREY, "x", ":"),
    "oracle": Look(GREY, "+", ":"),
    "unaligned_baseline": Look(PURPLE, "v", "-."),
    "prompt_aligned_spm": Look(SKY, "s", "--"),
    "fewshot_prompt_aligned_spm": Look(BLUE, "D", "--"),
    "regression": Look(ORANGE, "^", _DASH_DOT_DOT),
    "zeroshot_comparative_regression": Look(GREEN, "P", "-"),
    "proposed_spm": Look(VERMILLION, "o", "-"),
}
_SPARE_COLOURS = (INK, "#8c6d31", "#882255", "#117733")
_SPARE_MARKERS = ("*", "<", ">", "p", "h", "X", "d")


def adm_looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for each ADM: its own for those of the paper, spare ones for the rest."""
    added = [name for name in names if name not in LABELS]
    spare = {
        name: Look(
            _SPARE_COLOURS[index % len(_SPARE_COLOURS)], _SPARE_MARKERS[index % len(_SPARE_MARKERS)], _DASH_DOT_DOT
        )
        for index, name in enumerate(added)
    }
    return {name: spare[name] if name in spare else _LOOKS[name] for name in names}


def panel_grid(
    titles: Sequence[str], x_label: str, y_label: str, *, most_columns: int, panel_height: float
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel per title, which share both axes; as wide as a column if there is one panel.

    Args:
        titles: of the panels, row by row.
        x_label: of the lowest panel of each column.
        y_label: of the whole figure.
        most_columns: how many panels stand side by side at most.
        panel_height: in inches, labels included.
    """
    columns = min(most_columns, len(titles))
    rows = math.ceil(len(titles) / columns)
    figure = Figure(figsize=(TEXT_WIDTH if columns > 1 else COLUMN_WIDTH, rows * panel_height))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels: list[Axes] = list(grid.flat)
    for panel in panels[len(titles) :]:
        panel.remove()
    # A panel above an empty place is the lowest of its column, and shows the labels of the shared axis.
    for panel in panels[len(titles) - columns : len(titles)]:
        panel.tick_params(labelbottom=True)
        panel.set_xlabel(x_label)
    figure.supylabel(y_label)
    for panel, title in zip(panels, titles, strict=False):
        panel.set_title(title, loc="left")
    return figure, panels[: len(titles)]


def shared_legend(figure: Figure, panels: Sequence[Axes], columns: int, order: Sequence[str] = ()) -> None:
    """One legend below the panels, for what any of them labels; in `order`, which names all labels, or as they come."""
    entries = {
        text: handle for panel in panels for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    labels = order or list(entries)
    handles = [entries[text] for text in labels]
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, handlelength=3)


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command that draws has."""
    parser.add_argument(
        "--output",
        type=Path,
        nargs="+",
        required=True,
        help="files to write: .pdf and .png hold the figure, .csv the data that it draws",
    )
    parser.add_argument("--note", default="", help="a line to print small above the figure")


def save(figure: Figure, data: pd.DataFrame, paths: Sequence[Path], note: str = "") -> None:
    """Write a figure and its data, all files or none.

    Args:
        figure: what to write to .pdf and .png files.
        data: what the figure draws, for .csv files.
        paths: where to write; the suffix tells what.
        note: printed small above the figure, so that it cannot be taken for what it is not.

    Raises:
        UserError: a file has another suffix.
    """
    known = [*_METADATA, ".csv"]
    if unknown := [path for path in paths if path.suffix not in known]:
        raise UserError(f"--output: {unknown[0]}: expected a name that ends in {', '.join(known)}")
    with styled, replacing(*paths) as drafts:
        if note:
            letters_per_inch = 20
            lines = textwrap.fill(note, int(figure.get_figwidth() * letters_per_inch))
            figure.suptitle(lines, x=0.01, ha="left", fontsize=SMALL, style="italic")
        for path, draft in zip(paths, drafts, strict=True):
            if path.suffix == ".csv":
                data.to_csv(draft, index=False, float_format="%.6g")
            else:
                figure.savefig(draft, format=path.suffix[1:], dpi=300, metadata=_METADATA[path.suffix])
