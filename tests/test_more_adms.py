"""ADMs that weigh likelihoods, compare pairs, or word prompt alignment otherwise: worked examples, and whole jobs."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import exp, log
from pathlib import Path
from typing import Any

import pytest

from pluralism.adms import make_adm
from pluralism.adms.base import Query, Task
from pluralism.adms.pairwise import win_rates
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.decisions.picking import combine, pick
from pluralism.decisions.roles import Role
from pluralism.engines.kinds.scripted import draw_answer
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shot
from pluralism.inference.answers import misfit
from pluralism.planning.counting import count_all, count_queries, some_queries
from pluralism.predictions import Prediction, checked_predictions, prediction_table
from pluralism.protocols import CORRECTED
from pluralism.requests import Generation, RequestKind, key_parts, request_key
from pluralism.targets.target import Target
from tests.jobs import Job

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
NEUTRAL = dict.fromkeys(ATTRIBUTES.names, 0.5)
TWO = Item("Where is Paris?", ("In France.", "Where it always was."), (NEUTRAL, NEUTRAL | {"verbosity": 1.0}))
THREE = Item("When?", ("Now.", "Then.", "Never."), (NEUTRAL, NEUTRAL, NEUTRAL))
TARGETS = [Target("short", {"verbosity": 0.0}), Target("long", {"verbosity": 1.0})]
TASK = Task([TWO], ATTRIBUTES, protocol=CORRECTED, targets=TARGETS)


def told(queries: Sequence[Query], likelihoods: Callable[[Query], Sequence[tuple[float, int]]]) -> list[Generation]:
    """Answers with the (log-probability, tokens) of each text of a query."""
    answers = []
    for query in queries:
        numbers, tokens = zip(*likelihoods(query), strict=True)
        answers.append(Generation("", json.dumps({"log_probabilities": numbers, "tokens": tokens}), prompt_tokens=9))
    return answers


def picks(rows: Sequence[Prediction]) -> dict[tuple[str | None, int], int]:
    """(target, item) -> the response picked."""
    return {(row.target, row.item): row.response for row in rows if row.score == 1}


def test_a_letter_is_asked_about_as_the_answer_that_prompt_alignment_would_write() -> None:
    few_shot = {"few_shot": {"select": "most_similar", "shots": 1}}
    task = replace(TASK, train=[TWO], shots={(0, None): [Shot(0, 0.5, 0)]}, samples=3, temperature=0.7)
    query = make_adm("letter_likelihood", few_shot, "").queries(task)[0]
    plain = make_adm("prompt_aligned", {**few_shot, "reasoning": "none"}, "").queries(task)[0]
    # Up to the letter: how likely what must come next is after A and B would count, too.
    assert query.chat.texts == ('{"choice": "A', '{"choice": "B')
    assert misfit(query.request, '{"log_probabilities": [-1, -2], "tokens": [1, 1]}') is None
    fault = "log_probabilities has 1 entries, expected 2"
    assert misfit(query.request, '{"log_probabilities": [-1], "tokens": [1, 1]}') == fault
    assert query.chat.examples == plain.chat.examples
    assert query.chat.examples[0].answer == '{"choice": "A"}'
    differs = {"schema", "texts", "answer_tokens", "temperature", "sample", "seed"}  # the last two count when sampled
    before, after = (key_parts(entry.request, {}) for entry in (plain, query))
    assert {part for part in before | after if before.get(part) != after.get(part)} == differs
    with pytest.raises(UserError, match=r"adms.mine.reasoning: Input should be 'none'"):
        make_adm("letter_likelihood", {"reasoning": "stored"}, "adms.mine")


def test_the_likeliest_letter_wins_in_the_mean_over_the_orders() -> None:
    """The first place is worth 0.9 to 0.1 where In France stands there, and 0.6 to 0.4 where the other does."""
    adm, task = make_adm("letter_likelihood", {"swap": True}, ""), replace(TASK, targets=TARGETS[:1])
    queries = adm.queries(task)
    assert [query.order for query in queries] == [(0, 1), (1, 0)]
    shares: dict[tuple[int, ...], tuple[float, float]] = {(0, 1): (0.9, 0.1), (1, 0): (0.6, 0.4)}
    # Of all that the model might answer, both letters together are a tenth: their shares count.
    rows = adm.read(task, queries, told(queries, lambda query: [(log(one / 10), 5) for one in shares[query.order]]))
    assert picks(rows) == {("short", 0): 0}
    # (0.9 + 0.4) / 2 and (0.1 + 0.6) / 2.
    assert rows[0].reasoning == "Probability of each response, the mean of 2 orders: 0.650, 0.350."
    assert [(row.sample, row.prompt_tokens) for row in rows] == [(0, 18), (0, 18)]


def test_samples_that_show_the_same_order_ask_about_letters_once() -> None:
    task = replace(TASK, samples=5, temperature=0.7, targets=TARGETS[:1])
    queries = make_adm("letter_likelihood", {}, "").queries(task)
    assert (len(queries), len({request_key(query.request, {}) for query in queries})) == (5, 1)


def test_the_likeliest_response_is_that_of_the_most_likely_tokens_or_the_most_likely_whole() -> None:
    """The first response has 3 tokens of -2 each, the second 12 of -1 each."""

    def answers(queries: Sequence[Query]) -> list[Generation]:
        return told(queries, lambda _: [(-6.0, 3), (-12.0, 12)])

    for kind, target in (("response_likelihood", "short"), ("unaligned_response_likelihood", None)):
        for per_token, picked in ((True, 1), (False, 0)):
            adm = make_adm(kind, {"per_token": per_token}, "")
            queries = adm.queries(TASK)
            assert queries[0].chat.texts == TWO.responses
            assert queries[0].chat.question == TWO.prompt
            assert picks(adm.read(TASK, queries, answers(queries)))[target, 0] == picked
    assert adm.role is Role.UNALIGNED


def test_an_empty_response_is_not_the_likeliest() -> None:
    items = [replace(TWO, responses=("", "Yes.")), replace(TWO, responses=("", ""))]
    task = replace(TASK, items=items)
    for kind, options in (
        ("response_likelihood", {}),
        ("response_likelihood", {"per_token": False}),
        ("response_likelihood", {"contrast": True}),
        ("unaligned_response_likelihood", {}),
    ):
        adm = make_adm(kind, options, "")
        queries = adm.queries(task)
        rows = adm.read(
            task, queries, told(queries, lambda query: [(0.0, 0), (-9.0, 2) if query.item == 0 else (0.0, 0)])
        )
        assert {item: pick for (_, item), pick in picks(rows).items()} == {0: 1, 1: 0}


def test_with_contrast_what_the_target_adds_to_a_likelihood_counts() -> None:
    """The long answer is the likelier one under each target, but least so where a short one is wanted."""
    likelihood = {"short": (-1.0, -0.75), "long": (-2.0, -0.5), None: (-1.5, -0.7)}

    def answers(queries: Sequence[Query]) -> list[Generation]:
        return told(queries, lambda query: [(number, 1) for number in likelihood[query.target]])

    plain, contrast = (make_adm("response_likelihood", {"contrast": given}, "") for given in (False, True))
    queries = plain.queries(TASK)
    assert "- is as short as can be" in queries[0].chat.system
    assert picks(plain.read(TASK, queries, answers(queries))) == {("short", 0): 1, ("long", 0): 1}
    queries = contrast.queries(TASK)
    assert [query.target for query in queries] == ["short", "long", None]
    rows = contrast.read(TASK, queries, answers(queries))
    # short: 0.5 and -0.05 more than without; long: -0.5 and 0.2.
    assert picks(rows) == {("short", 0): 0, ("long", 0): 1}
    assert rows[0].reasoning == "Log-probability of each response per token, less without the target: 0.500, -0.050."
    assert [row.prompt_tokens for row in rows] == [18, 18, 9, 9]


def test_a_plan_counts_what_no_target_changes_once() -> None:
    levels = product((0.0, 0.5, 1.0), repeat=2)
    targets = [Target(f"{one} {two}", {"verbosity": one, "coherence": two}) for one, two in levels]
    adm, task = make_adm("response_likelihood", {"contrast": True}, ""), replace(TASK, targets=targets)
    queries, stands_for = some_queries(adm, task)
    assert len(queries) == 5
    count, whole = count_all(queries, stands_for, targets), count_queries(adm.queries(task), targets)
    assert (count.generations, count.output_tokens) == (whole.generations, 0) == (10, 0)


def test_strengths_of_a_tournament_by_hand() -> None:
    """A beats B and C, and B beats C: by symmetry the strengths are s, 0 and -s.

    At the most probable ones, wins less those expected are the strength itself (prior 1): 2 - p(s) - p(2s) = s, where
    p(x) = 1 / (1 + exp(-x)); so s = 0.591.
    """
    s = 0.591062

    def p(x: float) -> float:
        return 1 / (1 + exp(-x))

    assert 2 - p(s) - p(2 * s) == pytest.approx(s, abs=1e-6)
    high = (p(s) + p(2 * s)) / 2
    assert win_rates(((0, 1, 1), (0, 0, 1), (0, 0, 0)), 1.0) == pytest.approx([high, 0.5, 1 - high], abs=1e-5)
    assert win_rates(((0, 1), (1, 0)), 1.0) == [0.5, 0.5]
    assert win_rates(((0, 9), (0, 0)), 100.0)[0] > 0.99
    assert win_rates(((0, 9), (0, 0)), 0.01)[0] < 0.51


def test_pairs_become_levels_of_every_response() -> None:
    """Never is chosen over both others, and Then over Now, wherever they stand; both orders are asked about."""
    adm, task = make_adm("pairwise", {"swap": True}, ""), Task([THREE], ATTRIBUTES, protocol=CORRECTED)
    queries = adm.queries(task)
    assert len(queries) == 5 * 3 * 2
    assert [query.order for query in queries[:6]] == [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]
    assert "Response A: Then.\nResponse B: Now.\nWhich response shows more helpfulness?" in queries[1].chat.question
    letters = ["AB"[query.order.index(max(query.order))] for query in queries]
    texts = [json.dumps({"reasoning": "so", "choice": letter}) for letter in letters]
    answers = [Generation("", text, prompt_tokens=10, output_tokens=2) for text in texts]
    rows = adm.read(task, queries, answers)
    levels = [row.score for row in rows if row.attribute == "helpfulness"]
    assert levels[0] < levels[1] == 0.5 < levels[2]
    assert [row.reasoning for row in rows[:3]] == [
        "Chosen in 0 of 4 comparisons. so",
        "Chosen in 2 of 4 comparisons. so",
        "Chosen in 4 of 4 comparisons. so",
    ]
    tokens = {row.query: (row.prompt_tokens, row.output_tokens) for row in rows}
    assert [sum(counts) for counts in zip(*tokens.values(), strict=True)] == [10 * len(queries), 2 * len(queries)]


def test_a_liking_for_a_place_makes_equal_levels_where_pairs_are_swapped() -> None:
    for swap, expected in ((True, [0.5, 0.5]), (False, [0.662584, 0.337416])):
        adm = make_adm("pairwise", {"swap": swap, "reasoning": "none"}, "")
        queries = adm.queries(TASK)
        answers = [Generation("", '{"choice": "A"}') for _ in queries]
        assert [row.score for row in adm.read(TASK, queries, answers)[:2]] == expected


def test_each_sample_is_a_tournament_in_an_order_of_its_own() -> None:
    task = Task([THREE], ATTRIBUTES, samples=20, temperature=0.7, shuffle=True)
    queries = [query for query in make_adm("pairwise", {}, "").queries(task) if query.attribute == "verbosity"]
    assert [query.sample for query in queries] == [sample for sample in range(20) for _ in range(3)]
    assert len({query.order for query in queries}) == 6


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("prompt_aligned_persona", "What you like is a response that"),
        ("prompt_aligned_chain_of_thought", "step by step"),
    ],
)
def test_another_wording_of_prompt_alignment_differs_in_its_system_text_only(kind: str, words: str) -> None:
    options = {"reasoning_length": 100}
    query, plain = (make_adm(name, options, "").queries(TASK)[0].chat for name in (kind, "prompt_aligned"))
    assert "- is as short as can be" in query.system
    assert words in query.system
    assert replace(query, system=plain.system) == plain


def test_a_chain_of_thought_has_room_and_is_never_left_out() -> None:
    (query, *_) = make_adm("prompt_aligned_chain_of_thought", {}, "").queries(TASK)
    assert json.loads(query.chat.schema)["properties"]["reasoning"]["maxLength"] == 2048
    with pytest.raises(UserError, match=r"adms.mine.reasoning: Input should be 'stored' or 'template'"):
        make_adm("prompt_aligned_chain_of_thought", {"reasoning": "none"}, "adms.mine")


KINDS: list[tuple[str, dict[str, Any], int]] = [
    ("letter_likelihood", {"swap": True}, 2 * 2),
    ("unaligned_letter_likelihood", {}, 1),
    ("response_likelihood", {"contrast": True}, 2 + 1),
    ("unaligned_response_likelihood", {}, 1),
    ("pairwise", {"swap": True}, 5 * 2),
    ("prompt_aligned_persona", {}, 2),
    ("prompt_aligned_chain_of_thought", {}, 2),
]
"""Kind, options, and questions about an item of two responses under two targets."""
OF_EACH_REQUEST = [KINDS[2], KINDS[4]]


@pytest.mark.parametrize(("kind", "options", "questions"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_random_answers_are_read_as_predictions_that_decide(kind: str, options: dict[str, Any], questions: int) -> None:
    items, adm = [TWO, THREE], make_adm(kind, options, "")
    task = replace(TASK, items=items)
    queries, draw = adm.queries(task), random.Random(0)
    assert sum(query.item == 0 for query in queries) == questions
    answers = [Generation("", json.dumps(draw_answer(query.request, draw)), prompt_tokens=7) for query in queries]
    assert [misfit(query.request, answer.text) for query, answer in zip(queries, answers, strict=True)] == (
        [None] * len(queries)
    )
    rows = adm.read(task, queries, answers)
    checked_predictions(rows, [2, 3], ATTRIBUTES.names)
    table = prediction_table([row for row in rows if row.target in (None, "short")])
    assert len(pick(combine(table, items), TARGETS[0])) == 2


@pytest.mark.parametrize(("kind", "options", "questions"), OF_EACH_REQUEST, ids=[kind for kind, *_ in OF_EACH_REQUEST])
def test_shards_give_the_same_rows(kind: str, options: dict[str, Any], questions: int, tmp_path: Path) -> None:
    adm = {"kind": kind, **options}
    targets = ["--targets", "target_high.json", "target_low.json"] if make_adm(kind, options, "").target_bound else []
    whole, parts = Job(tmp_path / "whole", adm, samples=1), Job(tmp_path / "parts", adm, samples=1)
    assert whole.made(*targets) == 11 * questions
    for number in (1, 2):
        parts.made(*targets, "--shard", f"{number}of2", "--output", f"{number}.json")
    assert parts.made(*targets, "--gather") == 0
    assert parts.predictions().equals(whole.predictions())


def test_what_an_engine_is_asked_stands_on_the_class() -> None:
    asked = {kind: make_adm(kind, {}, "").asks for kind, *_ in KINDS}
    likelihood = [kind for kind, asks in asked.items() if asks is RequestKind.LIKELIHOOD]
    assert likelihood == [kind for kind in asked if kind.endswith("_likelihood")]
