"""The words that two texts share, rare words counting more."""

from collections.abc import Sequence

from pluralism.few_shot.similarity.settings import SIMILARITIES, Matrix, SimilarityKind


@SIMILARITIES.register("tfidf")
class Tfidf(SimilarityKind):
    """Needs no model, and has no options."""

    def compare(self, asked: Sequence[str], known: Sequence[str]) -> Matrix:
        """Cosine of TF-IDF vectors."""
        from pluralism.few_shot.similarity.tfidf import tfidf

        return tfidf(asked, known)
