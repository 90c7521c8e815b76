"""Each ADM's requests, and how it reads the answers back."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pluralism.adms import make_adm
from pluralism.adms.base import ADMS, Query, Task
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shot
from pluralism.predictions import Prediction
from pluralism.protocols import CORRECTED, PUBLISHED
from pluralism.requests import Generation, Request, request_key
from pluralism.targets.target import Target

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
NEUTRAL = dict.fromkeys(ATTRIBUTES.names, 0.5)
ITEM = Item("Where is Paris?", ("In France.", "Where it always was."), (NEUTRAL | {"helpfulness": 1.0}, NEUTRAL))
TRAIN = Item(
    "Where is Rome?", ("In Italy.", "Far away."), (NEUTRAL | {"verbosity": 0.0}, NEUTRAL | {"verbosity": 0.75})
)
FEW_SHOT = {"few_shot": {"select": "one_per_level"}}


def answers(queries: Sequence[Query], answer: dict[str, Any]) -> list[Generation]:
    """The same answer to every query."""
    return [Generation("", json.dumps(answer), prompt_tokens=100, output_tokens=10) for _ in queries]


def scores(rows: Sequence[Prediction]) -> dict[int, float]:
    return {row.response: row.score for row in rows}


def shuffling_task(samples: int) -> Task:
    """A task in which the first sample shows the second response first."""
    for seed in range(100):
        task = Task([ITEM], ATTRIBUTES, samples=samples, temperature=0.7, shuffle=True, protocol=CORRECTED, seed=seed)
        if make_adm("unaligned_baseline", {}, "").queries(task)[0].order == (1, 0):
            return task
    raise AssertionError("no seed shuffles")


def corrected(**values: Any) -> Task:
    """A task with the item under the corrected protocol."""
    return Task([ITEM], ATTRIBUTES, protocol=CORRECTED, **values)


def test_comparative_regression_asks_per_item_attribute_and_sample() -> None:
    queries = make_adm("comparative_regression", {}, "").queries(Task([ITEM, TRAIN], ATTRIBUTES, samples=3))
    assert len(queries) == 2 * 5 * 3
    assert [(query.item, query.attribute, query.sample) for query in queries[:4]] == [
        (0, "helpfulness", 0),
        (0, "helpfulness", 1),
        (0, "helpfulness", 2),
        (0, "correctness", 0),
    ]


def test_comparative_regression_shows_all_responses_and_bounds_the_answer() -> None:
    task = Task([ITEM], ATTRIBUTES, protocol=CORRECTED)
    request = make_adm("comparative_regression", {"reasoning_length": 80}, "").queries(task)[0].chat
    assert "Helpfulness is how far" in request.system
    assert request.question.splitlines() == [
        "Prompt: Where is Paris?",
        "Response A: In France.",
        "Response B: Where it always was.",
        "How strongly does each response show helpfulness?",
    ]
    schema = json.loads(request.schema)
    assert list(schema["properties"]) == schema["required"] == ["A", "B"]
    assert list(schema["properties"]["A"]["properties"]) == ["reasoning", "score"]
    assert schema["properties"]["A"]["properties"]["reasoning"] == {"type": "string", "maxLength": 80}
    assert schema["properties"]["B"]["properties"]["score"] == {"type": "integer", "minimum": 0, "maximum": 100}


def test_comparative_regression_maps_shuffled_scores_back_by_position() -> None:
    adm, task = make_adm("comparative_regression", {}, ""), shuffling_task(samples=1)
    queries = adm.queries(task)[:1]
    answer = {"A": {"reasoning": "vague", "score": 10}, "B": {"reasoning": "right", "score": 90}}
    rows = adm.read(task, queries, answers(queries, answer))
    assert scores(rows) == {1: 0.1, 0: 0.9}
    assert [(row.position, row.reasoning, row.attribute) for row in rows] == [
        (0, "vague", "helpfulness"),
        (1, "right", "helpfulness"),
    ]


def test_equal_responses_keep_their_own_scores() -> None:
    adm = make_adm("comparative_regression", {}, "")
    task = Task([Item("p", ("same", "same"), (NEUTRAL, NEUTRAL))], ATTRIBUTES)
    queries = adm.queries(task)[:1]
    answer = {"A": {"reasoning": "", "score": 20}, "B": {"reasoning": "", "score": 70}}
    assert scores(adm.read(task, queries, answers(queries, answer))) == {0: 0.2, 1: 0.7}


def test_few_shot_examples_are_questions_with_answers_that_obey_the_schema() -> None:
    task = corrected(train=[TRAIN], shots={(0, "verbosity"): [Shot(0, 0.5, 0)]})
    queries = make_adm("comparative_regression", FEW_SHOT, "").queries(task)
    by_attribute = {query.attribute: query.chat.examples for query in queries}
    assert by_attribute["helpfulness"] == ()
    (example,) = by_attribute["verbosity"]
    assert example.question.startswith("Prompt: Where is Rome?\nResponse A: In Italy.")
    assert json.loads(example.answer) == {
        "A": {"reasoning": "The response is as short as can be.", "score": 0},
        "B": {"reasoning": "The response is fairly long and detailed.", "score": 75},
    }


def test_regression_shows_one_response_at_a_time() -> None:
    adm, task = make_adm("regression", {}, ""), Task([ITEM], ATTRIBUTES, samples=2)
    queries = adm.queries(task)
    assert len(queries) == 2 * 5 * 2
    assert "Where it always was." not in queries[0].chat.question
    rows = adm.read(task, queries, answers(queries, {"reasoning": "so", "score": 33}))
    assert len(rows) == len(queries)
    assert {(row.response, row.score) for row in rows} == {(0, 0.33), (1, 0.33)}


def test_the_unaligned_baseline_votes_for_the_response_at_the_letter() -> None:
    adm, task = make_adm("unaligned_baseline", {}, ""), shuffling_task(samples=1)
    queries = adm.queries(task)
    assert "Response A: Where it always was." in queries[0].chat.question
    rows = adm.read(task, queries, answers(queries, {"reasoning": "charming", "choice": "A"}))
    assert scores(rows) == {1: 1.0, 0: 0.0}
    assert {row.attribute for row in rows} == {None}


def test_the_prompt_aligned_adm_states_each_target_in_words() -> None:
    targets = [
        Target("target_high", {"helpfulness": 1.0}),
        Target("sampled/x", {"verbosity": 0.25, "correctness": 0.0}),
    ]
    adm, task = make_adm("prompt_aligned", {}, ""), Task([ITEM], ATTRIBUTES, samples=2, targets=targets)
    queries = adm.queries(task)
    assert [(query.target, query.sample) for query in queries] == [
        ("target_high", 0),
        ("target_high", 1),
        ("sampled/x", 0),
        ("sampled/x", 1),
    ]
    assert "- does exactly what the person asked for" in queries[0].chat.system
    assert "- is fairly short\n- is wrong throughout" in queries[2].chat.system
    rows = adm.read(task, queries, answers(queries, {"reasoning": "", "choice": "B"}))
    assert {(row.target, row.response, row.score) for row in rows} == {
        (target.name, response, float(response == 1)) for target in targets for response in (0, 1)
    }


def test_a_prompt_aligned_example_is_answered_for_the_target() -> None:
    targets = [Target("short", {"verbosity": 0.0}), Target("long", {"verbosity": 1.0})]
    adm = make_adm("prompt_aligned", {"few_shot": {"select": "most_similar", "shots": 1}}, "")
    task = corrected(targets=targets, train=[TRAIN], shots={(0, None): [Shot(0, 0.5, 0)]})
    picked = [json.loads(query.chat.examples[0].answer) for query in adm.queries(task)]
    assert picked == [
        {"reasoning": "The response is as short as can be.", "choice": "A"},
        {"reasoning": "The response is fairly long and detailed.", "choice": "B"},
    ]


REASONING_ADMS: list[tuple[str, dict[str, Any]]] = [
    ("regression", {}),
    ("comparative_regression", FEW_SHOT),
    ("unaligned_baseline", {}),
    ("prompt_aligned", {"few_shot": {"select": "most_similar", "shots": 1}}),
]


@pytest.mark.parametrize(("kind", "options"), REASONING_ADMS)
def test_without_reasoning_no_prompt_example_or_schema_speaks_of_it(kind: str, options: dict[str, Any]) -> None:
    task = Task(
        [ITEM], ATTRIBUTES, train=[TRAIN], shots={(0, None): [Shot(0, 0.5, 0)]}, targets=[Target("t", {"verbosity": 1})]
    )

    def asked(reasoning: str) -> Request:
        return make_adm(kind, {**options, "reasoning": reasoning}, "").queries(task)[0].chat

    plain, reasoned = asked("none"), asked("stored")
    for request, wanted in ((plain, False), (reasoned, True)):
        texts = [request.system, request.schema, *(example.answer for example in request.examples)]
        assert ["reasoning" in text for text in texts] == [wanted] * len(texts)
    responses = 2 if kind == "comparative_regression" else 1
    assert plain.answer_tokens == reasoned.answer_tokens - 512 * responses


def test_without_reasoning_scores_and_letters_are_read_all_the_same() -> None:
    task = Task([ITEM], ATTRIBUTES)
    adm = make_adm("comparative_regression", {"reasoning": "none"}, "")
    queries = adm.queries(task)[:1]
    assert list(json.loads(queries[0].chat.schema)["properties"]["A"]["properties"]) == ["score"]
    rows = adm.read(task, queries, answers(queries, {"A": {"score": 10}, "B": {"score": 90}}))
    assert [(row.score, row.reasoning) for row in rows] == [(0.1, ""), (0.9, "")]
    adm = make_adm("unaligned_baseline", {"reasoning": "none"}, "")
    queries = adm.queries(task)
    assert scores(adm.read(task, queries, answers(queries, {"choice": "B"}))) == {0: 0.0, 1: 1.0}


@pytest.mark.parametrize(
    ("reasoning", "first"),
    [("stored", "Why it is short"), ("template", "The response is ")],
)
def test_an_example_reasons_with_its_stored_text_or_with_a_phrase_of_its_level(reasoning: str, first: str) -> None:
    stored = replace(TRAIN, reasonings=({"verbosity": "Why it is short and more."}, {}))
    task = corrected(train=[stored], shots={(0, "verbosity"): [Shot(0, 0.5, 0)]})
    options = {**FEW_SHOT, "reasoning": reasoning, "reasoning_length": len("Why it is short")}
    request = make_adm("comparative_regression", options, "").queries(task)[4 * task.samples].chat
    answer = json.loads(request.examples[0].answer)
    assert answer["A"] == {"reasoning": first[:15], "score": 0}
    assert answer["B"] == {"reasoning": "The response is fairly long"[:15], "score": 75}


def test_a_prompt_aligned_adm_is_told_of_weights_and_its_examples_are_answered_by_them() -> None:
    high = {"verbosity": 1.0, "coherence": 1.0}
    train = Item("Why?", ("Long.", "Clear."), (NEUTRAL | {"verbosity": 1.0}, NEUTRAL | {"coherence": 1.0}))
    targets = [
        Target("long", high, {"verbosity": 2.5, "coherence": 1}),
        Target("clear", high, {"verbosity": 1, "coherence": 2}),
        Target("both", high),
    ]
    adm = make_adm("prompt_aligned", {"few_shot": {"select": "most_similar", "shots": 1}}, "")
    task = corrected(targets=targets, train=[train], shots={(0, None): [Shot(0, 0.5, 0)]})
    long, clear, both = (query.chat for query in adm.queries(task))
    told = [line.partition(" (")[2] for line in long.system.splitlines() if line.startswith("- ")]
    assert told == ["weight 2.5)", "weight 1)"]
    assert "weight" not in both.system
    choices = [json.loads(request.examples[0].answer)["choice"] for request in (long, clear, both)]
    assert choices == ["A", "B", "A"]  # Of equals, the first.


def test_the_oracle_predicts_the_labels_and_random_one_response() -> None:
    task = Task([ITEM], ATTRIBUTES)
    oracle = make_adm("oracle", {}, "").read(task, [], [])
    assert {(row.response, row.attribute): row.score for row in oracle} == {
        (response, name): ITEM.labels[response][name] for response in (0, 1) for name in ATTRIBUTES.names
    }
    drawn = make_adm("random_choice", {}, "").read(replace(task, protocol=CORRECTED), [], [])
    assert sorted(row.score for row in drawn) == [0.0, 1.0]


def test_random_depends_on_the_seed_and_not_on_the_place() -> None:
    adm = make_adm("random_choice", {}, "")

    def picks(items: Sequence[Item], seed: int) -> list[int]:
        task = Task(items, ATTRIBUTES, seed=seed, protocol=CORRECTED)
        return [row.response for row in adm.read(task, [], []) if row.score == 1]

    items = [Item(f"p{index}", ("a", "b"), (NEUTRAL, NEUTRAL)) for index in range(50)]
    assert picks(items, 0) == picks(items[::-1], 0)[::-1]
    assert picks(items, 0) != picks(items, 1)
    assert 10 < sum(picks(items, 0)) < 40


def test_the_published_random_adm_draws_anew_for_each_target() -> None:
    items = [Item(f"p{index}", ("a", "b"), (NEUTRAL, NEUTRAL)) for index in range(50)]
    targets = [Target("target_high", {"helpfulness": 1.0}), Target("target_low", {"helpfulness": 0.0})]
    adm, task = make_adm("random_choice", {}, ""), Task(items, ATTRIBUTES, targets=targets)
    assert [adm.sees_targets(protocol) for protocol in (PUBLISHED, CORRECTED)] == [True, False]
    rows = [row for row in adm.read(task, [], []) if row.score == 1]
    high, low = ([row.response for row in rows if row.target == target.name] for target in targets)
    assert len(high) == len(low) == 50
    assert 10 < sum(one == other for one, other in zip(high, low, strict=True)) < 40
    assert {row.target for row in adm.read(replace(task, protocol=CORRECTED), [], [])} == {None}


def test_an_imported_adm_decides_nothing_itself() -> None:
    for kind, predicts_levels in (("imported_levels", True), ("imported_choice", False)):
        adm = make_adm(kind, {}, "")
        assert (adm.needs_model, adm.predicts_levels) == (False, predicts_levels)
        with pytest.raises(UserError, match="it decides nothing itself; name it in an experiment with `imported`"):
            adm.read(Task([ITEM], ATTRIBUTES), adm.queries(Task([ITEM], ATTRIBUTES)), [])


def test_an_order_depends_on_item_and_sample_and_every_order_comes_up() -> None:
    item = Item("p", ("a", "b", "c"), (NEUTRAL,) * 3)
    adm = make_adm("unaligned_baseline", {}, "")
    queries = adm.queries(Task([item], ATTRIBUTES, samples=60, temperature=0.7, shuffle=True))
    assert len({query.order for query in queries}) == 6
    assert [query.order for query in adm.queries(Task([item], ATTRIBUTES, samples=3))] == [(0, 1, 2)] * 3


def test_an_unknown_kind_or_option_names_what_is_allowed() -> None:
    with pytest.raises(UserError, match=r"adms.mine.kind: unknown ADM kind 'nope'; allowed: .*oracle"):
        make_adm("nope", {}, "adms.mine")
    with pytest.raises(UserError, match=r"adms.mine.length: unknown key 'length'; allowed: kind, .*, reasoning_length"):
        make_adm("regression", {"length": 3}, "adms.mine")
    with pytest.raises(UserError, match=r"adms.mine.reasoning: Input should be 'stored', 'template' or 'none'"):
        make_adm("regression", {"reasoning": "no"}, "adms.mine")
    with pytest.raises(UserError, match="a prompt-aligned ADM takes most_similar, random or least_similar examples"):
        make_adm("prompt_aligned", FEW_SHOT, "adms.mine")


def test_the_expected_score_is_read_in_place_of_the_one_written_and_its_spread_is_kept() -> None:
    task = Task([ITEM], ATTRIBUTES, train=[TRAIN], shots={(0, "helpfulness"): [Shot(0, 0.5, 0)]})
    adm = make_adm("expected_comparative_regression", FEW_SHOT, "")
    (query, *_) = adm.queries(task)
    bounded = replace(task, protocol=replace(task.protocol, loose_grammar=False))
    (plain, *_) = make_adm("comparative_regression", FEW_SHOT, "").queries(bounded)
    assert query.request == replace(plain.chat, distribution_of="score")
    assert len(query.chat.examples) == 1
    answer = {
        "A": {"reasoning": "so", "score": 40, "score_mean": 41.5, "score_spread": 12.0},
        "B": {"reasoning": "", "score": 90, "score_mean": 80.0, "score_spread": 20.5},
    }
    rows = adm.read(task, [query], answers([query], answer))
    assert [(row.score, row.spread, row.reasoning) for row in rows] == [(0.415, 0.12, "so"), (0.8, 0.205, "")]
    plain_row, _ = adm.read(task, [query], answers([query], {"A": {"score": 40}, "B": {"score": 90}}))
    assert (plain_row.score, plain_row.spread) == (0.4, None)


@pytest.mark.parametrize(("reasoning", "different"), [("stored", 3), ("none", 1)])
def test_an_expected_score_without_reasoning_is_asked_for_once_for_all_samples(reasoning: str, different: int) -> None:
    task = Task([ITEM], ATTRIBUTES, samples=3, temperature=0.7)
    queries = make_adm("expected_regression", {"reasoning": reasoning}, "").queries(task)
    assert len(queries) == 2 * 5 * 3
    assert {query.chat.distribution_of for query in queries} == {"score"}
    assert len({request_key(query.request, {}) for query in queries}) == 2 * 5 * different


def test_every_kind_of_adm_is_tested_here() -> None:
    """Not those that ask Kaleido or a reward model (test_scorers.py), tell likelihoods or compare pairs
    (test_more_adms.py), or are ensembles (test_ensemble.py).
    """
    assert ADMS.own_names() == [
        "comparative_regression",
        "ensemble_choice",
        "ensemble_levels",
        "expected_comparative_regression",
        "expected_regression",
        "imported_choice",
        "imported_levels",
        "kaleido",
        "letter_likelihood",
        "multi_objective_reward_model",
        "oracle",
        "pairwise",
        "prompt_aligned",
        "prompt_aligned_chain_of_thought",
        "prompt_aligned_persona",
        "random_choice",
        "regression",
        "response_likelihood",
        "reward_model",
        "unaligned_baseline",
        "unaligned_letter_likelihood",
        "unaligned_response_likelihood",
    ]
