"""Seeded mutations of configs, overlays, attribute files, templates and names: each passes or is one line."""

import copy
import datetime
import json
import math
import random
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.errors import LONGEST_MESSAGE, UserError
from pluralism.prompts.checking import VALUES
from pluralism.prompts.rendering import BUILT_IN, fill_in, template_names
from pluralism.reporting.figure import planned_figures
from pluralism.study.reading import merged_values, read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.conftest import ROOT, error_line

DEMO = ROOT / "profiles" / "demo" / "demo.yaml"
BASE = merged_values(ROOT / "config.yaml", [DEMO])


def nested(levels: int, width: int) -> Any:
    """Lists in lists: deep, or endless where aliases are written out."""
    value: Any = "x"
    for _ in range(levels):
        value = [value] * width
    return value


PLAIN: list[Any] = [
    *(None, True, False, 0, 1, -1, 0.5, 1.0, 1e308, 10**9, 10**400, math.inf, math.nan),
    *("", " ", "5", "yes", "null", "a\0b", "\ud800", "x" * 5_000, "../../x", "{a}", "$(x)", "é", "a\nb", "\u202e"),
    *([], {}, [None], ["a", "a"], [[]], {"a": 1}, {"": ""}),
]
"""Values that JSON can hold."""
NASTY: list[Any] = [
    *PLAIN,
    *("x" * 200_000, ["x"] * 30_000, {str(i): i for i in range(3000)}),
    *({1: 2}, {None: 1}, nested(2000, 1), nested(9, 9), -(10**5000)),
    *(datetime.date(2024, 1, 1), b"x", {1, 2}, (1, 2), object()),
]
KEYS = ["", "kind", "engine", "model_config", "__class__", "a b", "../x", "sweep", "few_shot", "a\nb", "$(touch X)"]


def one_line(check: Callable[[], object]) -> bool:
    """Whether a check passes; if not, it has to end in a short line."""
    try:
        check()
    except UserError as error:
        assert "\n" not in str(error)
        assert 0 < len(str(error)) < 1.1 * LONGEST_MESSAGE
        return False
    return True


def places(value: Any, *keys: Any) -> Iterator[tuple[Any, ...]]:
    """The path of each value below one."""
    if keys:
        yield keys
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(entry, *keys, key)


def mutated(values: Any, draw: random.Random, nasty: Sequence[Any] = NASTY) -> Any:
    """A copy with one value replaced, removed, repeated or under another key."""
    values = copy.deepcopy(values)
    *parents, last = draw.choice(list(places(values)))
    here = values
    for key in parents:
        here = here[key]
    kind = draw.random()
    if kind < 0.7:
        here[last] = draw.choice(nasty)
    elif kind < 0.8:
        del here[last]
    elif isinstance(here, dict):
        here[draw.choice(KEYS)] = here.pop(last) if kind < 0.9 else here[last]
    else:
        here.append(here[last])
    return values


def scrambled(text: str, draw: random.Random) -> bytes:
    """A text with one part removed, repeated or overwritten by bytes of any kind."""
    content = bytearray(text.encode())
    start = draw.randrange(len(content))
    end = start + draw.randrange(1, 30)
    part = draw.choice(
        [b"", content[start:end] * 2, b"\0", b"\xff\xfe", b"\n", b"*", b"&a ", b"{{", b"%}", b"- [", b": "]
    )
    content[start : end if draw.random() < 0.5 else start] = part
    return bytes(content)


def study(values: Any) -> None:
    config = read_config(values)
    check_files(Study(config))
    for dataset in config.grid.datasets:
        planned_figures(config, dataset)


@pytest.mark.parametrize("seed", range(4))
def test_configs(seed: int) -> None:
    draw = random.Random(seed)
    passed = [one_line(lambda: study(mutated(BASE, draw))) for _ in range(110)]
    assert 0 < sum(passed) < len(passed)


def test_overlays(tmp_path: Path) -> None:
    draw, path, base = random.Random(0), tmp_path / "overlay.yaml", tmp_path / "base.json"
    base.write_text(json.dumps(merged_values(ROOT / "config.yaml", [])))
    for _ in range(100):
        path.write_bytes(scrambled(DEMO.read_text(), draw))
        one_line(lambda: study(merged_values(base, [path])))


def test_attribute_files(tmp_path: Path) -> None:
    draw, path = random.Random(0), tmp_path / "attributes.yaml"
    one = {"description": "It is good.", "phrases": ["is bad", "is good"], "words": ["bad", "good"]}
    for _ in range(200):
        values = mutated({"levels": 2, "attributes": {"good": one, "kind": one}}, draw, PLAIN)
        path.write_text(json.dumps(values))
        one_line(lambda: read_attributes(path))
    text = attribute_file("helpsteer2").read_text()
    for _ in range(100):
        path.write_bytes(scrambled(text, draw))
        one_line(lambda: read_attributes(path))


def test_templates(tmp_path: Path) -> None:
    draw = random.Random(0)
    attribute = read_attributes(attribute_file("mic")).attributes[0]
    texts = {
        "prompt": "Why?",
        "response": "So.",
        "words": "good",
        "phrases": ("is good",),
        "responses": (("A", "So."),),
        "levels": (("care", 0.67),),
        "scores": (0, 100),
    }
    for number in range(200):
        name = draw.choice(template_names())
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / f"{name}.jinja").write_bytes(scrambled((BUILT_IN / f"{name}.jinja").read_text(), draw))
        values = {**texts, "attribute": attribute, "reasoning": True}
        one_line(partial(fill_in, str(folder), name, [(key, values[key]) for key in VALUES[name]]))


def test_names() -> None:
    draw = random.Random(0)
    for _ in range(60):
        name = "".join(draw.choice("ab1_-. /$`'\"(){}\0\ud800\u202eéश") for _ in range(draw.randrange(6)))
        place = draw.choice(["datasets", "models", "decodings", "adms", "experiments"])
        values = copy.deepcopy(BASE)
        values[place][name] = next(iter(values[place].values()))
        one_line(partial(study, values))


BOMB = "\n".join(
    ["a0: &a0 {x: 1}", *(f"a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(9))}}}" for i in range(1, 10))]
)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "profiles/demo/demo.yaml",
            BOMB,
            r"profiles/demo/demo.yaml: line \d+: more than 100000 values, aliases written out",
        ),
        ("config.yaml", "seed: 1\nseed: 2", r"config.yaml: line \d+: the key 'seed' is there twice"),
    ],
)
def test_snakemake_starts_with_our_own_reader(clone: Path, name: str, text: str, message: str) -> None:
    with (clone / name).open("a") as stream:
        stream.write(text)
    command = ["snakemake", "--dry-run", "--workflow-profile", "profiles/demo"]
    result = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False, timeout=100)
    assert re.search(message, error_line(result))
