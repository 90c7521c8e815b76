"""Shards: the requests of one ADM, split over several jobs by item.

Every shard has its own journal. Each job of an ADM reads all of the ADM's journals, so that no answer is lost when the
number of shards changes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pluralism.adms.base import Query, Task
from pluralism.engines.base import Engine
from pluralism.errors import UserError, shown
from pluralism.requests import request_key

MOST_SHARDS = 1000


@dataclass(frozen=True)
class Shard:
    """One of `count` parts of a job's requests; `number` is from 1 to `count`."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}of{self.count}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text like "2of4"; raises a `UserError` at any other."""
        match = re.fullmatch(r"([0-9]{1,4})of([0-9]{1,4})", text)
        if not match or not 1 <= int(match[1]) <= int(match[2]) <= MOST_SHARDS:
            raise UserError(f"--shard: {shown(text)}, expected NofM, for example 2of4, of at most {MOST_SHARDS}")
        return cls(int(match[1]), int(match[2]))


def shard_journal(journal: Path, shard: Shard) -> Path:
    """The journal of a shard, next to that of a job without shards: adm.jsonl -> adm.shard2of4.jsonl."""
    return journal.with_suffix(f".shard{shard}{journal.suffix}")


def sibling_journals(journal: Path) -> list[Path]:
    """All existing journals of an ADM, for any number of shards; `journal` is that without shards."""
    shards = re.compile(re.escape(journal.stem) + r"(\.shard\d+of\d+)?" + re.escape(journal.suffix))
    return sorted(path for path in journal.parent.glob("*") if shards.fullmatch(path.name))


def shard_queries(queries: Sequence[Query], shard: Shard, task: Task, engine: Engine) -> list[Query]:
    """What a shard asks: all about its items, a contiguous part of all.

    Items that share a request, as those with the same texts, belong to the shard of the first of them, so that no two
    shards answer the same, and each has all answers about its items.
    """
    first = _first_alike(queries, engine)
    counts = {True: len(task.train), False: len(task.items)}
    owners = {item: other * shard.count // counts[train] + 1 for item, (train, other) in first.items()}
    return [query for query in queries if owners[query.train, query.item] == shard.number]


def _first_alike(queries: Sequence[Query], engine: Engine) -> dict[tuple[bool, int], tuple[bool, int]]:
    """(whether it is a train item, index) -> the first item that it shares a request with, itself or through others."""
    parents: dict[tuple[bool, int], tuple[bool, int]] = {}

    def root(item: tuple[bool, int]) -> tuple[bool, int]:
        while parents.setdefault(item, item) != item:
            parents[item] = item = parents[parents[item]]
        return item

    asked: dict[str, tuple[bool, int]] = {}
    for query in queries:
        item = (query.train, query.item)
        other = asked.setdefault(request_key(query.request, engine.identity), item)
        lower, higher = sorted((root(other), root(item)))
        parents[higher] = lower
    return {item: root(item) for item in list(parents)}
