"""The authors' own prompts, read from their files and rendered as they were.

They are Jinja templates in the docstrings of the functions that `@outlines.prompt` decorates in `outlines_prompts.py`,
beside `attribute_descriptions.json` (Adams et al., AIES 2025; Apache-2.0). Nothing of their code is executed.
"""

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from pluralism.errors import UserError
from pluralism.files import check_file, check_sha256, parse_json, replacing
from pluralism.prompts.rendering import Templates

REPOSITORY = "ITM-Kitware/steerable-pluralism-llm-regression"
COMMIT = "af65a121d4f26380a7795462f5919bf80eccf09d"
FOLDER_IN_REPOSITORY = "src/prompt_engineering"
ADDRESS = f"https://raw.githubusercontent.com/{REPOSITORY}/{COMMIT}/{FOLDER_IN_REPOSITORY}"
SECONDS = 60
FUNCTIONS, DESCRIPTIONS = "outlines_prompts.py", "attribute_descriptions.json"
SHA256 = {
    FUNCTIONS: "02a755ddfbe7792fa4b9d34b4939a3a2fca06cc2902917240d71257d18666029",
    DESCRIPTIONS: "b2745f6d86bce1467a43aac65503e5b8fffa36a69a62d9602c662746f3338bc5",
}
LARGEST = 2**20
HIGHEST_SCORE = 100
"""Their `attribute_scale_factor` in every preset."""

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class PublishedFunction:
    """One of their functions: its parameters and its docstring as a template."""

    parameters: tuple[str, ...]
    template: Template


# Template of ours -> the function of theirs in its place, and what its parameters are of the values that ours gets.
PARAMETERS: Mapping[str, Callable[[Arguments, str], Any]] = {
    "target": lambda values, _: dict(values["levels"]),
    "question": lambda values, _: values["prompt"],
    "response": lambda values, _: values["response"],
    "multiple_choices": lambda values, _: dict(values["responses"]),
    "attribute": lambda values, _: values["attribute"].name,
    "attribute_description": lambda _, description: description,
    "attribute_scale_factor": lambda *_: HIGHEST_SCORE,
}
IN_PLACE_OF = {
    "unaligned_system": "unaligned_system_prompt",
    "aligned_system": "baseline_system_prompt",
    "choice_question": "baseline_prompt",
    "regression_system": "regression_system_prompt",
    "regression_question": "regression_prompt",
    "comparative_system": "comparative_regression_system_prompt",
    "comparative_question": "comparative_regression_prompt",
}


@dataclass(frozen=True)
class PublishedPrompts:
    """Renders the authors' prompts.

    Attributes:
        folder: of the two files, or a checkout of the authors' repository.
    """

    folder: str = "data/raw/adams2025"

    def files(self, template: str) -> list[Path]:
        """What the text of a template depends on."""
        if template not in IN_PLACE_OF:
            return Templates().files(template)
        return [self.place / name for name in SHA256]

    @property
    def label(self) -> str:
        """Wherever the files lie, they are the same."""
        return "published"

    def as_config(self) -> str | dict[str, str]:
        """As the config names them."""
        return "published" if self == PublishedPrompts() else {"published": self.folder}

    @property
    def place(self) -> Path:
        """The folder in which the two files lie."""
        inner = Path(self.folder, FOLDER_IN_REPOSITORY)
        return inner if inner.is_dir() else Path(self.folder)

    def render(self, template: str, **values: Any) -> str:
        """The authors' prompt in place of our `template`, filled in with what ours gets; ours where they have none.

        Raises:
            UserError: a file is missing, or is not that of the published commit.
        """
        if template not in IN_PLACE_OF:
            return Templates().render(template, **values)
        kept = ((name, tuple(value) if isinstance(value, list) else value) for name, value in values.items())
        return _filled_in(self, template, tuple(kept))

    def _fill_in(self, template: str, values: Arguments) -> str:
        function = self.functions[IN_PLACE_OF[template]]
        attribute = values.get("attribute")
        # A dataset of a user's has attributes that the authors do not describe.
        description = self.descriptions.get(attribute.name, attribute.description) if attribute is not None else ""
        return function.template.render({name: PARAMETERS[name](values, description) for name in function.parameters})

    @cached_property
    def functions(self) -> Mapping[str, PublishedFunction]:
        """The decorated functions by name."""
        return read_functions(self._read(FUNCTIONS))

    @cached_property
    def descriptions(self) -> Mapping[str, str]:
        """Attribute -> its description."""
        place = self.place / DESCRIPTIONS
        found: Mapping[str, str] = parse_json(self._read(DESCRIPTIONS), str(place))
        return found

    @property
    def downloads(self) -> list[Path]:
        """The files that are missing in the folder that no config names: there they are downloaded to."""
        return [self.place / name for name in self._missing] if self == PublishedPrompts() else []

    @property
    def _missing(self) -> list[str]:
        return [name for name in SHA256 if not (self.place / name).exists()]

    def check(self) -> None:
        """Raise a `UserError` if a file is missing that is not downloaded, or is not that of the published commit."""
        for name in SHA256:
            if self.place / name not in self.downloads:
                self._read(name)

    def download(self) -> None:
        """Download the files that are missing, all or none; one that a user has put there is only checked.

        Raises:
            UserError: no network, or a checksum differs; says what to do by hand.
        """
        missing = self._missing
        for name in SHA256:
            if name not in missing:
                self._read(name)
        with replacing(*(self.place / name for name in missing)) as drafts:
            for name, draft in zip(missing, drafts, strict=True):
                try:
                    with urlopen(f"{ADDRESS}/{name}", timeout=SECONDS) as answer:
                        draft.write_bytes(answer.read(LARGEST))
                except (OSError, HTTPException) as error:
                    raise UserError(
                        f"the authors' prompts cannot be downloaded ({type(error).__name__}); put {FUNCTIONS} and "
                        f"{DESCRIPTIONS} of {REPOSITORY} at {COMMIT} into {self.folder} by hand, or set `prompts: own`"
                    ) from None
                _read_verified(draft, name)

    def _read(self, name: str) -> str:
        return _read_verified(self.place / name, name)


def _read_verified(path: Path, name: str) -> str:
    hint = f"put that of {REPOSITORY} at {COMMIT} there, or set `prompts: own`"
    check_file(path, "the authors' prompts", hint, LARGEST)
    content = path.read_bytes()
    check_sha256(content, SHA256[name], str(path), hint)
    return content.decode()


@lru_cache(maxsize=20_000)
def _filled_in(prompts: PublishedPrompts, template: str, values: tuple[tuple[str, Any], ...]) -> str:
    return prompts._fill_in(template, dict(values))


def read_functions(source: str) -> dict[str, PublishedFunction]:
    """The functions of a Python file that `@outlines.prompt` decorates, by name; nothing is executed."""
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {
        node.name: PublishedFunction(
            tuple(argument.arg for argument in node.args.args),
            make_template(ast.get_docstring(node, clean=False) or ""),
        )
        for node in functions
        if any(ast.unparse(decorator) == "outlines.prompt" for decorator in node.decorator_list)
    }


def make_template(docstring: str) -> Template:
    """A docstring as the template that outlines 0.2.1 makes of it (`outlines.templates.build_template_from_str`).

    Indentation is taken away, and each run of white space after a letter or digit becomes one blank unless a line break
    begins it; a run after punctuation stays.
    """
    text = inspect.cleandoc(docstring)
    if docstring.replace(" ", "").endswith("\n\n"):
        text += "\n"
    text = re.sub(r"(?![\r\n])(\b\s+)", " ", text)
    environment = SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return environment.from_string(text)
