"""The ADMs that ask Kaleido or a reward model: by hand, and from items to decisions on tiny models."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pluralism.adms import make_adm
from pluralism.adms.base import Query, Task
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.inference.jobs import predict
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.settings import Settings
from pluralism.predictions import Prediction
from pluralism.protocols import CORRECTED
from pluralism.requests import Generation, RewardRequest, ValueRequest
from tests.conftest import Run
from tests.scorer_models import answers, library_rewards, model
from tests.tiny_models import save_tiny_kaleido, save_tiny_reward_model

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
LEVELS = dict.fromkeys(ATTRIBUTES.names, 0.5)
ITEM = Item("Where is Paris?", ("In France.", "Where it always was, and always will be."), (LEVELS, LEVELS))
OTHER = Item("Why?", ("Because.", "It is kind, and it is in France."), (LEVELS, LEVELS))
TRAIN = Item("Who is Ann?", ("A letter.", "It always was so, and so it will be."), (LEVELS, LEVELS))


@pytest.fixture(scope="module")
def kaleido(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_kaleido(tmp_path_factory.mktemp("kaleido"))


@pytest.fixture(scope="module")
def reward_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_reward_model(tmp_path_factory.mktemp("reward_model"))


@pytest.fixture(scope="module")
def five_heads(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_reward_model(tmp_path_factory.mktemp("five_heads"), heads=5)


def generations(values: Sequence[Any]) -> list[Generation]:
    return [Generation("", json.dumps(value), prompt_tokens=9) for value in values]


def scores(rows: Sequence[Prediction]) -> dict[tuple[int, int, str | None], float]:
    return {(row.item, row.response, row.attribute): row.score for row in rows}


def test_kaleido_asks_per_item_response_and_attribute_once_whatever_the_decoding() -> None:
    task = Task([ITEM, OTHER], ATTRIBUTES, samples=5, protocol=CORRECTED)
    queries = make_adm("kaleido", {"explain": True}, "").queries(task)
    assert len(queries) == 2 * 2 * 5
    assert queries[0].request == ValueRequest("Where is Paris? In France.", "helpfulness", explain=True)
    assert (queries[0].item, queries[0].order, queries[0].attribute) == (0, (0,), "helpfulness")


def test_kaleidos_score_is_support_and_half_of_either() -> None:
    adm, task = make_adm("kaleido", {}, ""), Task([ITEM], ATTRIBUTES)
    queries = adm.queries(task)[:2]
    plain, explained = (
        {"supports": 0.5, "either": 0.3, "opposes": 0.2},
        {"supports": 0.0, "either": 1.0, "opposes": 0.0},
    )
    rows = adm.read(task, queries, generations([plain, explained | {"explanation": "It depends."}]))
    assert [row.score for row in rows] == pytest.approx([0.65, 0.5])
    assert [row.attribute for row in rows] == ["helpfulness", "correctness"]
    assert rows[0].reasoning == "Supports helpfulness with probability 0.500, opposes it with 0.200, either with 0.300."
    assert rows[1].reasoning == "It depends."


def test_the_reward_model_picks_the_highest_reward_and_the_first_of_equals() -> None:
    adm, task = make_adm("reward_model", {}, ""), Task([ITEM, OTHER], ATTRIBUTES, samples=5, protocol=CORRECTED)
    queries = adm.queries(task)
    assert queries[1].request == RewardRequest("Where is Paris?", ITEM.responses[1])
    rows = adm.read(task, queries, generations([{"rewards": [value]} for value in (-2.0, -1.0, 0.5, 0.5)]))
    assert scores(rows) == {(0, 0, None): 0.0, (0, 1, None): 1.0, (1, 0, None): 1.0, (1, 1, None): 0.0}
    assert [(row.reasoning, row.query, row.sample) for row in rows] == [
        ("", 1, 0),
        ("Rewards: -2.000, -1.000.", 1, 0),
        ("Rewards: 0.500, 0.500.", 2, 0),
        ("", 2, 0),
    ]


def test_a_reward_model_of_several_heads_needs_to_be_told_which_one_counts() -> None:
    task = Task([ITEM], ATTRIBUTES)
    made = generations([{"rewards": [1.0, 0.0]}, {"rewards": [0.0, 1.0]}])

    def picked(**options: Any) -> dict[tuple[int, int, str | None], float]:
        adm = make_adm("reward_model", options, "")
        return scores(adm.read(task, adm.queries(task), made))

    assert picked(head=1) == {(0, 0, None): 0.0, (0, 1, None): 1.0}
    with pytest.raises(UserError, match="the reward model has 2 heads, expected 1; the option `head` names one"):
        picked()
    with pytest.raises(UserError, match="the reward model has 2 heads, this ADM reads head 2"):
        picked(head=2)


def multi_objective(options: dict[str, Any], train: Sequence[Any], evaluated: Sequence[Any]) -> list[Prediction]:
    """Read the rewards of the train item's and of the eval item's two responses."""
    adm, task = (
        make_adm("multi_objective_reward_model", options, ""),
        Task([ITEM], ATTRIBUTES, samples=5, train=[TRAIN], protocol=CORRECTED),
    )
    queries: list[Query] = adm.queries(task)
    assert [(query.item, query.train) for query in queries] == [(0, True), (0, True), (0, False), (0, False)]
    return adm.read(task, queries, generations([{"rewards": rewards} for rewards in [*train, *evaluated]]))


def test_rewards_become_levels_by_the_range_of_the_train_items() -> None:
    train = [[-1.0, 0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 1.0, 1.0, 2.0]]
    rows = multi_objective({}, train, [[1.0, 5.0, -5.0, 0.25, 2.0, 9.0], [-1.0, 1.0, 0.0, 0.5, 1.0, 9.0]])
    by_name = scores(rows)
    assert [by_name[0, 0, name] for name in ATTRIBUTES.names] == [0.5, 1.0, 0.0, 0.25, 1.0]
    assert [by_name[0, 1, name] for name in ATTRIBUTES.names] == [0.0, 1.0, 0.0, 0.5, 0.5]
    assert len(rows) == 10
    assert rows[0].reasoning == "Reward 1.000; train responses have -1.000 to 3.000."


def test_heads_can_be_named_by_attribute() -> None:
    heads = {name: 4 - place for place, name in enumerate(ATTRIBUTES.names)}
    rows = multi_objective({"heads": heads}, [[0.0] * 5, [1.0] * 5], [[0.1, 0.2, 0.3, 0.4, 0.5], [0.0] * 5])
    assert scores(rows)[0, 0, "helpfulness"] == 0.5
    assert scores(rows)[0, 0, "verbosity"] == 0.1


def test_what_the_heads_do_not_cover_is_named() -> None:
    adm = make_adm("multi_objective_reward_model", {}, "")
    mic = read_attributes(attribute_file("mic"))
    with pytest.raises(UserError, match="no head for care; heads: helpfulness, correctness"):
        adm.queries(Task([ITEM], mic, train=[TRAIN]))
    with pytest.raises(UserError, match="there are no train items"):
        adm.queries(Task([ITEM], ATTRIBUTES, protocol=CORRECTED))
    with pytest.raises(UserError, match="the reward model has 1 heads, this ADM reads head 1"):
        multi_objective({}, [[0.0], [1.0]], [[0.5], [0.5]])
    with pytest.raises(UserError, match=r"the head of helpfulness gives 0.0 to every train response"):
        multi_objective({}, [[0.0] * 5] * 2, [[0.5] * 5] * 2)


@pytest.mark.parametrize(
    ("adm", "rows"),
    [
        ({"kind": "kaleido", "explain": True}, 20),
        ({"kind": "reward_model", "head": 0}, 4),
        ({"kind": "multi_objective_reward_model"}, 20),
    ],
)
def test_the_scripted_engine_answers_every_kind_of_request(tmp_path: Path, adm: dict[str, Any], rows: int) -> None:
    task = Task([ITEM, OTHER], ATTRIBUTES, train=[TRAIN], protocol=CORRECTED)
    model = LanguageModel(id="script", engine="scripted")
    predictions = predict(settings(adm, model), task, tmp_path / "j.jsonl", LoadedOnce(model)).rows
    assert len(predictions) == rows
    assert all(0 <= row.score <= 1 for row in predictions)


def settings(adm: dict[str, Any], config: LanguageModel) -> Settings:
    values = {"seed": 0, "protocol": "corrected", "prompts": None, "decoding": {"samples": 5, "temperature": 0.7}}
    return Settings.model_validate({**values, "adm": adm, "model": config})


def run_commands(command: Run, folder: Path, adm: dict[str, Any], config: LanguageModel) -> dict[str, list[Any]]:
    """Predict and decide; gives the outputs under the targets high and low."""
    (folder / "train.json").write_text(json.dumps([TRAIN.as_json()]))
    (folder / "eval.json").write_text(json.dumps([ITEM.as_json(), OTHER.as_json()]))
    for name, level in (("high", 1.0), ("low", 0.0)):
        (folder / f"target_{name}.json").write_text(json.dumps(dict.fromkeys(ATTRIBUTES.names, level)))
    predicted = command(
        *("predict", "--settings", settings(adm, config).model_dump_json()),
        *("--attributes", attribute_file("helpsteer2"), "--train", "train.json", "--eval", "eval.json"),
        *("--journal", "journal.jsonl", "--output", "predictions.parquet"),
    )
    assert predicted.returncode == 0, predicted.stderr
    decided = command(
        *("decide", "--dataset", "helpsteer2", "--experiment", "e", "--adm", "a", "--eval", "eval.json"),
        *("--predictions", "predictions.parquet", "--attributes", attribute_file("helpsteer2")),
        *("--targets", "target_high.json", "target_low.json", "--output", "out"),
    )
    assert decided.returncode == 0, decided.stderr
    return {
        end: [
            entry["output"]
            for entry in json.loads((folder / "out" / f"target_{end}" / "input_output.json").read_text())
        ]
        for end in ("high", "low")
    }


def nearest(levels: Sequence[dict[str, float]], wanted: float) -> int:
    distances = [sum((value - wanted) ** 2 for value in entry.values()) for entry in levels]
    return distances.index(min(distances))


def test_kaleido_from_items_to_decisions(tmp_path: Path, command: Run, kaleido: str) -> None:
    outputs = run_commands(command, tmp_path, {"kind": "kaleido"}, model(kaleido, "kaleido"))
    for index, item in enumerate((ITEM, OTHER)):
        levels = []
        for text in item.responses:
            asked = [ValueRequest(f"{item.prompt} {text}", name, False) for name in ATTRIBUTES.names]
            found = answers(model(kaleido, "kaleido"), asked)
            levels.append(
                {
                    name: entry["supports"] + entry["either"] / 2
                    for name, entry in zip(ATTRIBUTES.names, found, strict=True)
                }
            )
        assert outputs["high"][index]["choice_info"]["predictions"] == [
            pytest.approx(entry, abs=1e-4) for entry in levels
        ]
        assert outputs["high"][index]["selected_response_index"] == nearest(levels, 1.0)
        assert outputs["low"][index]["selected_response_index"] == nearest(levels, 0.0)
        assert outputs["low"][index]["reasoning"].startswith("helpfulness: Supports helpfulness with probability 0.")
    assert outputs["high"][0]["selected_response_index"] != outputs["low"][0]["selected_response_index"]


def test_a_reward_model_from_items_to_decisions(tmp_path: Path, command: Run, reward_model: str) -> None:
    outputs = run_commands(command, tmp_path, {"kind": "reward_model"}, model(reward_model, "reward_model"))
    for index, item in enumerate((ITEM, OTHER)):
        rewards = library_rewards(reward_model, [RewardRequest(item.prompt, text) for text in item.responses])
        picked = rewards.index(max(rewards))
        for end in ("high", "low"):
            assert outputs[end][index]["selected_response_index"] == picked
            assert outputs[end][index]["choice_info"] == {"sample_counts": [int(place == picked) for place in (0, 1)]}
            assert outputs[end][index]["reasoning"].startswith("Rewards: ")


def test_a_multi_objective_reward_model_from_items_to_decisions(tmp_path: Path, command: Run, five_heads: str) -> None:
    adm = {"kind": "multi_objective_reward_model"}
    outputs = run_commands(command, tmp_path, adm, model(five_heads, "reward_model"))
    train = library_rewards(five_heads, [RewardRequest(TRAIN.prompt, text) for text in TRAIN.responses])
    for index, item in enumerate((ITEM, OTHER)):
        rewards = library_rewards(five_heads, [RewardRequest(item.prompt, text) for text in item.responses])
        levels = [
            {
                name: min(1.0, max(0.0, (value - min(known)) / (max(known) - min(known))))
                for name, value, known in zip(ATTRIBUTES.names, row, zip(*train, strict=True), strict=True)
            }
            for row in rewards
        ]
        assert outputs["high"][index]["choice_info"]["predictions"] == [
            pytest.approx(entry, abs=1e-3) for entry in levels
        ]
        assert outputs["high"][index]["selected_response_index"] == nearest(levels, 1.0)
        assert outputs["low"][index]["selected_response_index"] == nearest(levels, 0.0)
