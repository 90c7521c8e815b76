"""BERTScore as an entry of the config; see `pluralism.few_shot.similarity.bertscore`."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from pluralism.few_shot.similarity.settings import SIMILARITIES, Matrix, SimilarityKind
from pluralism.files import USER_PATH


@SIMILARITIES.register("bertscore")
class BertScore(SimilarityKind):
    """By any encoder with token embeddings.

    The default layer of roberta-large agreed best with people's ratings of translations.
    """

    encoder: Annotated[str, USER_PATH] = Field(
        "roberta-large",
        description="What reads the texts, a hub id or a local folder; by default, of bertscore, roberta-large, of "
        "embedding, sentence-transformers/all-mpnet-base-v2.",
    )
    layer: int = Field(
        17,
        strict=True,
        ge=1,
        le=1000,
        description="Of bertscore: the layer whose token embeddings are compared; by default 17.",
    )

    @property
    def checkpoint(self) -> str:
        """The encoder."""
        return self.encoder

    def name_parts(self) -> list[str]:
        """Encoder and layer."""
        return [self.encoder, f"layer{self.layer}"]

    def compare(self, asked: Sequence[str], known: Sequence[str]) -> Matrix:
        """F1 of every pair."""
        from pluralism.few_shot.similarity.bertscore import bertscore

        return bertscore(asked, known, self.encoder, self.layer)
