"""The server engine, against a real server process that misbehaves: whatever befalls it, nothing is lost."""

import json
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.adms.base import schema_text
from pluralism.adms.scores import score_schema
from pluralism.engines.base import Engine
from pluralism.engines.kinds.server import Server
from pluralism.engines.models import LanguageModel
from pluralism.engines.server.chat_api import PendingRequest, RequestError, body, prefix_groups
from pluralism.engines.server.engine import ServerEngine
from pluralism.engines.server.retries import seconds_asked_for
from pluralism.engines.server.text_api import text_body
from pluralism.errors import UserError
from pluralism.inference.progress import FOLDER
from pluralism.inference.reasonings import TEXT_SCHEMA
from pluralism.inference.run_folder import VARIABLE
from pluralism.requests import ChatQuirks, Example, Generation, Request, request_key
from pluralism.study.grid import make_cell
from pluralism.study.reading import read_config
from tests.conftest import error_line
from tests.jobs import Job
from tests.serving import Served, serving, start
from tests.test_config import changed

SCHEMA = schema_text(score_schema(20))
REQUESTS = 11 * 2 * 5 * 2
"""Of a job: distinct items, responses, attributes, samples."""


def job(folder: Path, *servers: Served, timeout: float = 60, concurrency: int = 8, **changes: Any) -> Job:
    options = {"urls": [served.url for served in servers], "timeout": timeout, "concurrency": concurrency}
    return Job(folder, model={"id": "served", "engine": "server", "server": options}, **changes)


def engine(served: Served, **changes: Any) -> ServerEngine:
    server = Server(urls=(served.url,), timeout=changes.pop("timeout", 60), **changes)
    return ServerEngine(LanguageModel(id="served", engine="server"), server)


def asked(question: str = "Why?", temperature: float = 0.7, sample: int = 0, examples: int = 0) -> Request:
    shown = tuple(Example(f"Example {rank}?", "{}", rank) for rank in range(examples))
    return Request("Be just.", shown, question, SCHEMA, temperature, sample, 0, 40)


def answers(engine: Engine, *requests: Request) -> list[Generation]:
    return [generation for batch in engine.generate(requests) for generation in batch]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The predictions of a job whose server does what it should."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with serving(folder / "log") as served:
        one = job(folder / "job", served)
        assert one.made() == REQUESTS
        assert len(served.answered) == len(set(served.answered)) == REQUESTS
        assert one.made() == 0
    return one.predictions()


@pytest.mark.parametrize("fault", ["429", "500", "drop", "torn", "schema"])
def test_what_fails_is_asked_again_and_nothing_else(tmp_path: Path, undisturbed: pd.DataFrame, fault: str) -> None:
    with serving(tmp_path / "log", "--fault", fault, "--every", "7") as served:
        one = job(tmp_path / "job", served)
        assert one.made() == REQUESTS
        assert len(served.answered) == len(set(served.answered)) == REQUESTS
    pd.testing.assert_frame_equal(one.predictions(), undisturbed)


