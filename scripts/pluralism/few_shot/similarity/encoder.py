"""Contextual token embeddings from a layer of a transformer encoder."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import MODEL_FOR_MASKED_LM_MAPPING, AutoConfig, AutoModel, AutoTokenizer, RobertaTokenizer

from pluralism.checkpoints import check_vocabulary, check_weights, without_dropout
from pluralism.errors import UserError, foreign_code
from pluralism.few_shot.similarity.loading import check_length, load

EXPECTED = "an encoder such as roberta-large"
BATCH_TOKENS = 16_384
"""Tokens of a batch, with padding: 32 of the longest texts of roberta-large."""

USUAL_LENGTH = 512
"""Tokens of a text for an encoder whose config names no limit."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Encoded:
    """A text's tokens.

    Attributes:
        vectors: shape (tokens, dimensions), each of length 1.
        weights: shape (tokens,), their shares in the text's score: 0 for the tokens that begin and end a text, the same
            for all others, together 1. All are 0 for a text without tokens of its own.
    """

    vectors: Tensor
    weights: Tensor


class Encoder:
    """A loaded encoder, cut off above one of its layers."""

    def __init__(self, name: str, layer: int) -> None:
        """Load an encoder by its hub id or local folder; `layer` is the last layer to run, the first is 1.

        Raises:
            UserError: it cannot be loaded, is not an encoder, or has fewer layers.
        """
        config = load(AutoConfig.from_pretrained, name, EXPECTED)
        if config.is_encoder_decoder or type(config) not in MODEL_FOR_MASKED_LM_MAPPING:
            raise UserError(f"encoder {name}: is a {config.model_type}, expected a hub id or a folder of {EXPECTED}")
        if not 1 <= layer <= config.num_hidden_layers:
            raise UserError(f"encoder {name}: no layer {layer}, expected 1 to {config.num_hidden_layers}")
        self._name = name
        self._tokenizer = without_dropout(load(AutoTokenizer.from_pretrained, name, EXPECTED))
        # Loading lists each weight that is not used, as those above the layer.
        transformers.logging.set_verbosity_error()
        self._model, report = load(
            AutoModel.from_pretrained,
            name,
            EXPECTED,
            num_hidden_layers=layer,
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are in the report, too
        )
        # The pooler is not used, and checkpoints of masked language models have none.
        check_weights(report, f"encoder {name}", EXPECTED, optional="pooler")
        check_vocabulary(self._tokenizer, self._model, f"encoder {name}")
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model.to(self._device).eval()
        with foreign_code(f"encoder {name}: names no length of a text"):
            self._longest = _longest_text(self._tokenizer, self._model)
        check_length(self._tokenizer, self._longest, f"encoder {name}")

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode texts, equal ones once, in batches of similar length; in the order given.

        Raises:
            UserError: tokenizer or model fail.
        """
        ids = {text: self._token_ids(text) for text in dict.fromkeys(texts)}
        by_length = sorted(ids, key=lambda text: -len(ids[text]))
        batches = _batches(by_length, [len(ids[text]) for text in by_length])
        log.info("%d texts of up to %d tokens for %s, in %d batches", len(ids), self._longest, self._name, len(batches))
        encoded = {
            text: one
            for batch in batches
            for text, one in zip(batch, self._encode_batch([ids[text] for text in batch]), strict=True)
        }
        return [encoded[text] for text in texts]

    def _token_ids(self, text: str) -> list[int]:
        # For RoBERTa, a word without a space before it is another word.
        space = " " if isinstance(self._tokenizer, RobertaTokenizer) and text.strip() else ""
        with foreign_code(f"encoder {self._name}: its tokenizer refuses a text"):
            ids: list[int] = self._tokenizer.encode(space + text.strip(), truncation=True, max_length=self._longest)
        return ids

    def _encode_batch(self, ids: Sequence[list[int]]) -> list[Encoded]:
        rows = [torch.tensor(row) for row in ids]
        padding = self._tokenizer.pad_token_id or 0
        tokens = pad_sequence(rows, batch_first=True, padding_value=padding).to(self._device)
        mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True).to(self._device)
        with foreign_code(f"encoder {self._name}: fails"):
            vectors = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
        vectors = torch.nn.functional.normalize(vectors, dim=-1)
        return [
            Encoded(vectors[place, : len(row)].clone(), self._weights(row).to(self._device))
            for place, row in enumerate(rows)
        ]

    def _weights(self, row: Tensor) -> Tensor:
        edges = [self._tokenizer.cls_token_id, self._tokenizer.sep_token_id]
        counted = (~torch.isin(row, torch.tensor([edge for edge in edges if edge is not None]))).float()
        return counted / counted.sum().clamp(min=1)


def _longest_text(tokenizer: Any, model: Any) -> int:
    """The most tokens of a text. RoBERTa and similar encoders do not use the positions up to that of the padding."""
    positions: int = getattr(model.config, "max_position_embeddings", USUAL_LENGTH)
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    return min(int(tokenizer.model_max_length), positions if padding is None else positions - padding - 1)


def _batches(texts: Sequence[str], lengths: Sequence[int]) -> list[list[str]]:
    """Cut texts, the longest first, into batches of at most `BATCH_TOKENS` with padding, or of one text."""
    batches: list[list[str]] = []
    room = 0
    for text, length in zip(texts, lengths, strict=True):
        if room < 1:
            batches.append([])
            room = max(1, BATCH_TOKENS // max(length, 1))
        batches[-1].append(text)
        room -= 1
    return batches
