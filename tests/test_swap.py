"""Swapped orders: every cyclic order of the responses is shown; a liking for a place cancels and is measured."""

import json
from collections.abc import Callable, Sequence
from string import ascii_uppercase
from typing import Any

import pytest

from pluralism.adms import make_adm
from pluralism.adms.base import Query, Task
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.decisions.picking import combine, pick
from pluralism.predictions import prediction_table
from pluralism.requests import Generation, request_key
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.samples import samples
from pluralism.targets.target import extreme_targets
from tests.jobs import Job
from tests.statistics_cases import clusters

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
NEUTRAL = dict.fromkeys(ATTRIBUTES.names, 0.5)
TWO = Item("Where?", ("Here.", "There."), (NEUTRAL, NEUTRAL))
THREE = Item("When?", ("Now.", "Then.", "Never."), (NEUTRAL, NEUTRAL, NEUTRAL))
TARGETS = extreme_targets(ATTRIBUTES)


def answered(queries: Sequence[Query], answer: Callable[[Query], Any]) -> list[Generation]:
    return [Generation("", json.dumps(answer(query))) for query in queries]


def score_by_place(query: Query) -> dict[str, Any]:
    """A purely position-biased answer: 90 to what stands first, 50 to the second, 10 to the third."""
    return {ascii_uppercase[place]: {"reasoning": "", "score": 90 - 40 * place} for place in range(len(query.order))}


@pytest.mark.parametrize("kind", ["comparative_regression", "unaligned_baseline", "prompt_aligned"])
def test_every_cyclic_order_is_shown_so_many_times_as_there_are_samples(kind: str) -> None:
    task = Task([TWO, THREE], ATTRIBUTES, samples=2, temperature=0.7, shuffle=True, targets=TARGETS)
    queries = make_adm(kind, {"swap": True}, "").queries(task)
    first = queries[0]
    same = [query for query in queries if (query.attribute, query.target) == (first.attribute, first.target)]
    assert [(query.item, query.sample, query.order) for query in same] == [
        (0, 0, (0, 1)),
        (0, 1, (1, 0)),
        (0, 2, (0, 1)),
        (0, 3, (1, 0)),
        (1, 0, (0, 1, 2)),
        (1, 1, (1, 2, 0)),
        (1, 2, (2, 0, 1)),
        (1, 3, (0, 1, 2)),
        (1, 4, (1, 2, 0)),
        (1, 5, (2, 0, 1)),
    ]
    assert all(query.chat.sample == query.sample for query in queries)
    assert "A: Then.\nResponse B: Never.\nResponse C: Now." in same[5].chat.question
    assert len({request_key(query.request, {}) for query in queries}) == len(queries)


def test_greedy_answers_differ_by_order_alone_and_equal_ones_keep_to_their_own() -> None:
    equal = Item("Which?", ("Same.", "Same."), (NEUTRAL, NEUTRAL))
    adm, task = make_adm("comparative_regression", {"swap": True}, ""), Task([TWO, equal], ATTRIBUTES)
    queries = [query for query in adm.queries(task) if query.attribute == "helpfulness"]
    keys = [request_key(query.request, {}) for query in queries]
    # Two orders of different responses are two questions; of equal responses they are one, which is asked once.
    assert keys[0] != keys[1]
    assert keys[2] == keys[3]
    rows = adm.read(task, queries, answered(queries, score_by_place))
    assert [(row.item, row.sample, row.response, row.score) for row in rows] == [
        (0, 0, 0, 0.9),
        (0, 0, 1, 0.5),
        (0, 1, 1, 0.9),
        (0, 1, 0, 0.5),
        (1, 0, 0, 0.9),
        (1, 0, 1, 0.5),
        (1, 1, 1, 0.9),
        (1, 1, 0, 0.5),
    ]


