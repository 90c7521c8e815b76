"""BERTScore: how well each token of a text matches one of another text (Zhang et al., ICLR 2020).

Precision and recall are the mean over a text's tokens of the best cosine to a token of the other text; the score is
their harmonic mean, F1. Tokens that begin and end a text can be matched, but are not averaged. No inverse document
frequencies, no rescaling with a baseline.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from pluralism.few_shot.similarity.encoder import Encoded, Encoder

BLOCK_TOKENS = {"cpu": 2_048, "cuda": 32_768}
"""Tokens of known texts in one matrix product with an asked text; on a CPU, the cosines must fit the cache."""


def bertscore(asked: Sequence[str], known: Sequence[str], encoder: str, layer: int) -> NDArray[np.float64]:
    """F1 of every pair, shape (asked, known); each text is encoded once, and all pairs are matrix products.

    Raises:
        UserError: the encoder cannot be loaded.
    """
    encoded = Encoder(encoder, layer).encode([*asked, *known])
    return all_pairs(encoded[: len(asked)], encoded[len(asked) :])


@torch.inference_mode()
def all_pairs(asked: Sequence[Encoded], known: Sequence[Encoded]) -> NDArray[np.float64]:
    """F1 of every pair, shape (asked, known). A text without tokens of its own scores 0."""
    scores = torch.zeros(len(asked), len(known))
    order = sorted(range(len(known)), key=lambda index: len(known[index].weights))
    for indices in tqdm(_blocks(order, known), desc="blocks of train texts", mininterval=10):
        block = _Block([known[index] for index in indices])
        for row, text in enumerate(asked):
            scores[row, indices] = block.f1(text).cpu()
    return scores.numpy().astype(np.float64)


class _Block:
    """Known texts of similar length, padded by repeating the last token, which changes no best match."""

    def __init__(self, texts: Sequence[Encoded]) -> None:
        longest = max(len(text.weights) for text in texts)
        vectors = [
            torch.cat([text.vectors, text.vectors[-1:].expand(longest - len(text.weights), -1)]) for text in texts
        ]
        self._shape = (len(texts), longest)
        self._columns = torch.cat(vectors).T
        self._weights = pad_sequence([text.weights for text in texts], batch_first=True)

    def f1(self, text: Encoded) -> Tensor:
        """F1 with each of the block's texts, shape (texts,)."""
        cosines = (text.vectors @ self._columns).unflatten(1, self._shape)
        precision = text.weights @ cosines.amax(2)
        recall = (cosines.amax(0) * self._weights).sum(1)
        total = precision + recall
        return torch.where(total != 0, 2 * precision * recall / total, 0.0)


def _blocks(order: Sequence[int], texts: Sequence[Encoded]) -> list[list[int]]:
    """Cut indices of texts, in the order given, into blocks of about `BLOCK_TOKENS`."""
    blocks: list[list[int]] = []
    room = 0
    for index in order:
        if room <= 0:
            blocks.append([])
            room = BLOCK_TOKENS[texts[index].vectors.device.type]
        blocks[-1].append(index)
        room -= len(texts[index].weights)
    return blocks
