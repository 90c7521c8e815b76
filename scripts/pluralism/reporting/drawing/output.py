"""Writing a figure, its data and its words, so that the same input gives the same bytes."""

import logging
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, BboxBase

from pluralism.files import replacing
from pluralism.reporting.drawing.fonts import with_fonts
from pluralism.reporting.drawing.layout import plain
from pluralism.reporting.drawing.style import SMALL, styled

_DOTS_PER_INCH = 300
_LETTERS_PER_INCH = 19
"""Of a note."""
_PLACES = 5
"""Decimals of where a panel lies, as a part of the figure: a tenth of a dot."""

# It logs every letter that it puts into a PDF.
logging.getLogger("fontTools").setLevel(logging.WARNING)
# It logs each axis of names that look like numbers, such as those of levels.
logging.getLogger("matplotlib.category").setLevel(logging.WARNING)


def save(figure: Figure, data: pd.DataFrame, paths: Sequence[Path], *, note: str = "", alt: str = "") -> None:
    """Write a figure, its data and its words, all files or none.

    Args:
        figure: what to write to .pdf, .png and .svg files.
        data: what the figure draws, for .csv files.
        paths: where to write: .pdf, .png, .svg, .csv or .txt.
        note: printed small above the figure, for example that its numbers are those of a toy study.
        alt: what the figure shows, for those who do not see it: for .txt files, and inside of pictures.
    """
    with styled(), replacing(*paths) as drafts:
        _lay_out(figure, note)
        for path, draft in zip(paths, drafts, strict=True):
            figure.set_dpi(_DOTS_PER_INCH)  # each time: a PDF leaves its own
            match path.suffix:
                case ".csv":
                    data.to_csv(draft, index=False, float_format="%.6g")
                case ".txt":
                    draft.write_text(f"{alt}\n", encoding="utf-8")
                case suffix:
                    _print(figure, draft, suffix, alt)


def _lay_out(figure: Figure, note: str) -> None:
    """Once: each file would lay it out again, from where the one before it left off."""
    if lines := textwrap.wrap(note, int(figure.get_figwidth() * _LETTERS_PER_INCH)):
        figure.suptitle(plain("\n".join(lines)), x=0.01, ha="left", fontsize=SMALL, style="italic")
        figure.set_figheight(figure.get_figheight() + 1.5 * SMALL / 72 * len(lines))
    # Letters are as wide as they are printed, which at fewer dots they are not.
    figure.set_dpi(_DOTS_PER_INCH)
    if figure.axes and (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
    figure.set_layout_engine("none")
    # The solver's last digits differ from run to run, and would differ in files: of parts and of the panels in them.
    for part in figure.subfigs:
        part.bbox_relative.set(_rounded(part.bbox_relative))
    for panel in figure.axes:
        panel.set_position(_rounded(panel.get_position()))


def _rounded(box: BboxBase) -> Bbox:
    return Bbox.from_extents(*(round(end, _PLACES) for end in box.extents))


def _print(figure: Figure, path: Path, suffix: str, alt: str) -> None:
    """Print a picture by its canvas: `savefig` would draw it twice, the first time only to lay it out.

    Without the date and the version of matplotlib, the same input gives the same bytes.
    """
    match suffix:
        case ".pdf":
            unnamed = dict.fromkeys(("CreationDate", "Creator", "Producer"))
            FigureCanvasPdf(figure).print_pdf(path, metadata={**unnamed, "Subject": alt or None})
        case ".svg":
            FigureCanvasSVG(figure).print_svg(
                path, metadata={"Date": None, "Creator": None, "Description": alt or None}
            )
            path.write_text(with_fonts(path.read_text(encoding="utf-8")), encoding="utf-8")
        case _:
            FigureCanvasAgg(figure).print_png(
                path, metadata={"Software": None, **({"Description": alt} if alt else {})}
            )
