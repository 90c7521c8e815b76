"""What the demo's Kaleido and reward models learn: the ADMs' own requests, answered by the labels."""

import random
import re
import string
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from dev.demo.conversations import Turn, World
from dev.demo.scorers import VALUE_TEMPLATES, word_tokenizer
from dev.demo.training import Batch, encode
from pluralism.adms.base import Task
from pluralism.adms.kaleido import Kaleido
from pluralism.engines.scorers.kaleido import VALENCES, read_template
from pluralism.requests import ValueRequest

BATCH = 64

Judged = tuple[list[int], list[float]]
"""Token ids of a text, and what the model is to give for it."""


def value_tokenizer(worlds: Sequence[World]) -> PreTrainedTokenizerFast:
    """Knows every word of the worlds, of the prompt and of the answers."""
    texts = [text for world in worlds for item in world.items for text in (item.prompt, *item.responses)]
    names = [name for world in worlds for name in world.attributes.names]
    words = sorted(set(re.findall(r"\w+", " ".join([*texts, *names, "Action Value"]))) - set(VALENCES))
    letters = sorted(set(string.printable) - set(string.whitespace))
    return word_tokenizer([*VALENCES, *words], letters, context=512)


def valences(worlds: Sequence[World], tokenizer: Any, draw: random.Random) -> Iterator[Judged]:
    """Draw Kaleido's prompts without end, each with the probabilities of the valences that give its level."""
    template = read_template({"task_specific_params": VALUE_TEMPLATES}, "valence", "demo")
    while True:
        world = draw.choice(worlds)
        item = draw.choice(world.items)
        query = draw.choice(Kaleido().queries(Task([item], world.attributes)))
        assert isinstance(query.request, ValueRequest)
        level = item.labels[query.order[0]][query.request.value]
        ids = tokenizer.encode(template.fill(query.request.action, query.request.value))
        yield ids, [max(0.0, 2 * level - 1), 1 - abs(2 * level - 1), max(0.0, 1 - 2 * level)]


def rewards(worlds: Sequence[World], tokenizer: Any, heads: int, draw: random.Random) -> Iterator[Judged]:
    """Draw conversations without end, each with its levels, or for one head with their mean."""
    while True:
        item = draw.choice(draw.choice(worlds).items)
        response = draw.randrange(len(item.responses))
        levels = list(item.labels[response].values())
        ids, _ = encode(tokenizer, [Turn("user", item.prompt), Turn("assistant", item.responses[response])])
        yield ids, levels if heads == len(levels) else [sum(levels) / len(levels)]


def judged_batches(judged: Iterator[Judged]) -> Iterator[Batch]:
    """(ids, wanted): texts padded on the right with -1, shape (texts, longest), and (texts, numbers)."""
    while True:
        texts, wanted = zip(*(next(judged) for _ in range(BATCH)), strict=True)
        width = max(map(len, texts))
        yield torch.tensor([[*text, *[-1] * (width - len(text))] for text in texts]), torch.tensor(wanted)


def valence_loss(tokens: Sequence[int], model: Any, ids: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the first token of the answer, against the probabilities wanted of `tokens`."""
    start = torch.zeros((len(ids), 1), dtype=torch.long)
    logits = model(input_ids=ids.clamp(min=0), attention_mask=(ids >= 0).long(), decoder_input_ids=start).logits[:, 0]
    return -(wanted * torch.log_softmax(logits, dim=-1)[:, list(tokens)]).sum(dim=-1).mean()


def reward_loss(model: Any, ids: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the rewards at the last token of each text."""
    hidden = model.base_model(input_ids=ids.clamp(min=0)).last_hidden_state
    last = (ids >= 0).sum(dim=-1) - 1
    return torch.nn.functional.mse_loss(model.score(hidden[torch.arange(len(ids)), last]), wanted)
