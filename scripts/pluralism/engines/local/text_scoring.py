"""The log-probabilities of given texts after a prompt: nothing is written.

The prompt is computed once. Its last logits tell how likely the first token of a text is; one pass over the texts tells
the rest, for those of several requests at a time.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import torch
from transformers import PreTrainedModel

from pluralism.engines.local.choosing import not_finite
from pluralism.engines.local.number_scoring import text_logits
from pluralism.engines.local.rows import BatchRow
from pluralism.engines.local.shared_attention import DecodeState, PackedTexts, forward
from pluralism.errors import UserError

TOKENS_AT_ONCE = 512
"""Of one pass, unless a single text has more: 128,000 logits each, in single precision, make 260 MB."""
DECIMALS = 6
"""Of a log-probability: more than single precision gives."""

Tokens = tuple[int, ...]


def score_texts(
    model: PreTrainedModel, decoded: DecodeState, rows: Sequence[tuple[int, BatchRow]], logits: torch.Tensor
) -> None:
    """Find the log-probabilities of the texts of rows that are decoded with shared attention.

    Args:
        model: its attention is `shared_attention.NAME`.
        decoded: the rows' keys and values, before any answer.
        rows: each with its index in `decoded`; those without texts are left alone.
        logits: of the end of each row's prompt, shape (rows, vocabulary).
    """
    asked = [(place, index, row) for place, (index, row) in enumerate(rows) if row.request.prompt.texts]
    of_texts = [(place, index, text) for place, index, row in asked for text in row.request.prompt.texts]
    found: list[float] = []
    for chunk in _chunks(of_texts):
        places, indices, texts = zip(*chunk, strict=True)
        found += _sums(texts, logits[list(places)], _logits_within(model, decoded, indices, texts))
    for _, _, row in asked:
        count = len(row.request.prompt.texts)
        row.log_probabilities, found = found[:count], found[count:]
        row.prefilled += sum(len(text[:-1]) for text in row.request.prompt.texts)


def score_texts_plainly(model: PreTrainedModel, rows: Sequence[BatchRow]) -> None:
    """Find the log-probabilities of the texts of rows, each in a pass over prompt and text.

    Args:
        model: a causal language model, with any attention.
        rows: those without texts are left alone.
    """
    for row in rows:
        prompt = [*row.request.prompt.prefix, *row.request.prompt.suffix]
        for text in row.request.prompt.texts:
            logits = text_logits(model, [*prompt, *text], len(text) + 1)
            row.log_probabilities += _sums([text], logits[:1], logits[1:-1])
            row.prefilled += len(prompt) + len(text)


def _chunks(of_texts: Sequence[tuple[int, int, Tokens]]) -> Iterator[list[tuple[int, int, Tokens]]]:
    """Texts that are computed together."""
    chunk: list[tuple[int, int, Tokens]] = []
    for entry in of_texts:
        if chunk and sum(len(text) for _, _, text in [*chunk, entry]) > TOKENS_AT_ONCE:
            yield chunk
            chunk = []
        chunk.append(entry)
    if chunk:
        yield chunk


def _logits_within(
    model: PreTrainedModel, decoded: DecodeState, rows: Sequence[int], texts: Sequence[Tokens]
) -> torch.Tensor:
    """The logits of all tokens of texts but the last of each, shape (tokens, vocabulary); a text follows its row."""
    read = [(row, text[:-1]) for row, text in zip(rows, texts, strict=True) if len(text) > 1]
    if not read:
        return torch.empty(0)
    followed, begun = zip(*read, strict=True)
    lengths = list(map(len, begun))
    before = decoded.before(followed, [0] * len(followed))[:2]  # prefix and prompt; there is no answer
    return forward(model, begun, PackedTexts(lengths, before), range(sum(lengths)))


def _sums(texts: Sequence[Tokens], first: torch.Tensor, within: torch.Tensor) -> list[float]:
    """The log-probability of each text, the sum of its tokens'.

    Args:
        texts: their tokens.
        first: the logits of the first token of each text, shape (texts, vocabulary).
        within: those of the others, text by text, shape (tokens, vocabulary).

    Raises:
        UserError: a logit of one of the tokens is infinite or NaN.
    """
    begun = [token for text in texts for token in text[:1]]
    rest = [token for text in texts for token in text[1:]]
    of_first = iter(_log_probabilities(first[[bool(text) for text in texts]], begun))
    of_rest = iter(_log_probabilities(within, rest))
    sums = [sum(islice(of_first, 1 if text else 0)) + sum(islice(of_rest, len(text[1:]))) for text in texts]
    return [round(total, DECIMALS) for total in sums]


def _log_probabilities(logits: torch.Tensor, tokens: Sequence[int]) -> list[float]:
    """Of one token for each row of the logits, shape (tokens, vocabulary)."""
    if not tokens:
        return []
    scores = logits.float()
    chosen = scores[torch.arange(len(tokens), device=scores.device), torch.tensor(tokens, device=scores.device)]
    found = chosen - scores.logsumexp(dim=-1)
    if not bool(found.isfinite().all()):
        raise UserError(not_finite(logits))
    values: list[float] = found.clamp(max=0).double().tolist()  # rounding may make a certain token more than that
    return values
