"""HelpSteer2: pairs of rated responses -> items labelled with five measures of quality."""

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from pluralism.datasets.annotations import Annotations, ResponseKey
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.hub import HubFiles
from pluralism.datasets.items import Item, Levels
from pluralism.datasets.source import FORMATS, Source
from pluralism.errors import UserError, shown
from pluralism.files import USER_PATH, read_json_lines
from pluralism.protocols import Protocol

FILES = ("train.jsonl.gz", "validation.jsonl.gz")
RATINGS_FILE = "disagreements/disagreements.jsonl.gz"
"""What each annotator gave; without it, there is no noise ceiling."""
ATTRIBUTES = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
HIGHEST_RATING = 4
RELEASE = HubFiles(
    repository="nvidia/HelpSteer2",
    revision="990b2711a36180dd19d9c94b8627844866f8982a",
    names=FILES,
    sha256={
        "train.jsonl.gz": "c0d7e91d738d42e8a08070db26c4c09a9c7631308e1f0fd380ff43d130c9f713",
        "validation.jsonl.gz": "610eeb5289494d613c4c0f70aade2df8df0b499f3a24e76d232f74e6909d010a",
        RATINGS_FILE: "53435e0e2926620bf08ce91f278d7368ee6903f416a47764fe8839f3b71b3ab4",
    },
)

log = logging.getLogger(__name__)


@FORMATS.register("helpsteer2")
class HelpSteer2(Source):
    """The two files of the release, and that of the annotators' ratings, downloaded where the two are missing."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    splits_as_published: ClassVar[bool] = True
    accepts_reasonings: ClassVar[bool] = True
    can_download: ClassVar[bool] = True
    licence: ClassVar[str] = "CC-BY-4.0"
    source_url: ClassVar[str] = RELEASE.page
    texts_may_be_shared: ClassVar[bool] = True

    raw: Annotated[Path, USER_PATH] = Field(description="Of helpsteer2: the folder of its two files; of mic: MIC.csv.")

    @property
    def files(self) -> Sequence[Path]:
        """Train, then validation."""
        return [self.raw / name for name in FILES]

    @property
    def annotation_files(self) -> Sequence[Path]:
        """What each annotator gave; it may be missing."""
        return (self.raw / RATINGS_FILE,)

    def load(self, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
        """See `load_helpsteer2`."""
        return load_helpsteer2(self.raw, attributes, protocol)

    def annotations(self, responses: Collection[ResponseKey], protocol: Protocol) -> Mapping[ResponseKey, Annotations]:
        """See `read_ratings`."""
        return read_ratings(self.raw / RATINGS_FILE, responses)

    def download(self) -> None:
        """Download the files that are missing; see `HubFiles.download`."""
        missing = [*self.missing, *self.missing_annotations]
        RELEASE.download(self.raw, [path.relative_to(self.raw).as_posix() for path in missing])


def load_helpsteer2(folder: Path, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
    """Read both files of the release, `train` then `validation`; two consecutive rows make an item.

    Items have the attributes that are described, all five or some. Each response's reasoning is a template: the phrase
    of its level. With the protocol's `drop_last_pair`, the last pair of each file is left out.

    Raises:
        UserError: a file is not found or not gzipped JSON lines, a row lacks a key or has a rating outside 0-4, or two
            rows that should pair have different prompts; names file and line. Or another attribute is described.
    """
    if others := [name for name in attributes.names if name not in ATTRIBUTES]:
        raise UserError(f"the attribute file has {others[0]}, expected some of {', '.join(ATTRIBUTES)}")
    items: list[Item] = []
    for name in FILES:
        pairs = _read_pairs(folder / name, attributes)
        items += pairs[:-1] if protocol.drop_last_pair else pairs
    return items


def _read_pairs(path: Path, attributes: AttributeSet) -> list[Item]:
    rows = [_row(value, place) for place, value in read_json_lines(path)]
    items = []
    for first in range(0, len(rows), 2):
        pair = rows[first : first + 2]
        if len(pair) < 2 or pair[0]["prompt"] != pair[1]["prompt"]:
            raise UserError(f"{path}: line {first + 1} has no partner: line {first + 2}, expected the same prompt")
        labels = tuple({name: row[name] / HIGHEST_RATING for name in attributes.names} for row in pair)
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


def read_ratings(path: Path, responses: Collection[ResponseKey]) -> dict[ResponseKey, list[Levels]]:
    """Read what each annotator gave to some responses: per attribute a list of ratings, the same annotators in each.

    Several rows of a response are of different annotators, unless the rows are equal. A row whose lists differ in
    length does not tell which ratings belong together, and is left out.

    Raises:
        UserError: the file is not found or not gzipped JSON lines, or a row lacks a key, or has a rating outside 0-4.
    """
    batches: dict[ResponseKey, list[list[Levels]]] = {}
    uneven = 0
    for place, value in read_json_lines(path):
        row = _texts(value, place)
        for name in ATTRIBUTES:
            if not isinstance(row.get(name), list):
                raise UserError(f"{place}: {name} is {shown(row.get(name))}, expected a list of ratings")
            for rating in row[name]:
                _check_rating(rating, f"{place}: {name}")
        if len({len(row[name]) for name in ATTRIBUTES}) > 1:
            uneven += 1
        elif (key := (row["prompt"], row["response"])) in responses:
            annotators = zip(*(row[name] for name in ATTRIBUTES), strict=True)
            batch: list[Levels] = [
                {name: rating / HIGHEST_RATING for name, rating in zip(ATTRIBUTES, ratings, strict=True)}
                for ratings in annotators
            ]
            if batch not in (known := batches.setdefault(key, [])):
                known.append(batch)
    if uneven:
        log.warning("%s: %d rows with unequally many ratings per attribute are left out", path, uneven)
    return {key: [levels for batch in found for levels in batch] for key, found in batches.items()}


def _row(value: Any, place: str) -> dict[str, Any]:
    row = _texts(value, place)
    for key in ATTRIBUTES:
        _check_rating(row.get(key), f"{place}: {key}")
    return row


def _texts(row: Any, place: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise UserError(f"{place}: expected an object with prompt, response and ratings")
    for key in ("prompt", "response"):
        if not isinstance(row.get(key), str):
            raise UserError(f"{place}: {key} is {shown(row.get(key))}, expected a text")
    return row


def _check_rating(rating: Any, place: str) -> None:
    if isinstance(rating, bool) or rating not in range(HIGHEST_RATING + 1):
        raise UserError(f"{place} is {shown(rating)}, expected a whole number from 0 to {HIGHEST_RATING}")
