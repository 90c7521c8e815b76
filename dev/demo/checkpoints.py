"""The demo's checkpoints: each is trained from scratch and saved, all its draws seeded by the caller."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from dev.demo.conversations import World, conversations
from dev.demo.scorer_training import judged_batches, reward_loss, rewards, valence_loss, valences, value_tokenizer
from dev.demo.scorers import VALUE_TEMPLATES, make_kaleido, make_reward_model, save_kaleido
from dev.demo.tokenizer import train_tokenizer
from dev.demo.training import CONTEXT, answer_loss, batches, encode, make_model, train
from pluralism.adms.base import ReasoningAdm
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.adms.prompt_aligned import PromptAligned
from pluralism.adms.regression import Regression
from pluralism.adms.unaligned_baseline import UnalignedBaseline
from pluralism.engines.scorers.kaleido import VALENCES
from pluralism.few_shot.examples import FewShot

MOST_SHARD = "900KB"
BATCH_TOKENS = 2500
ONE_PER_LEVEL = FewShot(select="one_per_level")
ADMS: list[ReasoningAdm] = [
    Regression(reasoning_length=100),
    ComparativeRegression(reasoning_length=100),
    ComparativeRegression(reasoning_length=100, few_shot=ONE_PER_LEVEL),
    ComparativeRegression(reasoning_length=100, few_shot=ONE_PER_LEVEL),
    UnalignedBaseline(reasoning_length=40),
    PromptAligned(reasoning_length=40, few_shot=FewShot(select="most_similar", shots=5)),
]
"""What the language model is taught; examples count double, since they are the hardest to use."""


def save_language_model(worlds: Sequence[World], folder: Path, steps: int, draw: random.Random) -> None:
    """A Llama that answers the prompted ADMs' requests."""
    stream = conversations(worlds, ADMS, draw)
    texts = (turn.content for turns in islice(stream, 3000) for turn in turns)
    tokenizer = train_tokenizer(texts, vocabulary=1000, context=CONTEXT)
    model = make_model(tokenizer)
    sequences = (encode(tokenizer, turns) for turns in stream)
    train(model, batches(sequences, BATCH_TOKENS, tokenizer.pad_token_id), answer_loss, steps, peak_rate=1.2e-3)
    tokenizer.save_pretrained(folder)
    model.half().save_pretrained(folder, max_shard_size=MOST_SHARD)


def save_values_model(worlds: Sequence[World], folder: Path, steps: int, draw: random.Random) -> None:
    """A T5 that answers Kaleido's valence prompt; it is not taught to explain."""
    tokenizer = value_tokenizer(worlds)
    model = make_kaleido(len(tokenizer), width=64)
    tokens = [tokenizer.encode(valence)[0] for valence in VALENCES]
    stream = judged_batches(valences(worlds, tokenizer, draw))
    train(model, stream, partial(valence_loss, tokens), steps, peak_rate=3e-3)
    save_kaleido(model.half(), tokenizer, folder, VALUE_TEMPLATES)


def save_reward_model(worlds: Sequence[World], folder: Path, steps: int, draw: random.Random, *, heads: int) -> None:
    """A Llama classifier that gives a response the mean of its levels or, with a head for each, the levels."""
    chosen = [world for world in worlds if heads in (1, len(world.attributes.names))]
    texts = [text for world in chosen for item in world.items for text in (item.prompt, *item.responses)]
    tokenizer = train_tokenizer(texts, vocabulary=600, context=CONTEXT)
    model = make_reward_model(tokenizer, heads, width=64)
    train(model, judged_batches(rewards(chosen, tokenizer, heads, draw)), reward_loss, steps, peak_rate=3e-3)
    tokenizer.pad_token = None  # as many reward models come
    tokenizer.save_pretrained(folder)
    model.half().save_pretrained(folder)


Save = Callable[[Sequence[World], Path, int, random.Random], None]
CHECKPOINTS: Mapping[str, tuple[Save, int]] = {
    "model": (save_language_model, 4000),
    "kaleido": (save_values_model, 700),
    "reward_model": (partial(save_reward_model, heads=1), 300),
    "multi_objective_reward_model": (partial(save_reward_model, heads=5), 300),
}
"""Folder in data/demo -> what makes it, and from how many batches it learns."""
