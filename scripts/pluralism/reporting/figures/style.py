"""The one place for how figures look: fonts, sizes, colours, markers.

A figure is as wide as a column (3.3 inches) or the text (7 inches) of a paper and is not scaled there, so the sizes
below are those in print. No figure tells two things apart by colour alone: it also prints in grey.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib.style

COLUMN_WIDTH, TEXT_WIDTH = 3.3, 7.0
SMALL = 6.0
"""Font size of notes, and of text in narrow places."""

INK, GREY, PALE = "#222222", "#767676", "#d0d0d0"
BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7"
"""The palette of Okabe and Ito, which colour-blind readers can tell apart; without yellow, too pale on paper."""

SEQUENTIAL = "Blues"
"""The colour map of a matrix: from pale to dark, so that its order shows in grey too."""

COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")

# DejaVu Sans comes with matplotlib, so every machine draws the same letters.
_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.labelsize": 7.0,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "legend.columnspacing": 1.5,
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


@contextmanager
def styled() -> Iterator[None]:
    """A context, and a decorator for what draws: the style above holds in it, whatever a user's matplotlibrc says."""
    with matplotlib.style.context(["default", _RC]):
        yield


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
    "reward_model_baseline": Look(INK, "X", "-."),
    "prompt_aligned_spm": Look(SKY, "s", "--"),
    "fewshot_prompt_aligned_spm": Look(BLUE, "D", "--"),
    "kaleido_spm": Look("#8c6d31", "*", "--"),
    "multi_objective_reward_model": Look("#882255", "h", _DASH_DOT_DOT),
    "regression": Look(ORANGE, "^", _DASH_DOT_DOT),
    "expected_regression": Look(ORANGE, "<", ":"),
    "zeroshot_comparative_regression": Look(GREEN, "P", "-"),
    "proposed_spm": Look(VERMILLION, "o", "-"),
    "expected_comparative_regression": Look(GREEN, "p", ":"),
    "expected_proposed_spm": Look(VERMILLION, "H", ":"),
}
_LINES = ("-", "--", "-.", _DASH_DOT_DOT)
_SPARE_COLOURS = ("#117733", "#332288", "#661100", "#6699cc")
_SPARE_MARKERS = ("<", ">", "p", "H", "d", "8", "1")


def adm_looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for each ADM: its own for those of the paper, spare ones for the rest."""
    added = [name for name in names if name not in _LOOKS]
    spare = {
        name: Look(
            _SPARE_COLOURS[index % len(_SPARE_COLOURS)], _SPARE_MARKERS[index % len(_SPARE_MARKERS)], _DASH_DOT_DOT
        )
        for index, name in enumerate(added)
    }
    return {name: spare[name] if name in spare else _LOOKS[name] for name in names}


def series_looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for each of what is no ADM, such as experiments."""
    return {
        name: Look(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], _LINES[place % len(_LINES)])
        for place, name in enumerate(names)
    }
