"""BERTScore: how well each token of a text finds its like in another (Zhang et al., ICLR 2020).

Precision and recall are the mean over a text's tokens of the best cosine to a token of the other text; the score is
their harmonic mean, F1. Tokens that begin and end a text can be found, but are not averaged. No inverse document
frequencies, no rescaling with a baseline.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from pluralism.similarity.encoder import Encoded, Encoder

BLOCK_TOKENS = 32_768
"""Of known texts, compared with one asked text in one matrix product: 64 MiB of cosines."""


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
    for indices in _blocks(order, known):
        block = _Block([known[index] for index in indices])
        for row, text in enumerate(tqdm(asked, desc="asked texts", mininterval=10, leave=False)):
            scores[row, indices] = block.f1(text).cpu()
    return scores.numpy().astype(np.float64)


class _Block:
    """Known texts of like length, padded into one tensor."""

    def __init__(self, texts: Sequence[Encoded]) -> None:
        vectors = pad_sequence([text.vectors for text in texts], batch_first=True)
        self._shape = vectors.shape[:2]
        self._columns = vectors.flatten(0, 1).T
        self._weights = pad_sequence([text.weights for text in texts], batch_first=True)
        lengths = torch.tensor([len(text.weights) for text in texts], device=vectors.device)
        self._padding = torch.arange(vectors.shape[1], device=vectors.device) >= lengths[:, None]

    def f1(self, text: Encoded) -> Tensor:
        """F1 with each of the block's texts, shape (texts,)."""
        cosines = (text.vectors @ self._columns).unflatten(1, self._shape)
        recall = (cosines.amax(0) * self._weights).sum(1)
        precision = text.weights @ cosines.masked_fill_(self._padding, -torch.inf).amax(2)
        total = precision + recall
        return torch.where(total != 0, 2 * precision * recall / total, 0.0)


def _blocks(order: Sequence[int], texts: Sequence[Encoded]) -> list[list[int]]:
    """Cut indices of texts, in the order given, into blocks of about `BLOCK_TOKENS`."""
    blocks: list[list[int]] = []
    tokens = BLOCK_TOKENS
    for index in order:
        if tokens >= BLOCK_TOKENS:
            blocks.append([])
            tokens = 0
        blocks[-1].append(index)
        tokens += len(texts[index].weights)
    return blocks
