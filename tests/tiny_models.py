"""Tiny models with random weights, for the code that loads and runs real ones."""

import json
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFWriter
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    CONFIG_MAPPING,
    AutoModelForCausalLM,
    AutoTokenizer,
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


def save_gguf(folder: str, path: Path, *, keys: Mapping[str, Any] = {}, cut: str = "smollm") -> Path:
    """Write a Llama and its tokenizer as a GGUF file without quantisation, as llama.cpp's converter does.

    Args:
        folder: of the model.
        path: of the file.
        keys: more keys of the file, texts or whole numbers.
        cut: how its tokenizer says that texts are cut before their tokens are looked up.
    """
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    config, weights = model.config, {name: value.detach().numpy() for name, value in model.state_dict().items()}
    writer = GGUFWriter(str(path), "llama")
    writer.add_type("model")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_vocab_size(config.vocab_size)
    _add_tokenizer(writer, tokenizer, config.vocab_size, cut)
    for key, value in keys.items():
        (writer.add_string if isinstance(value, str) else writer.add_uint32)(key, value)
    if config.rope_parameters["rope_type"] == "llama3":
        slowed = 1 / (model.model.rotary_emb.inv_freq * config.rope_parameters["rope_theta"] ** _shares(config))
        writer.add_tensor("rope_freqs.weight", slowed.numpy().astype(np.float32))
    for name, value in weights.items():
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
        written = value if heads is None else _paired(value, heads)
        writer.add_tensor(_gguf_name(name), np.ascontiguousarray(written, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: GGUFWriter, tokenizer: Any, size: int, cut: str) -> None:
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    special = {entry["id"] for entry in backend["added_tokens"]}
    words = {number: word for word, number in tokenizer.get_vocab().items()}
    kinds = [3 if number in special else 1 if number in words else 5 for number in range(size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut)
    writer.add_token_list([words.get(number, f"[PAD{number}]") for number in range(size)])
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in backend["model"]["merges"]])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _shares(config: Any) -> Any:
    return torch.arange(0, config.head_dim, 2) / config.head_dim


def _paired(weights: Any, heads: int) -> Any:
    """The rows of a projection in llama.cpp's order: the two parts of each position next to each other."""
    return weights.reshape(heads, 2, len(weights) // heads // 2, -1).swapaxes(1, 2).reshape(weights.shape)


def _gguf_name(name: str) -> str:
    for ours, theirs in GGUF_NAMES.items():
        name = name.replace(ours, theirs)
    return name


GGUF_NAMES = {
    "model.layers.": "blk.",
    "self_attn.o_proj": "attn_output",
    "self_attn.": "attn_",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.": "ffn_",
    "_proj": "",
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
"""The parts of a weight's name in transformers -> in llama.cpp."""
