"""Why a generation is made though like ones are in the journal: which part of its key differs."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import combinations

Parts = Mapping[str, str]
"""What a key is made of, by name (`requests.key_parts`)."""

Differences = Counter[tuple[str, ...]]
"""Names of parts that differ -> how many requests; no names: nothing like it was ever answered."""

MORE_PARTS = 2
"""How many parts may differ at the same time besides those whose value the journal holds nowhere."""


def differences(missing: Sequence[Parts], answered: Collection[Parts]) -> Differences:
    """For each request, the parts in which it differs from the answered one that is most like it.

    Args:
        missing: the parts of requests that have no answer.
        answered: the parts of answers to compare with. Give those that are no longer asked for: what is asked now and
            answered was changed into nothing.
    """
    records = _Records(answered)
    return Counter(records.least_difference(parts) for parts in missing)


class _Records:
    """Answered requests, looked up by all of their parts but some."""

    def __init__(self, answered: Collection[Parts]) -> None:
        self._answered = answered
        self._without: dict[frozenset[str], set[tuple[str | None, ...]]] = {}

    def least_difference(self, parts: Parts) -> tuple[str, ...]:
        """The fewest parts in which a request differs from a record; none if there is no record like it."""
        names = self._values.keys() | parts.keys() if self._values else frozenset[str]()
        certain = frozenset(name for name in names if parts.get(name) not in self._values.get(name, {None}))
        others = sorted(names - certain)
        for count in range(MORE_PARTS + 1):
            for more in combinations(others, count):
                differing = certain.union(more)
                if len(differing) < len(names) and self._holds(parts, differing):
                    return tuple(sorted(differing))
        return ()

    def _holds(self, parts: Parts, differing: frozenset[str]) -> bool:
        if differing not in self._without:
            self._without[differing] = {self._rest(record, differing) for record in self._answered}
        return self._rest(parts, differing) in self._without[differing]

    def _rest(self, parts: Parts, differing: frozenset[str]) -> tuple[str | None, ...]:
        return tuple(parts.get(name) for name in self._names if name not in differing)

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self._values)

    @cached_property
    def _values(self) -> dict[str, set[str | None]]:
        """For each part, the values that it has in the records; None where a record lacks it."""
        names = {name for record in self._answered for name in record}
        return {name: {record.get(name) for record in self._answered} for name in names}


def in_words(counts: Differences) -> list[str]:
    """A line for each combination of parts, the most frequent first."""
    lines = [
        f"{count:,} differ from answers in the journal in: {', '.join(names)}"
        for names, count in counts.most_common()
        if names
    ]
    if new := counts[()]:
        lines.append(f"{new:,} are new: nothing that is like them was answered and is no longer asked for")
    return lines
