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

from pluralism.datasets.formats.helpsteer2 import ATTRIBUTES as HELPSTEER2_ATTRIBUTES
from pluralism.datasets.formats.helpsteer2 import HIGHEST_RATING
from pluralism.datasets.formats.mic import ATTRIBUTES as MIC_ATTRIBUTES
from pluralism.datasets.formats.mic import ROWS_PER_LABEL

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

Ratings = Mapping[str, int]
"""Attribute -> rating in the HelpSteer2 world, from 0 to 4."""


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
        wanted = 1 if index % 20 == 0 else draw.choice([2, 2, 2, 2, 2, 3, 3, 4] if index % 25 else [5])
        answers = {_mic_answer(draw, deed): deed for deed in _mic_deeds(draw, wanted, pure=index in (1, 2))}
        for answer, deed in answers.items():
            annotations = _mic_rows(draw, question, answer, deed)
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


def _mic_deeds(draw: random.Random, count: int, pure: bool) -> list[tuple[str, int]]:
    """(attribute, strength) of each answer to a question, all of different strength.

    Sanctity is never at strength 3, but for the first answer where the question is to be `pure`.
    """
    strengths = draw.sample([-3, -2, -1, 1, 2, 3], count)
    deeds = [
        (draw.choice([name for name in MIC_ATTRIBUTES if (name, strength) != ("sanctity", 3)]), strength)
        for strength in strengths
    ]
    return [("sanctity", 3), *((name, strength) for name, strength in deeds[1:] if strength != 3)] if pure else deeds


def _mic_answer(draw: random.Random, deed: tuple[str, int]) -> str:
    bank = words()["mic"]
    attribute, strength = deed
    return f"{draw.choice(bank['openings'])} {bank['adverbs'][strength]} {draw.choice(bank['deeds'][attribute])}."


def _mic_rows(draw: random.Random, question: str, answer: str, deed: tuple[str, int]) -> list[dict[str, Any]]:
    """The rows of an answer: as many as the deed is strong agree or disagree, the others are neutral."""
    bank, (attribute, strength) = words()["mic"], deed
    planned = [(1 if strength > 0 else -1, bank["bears_on"][attribute])] * abs(strength)
    if len(planned) == ROWS_PER_LABEL or draw.random() < 0.5:
        planned += [(0, [draw.choice(MIC_ATTRIBUTES)]) for _ in range(draw.choice([0, 0, 1, 2]))]
    rows = []
    for agreement, borne in planned:
        rows.append(
            {
                "WorkerId": f"worker{draw.randrange(40):02d}",
                "WorkTimeInMinutes": round(draw.uniform(0.5, 9.0), 1),
                "chatbot": "toy",
                "Q": question,
                "A": answer,
                "rot": bank["rule"],
                "moral": "|".join(borne),
                "moral-vector": str([float(name in borne) for name in MIC_ATTRIBUTES]),
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
        for side, quality in enumerate(draw.sample(range(HIGHEST_RATING + 1), 2)):
            ratings = {name: _near(draw, quality) for name in HELPSTEER2_ATTRIBUTES}
            if index in (3, 4, 5) and side == 0:
                ratings["verbosity"] = HIGHEST_RATING
            elif ratings["verbosity"] == HIGHEST_RATING:
                ratings["verbosity"] -= 1
            prompt = template.format(task=task, **{"with": circumstance})
            rows.append({"prompt": prompt, "response": _helpsteer2_response(draw, ratings), **ratings})
    return rows


def annotator_rows(seed: int, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each of three annotators gave to rated responses; the rounded mean of each attribute is its rating."""
    draw = random.Random(f"{seed} annotators")
    every = list(product(range(HIGHEST_RATING + 1), repeat=3))
    near = {
        rating: [given for given in every if round(sum(given) / 3) == rating and max(given) - min(given) < 3]
        for rating in range(HIGHEST_RATING + 1)
    }
    return [{**row, **{name: list(draw.choice(near[row[name]])) for name in HELPSTEER2_ATTRIBUTES}} for row in rows]


def _near(draw: random.Random, quality: int) -> int:
    """A rating like the response's overall quality, or one beside it."""
    return min(max(quality + draw.choice([-1, 0, 0, 1]), 0), HIGHEST_RATING)


def _helpsteer2_response(draw: random.Random, ratings: Ratings) -> str:
    bank = words()["helpsteer2"]
    traits = [draw.choice(bank["traits"][attribute][rating]) for attribute, rating in ratings.items()]
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
