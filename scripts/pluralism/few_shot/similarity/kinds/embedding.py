"""The cosine of two texts' sentence embeddings."""

from collections.abc import Sequence

from pydantic import Field

from pluralism.few_shot.similarity.settings import SIMILARITIES, Matrix, SimilarityKind


@SIMILARITIES.register("embedding")
class Embedding(SimilarityKind):
    """By any model that sentence-transformers loads."""

    encoder: str = Field(
        "sentence-transformers/all-mpnet-base-v2",
        description="What reads the texts, a hub id or a local folder; by default, of embedding, "
        "sentence-transformers/all-mpnet-base-v2, of bertscore, roberta-large.",
    )

    @property
    def checkpoint(self) -> str:
        """The encoder."""
        return self.encoder

    def name_parts(self) -> list[str]:
        """The encoder."""
        return [self.encoder]

    def compare(self, asked: Sequence[str], known: Sequence[str]) -> Matrix:
        """Cosine of sentence embeddings."""
        from pluralism.few_shot.similarity.embedding import embedding

        return embedding(asked, known, self.encoder)
