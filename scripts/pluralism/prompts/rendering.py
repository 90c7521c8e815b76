"""The prompts' templates: ours, and the folder of a user who replaces some of them."""

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from pluralism.errors import UserError, shown
from pluralism.files import is_writable

BUILT_IN = Path(__file__).parent / "templates"


class Prompts(Protocol):
    """What words the prompts of ADMs; each of `template_names()` is a kind of prompt."""

    def files(self, template: str) -> list[Path]:
        """What the text of a template depends on."""

    @property
    def label(self) -> str:
        """Their name in tables and figures."""

    @property
    def downloads(self) -> list[Path]:
        """The files that are missing, and are downloaded."""

    def as_config(self) -> Any:
        """As the config names them."""

    def check(self) -> None:
        """Raise a `UserError` if they are not there, and are not downloaded."""

    def render(self, template: str, **values: Any) -> str:
        """The text of a template, filled in; `values` are hashable, or lists of hashables.

        Raises:
            UserError: it cannot be filled in.
        """


@dataclass(frozen=True)
class Templates:
    """Renders templates by name. A template in `folder` takes the place of ours with the same file name."""

    folder: str | None = None

    def files(self, template: str) -> list[Path]:
        """The file of a template."""
        return [self.path(template)]

    @property
    def label(self) -> str:
        """Our own words have no folder."""
        return self.folder or "own"

    @property
    def downloads(self) -> list[Path]:
        """None: templates are there from the start."""
        return []

    def as_config(self) -> str:
        """As the config names them."""
        return self.label

    def check(self) -> None:
        """Raise a `UserError` if there is no such folder."""
        if self.folder is not None and not Path(self.folder).is_dir():
            raise UserError(f"{self.folder}: no such folder, expected one of templates, or own, or published")

    def path(self, template: str) -> Path:
        """The file of a template: the user's where there is one, else ours."""
        own = Path(self.folder, f"{template}.jinja") if self.folder is not None else None
        return own if own is not None and own.is_file() else BUILT_IN / f"{template}.jinja"

    def render(self, template: str, **values: Any) -> str:
        """Fill in `{template}.jinja`, without surrounding white space.

        Equal calls are answered from a cache: the same question is asked under every target, and is an example for many
        others.

        Raises:
            UserError: the template cannot be parsed or filled in, for example uses a value that is not given, or makes
                a text that cannot be written as UTF-8; names file and line.
        """
        kept = ((name, tuple(value) if isinstance(value, list) else value) for name, value in values.items())
        return _filled_in(self.folder, template, tuple(kept))


def template_names() -> list[str]:
    """The names of our templates, which are those that a user's can have."""
    return sorted(path.stem for path in BUILT_IN.glob("*.jinja"))


def fill_in(folder: str | None, template: str, values: Iterable[tuple[str, Any]]) -> str:
    """As `Templates.render`, without a cache."""
    path = Templates(folder).path(template)
    try:
        text = _environment(folder).get_template(path.name).render(**dict(values)).strip()
    except TemplateNotFound as error:
        raise UserError(f"{path}:{_line(error, path)} template not found: {error}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text, expected a template") from None
    except Exception as error:  # a template may raise anything
        kind = f"{type(error).__name__}: " if type(error).__module__ == "builtins" else ""
        raise UserError(f"{path}:{_line(error, path)} {kind}{error}") from None
    if not is_writable(text):
        raise UserError(f"{path}: it makes {shown(text)}, which has half of a surrogate pair")
    return text


_filled_in = lru_cache(maxsize=20_000)(fill_in)


def _line(error: Exception, path: Path) -> str:
    """Where in a template an error arose, or in which other template that it includes; empty where that is unknown."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, TemplateSyntaxError):
        frames = [(error.filename or str(path), error.lineno)]
    for name, line in reversed(frames):
        if Path(name).is_relative_to(path.parent):
            return f" line {line}:" if Path(name) == path else f" {name}: line {line}:"
    return ""


@cache
def _environment(folder: str | None) -> Environment:
    """What renders; templates cannot reach into Python."""
    folders: list[str | Path] = [BUILT_IN] if folder is None else [folder, BUILT_IN]
    return SandboxedEnvironment(loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=False)
