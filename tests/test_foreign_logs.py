"""Logs of Inspect and samples of lm-eval as runs of a study: files of the shape that these write, and faulty ones."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import yaml

from pluralism.errors import UserError
from pluralism.inference.imported import match_items
from pluralism.planning.foreign.runs import read_run
from tests.conftest import Run, error_line
from tests.test_importing import ITEMS, imported, study, write

__all__ = ["study"]

TASK = {"task": "picks", "model": "mockllm/model", "dataset": {"name": "mine", "samples": 2}}
ZSTANDARD = 93


def asked(place: int, answer: str, epoch: int = 1, **more: Any) -> dict[str, Any]:
    """A sample of Inspect's multiple choice about one of the two items, without its events."""
    item = ITEMS[place]
    return {
        **{"id": f"q{place}", "epoch": epoch, "input": item.prompt, "choices": list(item.responses), "target": "A"},
        **{"messages": [], "output": {"model": "mockllm/model", "choices": [], "completion": f"ANSWER: {answer}"}},
        "scores": {"choice": {"value": "C", "answer": answer, "explanation": f"ANSWER: {answer}", "history": []}},
        **{"metadata": {}, "store": {}, "attachments": {}},
        **more,
    }


def log(samples: Sequence[Any], **more: Any) -> dict[str, Any]:
    """A log of Inspect as one JSON value."""
    return {"version": 2, "status": "success", "eval": {**TASK, **more}, "samples": list(samples)}


def archive(path: Path, samples: Sequence[Any], method: int = ZSTANDARD, **more: Any) -> Path:
    """A log of Inspect as .eval, packed as today's Inspect does."""
    files = {f"samples/{one['id']}_epoch_{one['epoch']}.json": one for one in samples if isinstance(one, dict)}
    files["header.json"] = {key: value for key, value in log([], **more).items() if key != "samples"}
    if method != ZSTANDARD:
        with zipfile.ZipFile(path, "w", method) as packed:
            for name, value in files.items():
                packed.writestr(name, json.dumps(value))
        return path
    contents = [json.dumps(value).encode() for value in files.values()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name, content in zip(files, contents, strict=True):
            packed.writestr(name, pyarrow.Codec("zstd").compress(content, asbytes=True))
        places = [(entry.header_offset, packed.start_dir) for entry in packed.infolist()]
    path.write_bytes(as_zstandard(path.read_bytes(), [start for start, _ in places], contents))
    return path


def as_zstandard(archive: bytes, starts: Sequence[int], contents: Sequence[bytes]) -> bytes:
    """An archive of stored files whose headers say that each is packed; Python 3.14 is the first to write these."""
    made, central = bytearray(archive), archive.index(b"PK\x01\x02")
    for start, content in zip(starts, contents, strict=True):
        for header, method, checksum, size in ((start, 8, 14, 22), (central, 10, 16, 24)):
            struct.pack_into("<H", made, header + method, ZSTANDARD)
            struct.pack_into("<I", made, header + checksum, zlib.crc32(content))
            struct.pack_into("<I", made, header + size, len(content))
        name, extra, comment = struct.unpack_from("<HHH", made, central + 28)
        central += 46 + name + extra + comment
    return bytes(made)


def scored(place: int, likelihoods: Sequence[float], **more: Any) -> dict[str, Any]:
    """A line of lm-eval's multiple choice about one of the two items."""
    item = ITEMS[place]
    pairs = [[str(number), "False"] for number in likelihoods]
    return {
        **{"doc_id": place, "doc": {"prompt": item.prompt, "responses": list(item.responses)}, "target": "0"},
        "arguments": {
            f"gen_args_{number}": {"arg_0": f"{item.prompt}\nAnswer:", "arg_1": f" {text}"}
            for number, text in enumerate(item.responses)
        },
        **{
            "resps": [[pair] for pair in pairs],
            "filtered_resps": pairs,
            "filter": "none",
            "metrics": ["acc"],
            "acc": 1.0,
        },
        **more,
    }


def written(place: int, answer: str, **more: Any) -> dict[str, Any]:
    """A line of lm-eval where an answer was written."""
    prompt = f"{ITEMS[place].prompt}\nA) ..\nB) ..\nAnswer:"
    arguments = {"gen_args_0": {"arg_0": prompt, "arg_1": {"until": ["\n\n"], "temperature": 0.0}}}
    return scored(place, [0, 0]) | {"arguments": arguments, "resps": [[answer]], "filtered_resps": [answer]} | more


def lines(path: Path, values: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values))
    return path