def test_an_answer_that_takes_too_long_is_asked_for_again(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--fault", "hang", "--every", "5") as served:
        made = answers(engine(served, timeout=2, concurrency=4), *(asked(sample=number) for number in range(16)))
    assert len({generation.key for generation in made}) == 16


def told(run: Path) -> str:
    """How far a run's jobs are, as they tell it to who watches."""
    return "".join(path.read_text() for path in (run / FOLDER).glob("*.json") if path.exists())


def test_a_server_that_dies_halfway_and_comes_back_is_waited_for(
    tmp_path: Path, undisturbed: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    served = start(tmp_path / "log", "--seconds", "0.02")
    one = job(tmp_path / "job", served)
    process = one.start()
    while len(served.answered) < REQUESTS // 4:
        assert process.poll() is None
        time.sleep(0.01)
    served.process.kill()
    served.process.communicate()
    while f"{served.url} is away, tried until" not in told(tmp_path / "run"):
        assert process.poll() is None
        time.sleep(0.01)
    with serving(tmp_path / "log", port=served.port):
        _, complaints = process.communicate()
        assert process.returncode == 0, complaints
    assert re.search(r"no connection; tried again until \d\d:\d\d:\d\d \(60 s\)", complaints)
    assert complaints.count("no connection;") == 1
    assert f"{served.url}: answers again after" in complaints
    assert len(served.answered) == len(set(served.answered))  # killed before it noted one, it may lack that
    pd.testing.assert_frame_equal(one.predictions(), undisturbed)


def test_the_other_servers_do_the_work_of_one_that_stays_away(tmp_path: Path, undisturbed: pd.DataFrame) -> None:
    dying = start(tmp_path / "dying", "--seconds", "0.02")
    with serving(tmp_path / "log", "--seconds", "0.02") as other:
        one = job(tmp_path / "job", dying, other, timeout=1)
        process = one.start()
        while len(dying.answered) < 20:
            assert process.poll() is None
            time.sleep(0.01)
        dying.process.kill()
        dying.process.communicate()
        _, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert f"{dying.url}: no connection; this server is given up" in complaints
    answered = dying.answered + other.answered
    assert len(answered) == len(set(answered))  # killed before it noted one, a server may lack that
    pd.testing.assert_frame_equal(one.predictions(), undisturbed)


def test_what_a_server_never_answers_is_told_when_all_else_is_done(tmp_path: Path, undisturbed: pd.DataFrame) -> None:
    with serving(tmp_path / "log", "--fault", "500", "--poison", "Question 3?") as served:
        one = job(tmp_path / "job", served, timeout=1, concurrency=24)
        line = error_line(one.run())
    assert f"model served: 20 of {REQUESTS} requests are not answered: 20 x {served.url}: HTTP 500" in line
    assert "the other answers are kept, run again" in line
    assert not (one.folder / "predictions.parquet").exists()
    with serving(tmp_path / "log", port=served.port):
        assert one.made() == 20
    assert len(served.answered) == len(set(served.answered)) == REQUESTS
    pd.testing.assert_frame_equal(one.predictions(), undisturbed)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("torn", "answers that are not JSON"),
        ("schema", "answers that do not obey their schema"),
        ("order", "answers whose keys are not in the order of their schema"),
        ("html", "replies that are not chat completions"),
    ],
)
def test_a_server_that_does_not_hold_answers_to_the_schema_is_given_up(tmp_path: Path, fault: str, reason: str) -> None:
    requests = [asked(sample=number) for number in range(40)]
    with (
        serving(tmp_path / "log", "--fault", fault) as served,
        pytest.raises(UserError, match=f"40 of 40 requests are not answered: 40 x {served.url}: {reason}"),
    ):
        answers(engine(served, concurrency=4), *requests)


