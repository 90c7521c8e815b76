"""Kaleido and reward models in tests: asking an engine, and what transformers itself gives."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pluralism.engines import open_engine
from pluralism.engines.models import LanguageModel
from pluralism.requests import AnyRequest, RewardRequest, request_key


def model(folder: str | Path, engine: Any, **changes: Any) -> LanguageModel:
    return LanguageModel(id=str(folder), engine=engine, **({"dtype": "float32"} | changes))


def answers(config: LanguageModel, requests: Sequence[AnyRequest]) -> list[dict[str, Any]]:
    """The parsed answers, in the order of the requests."""
    engine = open_engine(config)
    made = {entry.key: json.loads(entry.text) for batch in engine.generate(requests) for entry in batch}
    return [made[request_key(request, engine.identity)] for request in requests]


def library_rewards(folder: str, requests: Sequence[RewardRequest]) -> list[list[float]]:
    """What transformers' own classifier gives, one text at a time."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    loaded: Any = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, pad_token_id=None)
    found = []
    for request in requests:
        chat = [{"role": "user", "content": request.prompt}, {"role": "assistant", "content": request.response}]
        ids = tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=True)["input_ids"]
        found.append(loaded(ids).logits[0].tolist())
    return found