def votes(path: Path) -> dict[int, list[int]]:
    """Item -> the responses that were picked, as the item counts them."""
    entries = read_run(path, [], ITEMS).entries
    return {
        match.item: [match.places.index(vote) for vote in match.entry.votes] for match in match_items(entries, ITEMS)
    }


@pytest.mark.parametrize("method", [ZSTANDARD, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_log_of_inspect_holds_a_vote_per_epoch(tmp_path: Path, method: int) -> None:
    samples = [asked(0, "B"), asked(1, "A"), asked(0, "B", 2), asked(1, "B", 2)]
    assert votes(archive(tmp_path / "log.eval", samples, method)) == {0: [1, 1], 1: [0, 1]}
    write(tmp_path / "log.json", log(samples))
    assert votes(tmp_path / "log.json") == {0: [1, 1], 1: [0, 1]}


def test_choices_count_in_the_order_that_the_sample_has(tmp_path: Path) -> None:
    turned = asked(0, "A", choices=list(ITEMS[0].responses[::-1]))
    write(tmp_path / "log.json", log([turned, asked(1, "A")]))
    assert votes(tmp_path / "log.json") == {0: [1], 1: [0]}


@pytest.mark.parametrize(
    "more",
    [
        {"scores": {"mine": {"value": 1, "answer": "Thus."}}},
        {"scores": {"mine": {"value": 1, "answer": "(B)"}, "choice": {"value": "C", "answer": "B"}}},
        {"scores": {"mine": {"value": 1, "answer": "none"}, "choice": {"value": "C", "answer": "B"}}},
        {"scores": None, "output": {"completion": "Not ANSWER: A.\nANSWER: b"}},
        {"input": [{"role": "system", "content": "s"}, {"role": "user", "content": "How?"}]},
        {"input": [{"role": "user", "content": [{"type": "text", "text": "How?"}]}]},
        {"input": "attachment://1", "attachments": {"1": "How?"}},
        {"choices": None, "metadata": {"responses": ["So.", "Thus."]}},
        {"input": "Which?", "choices": ["A", "B"], "metadata": {"item": 0}},
        {"input": "Which?", "metadata": {"item": 0}},
    ],
)
def test_a_sample_of_inspect_tells_its_item_and_pick_in_several_ways(tmp_path: Path, more: dict[str, Any]) -> None:
    write(tmp_path / "log.json", log([asked(0, "B", **more), asked(1, "A")]))
    assert votes(tmp_path / "log.json") == {0: [1], 1: [0]}


def test_a_pick_of_lm_eval_is_the_most_likely_continuation(tmp_path: Path) -> None:
    both = [scored(0, [-4.5, -0.25]), scored(1, [-1.5, -float("inf")])]
    assert votes(lines(tmp_path / "samples_picks.jsonl", both)) == {0: [1], 1: [0]}
    # Older files: lists of requests. And the continuations alone may tell the responses.
    for line in both:
        line["arguments"] = [list(request.values()) for request in line["arguments"].values()]
        line["doc"] = {
            "question": line["doc"]["prompt"],
            "choices": {"text": line["doc"]["responses"], "label": [1, 2]},
        }
    assert votes(lines(tmp_path / "samples_older.jsonl", both)) == {0: [1], 1: [0]}
    for line in both:
        del line["doc"]["choices"]
    assert votes(lines(tmp_path / "samples_bare.jsonl", both)) == {0: [1], 1: [0]}


def test_unconditional_likelihoods_do_not_count(tmp_path: Path) -> None:
    line = scored(0, [-4.5, -0.25, -0.1, -0.2])
    line["arguments"] |= {f"gen_args_{n}": {"arg_0": "", "arg_1": f" {ITEMS[0].responses[n - 2]}"} for n in (2, 3)}
    del line["doc"]["responses"]
    assert votes(lines(tmp_path / "samples_mutual.jsonl", [line, scored(1, [0, -1])])) == {0: [1], 1: [0]}


def test_an_answer_that_was_written_is_a_letter_or_a_text(tmp_path: Path) -> None:
    assert votes(lines(tmp_path / "samples_w.jsonl", [written(0, " (B)"), written(1, "Since.")])) == {0: [1], 1: [0]}


def test_a_line_separator_in_a_text_ends_no_line(tmp_path: Path) -> None:
    line = scored(0, [0, -1])
    line["doc"]["more"] = "a\u2028b\x85c"
    assert votes(lines(tmp_path / "samples_u.jsonl", [line, scored(1, [0, -1])])) == {0: [0], 1: [0]}


def test_a_log_names_the_target_that_it_was_made_for(tmp_path: Path) -> None:
    archive(tmp_path / "log.eval", [asked(0, "B")], task_args={"alignment_target": "target_low"})
    assert read_run(tmp_path / "log.eval", []).made_for == "target_low"
    (tmp_path / "target_low").mkdir()


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "holds no samples"),
        ([3], "sample 0 has no id"),
        ([asked(0, "A"), asked(0, "B")], "sample 'q0', epoch 1, is there twice"),
        ([asked(0, "A", input=3)], "sample 'q0': input is 3, expected a text or a chat with a user's message"),
        ([asked(0, "A, B")], "sample 'q0': picks no single response of 2, expected one"),
        ([asked(0, "", scores={}, output=None)], "sample 'q0': picks no single response of 2, expected one"),
        (
            [asked(0, "A", metadata={"item": "0"})],
            "sample 'q0': item is '0', expected the number of an eval item, from 0",
        ),
        ([asked(0, "A", metadata={"item": 1})], "sample 'q0': is about item 1, which has other responses"),
        ([asked(0, "C")], "picks no single response of 2"),
        ([asked(0, "A", input="Who?", scores=None, output=3)], "none of its 1 samples picks a response"),
    ],
)
def test_a_faulty_log_is_one_line(tmp_path: Path, samples: Sequence[Any], message: str) -> None:
    write(tmp_path / "log.json", log(samples))
    with pytest.raises(UserError, match=r"log.json: ") as raised:
        read_run(tmp_path / "log.json", [], ITEMS)
    assert message in str(raised.value)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """A byte of the first file's content is another."""
    return content[:70] + bytes([content[70] ^ 0xFF]) + content[71:]


