"""TF-IDF: the words that two texts share, rare words counting more."""

from collections.abc import Sequence

from pluralism.errors import UserError
from pluralism.few_shot.similarity.settings import SIMILARITIES, Matrix, SimilarityKind


@SIMILARITIES.register("tfidf")
class Tfidf(SimilarityKind):
    """Needs no model, and has no options."""

    def compare(self, asked: Sequence[str], known: Sequence[str]) -> Matrix:
        """Cosine of TF-IDF vectors; vocabulary and weights come from the known texts.

        Raises:
            UserError: the known texts have no words.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer()
        if not any(map(vectorizer.build_analyzer(), known)):
            raise UserError("similarity tfidf: the texts of the train items have no words of two letters or more")
        known_vectors = vectorizer.fit_transform(known)
        similarity: Matrix = (vectorizer.transform(asked) @ known_vectors.T).toarray()
        return similarity
