"""A decoding that stops: the rule by hand, what it costs in changed decisions, and jobs that ask in rounds."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from dev.simulate_stopping import ATTRIBUTES, drawn_targets, play, simulated_scores, simulated_votes
from pluralism.adms.base import Query, Task
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.selection import Array
from pluralism.decisions.stopping import Stop, StopRule
from pluralism.engines.kinds.scripted import ScriptedEngine
from pluralism.engines.models import LanguageModel
from pluralism.inference.journal import read_journals
from pluralism.inference.rounds import ask_in_rounds
from pluralism.inference.settings import settings_text
from pluralism.inference.shards import sibling_journals
from pluralism.predictions import Prediction, prediction_table
from pluralism.requests import Generation
from pluralism.statistics.comparisons import AdmResult
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.reading import CellSource
from pluralism.statistics.samples import samples
from pluralism.statistics.stopping import afterwards_rows, mean_askings, saving, saving_rows
from pluralism.statistics.table_columns import DECODING
from pluralism.statistics.typical_differences import groups
from pluralism.targets.target import Target
from tests.conftest import error_line
from tests.jobs import ATTRIBUTES as ATTRIBUTES_OF_JOBS
from tests.jobs import Job
from tests.statistics_cases import HIGH, LOW, adm_result, benchmark
from tests.test_by_samples import vote
from tests.test_interruption import wait_for


def votes(picked: Sequence[int], responses: int = 2) -> Array:
    """Picks of one item, a sample each, as the rule takes them."""
    return np.eye(responses)[list(picked)][:, None, None, :, None]


def scores(levels: Sequence[Sequence[float]]) -> Array:
    """Scores of one attribute of one item's responses, a sample each, as the rule takes them."""
    return np.array(levels)[:, None, None, :, None]


def test_a_vote_is_decided_when_tosses_of_a_coin_would_hardly_change_it() -> None:
    rule = StopRule("decided", (), ())
    # Of 20 votes, 7 agree: the other response needs 10 or more of 13 to catch up. The sum of 13 over 10, 11, 12 and 13.
    assert rule.chances(votes([0] * 7), 20) == pytest.approx((286 + 78 + 13 + 1) / 2**13)
    assert rule.decided(votes([0] * 7), 20).all()
    # Of 6 that agree, it needs 10 of 14.
    assert rule.chances(votes([0] * 6), 20) == pytest.approx((1001 + 364 + 91 + 14 + 1) / 2**14)
    assert not rule.decided(votes([0] * 6), 20).any()
    # Of 5 votes, 3 settle it; 2 do not, though they agree.
    assert [bool(rule.decided(votes([1] * count), 5)) for count in (2, 3)] == [False, True]
    # The nearest rival counts: 3, 1 and 0 votes, and one to come.
    assert rule.decided(votes([0, 0, 0, 1], responses=3), 5).all()


def test_scores_are_decided_by_how_far_a_rival_is_behind_for_their_noise() -> None:
    rule = StopRule("decided", ["care"], [HIGH])
    # Levels .7 and .5 are .09 and .25 from 1, squared; 2 * (level - 1) is -.6 and -1. In both samples, noise is .06.
    behind, noise, expected = 0.16, 2 * 0.06**2, 0.1**2 * (0.36 + 1)
    spread = np.sqrt((noise + expected) / 2)
    size = 2 * behind / (np.sqrt(4) * spread)
    found = rule.chances(scores([[0.6, 0.5], [0.8, 0.5]]), 6)
    assert found == pytest.approx(student.sf(size, df=2))
    assert 0.05 < found[0, 0] < 0.2
    # One sample to come changes it less; and one that is the last, not at all.
    assert rule.decided(scores([[0.6, 0.5], [0.8, 0.5]]), 2).all()
    assert rule.chances(scores([[0.6, 0.5], [0.8, 0.5]]), 3) < found


