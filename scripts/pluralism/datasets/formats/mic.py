"""MIC: annotated chatbot answers -> items labelled with six moral foundations."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.datasets.source import FORMATS, Source
from pluralism.errors import UserError, shown
from pluralism.files import USER_PATH
from pluralism.protocols import Protocol
from pluralism.tables import read_csv

ATTRIBUTES = ("care", "fairness", "liberty", "loyalty", "authority", "sanctity")
"""In the order of `moral-vector`."""

COLUMNS = ("Q", "A", "rot", "moral-vector", "A_agrees")
NUMBER = r"[01](?:\.0*)?"
QUOTED = rf"""['"]?{NUMBER}['"]?"""
NUMBERS = rf"\s*{QUOTED}(?:\s*,\s*{QUOTED}){{{len(ATTRIBUTES) - 1}}}\s*,?\s*"
VECTOR = re.compile(rf"\s*(?:\[{NUMBERS}\]|\({NUMBERS}\))\s*")
ROWS_PER_LABEL = 3
HINT = "MIC's README says how to ask for MIC.csv"
MISSING = {"", "nan", "na", "n/a", "<na>", "none", "null"}
AGREEMENT = {"0": -1, "1": 0, "2": 1}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Annotation:
    """One row: a rule of thumb, how far each foundation bears on it, and whether the answer agrees (-1, 0, 1)."""

    rule: str
    vector: tuple[float, ...]
    agreement: int


@FORMATS.register("mic")
class Mic(Source):
    """MIC's one file, which its authors hand out on request."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    hint: ClassVar[str] = HINT

    raw: Annotated[Path, USER_PATH] = Field(description="Of mic: MIC.csv; of helpsteer2: the folder of its two files.")

    @property
    def files(self) -> Sequence[Path]:
        """MIC.csv."""
        return (self.raw,)

    def load(self, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
        """See `load_mic`."""
        return load_mic(self.raw)


def load_mic(path: Path) -> list[Item]:
    """Read `MIC.csv`.

    Questions with at least two distinct answers and no missing `A_agrees` become items: questions in ascending order,
    answers by first appearance, with a reasoning per attribute.

    Raises:
        UserError: a column is missing, no question is kept, or a row of a kept question has an invalid value; names row
            (the header is row 1, as in a spreadsheet), column and value.
    """
    frame = read_csv(path, COLUMNS, hint=HINT)
    table: dict[str, list[str]] = {column: frame[column].tolist() for column in COLUMNS}
    questions: dict[str, dict[str, list[int]]] = {}
    unusable: set[str] = set()
    for row, (question, answer, agrees) in enumerate(zip(table["Q"], table["A"], table["A_agrees"], strict=True)):
        if not question or not answer:
            log.warning("%s: row %d has no question or no answer and is left out", path, row + 2)
            continue
        questions.setdefault(question, {}).setdefault(answer, []).append(row)
        if agrees.strip().lower() in MISSING:
            unusable.add(question)
    kept = [question for question in sorted(questions) if len(questions[question]) >= 2 and question not in unusable]
    log.info("%s: %d of %d questions kept", path, len(kept), len(questions))
    if not kept:
        raise UserError(
            f"{path}: no question of {len(questions)} is kept, expected some with two distinct answers and no missing "
            f"A_agrees; rows: {len(frame)}, questions with a missing A_agrees: {len(unusable)}"
        )
    return [_item(path, table, question, questions[question]) for question in kept]


def _item(path: Path, table: Mapping[str, Sequence[str]], question: str, answers: Mapping[str, Sequence[int]]) -> Item:
    given = [table[column] for column in ("rot", "moral-vector", "A_agrees")]
    annotations = [
        [_annotation(f"{path}: row {row + 2}", *(texts[row] for texts in given)) for row in rows][:ROWS_PER_LABEL]
        for rows in answers.values()
    ]
    return Item(
        prompt=question,
        responses=tuple(answers),
        labels=tuple(labels_of(rows) for rows in annotations),
        reasonings=tuple(reasonings_of(rows) for rows in annotations),
    )


def _annotation(place: str, rule: str, vector_text: str, agrees: str) -> Annotation:
    try:
        agreement = AGREEMENT[re.sub(r"\.0*$", "", agrees.strip().strip("'\""))]
    except KeyError:
        raise UserError(f"{place}: A_agrees is {shown(agrees)}, expected 0, 1 or 2") from None
    if (vector := parse_vector(vector_text)) is None:
        raise UserError(f"{place}: moral-vector is {shown(vector_text)}, expected a list of six numbers, each 0 or 1")
    return Annotation(" ".join(rule.split()), vector, agreement)


def parse_vector(text: str) -> tuple[float, ...] | None:
    """Parse a list literal of six numbers that are 0 or 1; None if it is something else."""
    return tuple(map(float, re.findall(NUMBER, text))) if VECTOR.fullmatch(text) else None


def labels_of(annotations: Sequence[Annotation]) -> dict[str, float]:
    """Label an answer: per attribute round((sum of agreement * moral vector + 3) / 6, 2).

    Args:
        annotations: the answer's first three rows, or fewer where it has fewer.
    """
    return {
        attribute: round((sum(row.agreement * row.vector[place] for row in annotations) + 3) / 6, 2)
        for place, attribute in enumerate(ATTRIBUTES)
    }


def reasonings_of(annotations: Sequence[Annotation]) -> dict[str, str]:
    """For each attribute: with which rules of thumb that bear on it the answer agrees or disagrees."""
    reasonings = {}
    for place, attribute in enumerate(ATTRIBUTES):
        parts = []
        for verb, agreement in (("agrees", 1), ("disagrees", -1)):
            rules = [f'"{row.rule}"' for row in annotations if row.vector[place] and row.agreement == agreement]
            if rules:
                parts.append(f"{verb} with {' and '.join(rules)}")
        reasonings[attribute] = f"The response {' and '.join(parts) or f'is neutral on {attribute}'}."
    return reasonings
