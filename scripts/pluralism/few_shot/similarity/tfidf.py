"""TF-IDF: the words that two texts share, rare words counting more. Needs no model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer


def tfidf(asked: Sequence[str], known: Sequence[str]) -> NDArray[np.float64]:
    """Cosine of TF-IDF vectors, shape (asked, known); vocabulary and weights come from the known texts."""
    vectorizer = TfidfVectorizer()
    known_vectors = vectorizer.fit_transform(known)
    similarity: NDArray[np.float64] = (vectorizer.transform(asked) @ known_vectors.T).toarray()
    return similarity
