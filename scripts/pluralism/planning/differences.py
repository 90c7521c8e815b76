"""Why a request has no answer although the journal has similar ones: which parts of its key differ."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations

Parts = Mapping[str, str]
"""The parts of a request's key by name (`requests.key_parts`)."""

Differences = Counter[tuple[str, ...]]
"""Names of parts that differ -> number of requests; no names: nothing similar has been answered."""

MORE_PARTS = 2
"""How many parts may differ, in addition to those whose value no record has."""


def differences(missing: Sequence[Parts], past: Sequence[Parts]) -> Differences:
    """For each request, the parts in which it differs from the past answer that it replaces.

    That is the answer that differs in the fewest parts. Each answer is replaced by one request only.

    Args:
        missing: the parts of requests without an answer.
        past: the parts of answers that are no longer needed.
    """
    records = _Records(past)
    matched: Differences = Counter()
    waiting = list(missing)
    for size in range(1, len(records.names) + 1):
        found = [records.claim_like(parts, size) for parts in waiting]
        matched.update(names for names in found if names is not None)
        waiting = [parts for parts, names in zip(waiting, found, strict=True) if names is None]
        if not waiting or records.left == 0:
            break
    return matched + Counter({(): len(waiting)})


class _Records:
    """Past answers, each of which can be claimed once, indexed by some of their parts."""

    def __init__(self, past: Sequence[Parts]) -> None:
        self._past = past
        self._claimed: set[int] = set()
        self._indices: dict[frozenset[str], dict[tuple[str | None, ...], list[int]]] = {}

    @property
    def left(self) -> int:
        """The number of unclaimed records."""
        return len(self._past) - len(self._claimed)

    @cached_property
    def names(self) -> list[str]:
        """The names of all parts in the records."""
        return sorted({name for record in self._past for name in record})

    def claim_like(self, parts: Parts, size: int) -> tuple[str, ...] | None:
        """Claim a record that differs from a request in `size` parts; their names, or None if no record does."""
        return next((tuple(sorted(names)) for names in self._possible(parts, size) if self._claim(parts, names)), None)

    def _possible(self, parts: Parts, size: int) -> Iterator[frozenset[str]]:
        """The sets of `size` parts in which a request may differ from a record; parts that must differ are in each."""
        certain = {name for name in {*self.names, *parts} if parts.get(name) not in self._values.get(name, {None})}
        if 0 <= size - len(certain) <= MORE_PARTS:
            others = [name for name in self.names if name not in certain]
            yield from (frozenset(certain.union(more)) for more in combinations(others, size - len(certain)))

    def _claim(self, parts: Parts, differing: frozenset[str]) -> bool:
        """Claim a record that equals a request in all other parts, if one is left."""
        alike = self._index(differing).get(self._rest(parts, differing), [])
        while alike:
            record = alike.pop()
            if record not in self._claimed:
                self._claimed.add(record)
                return True
        return False

    def _index(self, differing: frozenset[str]) -> dict[tuple[str | None, ...], list[int]]:
        if differing not in self._indices:
            index = self._indices[differing] = defaultdict(list)
            for place, record in enumerate(self._past):
                index[self._rest(record, differing)].append(place)
        return self._indices[differing]

    def _rest(self, parts: Parts, differing: frozenset[str]) -> tuple[str | None, ...]:
        return tuple(parts.get(name) for name in self.names if name not in differing)

    @cached_property
    def _values(self) -> dict[str, set[str | None]]:
        """For each part, its values in the records; None where a record lacks it."""
        return {name: {record.get(name) for record in self._past} for name in self.names}


def in_words(counts: Differences) -> list[str]:
    """A line for each combination of parts, the most frequent first."""
    lines = [
        f"{count:,} replace answers in the journal that differ in: {', '.join(names)}"
        for names, count in counts.most_common()
        if names
    ]
    if new := counts[()]:
        lines.append(f"{new:,} are new")
    return lines
