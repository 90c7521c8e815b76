"""Logs of Inspect, .eval or .json, of tasks where a model picks one of several choices.

Version 2 of https://inspect.aisi.org.uk/eval-logs.html. A pick is the `answer` of a score: a letter of `choices`. They
stand in the order that the sample has; where its solver has shuffled them, Inspect counts back.
"""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import LARGEST_JSON, check_file, parse_json
from pluralism.planning.foreign.samples import Sample, item_number, pick_of, responses_of

ENDING = ".eval"
HEADER, SAMPLES = "header.json", "samples/"
ZSTANDARD = 93
"""The way of compression that newer logs have, and that Python's zipfile does not know."""
LOCAL_HEADER = 30
"""Bytes before the name of a file in an archive."""
LARGEST_LOG = 2**32
CHOICE = "choice"
"""The scorer of Inspect's own multiple choice; its answer counts where others have answers, too."""
ATTACHMENT = "attachment://"
UNREAD = frozenset(("events", "events_data", "messages", "store"))
"""Keys of a sample that hold its transcript."""
TARGET = "alignment_target"
"""The argument of a task, or the key of its metadata, that names the alignment target."""


def is_log(value: Any) -> bool:
    """Whether the value of a JSON file is a log."""
    return isinstance(value, Mapping) and isinstance(value.get("eval"), Mapping) and "samples" in value


def read_log(path: Path) -> tuple[str | None, list[Sample]]:
    """Read a .eval file: the alignment target that it names, if any, and its samples.

    Raises:
        UserError: it is no such file, or is damaged; names the file in it.
    """
    check_file(path, "a log of Inspect")
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST_LOG:
                raise UserError(f"{path}: more than {LARGEST_LOG} bytes inside, expected a log of Inspect")
            values = {
                member.filename: _slim(_member(archive, stream, member, path))
                for member in members
                if member.filename == HEADER or member.filename.startswith(SAMPLES)
            }
    except zipfile.BadZipFile as error:
        raise UserError(f"{path}: not a readable log of Inspect: {error}") from None
    if HEADER not in values:
        raise UserError(f"{path}: holds no {HEADER}, expected a finished log of Inspect")
    return samples_of(values.pop(HEADER), list(values.values()), path)


def _slim(value: Any) -> Any:
    """A sample without its transcript, which is most of it."""
    return {key: part for key, part in value.items() if key not in UNREAD} if isinstance(value, dict) else value


def _member(archive: zipfile.ZipFile, stream: Any, member: zipfile.ZipInfo, path: Path) -> Any:
    """The JSON value of a file in an archive."""
    place = f"{path}: {member.filename}"
    if member.file_size > LARGEST_JSON:
        raise UserError(f"{place}: {member.file_size} bytes, expected at most {LARGEST_JSON}")
    try:
        content = _zstandard(stream, member) if member.compress_type == ZSTANDARD else archive.read(member)
        return parse_json(content.decode(), place)
    except UnicodeDecodeError:
        raise UserError(f"{place}: not UTF-8 text, expected JSON") from None
    # RuntimeError: a password; ValueError: of pyarrow.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{place}: cannot be unpacked: {error}") from None


def _zstandard(stream: Any, member: zipfile.ZipInfo) -> bytes:
    """The content of a file in an archive that is packed by Zstandard."""
    import pyarrow

    stream.seek(member.header_offset)
    header = stream.read(LOCAL_HEADER)
    name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    stream.seek(name + extra, 1)
    packed = pyarrow.BufferReader(stream.read(member.compress_size))
    with pyarrow.CompressedInputStream(packed, "zstd") as unpacked:
        content: bytes = unpacked.read(member.file_size + 1)
    if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
        raise zipfile.BadZipFile("another size or checksum than the archive says")
    return content


def samples_of(log: Any, samples: Any, path: Path) -> tuple[str | None, list[Sample]]:
    """The alignment target that a log names, if any, and its samples.

    Raises:
        UserError: a sample has another form, or is there twice.
    """
    if not isinstance(samples, list) or not samples:
        raise UserError(f"{path}: holds no samples, expected a log of Inspect that was written with them")
    if not isinstance(log, Mapping):
        raise UserError(f"{path}: {HEADER} is {shown(log)}, expected an object")
    found: dict[tuple[str, str], Sample] = {}
    for number, value in enumerate(samples):
        if not isinstance(value, Mapping) or "id" not in value:
            raise UserError(f"{path}: sample {number} has no id, expected a sample of Inspect")
        key = (str(value["id"]), str(value.get("epoch")))
        if key in found:
            raise UserError(f"{path}: sample {shown(value['id'])}, epoch {value.get('epoch')}, is there twice")
        found[key] = _sample(value, f"{path}: sample {shown(value['id'])}")
    return _target(log.get("eval")), list(found.values())


def _sample(value: Mapping[str, Any], place: str) -> Sample:
    metadata = value.get("metadata")
    choices = responses_of(value) or responses_of(metadata)
    responses = tuple(_attached(text, value) for text in choices)
    return Sample(
        place=place,
        id=str(value["id"]),
        prompt=_attached(_prompt(value.get("input"), place), value),
        responses=responses,
        item=item_number(metadata, place),
        **_answer(value, responses),
    )


def _prompt(value: Any, place: str) -> str:
    """The text of an input; of a chat, the last message of the user."""
    if isinstance(value, list):
        turns = [turn for turn in value if isinstance(turn, Mapping) and turn.get("role") == "user"]
        content = turns[-1].get("content") if turns else None
        parts = content if isinstance(content, list) else [{"text": content}]
        texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
        value = "\n".join(text for text in texts if isinstance(text, str)) or None
    if not isinstance(value, str):
        raise UserError(f"{place}: input is {shown(value)}, expected a text or a chat with a user's message")
    return value


def _answer(value: Mapping[str, Any], responses: tuple[str, ...]) -> dict[str, Any]:
    """The pick and what was said about it: by the scores where there are some, else by the model's words."""
    scores = value.get("scores")
    known = {
        name: score
        for name, score in (scores if isinstance(scores, Mapping) else {}).items()
        if isinstance(score, Mapping) and isinstance(score.get("answer"), str)
    }
    if known:
        chosen = {CHOICE: known[CHOICE]} if CHOICE in known else known
        picks = {pick_of(score["answer"], responses) for score in chosen.values()}
        why = next(iter(chosen.values())).get("explanation")
        return {
            "pick": picks.pop() if len(picks) == 1 else None,
            "reasoning": _attached(why, value) if isinstance(why, str) else "",
        }
    output = value.get("output")
    words = output.get("completion") if isinstance(output, Mapping) else None
    text = _attached(words, value) if isinstance(words, str) else ""
    return {"pick": pick_of(text, responses), "reasoning": text}


def _attached(text: str, value: Mapping[str, Any]) -> str:
    """A text, which may stand among the sample's attachments."""
    attachments = value.get("attachments")
    found = attachments.get(text.removeprefix(ATTACHMENT)) if isinstance(attachments, Mapping) else None
    return found if text.startswith(ATTACHMENT) and isinstance(found, str) else text


def _target(value: Any) -> str | None:
    for key in ("task_args", "metadata"):
        given = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(given, Mapping) and isinstance(given.get(TARGET), str):
            return str(given[TARGET])
    return None
