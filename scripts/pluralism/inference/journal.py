"""The journal: one line per finished generation, so that no request is answered twice.

A line is a CRC-32 of the rest in hexadecimal, a blank, and a JSON object. Lines are only appended, by one process at a
time. An incomplete last line, from a killed process, is cut off. Any other line that is damaged or that this version
would not write is reported and skipped: it stays in the file, and its generation is made again.
"""

import json
import logging
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, make_dataclass
from io import FileIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Self

from filelock import FileLock, Timeout
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from pluralism.errors import UserError
from pluralism.files import LONGEST_LINE, check_file
from pluralism.requests import Generation

FOLDER = "journals"
"""Of all journals of a study (`study.paths`)."""
LINES_NAMED = 3
"""How many of the skipped lines a warning names."""
POLL_SECONDS = 0.5
"""Between two looks whether a journal is free."""
OWN_BEGINNING = re.compile(rb"[0-9a-f]{1,8}|[0-9a-f]{8} .*|\0+", re.DOTALL)
"""What is left of a line of ours that was not written to its end, also after a power failure."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """A finished generation, the parts of its key (`requests.key_parts`), and the device that made it, where known."""

    generation: Generation
    parts: Mapping[str, str]
    device: str = ""


_KINDS: Mapping[Any, Any] = {
    str: str,
    int: Annotated[int, Field(ge=0, lt=2**63)],
    float: Annotated[float, Field(ge=0, allow_inf_nan=False)],
}
# A line has each field of a generation and the parts, maybe the device, and nothing else.
_LINE: TypeAdapter[Any] = TypeAdapter(
    make_dataclass(
        "Line",
        [
            *((entry.name, _KINDS[entry.type]) for entry in fields(Generation)),
            ("parts", dict[str, str]),
            ("device", str, ""),
        ],
        namespace={"__pydantic_config__": ConfigDict(strict=True, extra="forbid")},
    )
)


def encode_record(record: Record) -> bytes:
    """The record as one line."""
    device = {"device": record.device} if record.device else {}
    values = {**asdict(record.generation), "parts": dict(record.parts), **device}
    body = json.dumps(values, ensure_ascii=False).encode(
        errors="replace"  # half of a pair of surrogates, which is no character
    )
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode_record(line: bytes) -> Record | None:
    """The record of a line, or None if the line is damaged or is not one of this version."""
    try:
        return _decode(line)
    except ValueError:
        return None


def _decode(line: bytes) -> Record:
    """The record of a line; a `ValueError` says what is wrong with it."""
    checksum, _, body = line.rstrip(b"\r\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        raise ValueError("is damaged and is skipped")
    try:
        values = vars(_LINE.validate_json(body))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"]))
        why = f"{where}: {fault['msg']}" if where else fault["msg"]
        raise ValueError(f"is not of this version and is skipped ({why[:120]})") from None
    parts, device = values.pop("parts"), values.pop("device")
    return Record(Generation(**values), parts, device)


def read_journals(paths: Iterable[Path]) -> dict[str, Record]:
    """Key -> record of several journals, by reading only: another process may write to them at the same time.

    Raises:
        UserError: one of them is not a file.
    """
    records: dict[str, Record] = {}
    for path in paths:
        records |= _read(path)[0]
    return records


def _read(path: Path) -> tuple[dict[str, Record], bytes]:
    """Key -> record, and the last line if it has no end; of a very long one its beginning."""
    check_file(path, "JSON lines")
    records: dict[str, Record] = {}
    skipped: list[str] = []
    torn = b""
    with path.open("rb") as stream:
        for number, line in enumerate(_lines(stream), start=1):
            if not line.endswith(b"\n"):
                torn = line
                break
            try:
                record = _decode(line)
            except ValueError as error:
                skipped.append(f"line {number} {error}" if len(skipped) < LINES_NAMED else "")
            else:
                records[record.generation.key] = record
    if skipped:
        more = [f"and {len(skipped) - LINES_NAMED} more"] if len(skipped) > LINES_NAMED else []
        log.warning("%s: %s", path, "; ".join([*skipped[:LINES_NAMED], *more]))
    return records, torn


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines with their ends; of one beyond `LONGEST_LINE` its beginning, and its end if it has one.

    Such a line counts as damaged, and is not kept in memory.
    """
    while line := stream.readline(LONGEST_LINE):
        last = line
        while len(last) == LONGEST_LINE and not last.endswith(b"\n"):
            last = stream.readline(LONGEST_LINE)
        yield line if last is line else line + last[-1:]


class JournalInUseError(UserError):
    """Another process has a journal open."""


class Journal:
    """An open journal; a context manager that holds the journal's lock.

    Raises:
        JournalInUseError: on entry, another process has it open, which is not waited for.
        UserError: on entry, it is not a file that can be locked.
    """

    def __init__(self, path: Path, others: Iterable[Path] = (), *, wait: bool = False) -> None:
        """Opens nothing yet; `path` need not exist, and journals in `others` are only read."""
        self._path = path
        self._others = [other for other in others if other != path]
        self._lock = FileLock(f"{path}.lock", timeout=-1 if wait else 0, poll_interval=POLL_SECONDS)
        self._stream: FileIO | None = None
        self.records: dict[str, Record] = {}

    @property
    def name(self) -> str:
        """What its answers are for: helpsteer2/sampling_llama/proposed_spm."""
        parts = self._path.with_suffix("").parts
        return "/".join(parts[parts.index(FOLDER) + 1 :] if FOLDER in parts else parts[-3:])

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._acquire()
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self._stream is not None:
            self._stream.close()
        self._lock.release()

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            what = "another job writes to this journal; wait for it or stop it"
            raise JournalInUseError(f"{self._path}: {what}") from None
        except OSError as error:
            raise UserError(f"{self._path}.lock: cannot be locked: {error.strerror}") from None

    def _open(self) -> None:
        if self._path.exists():  # a pipe, for example, would be waited for
            check_file(self._path, "JSON lines")
        # Without a buffer: it would hold what a full disk did not take, and fail again when it is closed.
        self._stream = self._path.open("ab", buffering=0)
        own, torn = _read(self._path)
        if OWN_BEGINNING.fullmatch(torn) and len(torn) < LONGEST_LINE:
            log.warning("%s: the last line is torn and is cut off", self._path)
            self._stream.truncate(self._path.stat().st_size - len(torn))
        elif torn:
            self._write(b"\n")  # somebody else's text, which stays; the next line does not go on with it
        self.records = read_journals(self._others) | own

    def append(self, records: Iterable[Record]) -> None:
        """Write the records, and return once they are on the disk.

        Raises:
            UserError: they cannot be written.
        """
        written = list(records)
        self._write(b"".join(map(encode_record, written)))
        self.records |= {record.generation.key: record for record in written}

    def _write(self, text: bytes) -> None:
        assert self._stream is not None, "the journal is not open"
        waiting = memoryview(text)
        try:
            while waiting:
                waiting = waiting[self._stream.write(waiting) :]
            os.fsync(self._stream.fileno())
        except OSError as error:
            advice = "what it holds is kept: make room, run again, and it goes on from there"
            raise UserError(f"{self._path}: cannot be written: {error.strerror}; {advice}") from None
