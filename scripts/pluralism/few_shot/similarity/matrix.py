"""The similarity of every eval item to every train item: computed once, and kept in a file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.similarity.settings import Matrix, Similarity, matched_text
from pluralism.files import replacing


def similarity_matrix(similarity: Similarity, items: Sequence[Item], train: Sequence[Item]) -> Matrix:
    """Compare every item with every train item, shape (items, train); higher is more alike.

    Raises:
        UserError: the similarity's model cannot be loaded.
    """
    asked = [matched_text(item, similarity.match) for item in items]
    known = [matched_text(item, similarity.match) for item in train]
    return similarity.kind.compare(asked, known)


def write_matrix(matrix: Matrix, path: Path) -> None:
    """Write a matrix in NumPy's format, completely or not at all."""
    with replacing(path) as (draft,), draft.open("wb") as stream:
        np.save(stream, matrix)


def read_matrix(path: Path, shape: tuple[int, int]) -> Matrix:
    """Read what `write_matrix` wrote.

    Raises:
        UserError: the file is not found, is not such a matrix, or is of other items.
    """
    try:
        matrix: Matrix = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (ValueError, OSError, EOFError) as error:
        raise UserError(f"{path}: not a similarity matrix in NumPy's format: {error}") from None
    if matrix.shape != shape:
        raise UserError(f"{path}: a matrix of {matrix.shape}, expected {shape} (eval items, train items)")
    return matrix
