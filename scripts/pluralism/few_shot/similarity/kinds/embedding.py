"""The cosine of two texts' sentence embeddings, one vector per text."""

import logging
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from pluralism.checkpoints import check_vocabulary, without_dropout
from pluralism.errors import foreign_code
from pluralism.few_shot.similarity.loading import check_length, check_reader, load
from pluralism.few_shot.similarity.settings import SIMILARITIES, Matrix, SimilarityKind
from pluralism.files import USER_PATH

log = logging.getLogger(__name__)


@SIMILARITIES.register("embedding")
class Embedding(SimilarityKind):
    """By any model that sentence-transformers loads."""

    encoder: Annotated[str, USER_PATH] = Field(
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
        """Cosine of sentence embeddings; equal texts are encoded once."""
        import torch
        from sentence_transformers import SentenceTransformer

        place, expected = f"encoder {self.encoder}", "a sentence-transformers model"
        model = load(SentenceTransformer, self.encoder, expected)
        if (reader := getattr(model[0], "auto_model", None)) is not None:
            check_reader(reader, place, expected)
            check_vocabulary(model.tokenizer, reader, place)
            if (longest := model.max_seq_length) is not None:
                check_length(model.tokenizer, longest, place)
            without_dropout(model.tokenizer)
        texts = list(dict.fromkeys([*asked, *known]))
        log.info("%d texts for %s", len(texts), self.encoder)
        with torch.inference_mode(), foreign_code(f"{place}: fails"):
            vectors = model.encode(texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        rows = dict(zip(texts, vectors.astype(np.float64), strict=True))
        similarity: Matrix = np.stack([rows[text] for text in asked]) @ np.stack([rows[text] for text in known]).T
        return similarity
