"""The letters that an SVG needs, put into it: its text stays text, and looks the same everywhere."""

import re
from base64 import b64encode
from functools import cache
from io import BytesIO
from string import printable
from typing import Literal
from xml.sax.saxutils import unescape

from pluralism.reporting.drawing.style import FONT

_USUAL = frozenset(printable.split()[0])


def with_fonts(svg: str) -> str:
    """An SVG of matplotlib with the font of its texts, as far as the font has their letters."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)
    letters = frozenset("".join(map(unescape, texts))) - _USUAL
    faces = _font_face("normal", letters) + (_font_face("italic", letters) if "font-style: italic" in svg else "")
    return svg.replace("<defs>", f"<defs>\n  <style>{faces}</style>", 1)


@cache
def _font_face(style: Literal["normal", "italic"], letters: frozenset[str]) -> str:
    """The rule of CSS for the usual letters and some more."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from matplotlib.font_manager import FontProperties, findfont

    # The time of the file is that of the font, so that the same input gives the same bytes.
    font = TTFont(findfont(FontProperties(family=FONT, style=style)), recalcTimestamp=False)
    chooser = Subsetter(Options(layout_features=["kern"], drop_tables=["FFTM", "GSUB"]))
    chooser.populate(text="".join(sorted(_USUAL | letters | {" "})))
    chooser.subset(font)
    font.flavor = "woff"
    file = BytesIO()
    font.save(file)
    data = b64encode(file.getvalue()).decode()
    return f"@font-face{{font-family:'{FONT}';font-style:{style};src:url(data:font/woff;base64,{data})}}"
