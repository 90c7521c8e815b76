"""The journal, and answering requests through it."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest

from pluralism.engines.kinds.scripted import ScriptedEngine
from pluralism.engines.models import LanguageModel, weights_identity
from pluralism.errors import UserError
from pluralism.inference.answering import answer_requests
from pluralism.inference.journal import Journal, Record, encode_record
from pluralism.requests import (
    AnyRequest,
    ChatQuirks,
    Example,
    Generation,
    Request,
    RewardRequest,
    ValueRequest,
    key_parts,
    request_key,
)
from tests.conftest import ROOT

MODEL = LanguageModel(id="script", engine="scripted")
SCHEMA = '{"type":"object","properties":{"score":{"type":"integer","minimum":0,"maximum":100}}}'


def request(question: str = "q", temperature: float = 0.7, sample: int = 0, seed: int = 0) -> Request:
    return Request("system", (), question, SCHEMA, temperature, sample, seed, answer_tokens=16)


def record(key: str, text: str = "{}") -> Record:
    return Record(Generation(key, text), {"question": "abc"})


class CountingEngine(ScriptedEngine):
    """The scripted engine, which also notes what it was asked."""

    def __init__(self) -> None:
        super().__init__(MODEL)
        self.asked: list[str] = []

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        self.asked += [entry.question for entry in requests if isinstance(entry, Request)]
        yield from super().generate(requests)


def test_what_is_appended_is_there_when_opened_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl") as journal:
        journal.append([record("1", 'a "quoted"\nline, 東京'), record("2")])
    with Journal(tmp_path / "j.jsonl") as journal:
        assert journal.records == {"1": record("1", 'a "quoted"\nline, 東京'), "2": record("2")}


def test_what_is_appended_is_on_the_disk_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power failure after `append` loses nothing: each append ends in an fsync of the whole line."""
    synced: list[bytes] = []
    path, fsync = tmp_path / "j.jsonl", os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            assert "1" not in journal.records or synced  # it counts only afterwards
            synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", noted)
    with Journal(path) as journal:
        for key in ("1", "2"):
            journal.append([record(key)])
            assert (
                synced[-1]
                == path.read_bytes()
                == b"".join(encode_record(record(one)) for one in ("1", "2")[: int(key)])
            )
            assert key in journal.records
    assert len(synced) == 2


def test_a_torn_last_line_is_cut_off_and_the_next_append_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        journal.append([record("1"), record("2")])
    path.write_bytes(path.read_bytes()[:-7])
    with Journal(path) as journal:
        assert set(journal.records) == {"1"}
        journal.append([record("3")])
    with Journal(path) as journal:
        assert set(journal.records) == {"1", "3"}


def test_a_damaged_line_is_passed_over_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        journal.append([record("1"), record("2"), record("3")])
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"2"', b'"9"')
    path.write_bytes(b"".join(lines))
    with Journal(path) as journal:
        assert set(journal.records) == {"1", "3"}


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path), pytest.raises(UserError, match=r"j.jsonl: another job writes to this journal"), Journal(path):
        pass
    with Journal(path) as journal:
        journal.append([record("1")])


def test_answers_come_in_the_order_of_the_requests_and_equal_ones_are_asked_once(tmp_path: Path) -> None:
    engine = CountingEngine()
    requests = [request("b"), request("a"), request("b")]
    with Journal(tmp_path / "j.jsonl") as journal:
        answers = answer_requests(requests, engine, journal)
    assert engine.asked == ["b", "a"]
    assert [answer.key for answer in answers] == [request_key(entry, engine.identity) for entry in requests]


def test_what_the_journal_holds_is_not_asked_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl") as journal:
        first = answer_requests([request("a")], CountingEngine(), journal)
    engine = CountingEngine()
    with Journal(tmp_path / "j.jsonl") as journal:
        assert answer_requests([request("a")], engine, journal) == first
        assert engine.asked == []
        answer_requests([request("a"), request("b")], engine, journal)
    assert engine.asked == ["b"]


@pytest.mark.parametrize("kind", [Request, ValueRequest, RewardRequest])
def test_every_field_declares_whether_it_may_change_an_answer(kind: type) -> None:
    undeclared = [entry.name for entry in fields(kind) if "key" not in entry.metadata]
    assert undeclared == []


