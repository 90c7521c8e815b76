"""Models with random weights, and requests to time them with."""

import itertools
import json
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from dev.demo.tokenizer import train_tokenizer
from pluralism.adms.base import Task
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item

SHAPES: dict[str, dict[str, int]] = {
    "6.5M": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4, "num_attention_heads": 8},
    "40M": {"hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 8, "num_attention_heads": 8},
    "Llama-3.2-3B": {
        "hidden_size": 3072,
        "intermediate_size": 8192,
        "num_hidden_layers": 28,
        "num_attention_heads": 24,
        "num_key_value_heads": 8,
    },
}
CONTEXT = 8192


def config_of(shape: str, vocabulary: int) -> LlamaConfig:
    """A Llama of a shape."""
    options: dict[str, Any] = {
        "num_key_value_heads": 4,
        "vocab_size": vocabulary,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": True,
        **SHAPES[shape],
    }
    return LlamaConfig(**options)


def random_model(shape: str, vocabulary: int, dtype: torch.dtype) -> Any:
    """A Llama with random weights, on the GPU if there is one."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model: Any = LlamaForCausalLM(config_of(shape, vocabulary))
    return model.to(dtype).eval()


def wide_tokenizer(items: list[Item], vocabulary: int) -> PreTrainedTokenizerFast:
    """A tokenizer trained on the items' texts, filled up to the vocabulary with words that no merge makes.

    Such tokens are never encoded, but the grammar has to look at them and a model may write them.
    """
    texts = [text for item in items for text in (item.prompt, *item.responses)]
    tokenizer: Any = train_tokenizer(texts, min(vocabulary, 8192), CONTEXT)
    missing = vocabulary - len(tokenizer)
    if missing > 0:
        state = json.loads(tokenizer.backend_tokenizer.to_str())
        known = state["model"]["vocab"]
        words = ("".join(letters) for length in (4, 5) for letters in itertools.product("etaoinshrdlu", repeat=length))
        fresh = itertools.islice((word for word in words if word not in known), missing)
        first = len(tokenizer)
        known |= {word: first + place for place, word in enumerate(fresh)}
        tokenizer._tokenizer = Tokenizer.from_str(json.dumps(state))
    return tokenizer  # type: ignore[no-any-return]


def helpsteer2_task(items: list[Item], samples: int, temperature: float) -> Task:
    """A task over HelpSteer2 items, as the sampling experiments have it."""
    attributes = read_attributes(attribute_file("helpsteer2"))
    return Task(items, attributes, samples=samples, temperature=temperature, shuffle=temperature > 0)
