"""HelpSteer2: pairs of rated responses -> items labelled with five measures of quality."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.protocols import Protocol

FILES = ("train.jsonl.gz", "validation.jsonl.gz")
ATTRIBUTES = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
HIGHEST_RATING = 4


def load_helpsteer2(folder: Path, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
    """Read both files of the release, `train` then `validation`; two consecutive rows make an item.

    Each response's reasoning is a template: the phrase of its level.

    Args:
        folder: holds `train.jsonl.gz` and `validation.jsonl.gz`.
        attributes: with the phrases.
        protocol: with `drop_last_pair`, the last pair of each file is left out.

    Raises:
        UserError: a file is missing or not gzipped JSON lines, a row lacks a key or has a rating outside 0-4, or two
            rows that should pair carry different prompts; names file and line.
    """
    items: list[Item] = []
    for name in FILES:
        pairs = _read_pairs(folder / name, attributes)
        items += pairs[:-1] if protocol.drop_last_pair else pairs
    return items


def _read_pairs(path: Path, attributes: AttributeSet) -> list[Item]:
    rows = _read_rows(path)
    items = []
    for first in range(0, len(rows), 2):
        pair = rows[first : first + 2]
        if len(pair) < 2 or pair[0]["prompt"] != pair[1]["prompt"]:
            raise UserError(f"{path}: line {first + 1} has no partner: line {first + 2} should carry the same prompt")
        labels = tuple({name: row[name] / HIGHEST_RATING for name in ATTRIBUTES} for row in pair)
        items.append(
            Item(
                prompt=pair[0]["prompt"],
                responses=tuple(row["response"] for row in pair),
                labels=labels,
                reasonings=tuple(
                    {name: attributes.sentence(name, level) for name, level in levels.items()} for levels in labels
                ),
            )
        )
    return items


def _read_rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [_parse_row(line, f"{path}: line {number}") for number, line in enumerate(lines, start=1)]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a readable gzip file of UTF-8 text: {error}") from None


def _parse_row(line: str, place: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(f"{place}: not JSON: {error.msg}") from None
    if not isinstance(row, dict):
        raise UserError(f"{place}: expected an object with prompt, response and ratings")
    for key in ("prompt", "response"):
        if not isinstance(row.get(key), str):
            raise UserError(f"{place}: {key} is {row.get(key)!r}, expected a text")
    for key in ATTRIBUTES:
        rating = row.get(key)
        if isinstance(rating, bool) or rating not in range(HIGHEST_RATING + 1):
            raise UserError(f"{place}: {key} is {rating!r}, expected a whole number from 0 to {HIGHEST_RATING}")
    return row
