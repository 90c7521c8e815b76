"""MultiPref (arXiv 2410.19133): two responses to a prompt, compared on three attributes by four annotators."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from pluralism.datasets.column_source import Column, Columns, RatedNumber, Word
from pluralism.datasets.formats.preferences import Preferences
from pluralism.datasets.hub import HubFiles
from pluralism.datasets.release_source import ReleaseSource
from pluralism.datasets.source import FORMATS

RELEASE = HubFiles(
    repository="allenai/multipref",
    revision="12910233a0238a997ebe425656e9dfed7b0ff031",
    names=("data/train-00000-of-00001.parquet",),
)
ANNOTATORS = ("normal_worker_annotations", "expert_worker_annotations")
WORDS = ("A-is-clearly-better", "A-is-slightly-better", "Tie", "B-is-slightly-better", "B-is-clearly-better")
"""From -2 to 2."""


@FORMATS.register("multipref")
class MultiPref(ReleaseSource, Preferences):
    """The one file of the release, 20 MB."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    licence: ClassVar[str] = "ODC-By-1.0"
    source_url: ClassVar[str] = RELEASE.page
    texts_may_be_shared: ClassVar[bool] = True
    release: ClassVar[HubFiles] = RELEASE

    prompt: Column = "text"
    responses: Columns = ("completion_a", "completion_b")
    comparisons: dict[str, Columns] = Field(
        {
            name: tuple(f"{annotators}[].{name}_pref" for annotators in ANNOTATORS)
            for name in ("helpful", "truthful", "harmless")
        }
    )
    values: dict[Word, RatedNumber] = Field({word: float(place - 2) for place, word in enumerate(WORDS)})
