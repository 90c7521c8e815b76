"""Tiny models with random weights, for the code that loads and runs real ones."""

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizer,
)

from dev.demo.scorers import VALUE_TEMPLATES, make_kaleido, make_reward_model, save_kaleido, word_tokenizer
from dev.demo.tokenizer import CHAT_TEMPLATE, train_tokenizer

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


def save_tiny_kaleido(
    folder: Path, *, templates: object = VALUE_TEMPLATES, words: Sequence[str] = ("Supports", "Opposes", "Either")
) -> str:
    """Save a random T5 of two layers with Kaleido's config keys; its tokens are `words` and single characters."""
    letters = sorted(set("".join(TEXTS) + string.printable) - set(string.whitespace))
    tokenizer = word_tokenizer(words, letters, context=512)
    torch.manual_seed(0)
    model = make_kaleido(len(tokenizer) + 5, width=32)
    torch.nn.init.normal_(model.lm_head.weight, std=0.3)  # so that no valence is certain
    torch.nn.init.zeros_(model.lm_head.weight[0])  # and that more than padding is written
    save_kaleido(model, tokenizer, folder, templates)
    return str(folder)


def save_tiny_reward_model(folder: Path, *, heads: int = 1, pad_token: bool = False, seed: int = 0) -> str:
    """Save a random Llama classifier of two layers with its tokenizer; without a pad token, as many come."""
    tokenizer = train_tokenizer(TEXTS, vocabulary=420, context=1024)
    # The end token closes every turn: what looks for the last other token looks at the wrong one.
    end = tokenizer.eos_token_id if pad_token else None
    torch.manual_seed(seed)
    make_reward_model(tokenizer, heads, width=32, pad_token_id=end, initializer_range=0.3).save_pretrained(folder)
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
