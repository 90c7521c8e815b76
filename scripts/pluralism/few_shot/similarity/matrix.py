"""How alike each eval item, or each user turn about it, is to each train item, and the file of these similarities."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from pluralism.datasets.attributes import LONGEST_NAME
from pluralism.datasets.items import MOST_RESPONSES, Item
from pluralism.errors import UserError
from pluralism.few_shot.questions import Question, order_text, read_attribute, read_order
from pluralism.few_shot.similarity.settings import Matrix, Similarity, matched_text
from pluralism.files import check_file, replacing

LONGEST_ORDER = len(order_text(tuple(range(MOST_RESPONSES))))


@dataclass(frozen=True)
class Comparison:
    """Similarities to all train items.

    Attributes:
        questions: what is compared with them.
        matrix: shape (questions, train items); higher is more alike.
    """

    questions: Sequence[Question]
    matrix: Matrix

    @classmethod
    def of_items(cls, matrix: Matrix) -> Self:
        """That of a matrix with a row per eval item."""
        return cls([Question(item) for item in range(len(matrix))], matrix)


def similarity_matrix(similarity: Similarity, items: Sequence[Item], train: Sequence[Item]) -> Matrix:
    """Compare every item with every train item, shape (items, train); higher is more alike.

    Raises:
        UserError: the similarity's model cannot be loaded, or there are no train items, or texts without words.
    """
    asked = [matched_text(item, similarity.match) for item in items]
    known = [matched_text(item, similarity.match) for item in train]
    return text_matrix(similarity, asked, known)


def text_matrix(similarity: Similarity, asked: Sequence[str], known: Sequence[str]) -> Matrix:
    """Compare every text of an eval item with every text of a train item, shape (asked, known).

    Raises:
        UserError: as `similarity_matrix`, or another package's similarity gives no such matrix.
    """
    matrix = similarity.kind.compare(asked, known)
    place, shape = f"similarity {similarity.method}", (len(asked), len(known))
    if matrix.shape != shape:
        raise UserError(f"{place}: a matrix of {matrix.shape}, expected {shape}")
    check_finite(matrix, place)
    return matrix


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write similarities in NumPy's format, completely or not at all.

    Those of items are a plain matrix, (eval items, train items). Those of turns are rows of item, attribute, order and
    similarity, which holds a number per train item.
    """
    questions, matrix = comparison.questions, comparison.matrix
    stored: Any = matrix
    if any(question.order is not None for question in questions):
        stored = np.empty(len(questions), _row_type(matrix.shape[1]))
        stored["item"] = [question.item for question in questions]
        stored["attribute"] = [question.attribute or "" for question in questions]
        stored["order"] = [order_text(question.order) for question in questions]
        stored["similarity"] = matrix
    with replacing(path) as (draft,), draft.open("wb") as stream:
        np.save(stream, stored)


def _row_type(train: int) -> np.dtype[Any]:
    return np.dtype(
        [
            ("item", "<i8"),
            ("attribute", f"<U{LONGEST_NAME}"),
            ("order", f"<U{LONGEST_ORDER}"),
            ("similarity", "<f8", (train,)),
        ]
    )


def read_comparison(path: Path, items: Sequence[Item], train: Sequence[Item], attributes: Sequence[str]) -> Comparison:
    """Read what `write_comparison` wrote.

    Raises:
        UserError: the file is not found, is not such a matrix, is of other items, or has a value that is not finite.
    """
    check_file(path, "a similarity matrix in NumPy's format")
    try:
        # Nothing is read before shape and type are known; a file that is shorter than its header says is refused.
        stored = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # NumPy parses the header as Python, and raises many kinds
        raise UserError(f"{path}: not a similarity matrix in NumPy's format: {error}") from None
    if stored.dtype == _row_type(len(train)) and stored.ndim == 1:
        comparison = Comparison(_questions(path, stored, items, attributes), np.array(stored["similarity"]))
    else:
        shape = (len(items), len(train))
        if stored.shape != shape:
            raise UserError(f"{path}: a matrix of {stored.shape}, expected {shape} (eval items, train items)")
        if stored.dtype.kind not in "iuf":
            raise UserError(f"{path}: a matrix of {stored.dtype}, expected numbers")
        comparison = Comparison.of_items(np.array(stored, dtype=np.float64))
    check_finite(comparison.matrix, str(path))
    return comparison


def _questions(path: Path, rows: Any, items: Sequence[Item], attributes: Sequence[str]) -> list[Question]:
    questions = []
    for row, (index, attribute, order) in enumerate(zip(rows["item"], rows["attribute"], rows["order"], strict=True)):
        try:
            if index not in range(len(items)):
                raise ValueError(f"item is {index}, expected a whole number from 0 to {len(items) - 1}")
            name = read_attribute(str(attribute), attributes)
            questions.append(Question(int(index), name, read_order(str(order), len(items[index].responses))))
        except ValueError as error:
            raise UserError(f"{path}: row {row}: {error}") from None
    if missing := sorted(set(range(len(items))) - {question.item for question in questions}):
        raise UserError(f"{path}: has no row for item {missing[0]}")
    return questions


def check_finite(matrix: Matrix, place: str) -> None:
    """Raise a `UserError` if a similarity is NaN or infinite."""
    if (wrong := np.argwhere(~np.isfinite(matrix))).size:
        item, other = wrong[0]
        raise UserError(f"{place}: the similarity of item {item} and train item {other} is {matrix[item, other]}")
