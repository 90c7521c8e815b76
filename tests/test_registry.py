"""Kinds from outside: an installed package adds a format, an ADM, an engine and a similarity, and no fork is needed."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT, Run, error_line, run_module, snakemake
from tests.jobs import Job
from tests.test_workflow import dry_run, planned

MODULES = {
    "raw.py": '''
from pathlib import Path

from pluralism.datasets.items import Item
from pluralism.datasets.source import Source


class Lines(Source):
    """A question and its better and worse answer a line; where there is one answer, it is bad."""

    text: Path

    @property
    def files(self):
        return [self.text]

    def load(self, attributes, protocol):
        rows = [line.split("|") for line in self.text.read_text().splitlines()]
        return [
            Item(row[0], tuple(row[1:]) * (3 - len(row[1:])), ({"good": float(len(row) == 3)}, {"good": 0.0}))
            for row in rows
        ]
''',
    "adm.py": """
from pluralism.adms.comparative_regression import ComparativeRegression

from . import words


class Polite(ComparativeRegression):
    greeting: str = "Hello."

    def _question(self, task, item, order, attribute):
        return f"{self.greeting} {words.PLEASE} {super()._question(task, item, order, attribute)}"
""",
    "words.py": 'PLEASE = "Please."\n',
    "engine.py": """
from typing import ClassVar

from pluralism.engines.models import EngineKind
from pluralism.requests import RequestKind


class Constant(EngineKind):
    answers: ClassVar = frozenset({RequestKind.CHAT})
    loads_weights: ClassVar = False

    score: int

    def open(self, model):
        return Answering(self.score)


class Answering:
    def __init__(self, score):
        self.identity = {"constant": score}

    def generate(self, requests):
        import json

        from pluralism.requests import Generation, request_key

        for request in requests:
            answer = {letter: {"reasoning": "So.", "score": self.identity["constant"]} for letter in "AB"}
            yield [Generation(request_key(request, self.identity), json.dumps(answer))]
""",
    "similarity.py": """
import numpy as np

from pluralism.few_shot.similarity.settings import SimilarityKind


class Length(SimilarityKind):
    scale: float = 1.0

    def compare(self, asked, known):
        return np.array([[-self.scale * abs(len(one) - len(other)) for other in known] for one in asked])
""",
}
KINDS = {
    "pluralism.formats": "lines = addition.raw:Lines",
    "pluralism.adms": "polite = addition.adm:Polite",
    "pluralism.engines": "constant = addition.engine:Constant",
    "pluralism.similarities": "length = addition.similarity:Length",
}
OVERLAY = """
datasets: {lines: {format: lines, text: raw.txt, attributes: attributes.yaml}}
targets: {number: 1, attribute_counts: [1]}
models: {constant: {id: any, engine: constant, score: 70}}
adms:
  polite:
    kind: polite
    greeting: Good morning.
    few_shot: {select: most_similar, shots: 1, similarity: length, scale: 2}
experiments: {mine: {model: constant, decoding: deterministic, adms: [polite]}}
grid: {datasets: [lines], experiments: [mine]}
"""
ATTRIBUTES = "{levels: 2, attributes: {good: {description: It is good., phrases: [is bad, is good]}}}"
CONFIGS = ("--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--")


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, kinds: dict[str, str]) -> Path:
    """Put a package that adds kinds where every Python finds it; gives the package's folder."""
    package, about = folder / name, folder / f"{name}-1.0.dist-info"
    package.mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text("")
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("".join(f"[{group}]\n{kind}\n" for group, kind in kinds.items()))
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return package