def test_a_median_of_two_camps_is_decided_as_a_vote_of_them_is() -> None:
    # Three of five samples prefer the first response, two the second: the median is near one camp, whichever is larger.
    camps = scores([[0.9, 0.1]] * 3 + [[0.1, 0.9]] * 2)
    median = StopRule("decided", ["care"], [HIGH], "median")
    assert median.chances(camps, 20) == pytest.approx(0.5)  # 15 tosses of a coin make up for a lead of one
    assert StopRule("decided", ["care"], [HIGH]).chances(camps, 20) < 0.5
    clear = scores([[0.9, 0.1]] * 7)
    assert median.chances(clear, 20) == StopRule("decided", (), ()).chances(votes([0] * 7), 20) > 0
    assert median.decided(clear, 20).all()


def test_an_item_waits_for_all_targets_or_for_most_of_them() -> None:
    # The first two are clear; of the third both responses are equally near.
    targets = [HIGH, LOW, *[HIGH] * 17, Target("between", {"care": 0.5})]
    seen = scores([[1.0, 0.0]] * 5)
    chances = StopRule("decided", ["care"], targets).chances(seen, 10)[:, 0]
    assert chances[-1] == pytest.approx(0.5) and (chances[:-1] < 0.001).all()
    assert not StopRule("decided", ["care"], targets).decided(seen, 10).any()
    assert StopRule("mostly_decided", ["care"], targets).decided(seen, 10).all()


@pytest.mark.parametrize("responses", [2, 4])
@pytest.mark.parametrize("allowed", [5, 20, 50])
def test_few_votes_would_come_out_otherwise(allowed: int, responses: int) -> None:
    draw = np.random.default_rng(1)
    rule = StopRule("decided", (), ())
    found = {kind: play(rule, every) for kind, every in simulated_votes(draw, allowed, responses, items=400)}
    assert max(differ for _, differ in found.values()) <= 0.05
    assert found["mostly clear"][0] > 0.2


@pytest.mark.parametrize("stop", get_args(Stop))
@pytest.mark.parametrize(
    ("allowed", "responses", "aggregate"), [(5, 2, "mean"), (20, 4, "mean"), (20, 2, "median"), (50, 2, "trimmed_mean")]
)
def test_few_decisions_by_scores_would_come_out_otherwise(
    allowed: int, responses: int, aggregate: Aggregate, stop: Stop
) -> None:
    draw = np.random.default_rng(1)
    rule = StopRule(stop, ATTRIBUTES, drawn_targets(draw), aggregate)
    found = {kind: play(rule, every) for kind, every in simulated_scores(draw, allowed, responses, items=60)}
    assert max(differ for _, differ in found.values()) <= (0.05 if stop == "mostly_decided" else 0.01)
    if stop == "mostly_decided" and allowed > 5:
        assert found["noise 0.1"][0] > 0.3


ALL_HIGH = Target("target_high", dict.fromkeys(ATTRIBUTES_OF_JOBS.names, 1.0))
UNALIGNED, COMPARATIVE = {"kind": "unaligned_baseline"}, {"kind": "comparative_regression"}


def asked(job: Job) -> dict[int, int]:
    """Item -> its samples."""
    last = job.predictions().groupby("item")["sample"].max()
    return {int(item): int(sample) + 1 for item, sample in zip(last.index, last, strict=True)}


def test_an_item_is_asked_until_it_is_decided(tmp_path: Path) -> None:
    whole, stopping = Job(tmp_path / "whole", UNALIGNED, samples=20), Job(tmp_path / "stops", UNALIGNED, samples=20)
    stopping.stop = "decided"
    assert whole.made() > stopping.made()
    found, every = stopping.predictions(), whole.predictions()
    rule = StopRule("decided", (), ())
    for item, count in asked(stopping).items():
        picked = every[(every["item"] == item) & (every["score"] == 1)].sort_values("sample")["response"].tolist()
        enough = next(n for n in range(1, 21) if rule.decided(votes(picked[:n]), 20).all())
        assert count == enough
    # Its rows are those of all samples, with the same questions.
    pd.testing.assert_frame_equal(found.merge(every), found, check_like=True)
    assert stopping.decide().returncode == 0, stopping.decide().stderr


