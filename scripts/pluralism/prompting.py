"""The prompts' templates: ours, and the folder of a user who replaces some of them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from pluralism.errors import UserError

BUILT_IN = Path(__file__).parent / "prompts"


@dataclass(frozen=True)
class Prompts:
    """Renders templates by name. A template in `folder` takes the place of ours with the same file name."""

    folder: Path | None = None

    def path(self, template: str) -> Path:
        """The file of a template: the user's where there is one, else ours."""
        own = self.folder / f"{template}.jinja" if self.folder is not None else None
        return own if own is not None and own.is_file() else BUILT_IN / f"{template}.jinja"

    def render(self, template: str, **values: Any) -> str:
        """Fill in `{template}.jinja`, without the white space around it.

        Raises:
            UserError: the template cannot be parsed, or uses a value that it is not given.
        """
        try:
            return _environment(self.folder).get_template(f"{template}.jinja").render(**values).strip()
        except TemplateError as error:
            raise UserError(f"prompt template {template}.jinja: {error}") from None


@cache
def _environment(folder: Path | None) -> Environment:
    folders = [BUILT_IN] if folder is None else [folder, BUILT_IN]
    return Environment(loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=False)