def not_json(content: bytes) -> bytes:
    return content.replace(b'"epoch"', b"'epoch'").replace(b'"version"', b"'version'")


@pytest.mark.parametrize(
    ("spoil", "method", "message"),
    [
        (cut, ZSTANDARD, "log.eval: not a readable log of Inspect: File is not a zip file"),
        (flipped, ZSTANDARD, "log.eval: samples/q0_epoch_1.json: cannot be unpacked: "),
        (flipped, zipfile.ZIP_DEFLATED, "log.eval: samples/q0_epoch_1.json: cannot be unpacked: "),
        (not_json, zipfile.ZIP_STORED, "log.eval: samples/q0_epoch_1.json: cannot be unpacked: Bad CRC-32"),
        (lambda _: b"", ZSTANDARD, "log.eval: not a readable log of Inspect: File is not a zip file"),
        (lambda content: content.replace(b"header.json", b"heading.jso"), ZSTANDARD, "log.eval: holds no header.json"),
    ],
)
def test_a_damaged_archive_is_one_line(
    tmp_path: Path, spoil: Callable[[bytes], bytes], method: int, message: str
) -> None:
    path = archive(tmp_path / "log.eval", [asked(0, "A"), asked(1, "A")], method)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(UserError) as raised:
        read_run(path, [], ITEMS)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "samples_x.jsonl: holds no samples"),
        (
            [3],
            "samples_x.jsonl: line 1: expected doc_id, doc, arguments and resps, as lm-eval --log_samples writes them",
        ),
        ([scored(0, [0, -1]), scored(0, [0, -1])], "line 2: document 0 is there twice"),
        (
            [scored(0, [0, -1]), scored(0, [0, -1], filter="strict-match")],
            "line 2: the filters none and strict-match, expected the lines of one",
        ),
        ([scored(0, [0, -1], arguments={})], "line 1: arguments are {}, expected the requests of the document"),
        ([scored(0, [0, -1], arguments=[3])], "line 1: arguments are 3, expected a prompt and what follows it"),
        ([scored(0, [0, -1, -2])], "line 1: document 0: picks no single response of 2"),
        ([scored(0, [float("nan"), 0])], "line 1: document 0: picks no single response of 2"),
        ([written(0, "lol")], "line 1: document 0: picks no single response of 2"),
        ([scored(0, [0, -1], doc={"item": True})], "line 1: item is True, expected the number of an eval item, from 0"),
    ],
)
def test_faulty_samples_are_one_line(tmp_path: Path, values: Sequence[Any], message: str) -> None:
    with pytest.raises(UserError) as raised:
        read_run(lines(tmp_path / "samples_x.jsonl", values), [], ITEMS)
    assert message in str(raised.value)