@pytest.mark.parametrize("adm", [COMPARATIVE, {"kind": "prompt_aligned", "swap": True}])
def test_a_job_that_is_killed_goes_on_and_asks_the_same(tmp_path: Path, adm: dict[str, Any]) -> None:
    whole, killed = (Job(tmp_path / name, adm, samples=12, stop="mostly_decided") for name in ("whole", "killed"))
    made, journal = whole.made(), tmp_path / "killed/journal.jsonl"
    process = killed.start(seconds=0.002)
    wait_for(lambda: journal.exists() and len(read_journals([journal])) > made / 2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = len(read_journals([journal]))
    assert made / 2 < kept < made
    assert killed.made() == made - kept
    pd.testing.assert_frame_equal(killed.predictions(), whole.predictions())
    assert killed.made() == 0
    sizes = set(whole.predictions().groupby(["item", "target"], dropna=False)["sample"].nunique())
    if adm.get("swap"):
        assert all(size % 2 == 0 for size in sizes)  # both orders, as often
    assert len(sizes) > 1


def test_shards_ask_the_same(tmp_path: Path) -> None:
    whole, parts = (Job(tmp_path / name, {"kind": "regression"}, samples=12, stop="decided") for name in ("a", "b"))
    made = whole.made()
    assert sum(parts.made("--shard", f"{number}of3", "--output", f"{number}.json") for number in (1, 2, 3)) == made
    assert parts.made("--gather") == 0
    pd.testing.assert_frame_equal(parts.predictions(), whole.predictions())
    assert len(sibling_journals(tmp_path / "b/journal.jsonl")) == 3


def test_another_target_asks_the_samples_that_it_needs_and_no_others(tmp_path: Path) -> None:
    first = Job(tmp_path / "a", COMPARATIVE, samples=6, stop="decided")
    before = first.made("--targets", "target_high.json")
    between = json.dumps(dict.fromkeys(ATTRIBUTES_OF_JOBS.names, 0.5))
    later = Job(tmp_path / "b", COMPARATIVE, samples=6, stop="decided")
    for job in (first, later):
        (job.folder / "target_between.json").write_text(between)
    targets = ("--targets", "target_high.json", "target_between.json")
    more, all_at_once = first.made(*targets), later.made(*targets)
    assert more > 0 and before + more == all_at_once
    pd.testing.assert_frame_equal(first.predictions(), later.predictions())
    # Nothing of what is known is asked again, and nothing that only the target needed that is gone is read.
    assert first.made("--targets", "target_high.json") == 0
    assert len(first.predictions()) < len(later.predictions())


def test_one_sample_is_asked_as_without_a_stop(tmp_path: Path) -> None:
    plain, stopping = (Job(tmp_path / str(stop), UNALIGNED, samples=1, stop=stop) for stop in (None, "decided"))
    assert plain.made() == stopping.made() > 0
    pd.testing.assert_frame_equal(plain.predictions(), stopping.predictions())


class SamplesAsOne(ComparativeRegression):
    """Says one thing of all samples."""

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        rows = super().read(task, queries, generations)
        return [row for row in rows if row.sample == 0]


def test_an_adm_that_says_nothing_of_single_samples_is_asked_all(tmp_path: Path) -> None:
    job = Job(tmp_path, COMPARATIVE, samples=6, stop="decided")
    task = Task([Item("p", ("r", "s"), ())], ATTRIBUTES_OF_JOBS, samples=6, temperature=0.7, targets=[ALL_HIGH])
    engine = ScriptedEngine(LanguageModel(id="script", engine="scripted"))

    def ask(queries: Sequence[Query], _: str) -> list[Generation]:
        return [entry for batch in engine.generate([query.request for query in queries]) for entry in batch]

    adm = SamplesAsOne()
    queries = adm.queries(task)
    assert len(ask_in_rounds(job.settings, task, adm, queries, ask).answers) == len(queries) == 5 * 6


def test_levels_are_not_decided_without_targets(tmp_path: Path) -> None:
    job = Job(tmp_path, COMPARATIVE, samples=5, stop="decided")
    assert "when the picks for all targets are decided: --targets is missing" in error_line(job.run("--targets"))
    assert not (tmp_path / "predictions.parquet").exists()


def test_the_plan_tells_how_much_is_asked_at_most(tmp_path: Path) -> None:
    job = Job(tmp_path, UNALIGNED, samples=20, stop="decided")

    def row() -> list[str]:
        result = job.plan()
        assert result.returncode == 0, result.stdout
        return next(line.split()[:4] for line in result.stdout.splitlines() if line.startswith("  a "))

    assert row() == ["a", "≤220", "0", "≤220"]  # 12 items, two of them equal
    made = job.made()
    assert row() == ["a", str(made), str(made), "0"]
    journal = tmp_path / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:-1]))
    name, most, answered, to_make = row()
    assert (name, answered) == ("a", str(made - 1))
    assert 1 <= int(to_make[1:]) == int(most[1:].replace(",", "")) - made + 1 <= 14


