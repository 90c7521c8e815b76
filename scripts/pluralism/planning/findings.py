"""What a check of the study's inputs tells."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """Something that is not simply in place.

    Attributes:
        place: what was looked for, such as `models.llama_3b`.
        text: what was found instead.
        kind: missing: the run would fail; not checked: it may, the hub could not be asked; note: it would not.
    """

    place: str
    text: str
    kind: Literal["missing", "not checked", "note"] = "missing"