def test_a_liking_for_a_place_cancels_in_the_mean_and_is_measured() -> None:
    items = [TWO, THREE]
    adm, task = make_adm("comparative_regression", {"swap": True}, ""), Task([TWO, THREE], ATTRIBUTES)
    queries = adm.queries(task)
    table = prediction_table(adm.read(task, queries, answered(queries, score_by_place)))
    levels = combine(table, items).levels
    assert levels is not None
    # (90 + 50) / 2 for each of two responses, (90 + 50 + 10) / 3 for each of three: all are alike.
    assert [{round(level, 12) for response in item for level in response.values()} for item in levels] == [{0.7}, {0.5}]
    benchmark = make_benchmark(items, ATTRIBUTES.names, TARGETS)
    entries = samples(table, benchmark)
    # Under high each order's own pick is the first response shown, under low the last one.
    assert [
        (row["n_responses"], row["position"], row["n"], row["picked"])
        for row in order_bias_rows(benchmark, clusters(benchmark), entries)
    ] == [(2, 0, 4, 0.5), (2, 1, 4, 0.5), (3, 0, 6, 0.5), (3, 1, 6, 0.0), (3, 2, 6, 0.5)]
    # One pair of orders of two responses, three pairs of three, under two targets each: every pair flips.
    (flips,) = flip_rows(benchmark, clusters(benchmark), entries)
    assert (flips["n"], flips["flipped"]) == (8, 1.0)


def test_votes_for_a_place_cancel_too() -> None:
    items = [TWO, THREE]
    adm, task = make_adm("unaligned_baseline", {"swap": True}, ""), Task(items, ATTRIBUTES)
    queries = adm.queries(task)
    table = prediction_table(adm.read(task, queries, answered(queries, lambda _: {"reasoning": "", "choice": "A"})))
    combined = combine(table, items)
    assert combined.counts == [[1, 1], [1, 1, 1]]
    assert pick(combined, TARGETS[0]).tolist() == [0, 0]  # Of equals, the first.
    benchmark = make_benchmark(items, ATTRIBUTES.names, TARGETS)
    rows = order_bias_rows(benchmark, clusters(benchmark), samples(table, benchmark))
    assert [row["picked"] for row in rows] == [1.0, 0.0, 1.0, 0.0, 0.0]


def test_a_liking_for_a_response_outlives_the_swap() -> None:
    adm, task = make_adm("unaligned_baseline", {"swap": True}, ""), Task([THREE], ATTRIBUTES)
    queries = adm.queries(task)
    generations = answered(queries, lambda query: {"reasoning": "", "choice": ascii_uppercase[query.order.index(2)]})
    table = prediction_table(adm.read(task, queries, generations))
    assert combine(table, [THREE]).counts == [[0, 0, 3]]
    benchmark = make_benchmark([THREE], ATTRIBUTES.names, TARGETS)
    entries = samples(table, benchmark)
    assert [row["picked"] for row in order_bias_rows(benchmark, clusters(benchmark), entries)] == pytest.approx(
        [1 / 3] * 3
    )
    (flips,) = flip_rows(benchmark, clusters(benchmark), entries)
    assert (flips["n"], flips["flipped"]) == (3, 0.0)


def test_a_job_asks_each_order_once_and_shards_give_the_same_rows(tmp_path: Any) -> None:
    adm = {"kind": "comparative_regression", "swap": True}
    whole, parts = Job(tmp_path / "whole", adm, temperature=0), Job(tmp_path / "parts", adm, temperature=0)
    # 11 different items of two responses, 5 attributes; two samples at temperature 0 are one.
    assert whole.made() == 11 * 5 * 2
    rows = whole.predictions()
    assert sorted(rows["sample"].unique()) == [0, 1, 2, 3]
    assert (rows.groupby(["item", "attribute", "response"])["position"].sum() == 2).all()
    for number in (1, 2):
        parts.made("--shard", f"{number}of2", "--output", f"{number}.json")
    assert parts.made("--gather") == 0
    assert parts.predictions().equals(rows)
