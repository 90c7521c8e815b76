"""A small study as the explorer's page reads it, written by hand, so that what it shows can be worked out."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pluralism.reporting.explorer.payloads import write_script
from tests.conftest import ROOT

PAGE = ROOT / "scripts" / "pluralism" / "reporting" / "explorer" / "page"
Levels = Sequence[Sequence[Sequence[float]]]
"""[item][response][attribute]"""

LABELS: Levels = [
    [[1, 0], [0, 1], [0.5, 0.5]],
    [[0, 0.5], [1, 1]],
    [[0.5, 1], [0.5, 1]],
    [[1, 0.5], [0.5, 0.5]],
]
PREDICTED: Levels = [*LABELS[:3], [[0.5, 0.5], [1, 0.5]]]
"""The labels, but for the last item, whose responses are taken for each other."""
PROMPTS = ["Shall I help?", "May I leave?", "Is it equal?", "Is it late?"]
HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'><h1>big</h1>",
    "a" * 100_000,
    "\u202eright to left\u202c and \u05e9\u05dc\u05d5\u05dd",
    "\U0001f600 \U0001f469\u200d\U0001f469\u200d\U0001f467 e\u0301",
    "null \x00 \ud800 None",
    "${1} `tick` &amp; \\u0041",
    '=1+1,"quoted"\nsecond line',
]
ATTRIBUTES = ("a:b, 50% <i>", "\u05d7\u05e1\u05d3")
ADM_LABELS = ("| `x` | **b** <img src=x>", "\u202eturned", "__proto__", "[a](javascript:b) $x_1$")


def write_page(folder: Path, files: Mapping[str, object]) -> Path:
    """Write the page with data, path below `data/` -> content; gives its index.html."""
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    for path, content in files.items():
        write_script(folder / "data" / f"{path}.js", path, content)
    return folder / "index.html"


def study() -> dict[str, object]:
    """Four datasets: one worked by hand, one of hostile texts, one with many items, and one of hostile names."""
    names = ("values", "hostile", "many", "named")
    listed = [{"name": name, "label": name.capitalize()} for name in names]
    many = [[[(item % 5) / 4, 0], [0, (item % 3) / 2]] for item in range(900)]
    return {
        "study": {"format": 1, "name": "toy study", "note": "", "datasets": listed},
        **worked(),
        **dataset("hostile", HOSTILE, [[[1, 0], [0, 1]]] * len(HOSTILE), [[[1, 0], [0, 1]]] * len(HOSTILE)),
        **dataset("many", [f"Question {item}" for item in range(len(many))], many, many),
        **named(),
    }


def named() -> dict[str, object]:
    """The dataset `named`: the values of `values`, with names and labels that could be taken for signs of a format."""
    files = dataset("named", PROMPTS, LABELS, PREDICTED, ATTRIBUTES)
    whole: Any = files["named/dataset"]
    cells = [{**one, "adm_label": label} for one, label in zip(whole["cells"], ADM_LABELS, strict=True)]
    return files | {"named/dataset": {**whole, "label": "<img src=x onerror='window.hacked = 1'>", "cells": cells}}


def worked() -> dict[str, object]:
    """The dataset `values`: an ADM that predicts levels, one that picks, and one that was asked for the high target."""
    sampled = [[[1, 1], [0, 0], [0, 0]], [[0, 0], [0, 0], [1, 1]]]
    samples = {
        "orders": [[0, 1, 2], [2, 1, 0]],
        "scores": [[sampled[sample], *PREDICTED[1:]] for sample in range(2)],
        "shown": [[[sample, sample], [-1, -1], [-1, -1], [-1, -1]] for sample in range(2)],
    }
    answers = {
        "texts": ["It says <b>yes</b>."],
        "responses": [[0, 1, 2], [2, 1, 0], [0, 1]],
        "items": [
            {
                "target": None,
                "attribute": [0, 0, 1, 1],
                "sample": [0, 1, 0, 1],
                "responses": [0, 1, 0, 1],
                "reasonings": [[0, -1, -1], [-1, -1, -1], [-1, -1, -1], [-1, -1, -1]],
            },
            *[{"target": None, "attribute": [], "sample": [], "responses": [], "reasonings": []}] * 3,
        ],
    }
    messages = {
        "texts": ["You judge.", "An example?", "An answer.", "Judge ", "this."],
        "turns": [["system", [0]], ["user", [1]], ["assistant", [2]], ["user", [3, 4]]],
        "openings": [[0, 1, 2]],
        "examples": [[17]],
        "lists": [[[0, 3] * 4, [], [], []]],
        "cells": [0, None, None, None],
    }
    files = dataset("values", PROMPTS, LABELS, PREDICTED)
    files["values/samples/0"], files["values/answers/0/0"], files["values/messages/0"] = samples, answers, messages
    return files


def dataset(
    name: str,
    prompts: Sequence[str],
    labels: Levels,
    predicted: Levels,
    attributes: Sequence[str] = ("care", "liberty"),
) -> dict[str, object]:
    """A dataset's files: a levels ADM, one that picks the first response, a target-bound one, and the oracle."""
    count = len(prompts)
    first, best = (
        "a" * count,
        "".join("c" if len(item) == 3 else "b" if at == 1 else "a" for at, item in enumerate(labels)),
    )
    cells = [
        cell("teller", "levels", attributes=[0, 1], samples=2, messages=True, reasonings="all"),
        cell("guesser", "choice", colour="#009e73"),
        cell("bound", "targets", colour="#332288"),
        cell("oracle", "levels", attributes=[0, 1], role="ceiling", experiment="references"),
    ]
    data: list[object] = [{"levels": predicted}, {"picks": first}, {"picks": [best, None]}, {"levels": labels}]
    no_samples = [
        {"orders": [], "scores": [predicted], "shown": [[[-1, -1]] * count]},
        {"orders": [], "votes": [first], "shown": [[-1] * count]},
        {"orders": [], "votes": [[best], None], "shown": [[[-1] * count], None]},
        {"orders": [], "scores": [labels], "shown": [[[-1, -1]] * count]},
    ]
    nothing: dict[str, object] = {"target": None, "attribute": None, "sample": [], "responses": [], "reasonings": []}
    parts = range(-(-count // 32))
    return {
        f"{name}/dataset": {
            "name": name,
            "label": name.capitalize(),
            "attributes": list(map(described, attributes)),
            "scale": [0.0, 0.5, 1.0],
            "steps": [0.0, 0.5, 1.0],
            "shown": {"range": [0, 1], "levels": [0.0, 0.5, 1.0]},
            "items": [
                {
                    "prompt": prompt,
                    "responses": [f"{prompt} {place}" for place in range(len(levels))],
                    "labels": levels,
                    "cluster": at,
                }
                for at, (prompt, levels) in enumerate(zip(prompts, labels, strict=True))
            ],
            "targets": [stored("target_high", "high", 1.0), stored("target_low", "low", 0.0)],
            "critical": [12.7, 12.7, 4.3, 3.2, *[2.0] * count],
            "poisson": [0.1] * (count + 4),
            "items_per_part": 32,
            "cells": cells,
            "scoring": {"distance": "levels"},
        },
        **{f"{name}/cells/{place}": content for place, content in enumerate(data)},
        **{f"{name}/samples/{place}": content for place, content in enumerate(no_samples)},
        **{
            f"{name}/answers/{place}/{part}": {"texts": [], "responses": [], "items": [nothing] * 32}
            for place in range(len(cells))
            for part in parts
        },
    }


def described(name: str) -> dict[str, object]:
    return {
        "name": name,
        "description": f"{name.capitalize()} is ..",
        "phrases": ["shows none", "shows some", "shows much"],
    }


def stored(name: str, target_set: str, level: float) -> dict[str, object]:
    return {
        "name": name,
        "set": target_set,
        "words": f"{target_set} target",
        "levels": [[0, level, 1.0], [1, level, 1.0]],
    }


def cell(adm: str, decides: str, experiment: str = "small_model", **others: Any) -> dict[str, object]:
    return {
        "experiment": experiment,
        "experiment_label": experiment.replace("_", " "),
        "adm": adm,
        "adm_label": adm.capitalize(),
        "model": None,
        "role": "contender",
        "colour": "#0072b2",
        "imported": False,
        "decides": decides,
        "attributes": [],
        "selection": {"distance": "levels", "ties": "first"},
        "aggregate": "mean",
        "first_vote_wins": False,
        "samples": 1,
        "reasonings": "none",
        "messages": False,
        "scores": [None, None],
        **others,
    }
