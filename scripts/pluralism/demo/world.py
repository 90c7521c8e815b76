"""Raw files of the toy world, in the formats of MIC and HelpSteer2, with the oddities of the real ones."""

import gzip
import io
import json
import random
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pluralism.datasets.helpsteer2 import ATTRIBUTES as HELPSTEER2_ATTRIBUTES
from pluralism.datasets.helpsteer2 import HIGHEST_RATING
from pluralism.datasets.mic import ATTRIBUTES as MIC_ATTRIBUTES
from pluralism.datasets.mic import ROWS_PER_LABEL

MIC_COLUMNS = [
    "WorkerId",
    "WorkTimeInMinutes",
    "chatbot",
    "Q",
    "A",
    "rot",
    "moral",
    "moral-vector",
    "A_agrees",
    "rot-agree",
    "violation-severity",
    "comments",
    "violation-severity-collapsed",
    "rot-agree-collapsed",
    "QA",
    "split",
]

Strengths = Mapping[str, int]
"""Attribute -> strength: in the MIC world -3 to 3 and neutral attributes unnamed, in the HelpSteer2 world 0 to 4."""


@cache
def words() -> dict[str, Any]:
    """The sentence bank."""
    value: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text(encoding="utf-8"))
    return value


def mic_table(seed: int, questions: int) -> pd.DataFrame:
    """Annotated answers to `questions` distinct questions, rows shuffled, in the columns of `MIC.csv`.

    The rarest cell of the split, sanctity at 1.0, gets just two responses, so that the split takes two items a cell.
    """
    draw = random.Random(seed)
    bank = words()["mic"]
    places = list(product(bank["questions"], bank["where"], bank["when"]))
    answers_rows: list[list[dict[str, Any]]] = []
    for index, (template, where, when) in enumerate(draw.sample(places, questions)):
        question = template.format(where=where, when=when)
        answers: dict[str, Strengths] = {}
        wanted = 1 if index % 20 == 0 else draw.choice([2, 2, 2, 2, 2, 3, 3, 4] if index % 25 else [5])
        while len(answers) < wanted:
            strengths = {"sanctity": 3} if index in (1, 2) and not answers else _mic_strengths(draw)
            answers[_mic_answer(draw, strengths)] = strengths
        for answer, strengths in answers.items():
            annotations = _mic_rows(draw, question, answer, strengths)
            if index % 30 == 5:
                annotations[0]["A_agrees"] = None
            answers_rows.append(annotations)
    return pd.DataFrame(_interleaved(draw, answers_rows), columns=MIC_COLUMNS)


def _interleaved(draw: random.Random, groups: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of all answers, shuffled; those of one answer keep their order, since its first three are its label."""
    turns = [group for group, rows in enumerate(groups) for _ in rows]
    draw.shuffle(turns)
    waiting = [iter(rows) for rows in groups]
    return [next(waiting[group]) for group in turns]


def _mic_strengths(draw: random.Random) -> Strengths:
    """One attribute, or two that together need no more than three rows; sanctity never at 3."""
    first, second = draw.sample(MIC_ATTRIBUTES, 2)
    strengths = {first: draw.choice([-3, -2, -1, 1, 2, 3])}
    if (room := ROWS_PER_LABEL - abs(strengths[first])) and draw.random() < 0.6:
        strengths[second] = draw.choice([-1, 1]) * draw.randint(1, room)
    if strengths[first] == ROWS_PER_LABEL and first == "sanctity":
        strengths[first] -= 1
    return strengths


def _mic_answer(draw: random.Random, strengths: Strengths) -> str:
    bank = words()["mic"]
    clauses = [
        f"{bank['adverbs'][strength]} {draw.choice(bank['deeds'][attribute]['does'])}"
        for attribute, strength in strengths.items()
    ]
    return f"{draw.choice(bank['openings'])} {' and '.join(clauses)}."


def _mic_rows(draw: random.Random, question: str, answer: str, strengths: Strengths) -> list[dict[str, Any]]:
    """The rows of an answer. The first three carry its strengths; a fourth and fifth, where there are some, none."""
    planned = [
        (1 if strength > 0 else -1, attribute)
        for attribute, strength in strengths.items()
        for _ in range(abs(strength))
    ]
    if len(planned) == ROWS_PER_LABEL or draw.random() < 0.5:
        planned += [(0, draw.choice(MIC_ATTRIBUTES)) for _ in range(draw.choice([0, 0, 1, 2]))]
    rows = []
    for agreement, attribute in planned:
        rows.append(
            {
                "WorkerId": f"worker{draw.randrange(40):02d}",
                "WorkTimeInMinutes": round(draw.uniform(0.5, 9.0), 1),
                "chatbot": "toy",
                "Q": question,
                "A": answer,
                "rot": words()["mic"]["deeds"][attribute]["rule"],
                "moral": attribute,
                "moral-vector": str([float(name == attribute) for name in MIC_ATTRIBUTES]),
                "A_agrees": agreement + 1,
                "rot-agree": draw.randrange(1, 5),
                "violation-severity": draw.randrange(1, 5),
                "comments": draw.choice(["", "", 'said "yes", then left', "two\nlines"]),
                "violation-severity-collapsed": draw.randrange(1, 3),
                "rot-agree-collapsed": draw.randrange(0, 2),
                "QA": f"Q: {question} A: {answer}",
                "split": "train",
            }
        )
    return rows


def helpsteer2_rows(seed: int, prompts: int) -> list[dict[str, Any]]:
    """Two rated responses to each of `prompts` distinct prompts, on consecutive rows.

    The rarest cell of the split, verbosity at 4, gets just three responses, so that the split takes three items a cell.
    """
    draw = random.Random(seed)
    bank = words()["helpsteer2"]
    asked = list(product(bank["questions"], bank["task"], bank["with"]))
    rows = []
    for index, (template, task, circumstance) in enumerate(draw.sample(asked, prompts)):
        for side in range(2):
            ratings = {name: draw.randrange(HIGHEST_RATING + 1) for name in HELPSTEER2_ATTRIBUTES}
            if index in (3, 4, 5) and side == 0:
                ratings["verbosity"] = HIGHEST_RATING
            elif ratings["verbosity"] == HIGHEST_RATING:
                ratings["verbosity"] -= 1
            prompt = template.format(task=task, **{"with": circumstance})
            rows.append({"prompt": prompt, "response": _helpsteer2_response(draw, ratings), **ratings})
    return rows


def _helpsteer2_response(draw: random.Random, ratings: Strengths) -> str:
    bank = words()["helpsteer2"]
    traits = [f"{bank['adverbs'][rating]} {attribute}" for attribute, rating in ratings.items()]
    draw.shuffle(traits)
    return f"{draw.choice(bank['openings'])} {', '.join(traits[:-1])} and {traits[-1]}."


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV with an unnamed index, as MIC is published."""
    return table.to_csv(lineterminator="\n").encode()


def gzip_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as gzipped JSON lines; without a time stamp, so that the same rows give the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as stream:
        stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    return buffer.getvalue()
