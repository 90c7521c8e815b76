"""Tiny Kaleido and reward models: the architectures and files of the real ones, for the demo and for tests."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import (
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

VALUE_TEMPLATES = {
    "valence": {"template": "[Valence]: Action: ACTION VRD: VALUE", "args": ["ACTION", "VRD", "VALUE"]},
    "explanation": {"template": "[Explanation]: Action: ACTION VRD: VALUE", "args": ["ACTION", "VRD", "VALUE"]},
}
"""Of the form that Kaleido's config has them in; the words are ours."""


def word_tokenizer(words: Iterable[str], letters: Iterable[str], context: int) -> PreTrainedTokenizerFast:
    """A tokenizer like T5's: whole words where it knows them, else single characters."""
    vocabulary = [*(f"▁{word}" for word in words), "▁", *letters]
    specials = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram([*specials, *((token, -1.0) for token in vocabulary)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=context
    )


def make_kaleido(vocabulary: int, width: int) -> Any:
    """A T5 of two layers with random weights."""
    options: dict[str, Any] = {
        "vocab_size": vocabulary,
        "d_model": width,
        "d_kv": width // 4,
        "d_ff": 2 * width,
        "num_layers": 2,
        "num_heads": 4,
        "decoder_start_token_id": 0,
        "tie_word_embeddings": False,
    }
    return T5ForConditionalGeneration(T5Config(**options))


def save_kaleido(model: Any, tokenizer: PreTrainedTokenizerFast, folder: Path, templates: object) -> None:
    """Save a checkpoint with Kaleido's prompt templates in its config.json; with none of them if None."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if templates is not None:
        edit_json(folder / "config.json", task_specific_params=templates)


def make_reward_model(tokenizer: PreTrainedTokenizerFast, heads: int, width: int, **options: Any) -> Any:
    """A Llama classifier of two layers with random weights, without a pad token, as many reward models come.

    Args:
        tokenizer: whose texts it reads.
        heads: rewards per text.
        width: of the hidden states.
        options: more values of its config.
    """
    values: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": tokenizer.model_max_length,
        "num_labels": heads,
        "pad_token_id": None,
    }
    return LlamaForSequenceClassification(LlamaConfig(**values | options))


def edit_json(path: Path, **values: object) -> None:
    """Set keys of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
