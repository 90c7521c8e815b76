"""What is compared, and by what method."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from pluralism.datasets.items import Item

Method = Literal["bertscore", "embedding", "tfidf"]
Match = Literal["responses", "question"]

DEFAULT_ENCODERS = {"bertscore": "roberta-large", "embedding": "sentence-transformers/all-mpnet-base-v2"}
DEFAULT_LAYER = 17
"""Of roberta-large: the layer that agreed best with people's judgement of translations (Zhang et al., ICLR 2020)."""


@dataclass(frozen=True)
class Similarity:
    """A measure of how alike two items are.

    Attributes:
        method: bertscore, embedding or tfidf.
        match: what is compared: responses (the question and its responses) or question (it alone).
        encoder: hub id or local folder of what reads the texts; filled in where the method needs one.
        layer: the layer whose token embeddings bertscore compares; filled in where the method needs one.
    """

    method: Method
    match: Match = "responses"
    encoder: str | None = None
    layer: int | None = None

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"similarity: '{self.method}'; allowed: {', '.join(get_args(Method))}")
        if self.encoder is not None and self.method == "tfidf":
            raise ValueError("encoder: goes with similarity: bertscore or embedding, tfidf has none")
        if self.layer is not None and self.method != "bertscore":
            raise ValueError("layer: goes with similarity: bertscore only")
        if self.encoder is None and self.method != "tfidf":
            object.__setattr__(self, "encoder", DEFAULT_ENCODERS[self.method])
        if self.layer is None and self.method == "bertscore":
            object.__setattr__(self, "layer", DEFAULT_LAYER)

    @property
    def name(self) -> str:
        """What files are called; different for every setting."""
        parts: list[str] = [self.method]
        if self.encoder is not None:
            parts.append(re.sub(r"[^\w.-]", "-", self.encoder.replace("/", "--")))
        if self.layer is not None:
            parts.append(f"layer{self.layer}")
        if self.match == "question":
            parts.append("question")
        return "_".join(parts)


def matched_text(item: Item, match: Match) -> str:
    """What is compared of an item: the question with its responses in their own order, or the question alone."""
    return "\n".join((item.prompt, *item.responses)) if match == "responses" else item.prompt
