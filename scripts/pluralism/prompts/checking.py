"""Whether a user's templates work: each is filled in with examples before a study starts.

A template may never end or take all memory, so another process does it: `python -m pluralism.prompts.checking`.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from pluralism.datasets.attributes import Attribute, AttributeSet
from pluralism.errors import UserError
from pluralism.prompts.rendering import Templates, fill_in

CPU_SECONDS, MEMORY = 10, 2**29
"""Of the other process; our own templates take a hundredth of that."""
LONGEST_PROMPT = 1_000_000
"""Characters, for examples of a line each."""
VALUES: dict[str, tuple[str, ...]] = {
    "aligned_system": ("phrases", "levels", "reasoning"),
    "choice_question": ("prompt", "responses"),
    "comparative_question": ("prompt", "responses", "attribute"),
    "comparative_system": ("attribute", "reasoning"),
    "reasoning_opening": ("words",),
    "reasoning_question": ("attribute", "words"),
    "reasoning_system": ("prompt", "response"),
    "regression_question": ("prompt", "response", "attribute"),
    "regression_system": ("attribute", "reasoning"),
    "unaligned_system": ("reasoning",),
}
"""Template -> the values that it can use."""


def template_faults(
    folder: str, templates: Sequence[str], attributes: Sequence[AttributeSet], cpu_seconds: int = CPU_SECONDS
) -> Iterator[str]:
    """What is wrong with templates of a user's folder, for the attributes of each dataset; each begins with a file.

    A template has to make some text, the same each time, and where it is given an item, another text for each item.
    """
    sets = [[asdict(attribute) for attribute in entry.attributes] for entry in attributes]
    given = json.dumps({"folder": folder, "templates": list(templates), "sets": sets, "cpu_seconds": cpu_seconds})
    package = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)
    last = ""
    for line in done.stdout.splitlines():
        last, fault = json.loads(line)
        if fault is not None:
            yield fault
    if done.returncode != 0:
        why = done.stderr.strip().rpartition("\n")[2] or f"it takes more than {cpu_seconds} s or {MEMORY} bytes"
        yield f"{Templates(folder).path(last)}: {why}"


def _main() -> None:
    given = json.load(sys.stdin)
    for limit, most in (
        (resource.RLIMIT_CPU, given["cpu_seconds"]),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a system without this limit
            resource.setrlimit(limit, (most, most))
    sets = [[Attribute(**entry) for entry in entries] for entries in given["sets"]]
    for template in given["templates"]:
        print(json.dumps([template, None]), flush=True)
        if fault := _fault(Templates(given["folder"]), template, sets):
            print(json.dumps([template, fault]), flush=True)


def _fault(prompts: Templates, template: str, sets: Sequence[Sequence[Attribute]]) -> str | None:
    path = prompts.path(template)
    cases = [(attributes, attribute) for attributes in sets for attribute in attributes]
    try:
        for (attributes, attribute), reasoning in product(cases, (True, False)):
            examples = (
                _values(item, attribute, attributes, reasoning=reasoning) for item in ("first", "first", "second")
            )
            first, again, other = (
                fill_in(prompts.folder, template, [(name, values[name]) for name in VALUES[template]])
                for values in examples
            )
            if not first:
                return f"{path}: makes no text"
            if len(first) > LONGEST_PROMPT:
                return f"{path}: makes {len(first)} characters, expected at most {LONGEST_PROMPT}"
            if first != again:
                return f"{path}: makes another text each time, expected no random part"
            if first == other and "prompt" in VALUES[template]:
                return f"{path}: makes the same text for every item, expected a part of it: prompt, .."
    except UserError as error:
        return str(error)
    return None


def _values(item: str, attribute: Attribute, attributes: Sequence[Attribute], *, reasoning: bool) -> dict[str, Any]:
    """Examples of all values; an item has as many responses as one can have."""
    responses = [(letter, f"Response {letter} to the {item} prompt.") for letter in ascii_uppercase]
    return {
        "prompt": f"What of the {item} prompt?",
        "responses": responses,
        "response": responses[0][1],
        "attribute": attribute,
        "phrases": [entry.phrases[-1] for entry in attributes],
        "levels": [(entry.name, 1.0) for entry in attributes],
        "words": (attribute.words or attribute.phrases)[-1],
        "reasoning": reasoning,
    }


if __name__ == "__main__":
    _main()
