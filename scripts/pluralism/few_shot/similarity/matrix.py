"""The similarity of every eval item to every train item: computed once, and kept in a file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.similarity.settings import Matrix, Similarity, matched_text
from pluralism.files import check_file, replacing


def similarity_matrix(similarity: Similarity, items: Sequence[Item], train: Sequence[Item]) -> Matrix:
    """Compare every item with every train item, shape (items, train); higher is more alike.

    Raises:
        UserError: the similarity's model cannot be loaded, or there are no train items, or texts without words.
    """
    asked = [matched_text(item, similarity.match) for item in items]
    known = [matched_text(item, similarity.match) for item in train]
    matrix = similarity.kind.compare(asked, known)
    if matrix.shape != (len(items), len(train)):
        raise UserError(
            f"similarity {similarity.method}: a matrix of {matrix.shape}, expected {(len(items), len(train))}"
        )
    check_finite(matrix, f"similarity {similarity.method}")
    return matrix


def write_matrix(matrix: Matrix, path: Path) -> None:
    """Write a matrix in NumPy's format, completely or not at all."""
    with replacing(path) as (draft,), draft.open("wb") as stream:
        np.save(stream, matrix)


def read_matrix(path: Path, shape: tuple[int, int]) -> Matrix:
    """Read what `write_matrix` wrote.

    Raises:
        UserError: the file is not found, is not such a matrix, is of other items, or has a value that is not finite.
    """
    check_file(path, "a similarity matrix in NumPy's format")
    try:
        # Nothing is read before shape and type are known; a file that is shorter than its header says is refused.
        stored = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # NumPy parses the header as Python, and raises many kinds
        raise UserError(f"{path}: not a similarity matrix in NumPy's format: {error}") from None
    if stored.shape != shape:
        raise UserError(f"{path}: a matrix of {stored.shape}, expected {shape} (eval items, train items)")
    if stored.dtype.kind not in "iuf":
        raise UserError(f"{path}: a matrix of {stored.dtype}, expected numbers")
    matrix: Matrix = np.array(stored, dtype=np.float64)
    check_finite(matrix, str(path))
    return matrix


def check_finite(matrix: Matrix, place: str) -> None:
    """Raise a `UserError` if a similarity is NaN or infinite."""
    if (wrong := np.argwhere(~np.isfinite(matrix))).size:
        item, other = wrong[0]
        raise UserError(f"{place}: the similarity of item {item} and train item {other} is {matrix[item, other]}")