def test_a_package_adds_one_of_each_and_a_study_runs_them_by_config_alone(
    clone: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = install(tmp_path_factory.mktemp("packages"), monkeypatch, "addition", KINDS)
    for file, text in MODULES.items():
        (package / file).write_text(text)
    (clone / "overlay.yaml").write_text(OVERLAY)
    (clone / "attributes.yaml").write_text(ATTRIBUTES)
    bad = [f"Question {number}?|Bad.|Worse." for number in range(6)]
    (clone / "raw.txt").write_text("\n".join([*bad, *(f"Lone {number}?|No." for number in range(24))]))
    goals = ("results/lines/scores.csv", "results/lines/mine/polite/predictions.parquet")
    snakemake(clone, *CONFIGS, *goals)
    predictions = pd.read_parquet(clone / goals[1])
    assert set(predictions["score"]) == {0.7}
    journal = clone / "results/journals/lines/mine/polite.jsonl"
    assert len(journal.read_text().splitlines()) == len(json.loads((clone / "data/lines/eval.json").read_text()))
    assert (clone / "results/lines/similarity/length_scale2.0.npy").is_file()

    result = run_module(clone, "pluralism", "plan", *CONFIGS[:-1])
    assert result.returncode == 0, result.stdout + result.stderr

    (package / "words.py").write_text('PLEASE = "Pray."\n')
    assert planned(snakemake(clone, "--dry-run", *CONFIGS, *goals))["predict"] == 1


BROKEN = """
from dataclasses import replace

from pluralism.adms.oracle import Oracle


class Broken(Oracle):
    def read(self, task, queries, generations):
        rows = super().read(task, queries, generations)
        return [*rows[:-1], replace(rows[-1], score=float("nan"))]
"""


def test_what_an_added_adm_predicts_is_checked_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = install(tmp_path / "packages", monkeypatch, "faulty", {"pluralism.adms": "broken = faulty.adm:Broken"})
    (package / "adm.py").write_text(BROKEN)
    job = Job(tmp_path / "job", adm={"kind": "oracle"})
    result = job.run("--settings", job.settings.model_dump_json().replace("oracle", "broken"))
    rows = 12 * 2 * 5
    place = f"row {rows - 1}: item 11, response 1, verbosity, sample 0"
    message = f"the ADM broken: {place}: score is nan, expected a number from 0 to 1"
    assert error_line(result) == f"error: {message}"
    assert not (job.folder / "predictions.parquet").exists()


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (
            ("pluralism.engines", "theirs = faulty.nowhere:Engine"),
            "package faulty: the engine 'theirs': faulty.nowhere:Engine cannot be imported: No module named",
        ),
        (
            ("pluralism.engines", "theirs = pluralism.errors:UserError"),
            "package faulty: the engine 'theirs': pluralism.errors:UserError is not a subclass of pluralism.engines.",
        ),
        (
            ("pluralism.engines", "scripted = faulty.engine:Engine"),
            "package faulty: the engine 'scripted' exists already",
        ),
        (("pluralism.adms", "oracle = faulty.adm:Adm"), "package faulty: the ADM kind 'oracle' exists already"),
        (
            ("pluralism.engines", "theirs = pluralism.engines.models:EngineKind"),
            "models.mine.engine: package faulty: the engine 'theirs': pluralism.engines.models:EngineKind does not "
            "define: open",
        ),
        (("pluralism.formats", "mic = faulty.raw:Mic"), "package faulty: the format 'mic' exists already"),
        (("pluralism.similarities", "tfidf = faulty:Tfidf"), "package faulty: the similarity 'tfidf' exists already"),
    ],
)
def test_a_faulty_package_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pluralism: Run, added: tuple[str, str], message: str
) -> None:
    install(tmp_path / "packages", monkeypatch, "faulty", dict([added]))
    config = (ROOT / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(
        config.replace("models:\n", "models:\n  mine: {id: any, engine: theirs}\n", 1)
    )
    assert message in error_line(pluralism("check", "config.yaml"))


FAULTY_KINDS = """
from pluralism.adms.oracle import Oracle
from pluralism.reporting.figure import FigureKind


class Boss(Oracle):
    role = "boss"


class Breaking(Oracle):
    def model_post_init(self, context):
        raise KeyError("nothing")


class Needy(Oracle):
    wish: str


def broken(*_):
    return 1 / 0


BROKEN = FigureKind(title="Mine", data=broken, draw=broken, applies=broken)
"""


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            "adms:theirs = faulty.kinds:Boss",
            "faulty.kinds:Boss has role = 'boss', expected pluralism.decisions.roles.Role",
        ),
        (
            "adms:theirs = faulty.kinds:Breaking",
            "adms.mine: package faulty: the ADM kind 'theirs': KeyError 'nothing'",
        ),
        ("adms:theirs = faulty.kinds:Needy", "adms.mine.wish: this key is missing"),
        ("figures:theirs = faulty.kinds:BROKEN", "package faulty: the figure 'theirs': division by zero"),
    ],
)
def test_what_the_code_of_a_package_raises_is_one_line_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pluralism: Run, kind: str, message: str
) -> None:
    group, _, entry = kind.partition(":")
    package = install(tmp_path / "packages", monkeypatch, "faulty", {f"pluralism.{group}": entry})
    (package / "kinds.py").write_text(FAULTY_KINDS)
    config = (ROOT / "config.yaml").read_text()
    if group == "adms":
        config = config.replace("\nadms:\n", "\nadms:\n  mine: {kind: theirs}\n", 1)
    (tmp_path / "config.yaml").write_text(config)
    assert message in error_line(pluralism("check", "config.yaml"))


