"""Whether a user's templates work: each is filled in with examples before a study starts.

A template may never end or take all memory, so another process does it: `python -m pluralism.prompts.checking`.
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from pluralism.datasets.attributes import Attribute, AttributeSet
from pluralism.datasets.items import FEWEST_RESPONSES, MOST_RESPONSES
from pluralism.errors import UserError
from pluralism.files import is_text
from pluralism.prompts.rendering import Templates, fill_in

CPU_SECONDS, MEMORY = 10, 2**29
"""Of the other process; our own templates take a hundredth of that."""
LONGEST_PROMPT = 1_000_000
"""Characters, for examples of a line each."""
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}>")
"""As Python writes an object that is no text; it may differ in the next process only."""
VALUES: dict[str, tuple[str, ...]] = {
    "aligned_response_system": ("phrases", "levels"),
    "aligned_system": ("phrases", "levels", "reasoning"),
    "chain_of_thought_system": ("phrases", "levels", "reasoning"),
    "choice_question": ("prompt", "responses"),
    "comparative_question": ("prompt", "responses", "attribute"),
    "comparative_system": ("attribute", "scores", "reasoning"),
    "pairwise_question": ("prompt", "responses", "attribute"),
    "pairwise_system": ("attribute", "reasoning"),
    "persona_system": ("phrases", "levels", "reasoning"),
    "reasoning_opening": ("words",),
    "reasoning_question": ("attribute", "words"),
    "reasoning_system": ("prompt", "response"),
    "regression_question": ("prompt", "response", "attribute"),
    "regression_system": ("attribute", "scores", "reasoning"),
    "unaligned_response_system": (),
    "unaligned_system": ("reasoning",),
}
"""Template -> the values that it can use."""


def template_faults(
    folder: str, templates: Sequence[str], attributes: Sequence[AttributeSet], cpu_seconds: int = CPU_SECONDS
) -> Iterator[str]:
    """What is wrong with templates of a user's folder, for the attributes of each dataset; each begins with a file.

    A template has to make some text, the same each time, and where it is given an item or responses, another text for
    others.
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
    path, names = prompts.path(template), VALUES[template]
    cases = [(attributes, attribute) for attributes in sets for attribute in attributes]
    try:
        for (attributes, attribute), reasoning in product(cases, (True, False)):
            make = partial(_values, attribute=attribute, attributes=attributes, reasoning=reasoning)
            shown = {name: make("second")[name] for name in ("response", "responses") if name in names}
            examples = (make("first"), make("first"), make("second"), make("first") | shown)
            texts = [fill_in(prompts.folder, template, [(name, values[name]) for name in names]) for values in examples]
            if fault := _fault_of_texts(*texts, is_of_item="prompt" in names, shown=list(shown)):
                return f"{path}: {fault}"
    except UserError as error:
        return str(error)
    return None


def _fault_of_texts(
    first: str, again: str, other: str, other_shown: str, *, is_of_item: bool, shown: Sequence[str]
) -> str | None:
    """What is wrong with the texts of an item, of the same, of another, and of the first with the other's responses."""
    faults = [
        (not first, "makes no text"),
        (len(first) > LONGEST_PROMPT, f"makes {len(first)} characters, expected at most {LONGEST_PROMPT}"),
        (not is_text(first), "makes a control character"),
        (first != again or ADDRESS.search(first), "makes another text each time, expected no random part"),
        (is_of_item and first == other, "makes the same text for every item, expected a part of it: prompt, .."),
        (bool(shown) and first == other_shown, f"leaves out what is asked about, expected a use of {', '.join(shown)}"),
    ]
    return next((fault for is_there, fault in faults if is_there), None)


def _values(item: str, attribute: Attribute, attributes: Sequence[Attribute], *, reasoning: bool) -> dict[str, Any]:
    """Examples of all values; the first item has as many responses as one can have, the second as few."""
    count = MOST_RESPONSES if item == "first" else FEWEST_RESPONSES
    texts = [(letter, f"Response {letter} to the {item} prompt.") for letter in ascii_uppercase[:count]]
    return {
        "prompt": f"What of the {item} prompt?",
        "responses": texts,
        "response": texts[0][1],
        "attribute": attribute,
        "scores": tuple(range(len(attribute.phrases))),
        "phrases": [entry.phrases[-1] for entry in attributes],
        "levels": [(entry.name, 1.0) for entry in attributes],
        "words": (attribute.words or attribute.phrases)[-1],
        "reasoning": reasoning,
    }


if __name__ == "__main__":
    _main()