def test_many_requests_are_under_way_at_once(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--together", "6") as served:
        assert len(answers(engine(served, concurrency=6), *(asked(sample=number) for number in range(60)))) == 60


def test_counts_are_what_the_server_tells(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as served:
        (made,) = answers(engine(served), asked())
    assert (made.prompt_tokens, made.prefilled_tokens, made.output_tokens, made.dropped_examples) == (10, 4, 40, 0)
    assert made.seconds > 0
    assert json.loads(made.text)["score"] in range(101)


def test_a_cut_answer_is_sampled_once_more_and_a_greedy_one_is_not(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--fault", "cut", "--every", "2") as served:
        one_at_a_time = engine(served, concurrency=1)
        assert len(answers(one_at_a_time, *(asked(sample=number) for number in range(6)))) == 6
        seeds = len(served.answered)
        made: list[Generation] = []
        with pytest.raises(UserError, match=r"1 of 2 requests .* cut at their bound of 40 tokens \(sampled ones twice"):
            for batch in one_at_a_time.generate([asked("A?", temperature=0), asked("B?", temperature=0)]):
                made += batch
    assert seeds == 6
    assert len(made) == 1


def test_messages_that_outgrow_the_context_lose_the_least_similar_example_first(tmp_path: Path) -> None:
    """The messages are 2 words of system text, 1 of the question and 3 of each example."""
    with serving(tmp_path / "log", "--context", "9") as served:
        made: list[Generation] = []
        with pytest.raises(UserError, match=r"1 of 2 requests .* do not fit the server's context"):
            for batch in engine(served).generate([asked(examples=3), asked("Why " * 10)]):
                made += batch
    assert [generation.dropped_examples for generation in made] == [1]
    pending = PendingRequest(asked(examples=3), "0", asked(examples=3).examples)
    assert [example.similarity_rank for example in pending.shorter().examples] == [0, 1]


def test_a_full_context_is_told_by_an_answer_that_is_cut_before_its_bound() -> None:
    request = asked(temperature=0, examples=1)
    shorter = PendingRequest(request, "0", request.examples).after_cut(output_tokens=39)
    assert (shorter.examples, shorter.attempt) == ((), 0)
    with pytest.raises(RequestError, match="do not fit the server's context"):
        shorter.after_cut(output_tokens=39)


def test_a_model_without_a_system_role_is_told_the_system_text_by_the_user(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--no-system-role") as served:
        assert len(answers(engine(served), *(asked(sample=number) for number in range(5)))) == 5


@pytest.mark.parametrize(("quirks", "lines"), [(ChatQuirks(), 0), (ChatQuirks(blanks_cleaned_up=True), 1)])
def test_a_log_line_says_which_flags_a_server_does_not_follow(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, quirks: ChatQuirks, lines: int
) -> None:
    caplog.set_level(logging.INFO)
    with serving(tmp_path / "log") as served:
        answers(engine(served), *(replace(asked(sample=number), quirks=quirks) for number in range(3)))
    assert len([line for line in caplog.messages if "blanks_cleaned_up is not followed" in line]) == lines


def raw(words: int, answer_tokens: int) -> Request:
    """A raw text of some words, of which the first three are shared."""
    return Request("Question: one\n", (), "two " * (words - 2), TEXT_SCHEMA, 0, 0, 0, answer_tokens, stop=".")


@pytest.mark.parametrize(
    ("sentence", "answer_tokens", "words", "sent"),
    [
        (3, 100, 3, 1),  # ends with its stop
        (300, 1000, 300, 2),  # longer than what is asked for at first
        (300, 260, 250, 2),  # all that remains beside the ten tokens of the text
        (40, 45, 35, 2),  # more came than there may be: the text itself has ten tokens
        (40, 9, 1, 2),  # the text alone has more
    ],
)
def test_a_raw_text_is_continued_up_to_its_stop_or_to_the_tokens_that_both_have_together(
    tmp_path: Path, sentence: int, answer_tokens: int, words: int, sent: int
) -> None:
    with serving(tmp_path / "log", "--sentence", str(sentence)) as served:
        (made,) = answers(engine(served), raw(10, answer_tokens))
        assert len(served.answered) == sent
    text = json.loads(made.text)["text"]
    assert text == " so" * words + ("." if words == sentence else "")
    assert (made.prompt_tokens, made.output_tokens) == (10, words + (words == sentence))


def test_a_raw_text_that_outgrows_the_context_is_told_and_one_goes_out_as_it_is(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "log", "--context", "9") as served,
        pytest.raises(UserError, match="do not fit the server's context"),
    ):
        answers(engine(served), raw(10, 100))
    sent = text_body(PendingRequest(raw(4, 100), "0", ()), "served")
    assert sent["prompt"] == "Question: one\ntwo two "
    assert (sent["stop"], sent["max_tokens"], sent["temperature"]) == (["."], 100, 0)


def test_requests_with_the_same_prefix_follow_each_other() -> None:
    requests = [
        replace(asked(f"Question {number}?", sample=sample), system=f"Attribute {number % 3}.")
        for number in range(12)
        for sample in range(2)
    ]
    groups = prefix_groups([PendingRequest(request, "0", ()) for request in requests])
    assert [group[0].request.system for group in groups] == ["Attribute 0.", "Attribute 1.", "Attribute 2."]
    first = [(pending.request.question, pending.request.sample) for pending in groups[0]]
    assert first[:3] == [("Question 0?", 0), ("Question 0?", 1), ("Question 3?", 0)]


def test_a_request_is_sampled_by_a_seed_of_its_own() -> None:
    def sent(temperature: float, sample: int, attempt: int = 0) -> dict[str, Any]:
        request = asked(temperature=temperature, sample=sample)
        return body(PendingRequest(request, request_key(request, {}), (), attempt), "m", system_role=True)

    assert sent(0.7, 0) == sent(0.7, 0)
    assert len({sent(0.7, 0)["seed"], sent(0.7, 1)["seed"], sent(0.7, 0, attempt=1)["seed"]}) == 3
    assert "seed" not in sent(0, 0)
    assert sent(0.7, 0)["response_format"]["json_schema"]["strict"] is True


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Served]:
    """A server that asks for a key, and repeats a wrong one."""
    with serving(tmp_path / "log", "--key", "sk-right") as served:
        yield served


@pytest.mark.parametrize("key", ["sk-right", "sk-wrong"])
def test_the_key_comes_from_the_environment_and_is_seen_nowhere(
    tmp_path: Path, locked: Served, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("CLUSTER_KEY", key)
    one = job(tmp_path / "job", locked)
    one.model["server"]["api_key_variable"] = "CLUSTER_KEY"
    process = one.start()
    command_line = Path(f"/proc/{process.pid}/cmdline").read_text()
    printed, complaints = process.communicate()
    if key == "sk-right":
        assert process.returncode == 0, complaints
    else:
        assert "HTTP 401 (is the key in CLUSTER_KEY?): Error code: 401" in complaints
        assert "Incorrect API key provided: ***" in complaints
    written = [path.read_bytes() for path in one.folder.rglob("*") if path.is_file()]
    assert all(b"sk-" not in content for content in written)
    assert "sk-" not in command_line + printed + complaints


def test_a_server_that_is_not_there_or_serves_another_model_is_told_at_once(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as served:
        other = LanguageModel(id="other", engine="server")
        with pytest.raises(UserError, match=r"1 of 1 requests .*: serves served and not other"):
            answers(ServerEngine(other, Server(urls=(served.url,))), asked())
    with pytest.raises(UserError, match=rf"1 of 1 requests are not answered: 1 x {served.url}: no connection"):
        answers(engine(served), asked())


def test_the_time_that_a_server_asks_for_is_read() -> None:
    assert seconds_asked_for("1.5") == 1.5
    assert 3500 < seconds_asked_for(time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))) < 3601
    assert seconds_asked_for("soon") == seconds_asked_for("-1") == 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"engine": "server"}, "models.llama_3b.server: this key is missing"),
        (
            {"server": {"urls": ["http://a/v1"]}},
            "models.llama_3b.server: unknown key 'server'; allowed: id, file, engine, ",
        ),
        ({"engine": "server", "server": {"urls": []}}, "models.llama_3b.server.urls: "),
        ({"engine": "server", "server": {"urls": ["node1:8000"]}}, "expected a URL like http://node1:8000/v1"),
        ({"engine": "server", "server": {"urls": ["http://a/v1"], "key": "x"}}, "unknown key 'key'; allowed: urls, "),
    ],
)
def test_a_fault_in_a_servers_config_is_told(model: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as fault:
        read_config(changed("models", "llama_3b", to={"id": "m", **model}))
    assert message in str(fault.value)


def test_a_scorer_is_no_model_for_a_server() -> None:
    served = {"id": "m", "engine": "server", "server": {"urls": ["http://a/v1"]}}
    with pytest.raises(UserError, match="'kaleido_xl' runs in the engine server, the ADM 'kaleido_spm' needs one of"):
        read_config(changed("models", "kaleido_xl", to=served))
    config = read_config(changed("models", "llama_3b", to=served))
    assert make_cell(config, "mic", "sampling_llama", "regression").gpus == 0
