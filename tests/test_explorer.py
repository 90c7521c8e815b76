"""The explorer holds what its study has, and computes what Python computes under any target."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pluralism.decisions.picking import CombinedPredictions, combine, pick
from pluralism.decisions.selection import Bools, Indices, distances, level_array
from pluralism.errors import UserError
from pluralism.files import read_yaml
from pluralism.planning.asking import messages_of
from pluralism.reporting.explorer.building import DatasetResults
from pluralism.reporting.explorer.messages import queries_of
from pluralism.reporting.explorer.payloads import LETTERS, packed_text, unpacked
from pluralism.statistics.accuracy import measures
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.intervals import estimates
from pluralism.statistics.linearised import Clusters
from pluralism.study.grid import Cell
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.targets.target import LARGEST_WEIGHT, SMALLEST_WEIGHT, Target
from tests.conftest import ROOT
from tests.explorer_study import DATASET, HOSTILE, ITEMS, make_explorer, make_study, read_value

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node, which runs the page's code, is not on this machine")
PARITY = ROOT / "dev" / "explorer" / "parity.mjs"
EXPLORER = Path("results/explorer")
RANDOM_TARGETS = 1000
NUMBERS = ("accuracy", "low", "high", "alignment_score", "chance")


@pytest.fixture(scope="module", params=["published", "corrected"])
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """A small study in the working folder, which has run, with its explorer."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = make_study(folder, request.param)
        make_explorer(made)
        yield made


