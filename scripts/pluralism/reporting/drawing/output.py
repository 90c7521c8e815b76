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

# Without the date and the version of matplotlib, the same input gives the same bytes.
_METADATA: dict[str, dict[str, str | None]] = {
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}

_DOTS_PER_INCH = 300

# It logs every letter that it puts into a PDF.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def save(figure: Figure, data: pd.DataFrame, paths: Sequence[Path], note: str = "") -> None:
    """Write a figure and its data, all files or none.

    Args:
        figure: what to write to .pdf and .png files.
        data: what the figure draws, for .csv files.
        paths: where to write: .pdf, .png or .csv.
        note: printed small above the figure, so that it cannot be taken for what it is not.
    """
    with styled(), replacing(*paths) as drafts:
        if note:
            _add_note(figure, note)
        # Laid out once: each file would lay it out anew, from where the one before it left off.
        if figure.axes and (layout := figure.get_layout_engine()) is not None:
            layout.execute(figure)
        figure.set_layout_engine("none")
        for path, draft in zip(paths, drafts, strict=True):
            if path.suffix == ".csv":
                data.to_csv(draft, index=False, float_format="%.6g")
            else:
                _print(figure, path.suffix, draft)


def _print(figure: Figure, suffix: str, path: Path) -> None:
    """Write a figure as it is laid out. `savefig` would draw it twice, the first time only to lay it out."""
    figure.set_dpi(_DOTS_PER_INCH)  # each time: a PDF leaves its own
    if suffix == ".pdf":
        FigureCanvasPdf(figure).print_pdf(path, metadata=_METADATA[suffix])
    else:
        FigureCanvasAgg(figure).print_png(path, metadata=_METADATA[suffix])


def _add_note(figure: Figure, note: str) -> None:
    """Print `note` above all else; the figure grows by its height."""
    letters_per_inch = 20
    lines = textwrap.wrap(note, int(figure.get_figwidth() * letters_per_inch))
    figure.suptitle(plain("\n".join(lines)), x=0.01, ha="left", fontsize=SMALL, style="italic")
    line_height = 1.5 * SMALL / 72
    figure.set_figheight(figure.get_figheight() + line_height * len(lines))