def test_each_part_of_a_request_changes_the_key_and_is_named() -> None:
    base = request()
    changed = {
        "system": Request("other", (), "q", SCHEMA, 0.7, 0, 0, 16),
        "examples": Request("system", (Example("q", "a", 0),), "q", SCHEMA, 0.7, 0, 0, 16),
        "question": request("other"),
        "schema": Request("system", (), "q", "{}", 0.7, 0, 0, 16),
        "temperature": request(temperature=0.8),
        "sample": request(sample=1),
        "seed": request(seed=1),
        "answer_tokens": Request("system", (), "q", SCHEMA, 0.7, 0, 0, 17),
        "distribution_of": replace(base, distribution_of="score"),
        "stop": replace(base, stop="."),
        "texts": replace(base, texts=("A", "B")),
        "quirks": replace(base, quirks=ChatQuirks(begin_token_twice=True)),
    }
    assert set(changed) == {entry.name for entry in fields(Request)}
    before = key_parts(base, {"model": "m"})
    for name, other in changed.items():
        after = key_parts(other, {"model": "m"})
        assert {part for part in before | after if before.get(part) != after.get(part)} == {name}
    assert request_key(base, {"model": "m"}) != request_key(base, {"model": "n"})


def test_a_greedy_answer_depends_on_neither_seed_nor_sample() -> None:
    greedy = {request_key(request(temperature=0, sample=sample, seed=sample), {}) for sample in range(3)}
    assert len(greedy) == 1


def test_a_part_that_is_left_out_at_its_default_is_a_part_where_it_is_set() -> None:
    asked = request()
    assert "distribution_of" not in key_parts(asked, {})
    assert "distribution_of" in key_parts(replace(asked, distribution_of="score"), {})
    plain = LanguageModel(id="m")
    assert set(weights_identity(plain)) == {"model", "revision", "dtype"}
    assert weights_identity(LanguageModel(id="m", trust_remote_code=True))["trust_remote_code"]


def test_the_key_of_a_chat_request_is_what_it_ever_was() -> None:
    """A new key would ask again all that existing journals hold."""
    asked = Request("system", (Example("q", "a", 0),), "question", SCHEMA, 0.7, 1, 2, 16)
    assert request_key(asked, {"model": "m"}) == "3d58776f607be5abe4953a790ba15723aaa14f3eddec74f795875f9f0869a630"


def test_requests_of_different_kinds_never_share_a_key() -> None:
    keys = {
        request_key(ValueRequest("a", "b", False), {}),
        request_key(ValueRequest("a", "b", True), {}),
        request_key(ValueRequest("b", "a", False), {}),
        request_key(RewardRequest("a", "b"), {}),
        request_key(RewardRequest("b", "a"), {}),
    }
    assert len(keys) == 5
    assert key_parts(RewardRequest("a", "b"), {}).keys() == {"kind", "prompt", "response"}


def test_a_killed_job_goes_on_where_it_stopped(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from pluralism.inference.answering import answer_requests
        from pluralism.inference.journal import Journal
        from tests.test_journal import CountingEngine, request

        class SlowEngine(CountingEngine):
            def generate(self, requests):
                for generations in super().generate(requests):
                    yield generations
                    print("batch", flush=True)
                    time.sleep(0.2 if sys.argv[2] == "slow" else 0)

        engine = SlowEngine()
        with Journal(Path(sys.argv[1])) as journal:
            answers = answer_requests([request(str(index)) for index in range(100)], engine, journal)
        print("asked", len(engine.asked), hash(tuple(answer.text for answer in answers)))
        """
    )
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}", "PYTHONHASHSEED": "0"}

    def start(name: str, pace: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, str(tmp_path / name), pace]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    with start("killed.jsonl", "slow") as killed:
        assert killed.stdout is not None
        for _ in range(3):
            killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
    undisturbed = start("whole.jsonl", "fast").communicate()[0].split("asked ")[1].split()
    resumed = start("killed.jsonl", "fast").communicate()[0].split("asked ")[1].split()
    assert undisturbed[0] == "100"
    assert int(resumed[0]) in (100 - 48, 100 - 64)  # three batches were reported, a fourth may have been written
    assert resumed[1] == undisturbed[1]
