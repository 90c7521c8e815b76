"""HelpSteer3-Preference (arXiv 2505.11475): two responses to a chat, compared by up to three annotators."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from pluralism.datasets.column_source import Column, Columns
from pluralism.datasets.formats.preferences import Preferences
from pluralism.datasets.hub import HubFiles
from pluralism.datasets.release_source import ReleaseSource
from pluralism.datasets.source import FORMATS

RELEASE = HubFiles(
    repository="nvidia/HelpSteer3",
    revision="f6d145777bcbde96137596340fab89793acd1031",
    names=("preference/train.jsonl.gz", "preference/validation.jsonl.gz"),
)


@FORMATS.register("helpsteer3")
class HelpSteer3(ReleaseSource, Preferences):
    """The two files of its part `preference`, 112 MB, which are pooled and split as HelpSteer2's are."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    licence: ClassVar[str] = "CC-BY-4.0"
    source_url: ClassVar[str] = RELEASE.page
    texts_may_be_shared: ClassVar[bool] = True
    release: ClassVar[HubFiles] = RELEASE

    prompt: Column = "context"
    responses: Columns = ("response1", "response2")
    comparisons: dict[str, Columns] = Field({"preferred": ("individual_preference[].score",)})
