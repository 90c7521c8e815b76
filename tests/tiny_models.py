"""Tiny causal language models with random weights, for the code that loads and runs real ones."""

from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

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