@pytest.fixture
def copy(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The same study in a working folder of its own."""
    shutil.copytree(Path.cwd(), tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return study


def page_answers(results: DatasetResults, targets: Sequence[Target]) -> list[list[Any]]:
    """What the page's code computes for each cell of a dataset, under each target; stored ones by their place."""
    assert NODE is not None
    attributes, stored = results.benchmark.attributes, results.benchmark.names
    wanted = [
        stored.index(target.name)
        if target.name in stored
        else [[attributes.index(name), level, target.weights[name]] for name, level in target.levels.items()]
        for target in targets
    ]
    dataset = results.name
    request = json.dumps({"dataset": dataset, "targets": wanted})
    done = subprocess.run([NODE, PARITY, EXPLORER], input=request, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cells: list[list[Any]] = json.loads(done.stdout)["cells"]
    return cells


def random_targets(attributes: Sequence[str], scale: Sequence[float], count: int) -> list[Target]:
    """Targets of any attributes, in any order, at levels of the scale or any others, some with weights."""
    draw = np.random.default_rng(0)
    targets = []
    for number in range(count):
        names = draw.permutation(attributes)[: draw.integers(1, len(attributes) + 1)].tolist()
        kinds = (draw.choice(scale, len(names)), draw.random(len(names)), draw.random(len(names)).round(2))
        weights = (
            np.ones(len(names)),
            draw.choice([0.1, 0.5, 2, 3], len(names)),
            np.clip(10 ** draw.uniform(-6, 6, len(names)), SMALLEST_WEIGHT, LARGEST_WEIGHT),
        )
        levels, weight = kinds[number % 3], weights[number // 3 % 3]
        targets.append(
            Target(
                f"random/{number}",
                dict(zip(names, levels.tolist(), strict=True)),
                dict(zip(names, weight.tolist(), strict=True)),
            )
        )
    return targets


@dataclass(frozen=True)
class Expected:
    """What Python computes for a cell; the first axis is that of the targets under which it decides.

    Attributes:
        targets: their places.
        picks: shape (these targets, items).
        ties: where several responses are predicted to be nearest.
    """

    targets: list[int]
    picks: Indices
    ties: Bools


def is_same(stored: Target, target: Target) -> bool:
    """Whether a target is a stored one, or is not stored and equal to it."""
    names_one = target.name == stored.name or target.name.startswith("random/")
    return names_one and (target.levels, target.weights) == (stored.levels, stored.weights)


def expected(results: DatasetResults, cell: Cell, targets: Sequence[Target]) -> Expected:
    """Python's decisions for any targets; of a cell that sees targets, those that are stored."""
    items = results.inputs.evaluation
    predictions = results.predictions(cell)
    if predictions["target"].notna().any():
        stored = list(zip(results.benchmark.targets, results.picks(cell), strict=True))
        found = [next((picks for own, picks in stored if is_same(own, target)), None) for target in targets]
        served = [place for place, of_target in enumerate(found) if of_target is not None]
        picks = np.array([of_target for of_target in found if of_target is not None]).reshape(-1, len(items))
        return Expected(served, picks, np.zeros(picks.shape, dtype=bool))
    wins = cell.settings.protocol.first_vote_wins
    combined = combine(predictions, items, cell.aggregate, first_vote_wins=wins)
    predicted = set(combined.levels[0][0]) if combined.levels is not None else set(results.benchmark.attributes)
    served = [place for place, target in enumerate(targets) if predicted.issuperset(target.attributes)]
    picks = np.array([pick(combined, targets[place], results.benchmark.scale) for place in served])
    ties = np.array([_ties(combined, targets[place], results.benchmark) for place in served])
    return Expected(served, picks, ties)


def _ties(combined: CombinedPredictions, target: Target, benchmark: Benchmark) -> Bools:
    if combined.levels is None:
        return np.zeros(len(benchmark.labels), dtype=bool)
    names = list(combined.levels[0][0])
    found = distances(level_array(combined.levels, names), names, target, benchmark.scale)
    ties: Bools = (found == np.nanmin(found, axis=1, keepdims=True)).sum(axis=1) > 1
    return ties


def check_equal(study: Study, dataset: str, targets: Sequence[Target]) -> int:
    """Compare the page's picks, ties and numbers with Python's under some targets; gives the number of decisions."""
    results = DatasetResults(study, dataset)
    attributes = results.inputs.attributes
    benchmark = make_benchmark(results.inputs.evaluation, attributes.names, targets, results.benchmark.scale)
    clusters, compared = Clusters(benchmark.prompts), 0
    answers = page_answers(results, targets)
    for cell, found in zip(results.cells, answers, strict=True):
        ours = expected(results, cell, targets)
        assert [place for place, entry in enumerate(found) if entry is not None] == ours.targets, cell.names
        if not ours.targets:
            continue
        theirs = [found[place] for place in ours.targets]
        picks = np.array([[ord(letter) - ord("a") for letter in entry["picks"]] for entry in theirs])
        assert np.array_equal(picks, ours.picks), cell.names
        assert np.array_equal([entry["ties"] for entry in theirs], ours.ties), cell.names
        own = benchmark.only(np.array(ours.targets))
        measured = measures(own, clusters, own.by_label.outcomes(ours.picks))
        accuracy = estimates(measured.accuracy)
        numbers = {
            "accuracy": 100 * accuracy.values,
            "low": 100 * accuracy.low,
            "high": 100 * accuracy.high,
            "alignment_score": 100 * measured.alignment_score.values,
            "chance": 100 * measured.chance.values,
        }
        for name, values in numbers.items():
            page = np.array([entry[name] for entry in theirs], dtype=float)
            np.testing.assert_allclose(page, values, rtol=0, atol=1e-9, err_msg=f"{cell.names}: {name}")
        scored = own.scored.sum(axis=1)
        assert [(entry["n_scored"], entry["n_tied"]) for entry in theirs] == [
            (int(count), len(benchmark.labels) - int(count)) for count in scored
        ]
        compared += picks.size
    return compared


@needs_node
def test_the_page_decides_and_scores_the_stored_targets_as_the_tables_do(study: Study) -> None:
    results = DatasetResults(study, DATASET)
    assert check_equal(study, DATASET, results.inputs.targets) > 10 * len(results.inputs.targets) * ITEMS
    listed = read_value(EXPLORER, f"{DATASET}/dataset")["cells"]
    answers = page_answers(results, results.inputs.targets)
    for cell, found in zip(listed, answers, strict=True):
        for stored, entry in zip(cell["scores"], found, strict=True):
            assert (stored is None) == (entry is None), cell["adm"]
            assert entry is None or all(entry[name] == pytest.approx(stored[name], abs=1e-9) for name in stored)


@needs_node
def test_the_page_steers_to_any_target_as_python_does(study: Study) -> None:
    attributes = study.config.attributes(DATASET)
    targets = random_targets(attributes.names, attributes.levels, RANDOM_TARGETS)
    assert check_equal(study, DATASET, targets) > 6 * RANDOM_TARGETS * ITEMS


@needs_node
def test_the_page_computes_the_decisions_of_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    config = Path("results/config.yaml")
    if not (EXPLORER / "index.html").is_file() or "data/demo/mic/MIC.csv" not in config.read_text():
        pytest.skip("the demo's explorer is not made: make demo")
    study = Study(read_config(read_yaml(config)))
    for dataset in study.datasets:
        results = DatasetResults(study, dataset)
        attributes = results.inputs.attributes
        drawn = random_targets(attributes.names, attributes.levels, RANDOM_TARGETS)
        check_equal(study, dataset, [*results.inputs.targets, *drawn])


def test_every_text_is_shown_as_it_is_and_none_can_act_in_a_script(study: Study) -> None:
    for path in EXPLORER.glob("data/**/*.js"):
        text = path.read_text(encoding="utf-16")
        name, payload = r'"(?:[ !#-\[\]-~]|\\u[0-9a-f]{4})+"', r'"[\u4000-\ubfff]+"'
        assert re.fullmatch(rf"explorerData\({name},{payload}\);\n", text), path
    items = read_value(EXPLORER, f"{DATASET}/dataset")["items"]
    assert [item["prompt"] for item in items[: len(HOSTILE)]] == list(HOSTILE)
    assert [item["responses"][0] for item in items[: len(HOSTILE)]] == list(HOSTILE)


def test_the_page_reads_the_levels_that_python_picks_with_bit_by_bit(study: Study) -> None:
    results, compared = DatasetResults(study, DATASET), 0
    for place, cell in enumerate(results.cells):
        value = read_value(EXPLORER, f"{DATASET}/cells/{place}")
        combined = combine(results.predictions(cell), results.inputs.evaluation, cell.aggregate)
        if combined.levels is not None:
            theirs = [level for of_item in value["levels"] for levels in of_item for level in levels]
            ours = [level for of_item in combined.levels for levels in of_item for level in levels.values()]
            assert np.array(theirs).tobytes() == np.array(ours).tobytes()
            compared += len(ours)
    assert compared > 1000


def test_an_answer_comes_with_its_reasoning_and_the_messages_that_were_sent(study: Study) -> None:
    results, messages = DatasetResults(study, DATASET), read_value(EXPLORER, f"{DATASET}/messages/0")
    for place, cell in enumerate(results.cells):
        if not cell.needs_model:
            assert messages["cells"][place] is None
            continue
        queries, rows = queries_of(study, cell, results.inputs), results.predictions(cell)
        answers = read_value(EXPLORER, f"{DATASET}/answers/{place}/0")
        lists = messages["lists"][messages["cells"][place]]
        for item, (of_item, numbers) in enumerate(zip(answers["items"], lists, strict=True)):
            own = [group["reasoning"] for _, group in rows[rows["item"] == item].groupby("query")]
            shown = [[answers["texts"][text] if text >= 0 else "" for text in texts] for texts in of_item["reasonings"]]
            assert sorted(map(sorted, shown)) == sorted(map(sorted, own)), cell.names
            sent = [conversation(messages, *pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
            asked = [messages_of(query.request) for query in queries if query.item == item]
            assert sorted(map(str, sent)) == sorted(map(str, asked)), cell.names


def conversation(messages: dict[str, Any], opening: int, turn: int) -> list[dict[str, str]]:
    """The messages of an opening and a last turn, as the page joins them."""
    turns = [messages["turns"][place] for place in [*messages["openings"][opening], turn]]
    return [{"role": role, "content": "".join(messages["texts"][part] for part in parts)} for role, parts in turns]


def test_the_samples_of_a_cell_are_its_scores_votes_and_the_orders_shown(study: Study) -> None:
    results = DatasetResults(study, DATASET)
    listed, names = read_value(EXPLORER, f"{DATASET}/dataset")["cells"], results.benchmark.attributes
    for place, (cell, facts) in enumerate(zip(results.cells, listed, strict=True)):
        value = read_value(EXPLORER, f"{DATASET}/samples/{place}")
        for row in results.predictions(cell).to_dict("records"):
            at, response = (row["sample"], row["item"]), row["response"]
            votes, shown = value.get("votes"), value["shown"]
            if facts["decides"] == "targets":
                votes, shown = (part[results.benchmark.names.index(row["target"])] for part in (votes, shown))
            order = shown[at[0]][at[1]]
            if facts["decides"] == "levels":
                attribute = facts["attributes"].index(names.index(row["attribute"]))
                assert value["scores"][at[0]][at[1]][response][attribute] == row["score"]
                order = order[attribute]
            else:
                assert (votes[at[0]][at[1]] == LETTERS[response]) == (row["score"] == 1)
            assert order < 0 or value["orders"][order].index(response) == row["position"]
        assert bool(value["orders"]) == (cell.adm in {"unaligned", "aligned", "comparative", "few_shot"}), cell.names


def test_of_very_many_reasonings_those_of_first_samples_are_shown(copy: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pluralism.reporting.explorer.answers.MOST_CHARACTERS", 1000)
    make_explorer(copy)
    listed = read_value(EXPLORER, f"{DATASET}/dataset")["cells"]
    names = [(cell["experiment"], cell["adm"]) for cell in listed]
    levels, picks = names.index(("drawn", "regression")), names.index(("drawn", "aligned"))
    assert listed[levels]["reasonings"] == listed[picks]["reasonings"] == "first"
    for item in read_value(EXPLORER, f"{DATASET}/answers/{levels}/0")["items"]:
        given = [sample for sample, texts in zip(item["sample"], item["reasonings"], strict=True) if texts != [-1]]
        assert set(given) == {0}
        assert len(given) * 3 == len(item["sample"])
    # Of an ADM that picks, why it picked the response that is its decision.
    decided, found = (read_value(EXPLORER, f"{DATASET}/{name}") for name in (f"cells/{picks}", f"answers/{picks}/0"))
    for place, item in enumerate(found["items"]):
        shown = [
            (target, LETTERS[found["responses"][order][at]])
            for target, order, texts in zip(item["target"], item["responses"], item["reasonings"], strict=True)
            for at, text in enumerate(texts)
            if text >= 0
        ]
        assert shown == [(target, picked[place]) for target, picked in enumerate(decided["picks"])]


def test_an_explorer_that_cannot_be_made_leaves_the_one_before(copy: Study) -> None:
    data = EXPLORER / "data" / DATASET
    before = {path: path.read_bytes() for path in data.rglob("*.js")}
    Path(copy.paths.predictions(DATASET, "drawn", "aligned")).write_text("no table")
    with pytest.raises(UserError, match=r"drawn/aligned/predictions\.parquet"):
        make_explorer(copy)
    assert {path: path.read_bytes() for path in data.rglob("*.js")} == before
    assert [path.name for path in data.parent.iterdir() if path.is_dir()] == [DATASET]


@pytest.mark.parametrize("size", range(32))
def test_bytes_of_any_number_are_packed_as_text_and_unpacked(size: int) -> None:
    content = np.random.default_rng(size).bytes(size)
    assert unpacked(packed_text(content)) == content
