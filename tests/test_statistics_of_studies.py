"""All tables of a study with several experiments: which ADMs each is about, and what stands next to what."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.datasets.items import Item
from pluralism.decisions.roles import Role
from pluralism.errors import UserError
from pluralism.predictions import write_predictions
from pluralism.protocols import PROTOCOLS
from pluralism.statistics.analysis import analyse
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.one_adm import Setting
from pluralism.statistics.reading import CellSource
from pluralism.statistics.reproduction import COLUMNS as OF_REFERENCES
from pluralism.statistics.table_columns import COLUMNS
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, SECOND, prediction

BOTH = {"care": 1.0, "calm": 1.0}
TARGETS = [
    Target("doses/calm_1of2", {"calm": 0.0}),
    Target("target_high", BOTH),
    Target(FIRST, {"care": 1.0}),
    Target(SECOND, {"calm": 1.0}),
]
FREE, EVERY = [place for place, target in enumerate(TARGETS) if target.name != "target_high"], [0, 1, 2, 3]
LABELS = ({"care": 1.0, "calm": 0.25}, {"care": 0.0, "calm": 1.0})
ITEMS = 8
Tables = dict[str, pd.DataFrame]


def made_benchmark(targets: list[Target] = TARGETS) -> Benchmark:
    """Items whose first response has care, and whose second has calm."""
    return make_benchmark([Item(f"p{place}", ("a", "b"), LABELS) for place in range(ITEMS)], ["care", "calm"], targets)


def cell(folder: Path, name: str, first: int, targets: Sequence[int] = EVERY, **facts: Any) -> CellSource:
    """An ADM, "experiment/adm", that picks the first response of so many items and the second of the others."""
    picks = [0] * first + [1] * (ITEMS - first)
    rows = [
        prediction(item, place, float(place == pick), attribute=None, position=place, prompt_tokens=9, query=item)
        for item, pick in enumerate(picks)
        for place in (0, 1)
    ]
    write_predictions(rows, folder / name / "predictions.parquet")
    decided = [
        {"target": TARGETS[place].name, "item": item, "response": pick}
        for place in targets
        for item, pick in enumerate(picks)
    ]
    pd.DataFrame(decided).to_parquet(folder / name / "decisions.parquet")
    return CellSource(folder / name, imported=targets != EVERY, **facts)


def tables_of(sources: list[CellSource], references: pd.DataFrame | None = None) -> Tables:
    """All statistics of these."""
    every = made_benchmark()
    agreed = [[[labels, labels] for labels in LABELS]] * ITEMS
    setting = Setting(every, every, agreed, [0.0, 0.25, 1.0], PROTOCOLS["corrected"], 0)
    none = pd.DataFrame(columns=OF_REFERENCES)
    return analyse(sources, setting, none if references is None else references, dataset="d", margin=5)


def rows_of(table: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """Some columns, each row once."""
    return list(dict.fromkeys(table[list(columns)].itertuples(index=False, name=None)))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Of two experiments of several ADMs, of which one was imported, and two of a single one that is no ceiling."""
    folder = tmp_path_factory.mktemp("study")
    own: dict[str, Any] = {"samples": 1, "temperature": 0.0, "prompts": "own"}
    sources = [
        cell(folder, "e/oracle", 8, role=Role.CEILING),
        cell(folder, "e/plain", 2, role=Role.UNALIGNED, model="m", **own),
        cell(folder, "e/plain_too", 3, role=Role.UNALIGNED, model="m", design="plain", **own),
        cell(folder, "e/steered", 6, model="m", **own),
        cell(folder, "e/imported", 5, FREE),
        cell(folder, "e/random", 4, role=Role.CHANCE),
        cell(folder, "alone/reward", 7, model="r", **own),
        cell(folder, "f/steered", 1, model="n", **own),
        cell(folder, "f/other", 2, model="n", **own),
        cell(folder, "ceiling_and_one/oracle", 8, role=Role.CEILING),
        cell(folder, "ceiling_and_one/reward", 3, model="s", **own),
    ]
    reference = dict.fromkeys(OF_REFERENCES, "") | {"source": "paper", "dataset": "d", "adm": "steered", "value": 100.0}
    return tables_of(sources, pd.DataFrame([reference | {"target_set": "high", "measure": "accuracy"}]))


