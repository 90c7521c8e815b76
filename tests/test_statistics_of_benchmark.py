"""Which targets and items stand together, what of skill each target and prompt adds, flags and cost of single cases."""

import warnings
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from pluralism.datasets.attributes import level_grid
from pluralism.datasets.items import Item
from pluralism.predictions import prediction_table
from pluralism.protocols import Protocol
from pluralism.statistics.accuracy import Measures, accuracy_rows, measures, skill_rows, skills
from pluralism.statistics.benchmark import make_benchmark, mean_where
from pluralism.statistics.cost import cost_row
from pluralism.statistics.flags import first_vote_wins_row, float_ties_row, other_flags
from pluralism.statistics.linearised import Linearised, ratios
from pluralism.statistics.samples import samples
from pluralism.statistics.target_means import by_target, equal_weights, sets_with_all
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, SECOND, adm_result, benchmark, clusters, prediction

PAIR = "sampled/2attributes_target00"
MINE, DOSE = Target("custom/mine", {"care": 0.5}), Target("doses/care_3of7", {"care": 0.33})


def test_sampled_targets_stand_together_where_they_form_several_sets() -> None:
    def sets(*names: str) -> dict[str, list[int]]:
        made = benchmark([[1.0, 0.0]], [Target(name, {"care": 1.0}) for name in names])
        return {name: members.tolist() for name, members in made.sets_and_sampled.items()}

    assert sets("target_high", FIRST, "custom/mine", PAIR, SECOND) == {
        "high": [0],
        "sampled_1": [1, 4],
        "sampled_2": [3],
        "custom/mine": [2],
        "sampled": [1, 3, 4],
    }
    assert sets("target_high", FIRST, SECOND) == {"high": [0], "sampled_1": [1, 2]}
    assert sets("target_high", "target_low") == {"high": [0], "low": [1]}


def test_a_benchmark_of_some_targets_has_their_distances_and_all_items() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.5, 0.0]], [HIGH, DOSE, LOW])
    assert made.compared.tolist() == [0, 2]
    some = made.only(made.compared)
    assert some.names == ["target_high", "target_low"]
    assert some.by_label.nearest.tolist() == [[0, 0], [0, 0]]
    assert made.only(np.arange(3)).names == made.names
    assert some.response_counts.tolist() == [2, 3]


def test_a_random_pick_is_right_by_the_share_of_responses_that_are() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.5, 0.0], [1.0, 0.0, 0.0]], [HIGH, LOW])
    assert made.chance == pytest.approx(np.array([[1 / 2, 1 / 3, 1 / 3], [1 / 2, 1 / 3, 2 / 3]]))


def test_a_mean_is_of_what_counts_and_missing_where_nothing_does() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mean_where(
            np.array([[1.0, 2, 6], [1, 2, 6], [4, 4, 4]]), np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
        )
    assert found[:2].tolist() == [1.5, 6]
    assert np.isnan(found[2])


def test_all_targets_together_and_each_set_stand_alone_if_they_score_an_item() -> None:
    # Wanted 0.5, only the second item is scored; wanted 0.75, none is.
    targets = [HIGH, Target(FIRST, {"care": 0.5}), Target("custom/mine", {"care": 0.75})]
    made = benchmark([[1.0, 0.5], [1.0, 0.5, 1.0]], [targets[0], targets[2]])
    assert [(name, members.tolist()) for name, members in sets_with_all(made)] == [("all", [0, 1]), ("high", [0])]
    assert equal_weights(made.scored).tolist() == [[1 / 2, 1 / 2], [0, 0]]
    made = benchmark([[1.0, 0.0], [1.0, 0.5]], targets[:2])
    names = [name for name, _ in sets_with_all(made)]
    assert names == ["all", "high", "sampled_1"]
    assert equal_weights(made.scored).tolist() == [[1 / 4, 1 / 4], [0, 1 / 2]]
    assert equal_weights(np.zeros((2, 3), dtype=bool)).tolist() == [[0] * 3] * 2
    assert by_target(np.array([[2.0, 4.0], [8.0, 6.0]]), made, clusters(made)).values.tolist() == [3, 6]


