"""The prompts' templates: ours, and the folder of a user who replaces some of them."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from pluralism.errors import UserError

BUILT_IN = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Prompts:
    """Renders templates by name. A template in `folder` takes the place of ours with the same file name."""

    folder: str | None = None

    def path(self, template: str) -> Path:
        """The file of a template: the user's where there is one, else ours."""
        own = Path(self.folder, f"{template}.jinja") if self.folder is not None else None
        return own if own is not None and own.is_file() else BUILT_IN / f"{template}.jinja"

    def render(self, template: str, **values: Any) -> str:
        """Fill in `{template}.jinja`, without surrounding white space; `values` are hashable, or lists of hashables.

        Equal calls are answered from a cache: the same question is asked under every target, and is an example for many
        others.

        Raises:
            UserError: the template cannot be parsed, or uses a value that is not given.
        """
        kept = ((name, tuple(value) if isinstance(value, list) else value) for name, value in values.items())
        return _render(self.folder, template, tuple(kept))


def template_names() -> list[str]:
    """The names of our templates, which are those that a user's can have."""
    return sorted(path.stem for path in BUILT_IN.glob("*.jinja"))


@lru_cache(maxsize=20_000)
def _render(folder: str | None, template: str, values: tuple[tuple[str, Any], ...]) -> str:
    try:
        return _environment(folder).get_template(f"{template}.jinja").render(**dict(values)).strip()
    except TemplateError as error:
        raise UserError(f"prompt template {template}.jinja: {error}") from None


@cache
def _environment(folder: str | None) -> Environment:
    folders: list[str | Path] = [BUILT_IN] if folder is None else [folder, BUILT_IN]
    return Environment(loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=False)
