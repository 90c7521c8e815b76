"""UltraFeedback (arXiv 2310.01377): four responses to a prompt, each rated from 1 to 5 on four attributes by GPT-4."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from pluralism.datasets.column_source import Column, Columns
from pluralism.datasets.formats.preferences import Preferences
from pluralism.datasets.hub import HubFiles
from pluralism.datasets.release_source import ReleaseSource
from pluralism.datasets.source import FORMATS

OF_RESPONSE = "completions[].annotations"
REASONS = {
    "instruction_following": "Rationale",
    "honesty": "Rationale",
    "truthfulness": "Rationale For Rating",
    "helpfulness": "Rationale For Rating",
}
"""Attribute -> the key of why it has its rating."""
RELEASE = HubFiles(
    repository="openbmb/UltraFeedback",
    revision="40b436560ca83a8dba36114c22ab3c66e43f6d5e",
    names=tuple(
        f"{part}.jsonl" for part in ("evol_instruct", "false_qa", "flan", "sharegpt", "truthful_qa", "ultrachat")
    ),
)


@FORMATS.register("ultrafeedback")
class UltraFeedback(ReleaseSource, Preferences):
    """The six files of the release, 1 GB."""

    attribute_file: ClassVar[Path] = Path(__file__).with_suffix(".yaml")
    licence: ClassVar[str] = "MIT"
    source_url: ClassVar[str] = RELEASE.page
    texts_may_be_shared: ClassVar[bool] = True
    release: ClassVar[HubFiles] = RELEASE

    prompt: Column = "instruction"
    responses: Columns = ("completions[].response",)
    ratings: dict[str, Columns] = Field({name: (f"{OF_RESPONSE}.{name}.Rating",) for name in REASONS})
    reasons: dict[str, Columns] = Field({name: (f"{OF_RESPONSE}.{name}.{key}",) for name, key in REASONS.items()})
