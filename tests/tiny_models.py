"""Tiny models with random weights, for the code that loads and runs real ones."""

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import ByteLevelBPETokenizer, Tokenizer, decoders, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizer,
    T5Config,
    T5ForConditionalGeneration,
)

from pluralism.demo.tokenizer import CHAT_TEMPLATE, train_tokenizer

TEXTS = [
    'Which response shows care? {"A": {"reasoning": "It is kind.", "score": 70}, "B": {"reasoning": "", "score": 0}}',
    'Where is Paris? In France, and it always was. Größe, naïve, 東京, 🙂 and \\ or " are letters too.',
]
NO_SYSTEM_ROLE = CHAT_TEMPLATE.replace(
    "{% for message in messages %}",
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}",
)
DROPS_SYSTEM_ROLE = CHAT_TEMPLATE.replace(
    "{% for message in messages %}", "{% for message in messages if message['role'] != 'system' %}"
)


def save_tiny_model(folder: Path, *, template: str = CHAT_TEMPLATE, window: int | None = None, seed: int = 0) -> str:
    """Save a random model of two layers with its tokenizer; with a sliding window it is a Mistral, else a Llama."""
    tokenizer = train_tokenizer(TEXTS, vocabulary=420, context=1024)
    tokenizer.chat_template = template
    options: dict[str, Any] = {
        "vocab_size": len(tokenizer) + 12,  # padded, as many models' are
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "initializer_range": 0.3,  # so that the next token is no toss-up
    }
    torch.manual_seed(seed)
    model: Any
    if window is None:
        model = LlamaForCausalLM(LlamaConfig(**options))
    else:
        model = MistralForCausalLM(MistralConfig(sliding_window=window, **options))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


VALUE_TEMPLATES = {
    "valence": {"template": "[Valence]: Action: ACTION VRD: VALUE", "args": ["ACTION", "VRD", "VALUE"]},
    "explanation": {"template": "[Explanation]: Action: ACTION VRD: VALUE", "args": ["ACTION", "VRD", "VALUE"]},
}
"""Of the form that Kaleido's config has them in; the words are ours."""


def save_tiny_kaleido(
    folder: Path, *, templates: object = VALUE_TEMPLATES, words: Sequence[str] = ("Supports", "Opposes", "Either")
) -> str:
    """Save a random T5 of two layers with Kaleido's config keys; its tokens are `words` and single characters."""
    letters = sorted(set("".join(TEXTS) + string.printable) - set(string.whitespace))
    vocabulary = [*(f"▁{word}" for word in words), "▁", *letters]
    specials = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram([*specials, *((token, -1.0) for token in vocabulary)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )
    torch.manual_seed(0)
    options: dict[str, Any] = {
        "vocab_size": len(fast) + 5,
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 4,
        "decoder_start_token_id": 0,
        "tie_word_embeddings": False,
    }
    model = T5ForConditionalGeneration(T5Config(**options))
    torch.nn.init.normal_(model.lm_head.weight, std=0.3)  # so that no valence is certain
    torch.nn.init.zeros_(model.lm_head.weight[0])  # and that more than padding is written
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    if templates is not None:
        edit_json(folder / "config.json", task_specific_params=templates)
    return str(folder)


def save_tiny_reward_model(folder: Path, *, heads: int = 1, pad_token: bool = False, seed: int = 0) -> str:
    """Save a random Llama classifier of two layers with its tokenizer; without a pad token, as many come."""
    tokenizer = train_tokenizer(TEXTS, vocabulary=420, context=1024)
    options: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "num_labels": heads,
        # The end token closes every turn: what looks for the last other token looks at the wrong one.
        "pad_token_id": tokenizer.eos_token_id if pad_token else None,
        "initializer_range": 0.3,
    }
    torch.manual_seed(seed)
    model: Any = LlamaForSequenceClassification(LlamaConfig(**options))
    model.save_pretrained(folder)
    if not pad_token:
        tokenizer.pad_token = None
    tokenizer.save_pretrained(folder)
    return str(folder)


def save_tiny_encoder(folder: Path, *, length: int = 64, layers: int = 3) -> str:
    """Save a random RoBERTa as a masked language model, which is what the hub's roberta-large is."""
    byte_level = ByteLevelBPETokenizer()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    byte_level.train_from_iterator(TEXTS, vocab_size=400, special_tokens=specials)
    parts = json.loads(byte_level.to_str())["model"]
    merges: Any = [tuple(merge) for merge in parts["merges"]]
    tokenizer = RobertaTokenizer(vocab=parts["vocab"], merges=merges, model_max_length=length)
    options: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "max_position_embeddings": length + 2,
        "initializer_range": 0.3,  # so that words differ
    }
    torch.manual_seed(0)
    model: Any = RobertaForMaskedLM(RobertaConfig(**options))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def edit_json(path: Path, **values: object) -> None:
    """Set keys of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
