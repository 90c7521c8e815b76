"""Sentence embeddings: one vector per text, by any model that sentence-transformers loads."""

import logging
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from pluralism.few_shot.similarity.loading import load

log = logging.getLogger(__name__)


def embedding(asked: Sequence[str], known: Sequence[str], encoder: str) -> NDArray[np.float64]:
    """Cosine of sentence embeddings, shape (asked, known); each different text is encoded once.

    Raises:
        UserError: the encoder cannot be loaded.
    """
    model = load(SentenceTransformer, encoder, "a sentence-transformers model")
    texts = list(dict.fromkeys([*asked, *known]))
    log.info("%d texts for %s", len(texts), encoder)
    with torch.inference_mode():
        vectors = model.encode(texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
    rows = {text: vector.astype(np.float64) for text, vector in zip(texts, vectors, strict=True)}
    similarity: NDArray[np.float64] = (
        np.stack([rows[text] for text in asked]) @ np.stack([rows[text] for text in known]).T
    )
    return similarity
