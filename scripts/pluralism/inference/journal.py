"""The journal: one line per finished generation, so that no request is answered twice.

A line is a CRC-32 of the rest in hexadecimal, a blank, and a JSON object. Lines are only appended, by one process at a
time. An incomplete last line, from a killed process, is cut off; any other damaged line is skipped, and its generation
is made again.
"""

import json
import logging
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Self

from filelock import FileLock, Timeout

from pluralism.errors import UserError
from pluralism.requests import Generation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """A finished generation, and the parts of its key (`requests.key_parts`)."""

    generation: Generation
    parts: Mapping[str, str]


def encode_record(record: Record) -> bytes:
    """The record as one line."""
    body = json.dumps({**asdict(record.generation), "parts": dict(record.parts)}, ensure_ascii=False).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode_record(line: bytes) -> Record | None:
    """The record of a line, or None if the line is damaged."""
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    value = json.loads(body)
    parts = value.pop("parts")
    return Record(Generation(**value), parts)


def read_journals(paths: Iterable[Path]) -> dict[str, Record]:
    """Key -> record of several journals, by reading only: another process may write to them at the same time."""
    records: dict[str, Record] = {}
    for path in paths:
        with path.open("rb") as stream:
            records |= _read(stream, path)[0]
    return records


def _read(stream: BinaryIO, path: Path) -> tuple[dict[str, Record], int]:
    """Key -> record, and the length in bytes of all whole lines."""
    records: dict[str, Record] = {}
    whole = 0
    for number, line in enumerate(stream, start=1):
        if not line.endswith(b"\n"):
            break
        whole += len(line)
        record = decode_record(line)
        if record is None:
            log.warning("%s: line %d is damaged and is skipped", path, number)
        else:
            records[record.generation.key] = record
    return records, whole


class Journal:
    """An open journal; a context manager that holds the journal's lock.

    Raises:
        UserError: on entry, another process has it open.
    """

    def __init__(self, path: Path, others: Iterable[Path] = ()) -> None:
        """Opens nothing yet; `path` need not exist, and journals in `others` are only read."""
        self._path = path
        self._others = [other for other in others if other != path]
        self._lock = FileLock(path.with_name(path.name + ".lock"), timeout=0)
        self._stream: FileIO | None = None
        self.records: dict[str, Record] = {}

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            raise UserError(f"{self._path}: another job writes to this journal; wait for it or stop it") from None
        # Without a buffer: it would hold what a full disk did not take, and fail again when it is closed.
        self._stream = self._path.open("ab", buffering=0)
        with self._path.open("rb") as stream:
            own, whole = _read(stream, self._path)
        if whole < self._path.stat().st_size:
            log.warning("%s: the last line is torn and is cut off", self._path)
            self._stream.truncate(whole)
        self.records = read_journals(self._others) | own
        return self

    def __exit__(self, *error: object) -> None:
        if self._stream is not None:
            self._stream.close()
        self._lock.release()

    def append(self, records: Iterable[Record]) -> None:
        """Write the records, and return once they are on the disk.

        Raises:
            UserError: they cannot be written.
        """
        assert self._stream is not None, "the journal is not open"
        written = list(records)
        waiting = memoryview(b"".join(map(encode_record, written)))
        try:
            while waiting:
                waiting = waiting[self._stream.write(waiting) :]
            os.fsync(self._stream.fileno())
        except OSError as error:
            advice = "what it holds is kept: make room, run again, and it goes on from there"
            raise UserError(f"{self._path}: cannot be written: {error.strerror}; {advice}") from None
        self.records |= {record.generation.key: record for record in written}
