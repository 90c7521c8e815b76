"""Writing a figure and the data that it draws, so that the same input gives the same bytes."""

import logging
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from pluralism.files import replacing
from pluralism.reporting.drawing.layout import plain
from pluralism.reporting.drawing.style import SMALL, styled

_DOTS_PER_INCH = 300
_LETTERS_PER_INCH = 20
"""Of a note."""

# It logs every letter that it puts into a PDF.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def save(figure: Figure, data: pd.DataFrame, paths: Sequence[Path], note: str = "") -> None:
    """Write a figure and its data, all files or none.

    Args:
        figure: what to write to .pdf and .png files.
        data: what the figure draws, for .csv files.
        paths: where to write: .pdf, .png or .csv.
        note: printed small above the figure, for example that its numbers are those of a toy study.
    """
    with styled(), replacing(*paths) as drafts:
        if lines := textwrap.wrap(note, int(figure.get_figwidth() * _LETTERS_PER_INCH)):
            figure.suptitle(plain("\n".join(lines)), x=0.01, ha="left", fontsize=SMALL, style="italic")
            figure.set_figheight(figure.get_figheight() + 1.5 * SMALL / 72 * len(lines))
        # Laid out once: each file would lay it out again, from where the one before it left off. Letters are as wide as
        # they are printed, which at fewer dots they are not.
        figure.set_dpi(_DOTS_PER_INCH)
        if figure.axes and (layout := figure.get_layout_engine()) is not None:
            layout.execute(figure)
        figure.set_layout_engine("none")
        # `savefig` would draw it twice, the first time only to lay it out. Without the date and the version of
        # matplotlib, the same input gives the same bytes.
        for path, draft in zip(paths, drafts, strict=True):
            figure.set_dpi(_DOTS_PER_INCH)  # each time: a PDF leaves its own
            if path.suffix == ".csv":
                data.to_csv(draft, index=False, float_format="%.6g")
            elif path.suffix == ".pdf":
                FigureCanvasPdf(figure).print_pdf(
                    draft, metadata=dict.fromkeys(("CreationDate", "Creator", "Producer"))
                )
            else:
                FigureCanvasAgg(figure).print_png(draft, metadata={"Software": None})
