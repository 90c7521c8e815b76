"""What a format of raw data is: where the raw files lie and come from, and how they become items."""

from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from pluralism.datasets.annotations import Annotations, ItemAnnotations, ResponseKey, matched, response_keys
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.protocols import Protocol
from pluralism.registry import ClassRegistry, options

Parts = tuple[list[Item], list[Item]]
"""Train and eval items."""


@dataclass(frozen=True)
class Terms:
    """On which terms the texts of a dataset are had; see the class variables of a `Source`."""

    licence: str
    source_url: str
    texts_may_be_shared: bool

    @property
    def words(self) -> str:
        """The licence, and where the texts are from, as far as this is known."""
        known = {"licence: ": self.licence, "from ": self.source_url}
        return ", ".join(word + value for word, value in known.items() if value)


class Source(BaseModel):
    """The raw data of a dataset; the fields of a subclass are the options of its format in the config.

    A new format is a module in `pluralism.datasets.formats` that registers its class (`FORMATS`), or a class of a
    package of your own. It is imported wherever a config is read, so it should import little.

    Class variables:
        makes_items: whether items are made from raw files; else the user provides data/{dataset}/{train,eval}.json.
        attribute_file: describes the attributes; None where each dataset names its own file.
        accepts_reasonings: whether a model may write the reasonings of train items.
        can_download: whether `download` gets missing raw files.
        splits_as_published: whether each level of each attribute gives equally many items to eval and train, so that a
            level that no response has is an error; else each gives what it has. See `split_items`.
        hint: what a user can do about missing raw files.
        licence: of the texts, as an SPDX expression; "" where it is not known.
        source_url: where the dataset is described or handed out; "" where there is no such place.
        texts_may_be_shared: whether anyone may pass on prompts, responses and reasonings, as an export does when asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    makes_items: ClassVar[bool] = True
    attribute_file: ClassVar[Path | None] = None
    accepts_reasonings: ClassVar[bool] = False
    can_download: ClassVar[bool] = False
    splits_as_published: ClassVar[bool] = False
    hint: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    source_url: ClassVar[str] = ""
    texts_may_be_shared: ClassVar[bool] = False

    @property
    def terms(self) -> Terms:
        """On which terms its texts are had."""
        return Terms(self.licence, self.source_url, self.texts_may_be_shared)

    @property
    def files(self) -> Sequence[Path]:
        """The raw files."""
        return ()

    @property
    def missing(self) -> list[Path]:
        """The raw files that do not exist."""
        return [path for path in self.files if not path.is_file()]

    @property
    def annotation_files(self) -> Sequence[Path]:
        """The raw files of the annotations that labels are made of; those that are not among `files` may be missing."""
        return ()

    @property
    def missing_annotations(self) -> list[Path]:
        """The raw files of annotations that do not exist, without which there are none."""
        return [path for path in self.annotation_files if path not in self.files and not path.is_file()]

    @property
    def has_annotations(self) -> bool:
        """Whether the annotations are there, or will be: what is downloaded brings them with it."""
        comes = self.can_download and bool(self.missing)
        return bool(self.annotation_files) and (comes or not self.missing_annotations)

    def missing_text(self, path: Path) -> str:
        """The message about a missing raw file."""
        return f"{path}: no such file" + (f"; {self.hint}" if self.hint else "")

    def load(self, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
        """Read the raw files into all items of the dataset, with reasonings; they are split later, unless by `parts`.

        Raises:
            UserError: a file is missing or has a fault; names file, row and value. Or the format has no raw files.
        """
        raise UserError("a dataset of this format has no raw files: put data/{dataset}/train.json and eval.json there")

    def parts(self, attributes: AttributeSet, protocol: Protocol) -> Parts | None:
        """Train and eval items, of raw files that say which are which; None where the workflow splits those of `load`.

        Raises:
            UserError: as `load`.
        """
        return None

    def annotations_of(
        self, items: Sequence[Item], attributes: AttributeSet, protocol: Protocol
    ) -> list[ItemAnnotations]:
        """What each annotator gave to the responses of items; None for an item where this is not known.

        Raises:
            UserError: see `annotations`, which gives them by texts.
        """
        return matched(items, self.annotations(response_keys(items), protocol))

    def annotations(self, responses: Collection[ResponseKey], protocol: Protocol) -> Mapping[ResponseKey, Annotations]:
        """Read the annotations of some responses, those that are found.

        Raises:
            UserError: a file is missing or has a fault; names file, row and value. Or the format has none.
        """
        raise UserError("a dataset of this format has no annotations")

    def keeps_reasonings(self, protocol: Protocol) -> bool:
        """Whether eval items keep the reasonings that `load` gives them, as train items do."""
        return False

    def download(self) -> None:
        """Get the raw files that are missing, those of annotations too.

        Raises:
            UserError: they cannot be downloaded; says where to put them by hand.
        """
        raise UserError(f"a dataset of this format cannot be downloaded; {self.hint}")


FORMATS = ClassRegistry[Source](
    "format", Source, package="pluralism.datasets.formats", group="pluralism.formats", key="format"
)
"""The formats of raw data: register yours with `@FORMATS.register("its_name")`."""


def add_source_arguments(parser: ArgumentParser) -> None:
    """Add the options of a command that takes any format."""
    parser.add_argument("--format", required=True, help="its name in the config, such as mic or table")
    parser.add_argument(
        "--options", type=options, default={}, help="""the format's keys, as JSON: '{"raw": "MIC.csv"}'"""
    )


def make_source(arguments: Namespace) -> Source:
    """The source that a command line names; a `UserError` if the format or one of its options is unknown."""
    return FORMATS.make(arguments.format, arguments.options, place="")
