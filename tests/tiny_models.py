"""Tiny models with random weights, for the code that loads and runs real ones."""

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    CONFIG_MAPPING,
    AutoModelForCausalLM,
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


SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "moe_intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "d_model": 32,
    "decoder_layers": 2,
    "decoder_attention_heads": 4,
    "decoder_ffn_dim": 64,
    "ffn_dim": 64,
    "word_embed_proj_dim": 32,
    "max_position_embeddings": 1024,
    "num_experts": 4,
    "num_local_experts": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 1,
    "topk_group": 1,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 12,
    "state_size": 8,
    "time_step_rank": 4,
    "mamba_d_state": 8,
    "mamba_dt_rank": 4,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "pad_token_id": 0,
    "initializer_range": 0.3,
    "init_std": 0.3,
}
"""Of tiny models, by the names that any of the architectures has for them."""


def save_tiny_architecture(folder: Path, kind: str, **changes: Any) -> str:
    """Save a random model of one of the architectures of transformers, by its `model_type`, with a tokenizer."""
    tokenizer = train_tokenizer(TEXTS, vocabulary=420, context=1024)
    names = {*CONFIG_MAPPING[kind]().to_dict(), *CONFIG_MAPPING[kind].attribute_map}
    sizes = {"vocab_size": len(tokenizer) + 12, **SIZES, "eos_token_id": tokenizer.eos_token_id}
    config = CONFIG_MAPPING[kind](**{name: size for name, size in sizes.items() if name in names} | changes)
    torch.manual_seed(0)
    model: Any = AutoModelForCausalLM.from_config(config)
    for name, weights in model.named_parameters():
        if weights.dim() > 1 and "norm" not in name and weights.std() < 0.1:  # some draw small weights all the same
            torch.nn.init.normal_(weights, std=0.3)
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
