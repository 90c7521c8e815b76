"""Detecting that an answer reaches a number whose distribution is requested."""

from collections.abc import Sequence

import torch
from llguidance import LLMatcher

from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import NumberTree, number_tree
from pluralism.engines.local.rows import BatchRow, Number
from pluralism.engines.local.sampling import logits_of


class NumberDetector:
    """Detects the numbers that rows reach."""

    def __init__(self, grammars: Grammars) -> None:
        """Take the compiled schemas."""
        self._grammars = grammars
        self._trees: dict[tuple[str, int, bytes], NumberTree] = {}

    def detect(self, rows: Sequence[BatchRow], logits: torch.Tensor) -> None:
        """Add to each row that is about to write such a number the model's logits of its beginning.

        Args:
            rows: before they choose their next tokens.
            logits: of these, shape (rows, vocabulary).
        """
        found = [(index, tree) for index, row in enumerate(rows) if (tree := self._next_number(row)) is not None]
        roots = logits_of(logits, [index for index, _ in found], [tree.nodes[0].tokens for _, tree in found])
        for (index, tree), root in zip(found, roots, strict=True):
            certain = tree.distribution([root]) if not tree.texts else None
            rows[index].numbers.append(Number(len(rows[index].answer), tree, root, certain))

    def _next_number(self, row: BatchRow) -> NumberTree | None:
        """The tree of a number that the row reaches for the first time."""
        if row.request.distribution_of is None:
            return None
        key = f'"{row.request.distribution_of}": '.encode()  # text within a string would have its quotes escaped
        forced = row.matcher.compute_ff_bytes()
        if not (self._grammars.spelled(row.answer[-len(key) :]) + forced).endswith(key):
            return None
        if (self._grammars.spelled(row.answer) + forced).count(key) == len(row.numbers):
            return None  # detected one token ago: what precedes the number may be a token of its own
        return self._tree(row.request.schema, len(row.numbers), forced, row.matcher)

    def _tree(self, schema: str, number: int, forced: bytes, matcher: LLMatcher) -> NumberTree:
        """The same for all answers, since every property of the objects in a schema is required."""
        if (schema, number, forced) not in self._trees:
            self._trees[schema, number, forced] = number_tree(matcher, self._grammars)
        return self._trees[schema, number, forced]