STRANGE: tuple[Any, ...] = (None, 5, True, [], {}, "", "x", [1], [None], float("inf"), -1, [[[]]], {"text": 5})


def spoiled(value: Any) -> Iterator[Any]:
    """A value with something strange in place of each of its parts, one at a time."""
    yield from STRANGE
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        for part in spoiled(value[key]):
            changed = dict(value) if isinstance(value, dict) else list(value)
            changed[key] = part
            yield changed


@pytest.mark.parametrize("name", ["log.json", "log.eval", "samples_scored.jsonl", "samples_written.jsonl"])
def test_whatever_stands_in_a_file_it_is_read_or_a_line_says_why_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "log.json":
        files = [json.dumps(value).encode() for value in spoiled(log([asked(0, "B")]))]
    elif name == "log.eval":
        files = [archive(path, [asked(0, "B")], zipfile.ZIP_STORED).read_bytes()]
        for value in STRANGE:
            with zipfile.ZipFile(path, "w") as packed:
                packed.writestr("samples/q0_epoch_1.json", json.dumps(asked(0, "B")))
                packed.writestr("header.json", json.dumps(value))
            files.append(path.read_bytes())
    else:
        line = scored(0, [0, -1]) if name == "samples_scored.jsonl" else written(0, "B")
        files = [json.dumps(value).encode() for value in spoiled({**line, "doc": {}})]
    for content in files:
        path.write_bytes(content)
        with suppress(UserError):
            read_run(path, [], ITEMS)


def test_an_imported_log_is_a_cell_of_the_grid_and_names_what_is_left_out(pluralism: Run, study: Path) -> None:
    others = [{**asked(0, "A"), "id": f"other{number}", "input": f"Who {number}?"} for number in range(4)]
    archive(study / "log.eval", [asked(0, "B"), *others, asked(1, "A"), asked(0, "B", 2)])
    result = imported(pluralism, "log.eval", "picked")
    assert result.returncode == 0, result.stderr
    assert "2 of its 6 entries match the 2 eval items by text" in result.stdout
    assert "; 4 left out, about none of them: sample 'other0', sample 'other1', sample 'other2', .." in result.stdout
    overlay = yaml.safe_load((study / "data/imported/theirs.yaml").read_text())
    assert overlay["adms"] == {"picked": {"kind": "imported_choice"}}
    copied = study / "data/imported/theirs/mine/picked/input_output.json"
    assert votes(copied) == {0: [1, 1], 1: [0]}


def test_a_folder_may_hold_a_log_or_samples_per_target(pluralism: Run, study: Path) -> None:
    for target in ("target_high", "target_low"):
        (study / "runs" / target).mkdir(parents=True)
    archive(study / "runs/target_high/log.eval", [asked(0, "B"), asked(1, "A")])
    lines(study / "runs/target_low/samples_picks.jsonl", [scored(0, [0, -1]), scored(1, [0, -1])])
    result = imported(pluralism, "runs", "picking")
    assert result.returncode == 0, result.stderr
    places = sorted((study / "data/imported/theirs/mine/picking").rglob("*.json"))
    assert [(path.parent.name, votes(path)) for path in places] == [
        ("target_high", {0: [1], 1: [0]}),
        ("target_low", {0: [0], 1: [0]}),
    ]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([asked(0, "A")], "1 of its 1 entries match one of the 2 eval items by text; 1 eval items have none"),
        ([{**asked(0, "A"), "input": "Who?"}], "0 of its 1 entries match one of the 2 eval items by text"),
        (
            [asked(0, "A"), asked(1, "A"), {**asked(0, "B"), "id": "again"}],
            "sample 'again': about item 0, as an earlier",
        ),
    ],
)
def test_a_log_of_another_dataset_or_with_an_item_twice_writes_nothing(
    pluralism: Run, study: Path, samples: Sequence[Any], message: str
) -> None:
    archive(study / "log.eval", samples)
    assert message in error_line(imported(pluralism, "log.eval", "picked"))
    assert not (study / "data/imported").exists()
