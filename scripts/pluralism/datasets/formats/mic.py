"""MIC: annotated chatbot answers -> items labelled with six moral foundations."""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from pluralism.datasets.annotations import Annotations, ResponseKey
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item, Levels
from pluralism.datasets.source import FORMATS, Source
from pluralism.errors import UserError, shown
from pluralism.files import USER_PATH
from pluralism.protocols import PUBLISHED, Protocol
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
"""Cells of `A_agrees` without a value, in small letters."""
PANDAS_MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"}
    | {"NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""Cells that `pandas.read_csv` takes for a missing value by default (pandas 2 and 3), in any column."""
MISSING_RULE = "nan"
"""What such a rule of thumb reads in a text of Python's."""
AGREEMENT = {"0": -1, "1": 0, "2": 1}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Annotation:
    """One row: a rule of thumb, how far each foundation bears on it, and whether the answer agrees (-1, 0, 1)."""

    rule: str
    vector: tuple[float, ...]
    agreement: int

    @property
    def levels(self) -> Levels:
        """What the row alone says: 0 against a foundation, 0.5 neutral, 1 for it."""
        return {name: (self.agreement * bears + 1) / 2 for name, bears in zip(ATTRIBUTES, self.vector, strict=True)}


@FORMATS.register("mic")
class Mic(Source):
    """MIC's one file, which its authors hand out on request."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    splits_as_published: ClassVar[bool] = True
    hint: ClassVar[str] = HINT
    # Its authors ask every user for a data use agreement, so that a copy is not ours to hand out.
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    source_url: ClassVar[str] = "https://github.com/SALT-NLP/mic"

    raw: Annotated[Path, USER_PATH] = Field(description="Of mic: MIC.csv; of helpsteer2: the folder of its two files.")

    @property
    def files(self) -> Sequence[Path]:
        """MIC.csv."""
        return (self.raw,)

    @property
    def annotation_files(self) -> Sequence[Path]:
        """MIC.csv, too."""
        return self.files

    def load(self, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
        """See `load_mic`."""
        return load_mic(self.raw, protocol)

    def annotations(self, responses: Collection[ResponseKey], protocol: Protocol) -> Mapping[ResponseKey, Annotations]:
        """The rows that each label is made of."""
        return {
            (question, answer): [row.levels for row in rows]
            for question, answers in read_mic(self.raw, protocol).items()
            for answer, rows in answers.items()
            if (question, answer) in responses
        }

    def keeps_reasonings(self, protocol: Protocol) -> bool:
        """Where reasonings are the published sentences, eval items have them, too."""
        return protocol.rule_of_thumb_sentences


def load_mic(path: Path, protocol: Protocol = PUBLISHED) -> list[Item]:
    """Read `MIC.csv` into items, with a reasoning per attribute; see `read_mic`."""
    reasonings = sentences_of if protocol.rule_of_thumb_sentences else reasonings_of
    return [
        Item(
            prompt=question,
            responses=tuple(answers),
            labels=tuple(map(labels_of, answers.values())),
            reasonings=tuple(map(reasonings, answers.values())),
        )
        for question, answers in read_mic(path, protocol).items()
    ]


def read_mic(path: Path, protocol: Protocol) -> dict[str, dict[str, list[Annotation]]]:
    """Read `MIC.csv`: question -> answer -> the first three rows of the answer, of which its label is made.

    Questions with at least two distinct answers and no missing `A_agrees` are kept: questions in ascending order,
    answers by first appearance. A row without a question or an answer is left out; with
    the protocol's `pandas_missing_words` so is one where pandas takes its word for missing, and a row without an answer
    still needs its `A_agrees`.

    Raises:
        UserError: a column is missing, no question is kept, or a row of a kept question has an invalid value; names row
            (the header is row 1, as in a spreadsheet), column and value.
    """
    frame = read_csv(path, COLUMNS, hint=HINT)
    table: dict[str, list[str]] = {column: frame[column].tolist() for column in COLUMNS}
    questions: dict[str, dict[str, list[int]]] = {}
    unusable: set[str] = set()
    by_pandas = protocol.pandas_missing_words
    no_text = PANDAS_MISSING if by_pandas else {""}
    for row, (question, answer, agrees) in enumerate(zip(table["Q"], table["A"], table["A_agrees"], strict=True)):
        has_text = question not in no_text and answer not in no_text
        if agrees in PANDAS_MISSING if by_pandas else has_text and agrees.strip().lower() in MISSING:
            unusable.add(question)
        if has_text:
            questions.setdefault(question, {}).setdefault(answer, []).append(row)
        else:
            log.warning("%s: row %d has no question or no answer and is left out", path, row + 2)
    if by_pandas:
        table["rot"] = [MISSING_RULE if rule in PANDAS_MISSING else rule for rule in table["rot"]]
    kept = [question for question in sorted(questions) if len(questions[question]) >= 2 and question not in unusable]
    log.info("%s: %d of %d questions kept", path, len(kept), len(questions))
    if not kept:
        raise UserError(
            f"{path}: no question of {len(questions)} is kept, expected some with two distinct answers and no missing "
            f"A_agrees; rows: {len(frame)}, questions with a missing A_agrees: {len(unusable)}"
        )
    given = [table[column] for column in ("rot", "moral-vector", "A_agrees")]
    return {
        question: {
            answer: [_annotation(f"{path}: row {row + 2}", *(texts[row] for texts in given)) for row in rows][
                :ROWS_PER_LABEL
            ]
            for answer, rows in questions[question].items()
        }
        for question in kept
    }


def _annotation(place: str, rule: str, vector_text: str, agrees: str) -> Annotation:
    try:
        agreement = AGREEMENT[re.sub(r"\.0*$", "", agrees.strip().strip("'\""))]
    except KeyError:
        raise UserError(f"{place}: A_agrees is {shown(agrees)}, expected 0, 1 or 2") from None
    if (vector := parse_vector(vector_text)) is None:
        raise UserError(f"{place}: moral-vector is {shown(vector_text)}, expected a list of six numbers, each 0 or 1")
    return Annotation(rule, vector, agreement)


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
            rules = [
                f'"{" ".join(row.rule.split())}"'
                for row in annotations
                if row.vector[place] and row.agreement == agreement
            ]
            if rules:
                parts.append(f"{verb} with {' and '.join(rules)}")
        reasonings[attribute] = f"The response {' and '.join(parts) or f'is neutral on {attribute}'}."
    return reasonings


def sentences_of(annotations: Sequence[Annotation]) -> dict[str, str]:
    """For each attribute: the published sentence per rule of thumb that bears on it, in the order of the rows.

    Each ends with a blank, and the rule stands in it as in the raw file.
    """
    verbs = {1: "agrees", -1: "disagrees"}
    return {
        attribute: "".join(
            f"The response {verbs[row.agreement]} with the {attribute} rule of thumb: {row.rule} "
            for row in annotations
            if row.vector[place] and row.agreement in verbs
        )
        or f"The response is neutral with respect to {attribute}."
        for place, attribute in enumerate(ATTRIBUTES)
    }
