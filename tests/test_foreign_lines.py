"""Lines of a journal that this version would not write: reported, skipped, and their generations made again."""

import json
import os
import random
import re
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.errors import UserError
from pluralism.files import LONGEST_LINE
from pluralism.inference.answers import misfit
from pluralism.inference.journal import Journal, Record, decode_record, encode_record, read_journals
from pluralism.requests import AnyRequest, Generation, Request, RewardRequest, ValueRequest
from tests.conftest import error_line
from tests.jobs import Job

WHOLE = Record(Generation("k", "{}", 5, 4, 3, 2, 1, 0.5), {"question": "abc"})
FIELDS = json.loads(encode_record(WHOLE).split(b" ", maxsplit=1)[1])


def line(body: bytes | str) -> bytes:
    """A line with the right checksum, whatever it holds."""
    text = body if isinstance(body, bytes) else body.encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def changed(**values: Any) -> bytes:
    return line(json.dumps(FIELDS | values))


def without(name: str) -> bytes:
    return line(json.dumps({key: value for key, value in FIELDS.items() if key != name}))


NO_TOKENS: list[Any] = ["x", -1, 1.5, True, None, 2**70, []]
NO_PARTS: list[Any] = [[], "abc", None, {"question": 5}, {"a": {"b": "c"}}]
FOREIGN = {
    **{f"without {name}": without(name) for name in FIELDS},
    "a newer version's field": changed(tokens_per_second=3),
    "a renamed field": line(json.dumps(FIELDS).replace('"text"', '"answer"')),
    "not JSON": line("not JSON"),
    "cut JSON": line(json.dumps(FIELDS)[:-3]),
    "two values": line("{} {}"),
    "nothing": line(""),
    **{f"no object but {value}": line(value) for value in ("null", "5", '"text"', "[]", "NaN", "true")},
    "text is a number": changed(text=5),
    "text is null": changed(text=None),
    "key is a list": changed(key=["k"]),
    "key is missing a value": line('{"key":}'),
    **{f"tokens are {value!r}": changed(prompt_tokens=value) for value in NO_TOKENS},
    **{f"seconds are {value!r}": changed(seconds=value) for value in (-0.1, "1", None)},
    **{
        f"seconds are {text[:9]}": line(json.dumps(FIELDS | {"seconds": 7}).replace("7", text))
        for text in ("NaN", "Infinity", "-Infinity", "1e999", "1" * 5000)
    },
    "10**400 tokens": changed(prompt_tokens=10**400),
    "an integer of 5,000 digits": line(json.dumps(FIELDS).replace("5", "5" * 5000, 1)),
    "nested 100,000 deep": line('{"parts": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "objects nested 100,000 deep": line('{"a":' * 100_000 + "1" + "}" * 100_000),
    **{f"parts are {value!r}": changed(parts=value) for value in NO_PARTS},
    "a lone surrogate": line(json.dumps(FIELDS | {"text": "\ud800"})),
    "not UTF-8": line(b'{"key": "\xff"}'),
    "no checksum": json.dumps(FIELDS).encode() + b"\n",
    "another checksum": b"00000000" + encode_record(WHOLE)[8:],
    "empty": b"\n",
    "blank": b"   \n",
    "a byte order mark": b"\xef\xbb\xbf" + encode_record(WHOLE),
    "zeros": b"\0" * 100 + b"\n",
    "a gzip's beginning": b"\x1f\x8b\x08\x00\n",
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_line_is_skipped_in_one_line_of_the_log_and_stays(
    foreign: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert decode_record(foreign) is None
    path = tmp_path / "j.jsonl"
    path.write_bytes(encode_record(WHOLE) + foreign + encode_record(Record(Generation("l", "{}"), {})))
    before = path.read_bytes()
    with Journal(path) as journal:
        assert list(journal.records) == ["k", "l"]
    assert path.read_bytes() == before
    (message,) = caplog.messages
    assert re.fullmatch(
        rf"{re.escape(str(path))}: line 2 is (damaged and is skipped|not of this version and is skipped \(.+\))",
        message,
    )
    assert len(message) < len(str(path)) + 200


def test_lines_that_went_through_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "j.jsonl").write_bytes(encode_record(WHOLE).replace(b"\n", b"\r\n"))
    assert read_journals([tmp_path / "j.jsonl"]) == {"k": WHOLE}


def test_thousands_of_foreign_lines_are_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "j.jsonl").write_bytes(without("text") * 5000 + encode_record(WHOLE))
    assert read_journals([tmp_path / "j.jsonl"]) == {"k": WHOLE}
    (message,) = caplog.messages
    assert message.endswith("; and 4997 more")
    assert "line 3 is not of this version and is skipped (text: Field required)" in message


def test_a_huge_line_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pluralism.inference.journal.LONGEST_LINE", 2**16)
    path = tmp_path / "j.jsonl"
    huge = line("x" * 2**22)
    path.write_bytes(encode_record(WHOLE) + huge + encode_record(Record(Generation("l", "{}"), {})))
    tracemalloc.start()
    try:
        assert list(read_journals([path])) == ["k", "l"]
        assert tracemalloc.get_traced_memory()[1] < len(huge) / 4
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("end", [b"0a1", b"0a1b2c3d", b'0a1b2c3d {"key": "k', b"\0" * 4096])
def test_a_line_of_ours_without_its_end_is_cut_off(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(encode_record(WHOLE) + end)
    with Journal(path):
        pass
    assert path.read_bytes() == encode_record(WHOLE)


@pytest.mark.parametrize("end", [b"\x1f\x8b\x08\x00", b"notes of mine", b"x" * (LONGEST_LINE + 1)])
def test_other_text_at_the_end_stays_and_the_next_line_begins_after_it(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(end)
    for _ in range(2):
        with Journal(path) as journal:
            journal.append([WHOLE])
    assert path.read_bytes() == end + b"\n" + encode_record(WHOLE) * 2


def make_folder(path: Path) -> None:
    path.mkdir()


def make_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [make_folder, os.mkfifo, make_loop])
def test_what_is_no_file_is_one_line(make: Callable[[Path], object], tmp_path: Path) -> None:
    job = Job(tmp_path)
    make(tmp_path / "journal.jsonl")
    assert "journal.jsonl: " in error_line(job.run())


@pytest.mark.parametrize("make", [make_folder, os.mkfifo])
def test_a_result_replaces_no_folder_or_device(make: Callable[[Path], object], tmp_path: Path) -> None:
    job = Job(tmp_path)
    make(tmp_path / "predictions.parquet")
    assert "predictions.parquet: this is no regular file" in error_line(job.run())
    assert not (tmp_path / "predictions.parquet").is_file()


def test_two_opened_at_once_are_one_line_also_where_the_lock_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "j.jsonl.lock").write_text("left by a job that was killed")
    with (
        Journal(tmp_path / "j.jsonl"),
        pytest.raises(UserError, match="another job writes"),
        Journal(tmp_path / "j.jsonl"),
    ):
        pass


SCORE = {"type": "integer", "minimum": 0, "maximum": 100}
CHAT = Request(
    "system",
    (),
    "question",
    json.dumps(
        {
            "type": "object",
            "properties": {
                "A": {"type": "object", "properties": {"reasoning": {"type": "string"}, "score": SCORE}},
                "choice": {"type": "string", "enum": ["A", "B"]},
                "notes": {"type": "array", "items": {"type": "string"}},
                "sure": {"type": ["boolean", "null"]},
            },
            "required": ["A", "choice"],
        }
    ),
    temperature=0,
    sample=0,
    seed=0,
    answer_tokens=9,
)
SPREAD = Request(
    "system",
    (),
    "question",
    json.dumps({"type": "object", "properties": {"score": SCORE}, "required": ["score"]}),
    temperature=0,
    sample=0,
    seed=0,
    answer_tokens=9,
    distribution_of="score",
)
VALUE = ValueRequest("a", "b", explain=True)
REWARD = RewardRequest("a", "b")


@pytest.mark.parametrize(
    ("request_", "text", "fault"),
    [
        (CHAT, '{"A": {"reasoning": "r", "score": 5}, "choice": "B", "notes": ["n"], "sure": null, "more": 1}', None),
        (CHAT, '{"A": {"reasoning": "", "score": 5.0}, "choice": "A"}', None),
        (CHAT, "", "it is not JSON"),
        (CHAT, '{"A": {', "it is not JSON"),
        (CHAT, "[" * 100_000, "it is not JSON"),
        (CHAT, '{"A": {"score": NaN}, "choice": "A"}', "it is not JSON"),
        (CHAT, '{"A": {"score": ' + "9" * 5000 + '}, "choice": "A"}', "it is not JSON"),
        (CHAT, "null", "the answer is not of the type object"),
        (CHAT, "[]", "the answer is not of the type object"),
        (CHAT, "{}", "A is missing"),
        (CHAT, '{"A": {"score": "5"}, "choice": "A"}', "score is not of the type integer"),
        (CHAT, '{"A": {"score": true}, "choice": "A"}', "score is not of the type integer"),
        (CHAT, '{"A": {"score": 5.5}, "choice": "A"}', "score is not of the type integer"),
        (CHAT, '{"A": {"score": 101}, "choice": "A"}', "score is not from 0 to 100"),
        (CHAT, '{"A": {"score": 1e999}, "choice": "A"}', "score is not of the type integer"),
        (CHAT, '{"A": {"score": ' + str(10**400) + '}, "choice": "A"}', "score is not from 0 to 100"),
        (CHAT, '{"A": {"reasoning": 5}, "choice": "A"}', "reasoning is not of the type string"),
        (CHAT, '{"A": {}, "choice": "C"}', "choice is not one of A, B"),
        (CHAT, '{"A": {}, "choice": "A", "notes": [1]}', "notes[0] is not of the type string"),
        (SPREAD, '{"score": 5, "score_mean": 5.5, "score_spread": 0.1}', None),
        (SPREAD, '{"score": 5}', "score_mean is missing"),
        (SPREAD, '{"score": 5, "score_mean": 100.5, "score_spread": 0.1}', "score_mean is not from 0 to 100"),
        (VALUE, '{"supports": 0.2, "either": 0, "opposes": 0.8, "explanation": "e"}', None),
        (VALUE, '{"supports": 0.2, "either": 0, "opposes": 0.8}', "explanation is missing"),
        (VALUE, '{"supports": 2, "either": 0, "opposes": 0, "explanation": "e"}', "supports is not from 0 to 1.000001"),
        (REWARD, '{"rewards": [1, -2.5]}', None),
        (REWARD, '{"rewards": [1e999]}', "rewards[0] is not from "),
        (REWARD, '{"score": 5}', "rewards is missing"),
    ],
)
def test_an_answer_fits_its_request_if_it_can_be_read(request_: AnyRequest, text: str, fault: str | None) -> None:
    found = misfit(request_, text)
    assert found is None if fault is None else found is not None and found.startswith(fault)


def swapped_text(record: Record, text: str) -> bytes:
    return encode_record(Record(Generation(record.generation.key, text), record.parts))


def test_a_job_makes_again_what_does_not_fit_and_nothing_else(tmp_path: Path) -> None:
    """Foreign lines among ours, answers of another schema, and a record under the key of another question."""
    job = Job(tmp_path)
    job.made()
    expected, path = job.predictions(), tmp_path / "journal.jsonl"
    records = list(read_journals([path]).values())
    texts = ['{"choice": "A"}', "no JSON", '{"score": 5000, "reasoning": ""}', '{"reasoning": "\\ud800", "score": []}']
    bad = [swapped_text(record, text) for record, text in zip(records, texts, strict=False)]
    bad.append(encode_record(Record(records[len(bad)].generation, {"question": "another"})))
    lines = [*bad, *map(encode_record, records[len(bad) :]), *FOREIGN.values()]
    random.Random(5).shuffle(lines)
    path.write_bytes(b"".join(lines))
    result = job.run()
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    assert f"made {len(bad)} generations" in result.stderr
    assert f"{len(bad)} answers in the journal do not fit their questions and are made again" in result.stderr
    pd.testing.assert_frame_equal(job.predictions(), expected)
    assert path.read_bytes().startswith(b"".join(lines))  # nothing is lost
    assert job.made() == 0


def test_half_of_a_pair_of_surrogates_in_an_answer_is_replaced(tmp_path: Path) -> None:
    job = Job(tmp_path)
    job.made()
    path = tmp_path / "journal.jsonl"
    records = read_journals([path]).values()
    path.write_bytes(b"".join(swapped_text(record, '{"reasoning": "a\\ud800b", "score": 5}') for record in records))
    assert job.made() == 0
    assert set(job.predictions()["reasoning"]) == {"a\ufffdb"}
    assert decode_record(swapped_text(WHOLE, "a\ud800b")) == Record(Generation("k", "a?b"), WHOLE.parts)