def weighted_skill(right: Any, chance: Any, scored: Any, of_targets: Any, of_prompts: Any) -> float:
    """Skill by its definition, with weights of targets and prompts; arrays of shape (targets, prompts)."""
    accuracy, by_chance = (
        np.average((part * of_prompts).sum(axis=1) / (scored * of_prompts).sum(axis=1), weights=of_targets)
        for part in (right, chance)
    )
    return float((accuracy - by_chance) / (1 - by_chance))


def test_what_targets_and_prompts_add_to_skill_is_how_far_a_little_more_of_them_moves_it() -> None:
    draw = np.random.default_rng(0)
    scored = draw.integers(1, 4, size=(3, 5)).astype(float)
    right, chance = scored * draw.random((3, 5)), scored * draw.uniform(0.2, 0.5, size=(3, 5))
    nothing = ratios(np.zeros((3, 5)), scored)
    found = skills(Measures(ratios(right, scored), nothing, nothing, ratios(chance, scored)))
    mean = found.mean()
    skill = weighted_skill(right, chance, scored, np.ones(3), np.ones(5))
    assert mean.values == pytest.approx([skill])
    more = 1e-6
    for target in range(3):
        moved = weighted_skill(right, chance, scored, np.ones(3) + more * np.eye(3)[target], np.ones(5))
        assert (moved - skill) / more == pytest.approx((found.values[target] - skill) / 3, abs=1e-5)
    for prompt in range(5):
        moved = weighted_skill(right, chance, scored, np.ones(3), np.ones(5) + more * np.eye(5)[prompt])
        assert (moved - skill) / more == pytest.approx(mean.influence[0, prompt], abs=1e-5)


@pytest.mark.parametrize(("responses", "by_chance"), [(2, 1 / 2), (4, 1 / 4)])
def test_where_chance_is_the_same_for_all_items_the_ends_of_skill_are_those_of_accuracy(
    responses: int, by_chance: float
) -> None:
    made = benchmark([[1.0] + [0.0] * (responses - 1)] * 20, [HIGH])
    found = measures(made, clusters(made), adm_result(made, [[0] * 14 + [1] * 6]).outcomes)
    (accuracy,), (row,) = accuracy_rows(made, found), skill_rows(made, found)
    for end in ("", "_low", "_high"):
        share = accuracy[f"accuracy{end}"] / 100  # type: ignore[operator]
        assert row[f"skill{end}"] == pytest.approx((share - by_chance) / (1 - by_chance))


def test_skill_counts_what_is_scored_by_set_and_of_all_sampled_targets() -> None:
    # Wanted 0.5, the first item ties; under the pair of attributes' target nothing but the second does.
    targets = [Target(FIRST, {"care": 0.5}), Target(PAIR, {"care": 1.0})]
    made = benchmark([[1.0, 0.0], [1.0, 0.5], [1.0, 0.5]] * 4, targets)
    found = measures(made, clusters(made), adm_result(made, [[1] * 12, [0, 1, 0] * 4]).outcomes)
    rows: list[Any] = skill_rows(made, found)
    assert [(row["target_set"], row["n_targets"], row["n_scored"]) for row in rows] == [
        ("sampled_1", 1, 8),
        ("sampled_2", 1, 12),
        ("sampled", 2, 20),
    ]
    assert [row["skill"] for row in rows] == pytest.approx([1, (2 / 3 - 0.5) / 0.5, (5 / 6 - 0.5) / 0.5])
    # The skill of one target does not tell how much targets differ; that of two does.
    assert [bool(np.isnan(row["skill_like_these_low"])) for row in rows] == [True, True, False]
    assert rows[2]["skill_like_these_low"] < rows[2]["skill_low"] < rows[2]["skill"]
    assert rows[2]["skill_like_these_high"] <= 1