def test_settings_without_a_stop_are_as_before_there_were_stops(tmp_path: Path) -> None:
    text = settings_text(Job(tmp_path).settings)
    assert not {"stop", "aggregate", "members"} & {*json.loads(text), *json.loads(text)["decoding"]}
    assert json.loads(settings_text(Job(tmp_path, stop="decided").settings))["decoding"]["stop"] == "decided"


def test_the_rule_is_applied_afterwards_to_all_samples() -> None:
    made = benchmark([[1.0, 0.0]] * 2, [HIGH])
    # 7 of 20 votes decide the first item, as all do, and the second, for which 13 others are cast.
    cast = [[0] * 20, [0] * 7 + [1] * 13]
    rows = [
        row for item, of_item in enumerate(cast) for place, one in enumerate(of_item) for row in vote(item, place, one)
    ]
    entries = samples(prediction_table(rows), made, "mean")
    (row, _) = afterwards_rows(made, Clusters(made.prompts), entries, 20, [HIGH], first_vote_wins=True)
    assert [row[name] for name in ("stop", "compared_with", "samples", "asked", "differs")] == [
        *("decided", "afterwards", 20, 7, 0.5)
    ]
    assert row["saved"] == pytest.approx(13 / 20)


def test_what_stopped_is_compared_with_the_experiment_that_asked_all() -> None:
    made = benchmark([[1.0, 0.0]] * 4, [HIGH])
    here, there = (Path("results/d", name, "adm") for name in ("early", "whole"))
    source = CellSource(here, samples=20, temperature=0.7, model="m", stop="decided")
    whole = CellSource(there, samples=20, temperature=0.7, model="m")
    ours, theirs = adm_result(made, [[0, 0, 0, 1]]), adm_result(made, [[0, 0, 1, 1]])

    def row(*others: tuple[CellSource, AdmResult]) -> dict[str, Any]:
        found = saving(source, 8.0, ours, others)
        assert found is not None
        return saving_rows(made, Clusters(made.prompts), found)[0]

    known = row((source, ours), (CellSource(there, samples=20, temperature=1.0, model="m"), ours), (whole, theirs))
    assert [known[name] for name in ("compared_with", "saved", "differs")] == ["whole", 0.6, 0.25]
    alone = row((source, ours))
    assert (alone["compared_with"], alone["saved"]) == ("", 0.6)
    assert np.isnan(alone["differs"])
    assert saving(whole, 20.0, theirs, [(source, ours)]) is None
    # All samples in one, as by likelihoods: none was saved.
    assert saving(source, 1.0, ours, []) is None


def test_a_decoding_that_stops_is_another_one() -> None:
    sources = [
        CellSource(Path("d", name, "adm"), samples=20, temperature=0.7, model="m", stop=stop)
        for name, stop in (("whole", ""), ("early", "decided"))
    ]
    (group,) = groups(sources)
    assert (group.factor, group.levels) == (DECODING, ("20 at temperature 0.7", "20 at temperature 0.7, decided"))


def test_a_sample_in_every_order_counts_once() -> None:
    made = benchmark([[1.0, 0.0]] * 2, [HIGH])
    one = pd.DataFrame(prediction_table([row for item in (0, 1) for place in range(4) for row in vote(item, place, 0)]))
    assert mean_askings(samples(one, made)) == 4
    cyclic = one.assign(position=(one["response"] - one["sample"]) % 2)
    assert mean_askings(samples(cyclic, made)) == 2
