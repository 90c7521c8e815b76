"""GlobalOpinionQA (arXiv 2306.16388): questions of two surveys, with the share of each country that chose an option."""

from pathlib import Path
from typing import ClassVar

from pluralism.datasets.column_source import Column, Columns
from pluralism.datasets.formats.survey import Survey
from pluralism.datasets.hub import HubFiles
from pluralism.datasets.release_source import ReleaseSource
from pluralism.datasets.source import FORMATS

RELEASE = HubFiles(
    repository="Anthropic/llm_global_opinions",
    revision="5c87e48d8db8ffc9ae8a6738f958d5130ee116e5",
    names=("data/global_opinions.csv",),
)


@FORMATS.register("global_opinions")
class GlobalOpinions(ReleaseSource, Survey):
    """The one file of the release, 5 MB; the attributes are countries, called as in the file."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    licence: ClassVar[str] = "CC-BY-NC-SA-4.0"
    source_url: ClassVar[str] = RELEASE.page
    release: ClassVar[HubFiles] = RELEASE

    responses: Columns | None = ("options[]",)
    shares_by_attribute: Column | None = "selections"