def test_targets_that_are_alike_have_the_same_interval_for_targets_like_these() -> None:
    made = benchmark([[1.0, 0.0]] * 12, [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.75})])
    found = measures(made, clusters(made), adm_result(made, [[0] * 8 + [1] * 4] * 2).outcomes)
    (row,), (skill,) = accuracy_rows(made, found), skill_rows(made, found)
    for end in ("low", "high"):
        assert row[f"accuracy_like_these_{end}"] == pytest.approx(row[f"accuracy_{end}"])
        assert skill[f"skill_like_these_{end}"] == pytest.approx(skill[f"skill_{end}"])


def test_measures_of_some_targets_are_theirs() -> None:
    made = benchmark([[1.0, 0.0]] * 4, [HIGH, LOW])
    found = measures(made, clusters(made), adm_result(made, [[0, 0, 0, 1], [0, 0, 1, 1]]).outcomes)
    low = found.only(np.array([1]))
    for part in fields(Measures):
        own: Linearised = getattr(low, part.name)
        assert own.values.tolist() == [getattr(found, part.name).values[1]]
    assert low.accuracy.values.tolist() == [0.5]


def test_a_query_of_a_single_token_asked_a_model() -> None:
    rows = [prediction(0, place, 0.5, query=place, prompt_tokens=1 - place) for place in (0, 1)]
    assert cost_row(prediction_table(rows)) == {"generations": 1, "prompt_tokens": 1, "output_tokens": 0}


def test_every_other_flag_has_a_row_that_says_that_it_needs_new_inference() -> None:
    acts_after = {"float_ties", "shuffle_greedy", "first_vote_wins"}
    assert {row["flag"] for row in other_flags()} == {flag.name for flag in fields(Protocol)} - acts_after


def test_equal_votes_of_a_target_bound_adm_change_under_its_own_target_only() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW])
    votes = {"target_high": (1, 0), "target_low": (1, 1)}
    rows = [
        prediction(0, response, float(response == vote), attribute=None, sample=sample, target=name)
        for name, of_name in votes.items()
        for sample, vote in enumerate(of_name)
        for response in (0, 1)
    ]
    entries = samples(prediction_table(rows), made)
    row = first_vote_wins_row(made, entries, np.array([[1], [1]]), first_vote_wins=True)
    assert row == {
        "flag": "first_vote_wins",
        "n_decisions": 2,
        "decisions_changed": 1,
        "items_changed": 1,
        "outcomes_changed": 1,
    }


def test_ties_of_a_target_bound_adm_are_decided_by_its_levels_for_that_target() -> None:
    targets = [Target(FIRST, {"care": 0.17}), Target(SECOND, {"care": 1.0})]
    items = benchmark([[0.0, 0.33], [0.0, 1.0]], targets)
    in_steps = replace(items, scale=level_grid(7))
    levels = {FIRST: [(0.0, 0.33), (0.0, 1.0)], SECOND: [(0.0, 0.33), (1.0, 0.0)]}
    rows = [
        prediction(item, place, score, target=name)
        for name, of_name in levels.items()
        for item, scores in enumerate(of_name)
        for place, score in enumerate(scores)
    ]
    entries = samples(prediction_table(rows), items)
    row = float_ties_row(items, in_steps, entries, np.array([[1, 0], [1, 0]]))
    # Under the first target, item 0 has a tie in steps alone; all else is as before.
    assert (row["decisions_changed"], row["items_changed"]) == (1, 1)


def test_float_ties_change_no_pick_of_an_adm_that_predicts_no_level_but_what_is_scored() -> None:
    target = Target(FIRST, {"care": 0.17})
    items = [Item(name, ("a", "b"), ({"care": 0.0}, {"care": other})) for name, other in (("p", 0.33), ("q", 1.0))]
    as_written, in_steps = (make_benchmark(items, ["care"], [target], scale) for scale in (None, level_grid(7)))
    rows = [prediction(item, place, place, attribute=None) for item in (0, 1) for place in (0, 1)]
    row = float_ties_row(as_written, in_steps, samples(prediction_table(rows), as_written), np.array([[1, 1]]))
    assert row["n_decisions"] == 2
    assert (row["decisions_changed"], row["items_changed"], row["outcomes_changed"]) == (0, 0, 1)