FIGURE = """
from pluralism.reporting.figure import FigureKind

MINE = FigureKind(title="Mine", data=None, draw=None, tables=("acuracy",))
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "mine = faulty.figure:MINE",
            "faulty.figure:MINE cannot be imported: unknown table 'acuracy'; allowed: accuracy",
        ),
        ("mine = faulty.figure:FIGURE", "faulty.figure:FIGURE cannot be imported: "),
        (
            "mine = pluralism.errors:UserError",
            "pluralism.errors:UserError is not a pluralism.reporting.figure.FigureKind",
        ),
    ],
)
def test_a_faulty_figure_is_one_clear_line_before_anything_runs(
    clone: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    message: str,
) -> None:
    package = install(tmp_path_factory.mktemp("packages"), monkeypatch, "faulty", {"pluralism.figures": name})
    (package / "figure.py").write_text(FIGURE)
    assert f"error: package faulty: the figure 'mine': {message}" in error_line(dry_run(clone, "figures"))


def test_a_package_that_cannot_be_imported_does_not_hold_up_a_study_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "faulty", {"pluralism.adms": "theirs = faulty.nowhere:Adm"})
    result = run_module(ROOT, "pluralism", "check", "--configfile", "profiles/demo/demo.yaml")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("models: {mine: {id: any, engine: vlm}}", "models.mine.engine: unknown engine 'vlm'; allowed: kaleido, "),
        (
            "datasets: {mine: {format: mick}}",
            "datasets.mine.format: unknown format 'mick'; allowed: align_system, global",
        ),
        ("adms: {mine: {kind: guess}}", "adms.mine.kind: unknown ADM kind 'guess'; allowed: comparative_regression, "),
        (
            "adms: {mine: {kind: comparative_regression, few_shot: {similarity: bert}}}",
            "adms.mine.few_shot.similarity: unknown similarity 'bert'; allowed: bertscore, embedding, tfidf",
        ),
    ],
)
def test_an_unknown_kind_is_one_line_with_the_names_that_are_allowed(
    tmp_path: Path, pluralism: Run, key: str, message: str
) -> None:
    (tmp_path / "config.yaml").write_text(key)
    assert message in error_line(pluralism("check", "config.yaml"))


@pytest.mark.parametrize(
    ("dataset_format", "options", "message"),
    [
        ("mics", "{}", "format: unknown format 'mics'; allowed: align_system, global"),
        ("mic", '{"rw": "MIC.csv"}', "raw: this key is missing; rw: unknown key 'rw'; allowed: raw"),
        ("mic", '{"raw": "MIC.csv"}', "MIC.csv: no such file; MIC's README says how to ask for MIC.csv"),
        ("items", "{}", "--attributes is missing: the format has no attribute file of its own"),
    ],
)
def test_the_command_of_all_formats_names_what_is_wrong(
    command: Run, dataset_format: str, options: str, message: str
) -> None:
    chosen = ("--format", dataset_format, "--options", options)
    assert message in error_line(command("prepare_items", *chosen, "--train", "train.json", "--eval", "eval.json"))


def test_what_cannot_be_downloaded_says_where_it_comes_from(command: Run) -> None:
    chosen = ("--format", "mic", "--options", '{"raw": "MIC.csv"}')
    assert "cannot be downloaded; MIC's README says how" in error_line(command("download_raw", *chosen))
