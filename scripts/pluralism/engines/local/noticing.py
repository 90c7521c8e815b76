"""Noticing that an answer comes to a number whose distribution is asked for."""

from collections.abc import Sequence

import torch
from llguidance import LLMatcher

from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import NumberTree, number_tree
from pluralism.engines.local.rows import Number, Row
from pluralism.engines.local.sampling import logits_of


class Noticer:
    """Notices the numbers that rows come to."""

    def __init__(self, grammars: Grammars) -> None:
        """Take the compiled schemas."""
        self._grammars = grammars
        self._trees: dict[tuple[str, int, bytes], NumberTree] = {}

    def notice(self, rows: Sequence[Row], logits: torch.Tensor) -> None:
        """Note in each row that is about to write a number asked for what the model thinks of its beginning.

        Args:
            rows: before they choose their next tokens.
            logits: of these, shape (rows, vocabulary).
        """
        found = [(place, tree) for place, row in enumerate(rows) if (tree := self._ahead(row)) is not None]
        roots = logits_of(logits, [place for place, _ in found], [tree.nodes[0].tokens for _, tree in found])
        for (place, tree), root in zip(found, roots, strict=True):
            certain = tree.distribution([root]) if not tree.texts else None
            rows[place].numbers.append(Number(len(rows[place].answer), tree, root, certain))

    def _ahead(self, row: Row) -> NumberTree | None:
        """The tree of a number that the row comes to for the first time."""
        if row.work.distribution_of is None:
            return None
        key = f'"{row.work.distribution_of}": '.encode()  # text within a string would have its quotes escaped
        forced = row.matcher.compute_ff_bytes()
        if not (self._grammars.spelled(row.answer[-len(key) :]) + forced).endswith(key):
            return None
        if (self._grammars.spelled(row.answer) + forced).count(key) == len(row.numbers):
            return None  # noted one token ago: what stands before the number may be a token of its own
        return self._tree(row.work.schema, len(row.numbers), forced, row.matcher)

    def _tree(self, schema: str, number: int, forced: bytes, matcher: LLMatcher) -> NumberTree:
        """The same for all answers, since every property of the objects in a schema is required."""
        if (schema, number, forced) not in self._trees:
            self._trees[schema, number, forced] = number_tree(matcher, self._grammars)
        return self._trees[schema, number, forced]