def test_adms_of_an_experiment_are_compared_but_for_the_ceiling(tables: Tables) -> None:
    found = rows_of(tables["comparisons"], "experiment", "adm_a", "adm_b")
    names = ["plain", "plain_too", "steered", "imported", "random"]
    pairs = [("e", a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    assert sorted(found, key=str) == sorted([*pairs, ("f", "steered", "other")], key=str)


def test_what_did_not_decide_for_a_target_is_not_compared_there(tables: Tables) -> None:
    table = tables["comparisons"]
    own = table[table["adm_b"] == "imported"]
    assert rows_of(own, "adm_a", "target_set") == [(adm, "sampled_1") for adm in ("plain", "plain_too", "steered")]
    assert set(table["target_set"]) == {"high", "sampled_1"}  # Doses are in no comparison.


def test_adms_are_compared_with_those_that_ran_alone_but_for_a_ceiling(tables: Tables) -> None:
    found = rows_of(tables["baselines"], "experiment", "adm", "baseline_experiment", "baseline")
    ours = [("e", adm) for adm in ("plain", "plain_too", "steered", "imported", "random")]
    ours += [("f", "steered"), ("f", "other")]
    theirs = [("alone", "reward"), ("ceiling_and_one", "reward")]
    assert sorted(found, key=str) == sorted([(*one, *other) for one in ours for other in theirs], key=str)


def test_side_effects_are_counted_from_the_first_unaligned_adm_where_both_decided(tables: Tables) -> None:
    table = tables["side_effects"]
    assert rows_of(table, "experiment", "adm") == [
        ("e", adm) for adm in ("oracle", "plain_too", "steered", "imported", "random")
    ]
    # From the second response to the first in 4 of 8 items, calm falls by .75 under the target that leaves it free.
    calm = table[table["attribute"] == "calm"].set_index("adm")["movement"]
    assert calm["steered"] == pytest.approx(-0.75 * 4 / 8)
    assert calm["imported"] == pytest.approx(-0.75 * 3 / 8)
    assert set(table["target_set"]) == {"sampled_1"}


def test_where_nothing_was_decided_by_both_there_is_no_side_effect(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sources = [
        cell(tmp_path, "e/plain", 2, [2], role=Role.UNALIGNED),
        cell(tmp_path, "e/steered", 6, [3]),
        cell(tmp_path, "e/other", 5, [2, 3]),
    ]
    assert rows_of(tables_of(sources)["side_effects"], "adm", "attribute") == [("other", "calm")]
    assert "side effects" not in caplog.text  # There is one to count from.
    second = cell(tmp_path, "e/plain_too", 2, [2], role=Role.UNALIGNED)
    tables_of([*sources, second])
    assert "e: side effects are counted from plain, the first of its unaligned ADMs" in caplog.text


def test_an_experiment_without_an_unaligned_adm_has_no_side_effects(tmp_path: Path) -> None:
    tables = tables_of([cell(tmp_path, "e/a", 2), cell(tmp_path, "e/b", 5), cell(tmp_path, "f/c", 5)])
    assert tables["side_effects"].empty
    assert rows_of(tables["comparisons"], "adm_a", "adm_b") == [("a", "b")]


def test_the_same_adm_with_another_model_is_compared_across_experiments(tables: Tables) -> None:
    found = rows_of(tables["between_experiments"], "adm", "experiment_a", "experiment_b", "differs_in")
    assert found == [("steered", "e", "f", "model"), ("reward", "alone", "ceiling_and_one", "model")]
    differing = tables["typical_differences"]
    assert ("model", "steered") in rows_of(differing[differing["difference"].notna()], "factor", "adm")


def test_shares_of_variance_are_of_adms_that_compete(tables: Tables) -> None:
    found = {adm for _, adm in rows_of(tables["variance"], "experiment", "adm")}
    assert found == {"plain", "plain_too", "steered", "imported", "reward", "other"}


def test_every_adm_has_its_accuracy_by_the_targets_that_it_decided_for(tables: Tables) -> None:
    assert list(tables) == list(COLUMNS)
    table = tables["accuracy"]
    assert len(rows_of(table, "experiment", "adm")) == 11
    first = table[table["experiment"] == "e"].set_index(["adm", "target_set"])
    # Of the two sampled targets, one wants the first response and one the second; high wants the first, whose squared
    # distance is .5625, and not 1.
    assert first.loc[("steered", "sampled_1"), "accuracy"] == pytest.approx((75 + 25) / 2)
    assert first.loc[("oracle", "high"), "accuracy"] == 100
    assert ("imported", "high") not in first.index
    confused = tables["confusion"]
    assert not {"doses/calm_1of2"} & {*confused["steered_to"]}


def test_the_cost_of_imported_runs_and_of_their_shuffles_is_not_known(tables: Tables) -> None:
    costs = tables["cost"].set_index(["experiment", "adm"])["prompt_tokens"]
    assert ("e", "imported") not in costs.index
    assert costs["e", "steered"] == 9 * ITEMS
    flags = tables["protocol_flags"]
    assert set(flags[flags["adm"] == "imported"]["flag"]) == {"float_ties", "first_vote_wins"}
    assert set(flags[flags["adm"] == "steered"]["flag"]) == {"float_ties", "first_vote_wins", "shuffle_greedy"}
    assert "drop_last_pair" in set(flags[flags["adm"] == ""]["flag"])


def test_where_two_annotators_agree_on_all_the_ceiling_is_100(tables: Tables) -> None:
    assert rows_of(tables["noise_ceiling"], "target_set", "ceiling") == [("high", 100), ("sampled_1", 100)]


def test_numbers_reported_elsewhere_stand_next_to_those_of_each_experiment(tables: Tables) -> None:
    table = tables["reproduction"]
    assert rows_of(table, "experiment", "verdict", "margin") == [("e", "different", 5), ("f", "different", 5)]
    assert table["basis"].tolist() == [f"items ? / {ITEMS}; samples ? / 1; temperature ? / 0; prompts ? / own"] * 2


def test_targets_must_not_all_be_doses(tmp_path: Path) -> None:
    every = made_benchmark(TARGETS[:1])
    setting = Setting(every, every, [], [0.0, 1.0], PROTOCOLS["corrected"], 0)
    with pytest.raises(UserError, match="all targets are doses or people's, expected others too, such as target_high"):
        analyse([cell(tmp_path, "e/a", 2, [0])], setting, pd.DataFrame(columns=OF_REFERENCES), dataset="d", margin=5)
