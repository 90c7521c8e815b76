"""The captions of figures and tables, of which rules/captions/ is the one source."""

from pathlib import Path

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pluralism.files import located
from pluralism.study.config import Config

FOLDER = "rules/captions"
_SETTINGS = {"raw_enabled": False, "file_insertion_enabled": False, "halt_level": 5, "report_level": 5}
"""Of docutils: a caption is text, and reads no other file."""


def caption(kind: str, config: Config) -> Markup:
    """The caption of a kind of figure, or of table_{kind}; empty for one of another package, which has none.

    The study's note is left out: the page has it as text, while a caption would take its letters for marks.
    """
    path = Path(located(FOLDER), f"{kind}.rst")
    if not path.is_file():
        return Markup("")
    values = {**config.model_dump(mode="json"), "note": None}
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(path.read_text(encoding="utf-8"))
    text = template.render(snakemake={"config": values})
    return Markup(publish_parts(text, writer="html5", settings_overrides=_SETTINGS)["body"])
