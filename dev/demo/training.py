"""Training the demo's models from scratch; what the language model learns."""

import logging
import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from dev.demo.conversations import Turn

CONTEXT = 16384
"""Far more than the toy world needs, so that real HelpSteer2 text fits too, whatever the model makes of it."""
IGNORED = -100
"""The label that the loss leaves out."""

log = logging.getLogger(__name__)

Encoded = tuple[list[int], list[int]]
"""Token ids, and labels of the same length."""
Batch = tuple[torch.Tensor, torch.Tensor]
"""Token ids of texts side by side, and what is to be learned of them."""


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A small Llama with random weights."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def encode(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Turn]) -> Encoded:
    """Encode a conversation as its chat template does; labels are set for the answers and the token that ends them."""
    ids, labels = [tokenizer.bos_token_id], [IGNORED]
    for turn in turns:
        role = tokenizer.convert_tokens_to_ids(f"<|{turn.role}|>")
        content = [*tokenizer.encode(turn.content, add_special_tokens=False), tokenizer.eos_token_id]
        ids += [role, *content]
        labels += [IGNORED, *(content if turn.learned else [IGNORED] * len(content))]
    return ids, labels


def batches(sequences: Iterator[Encoded], tokens: int, padding: int) -> Iterator[Batch]:
    """Batches of sequences of like length, each of about `tokens` tokens with padding; (ids, labels), right-padded."""
    while True:
        pool = sorted(islice(sequences, 256), key=lambda sequence: len(sequence[0]))
        groups: list[list[Encoded]] = [[]]
        for sequence in pool:
            if (len(groups[-1]) + 1) * len(sequence[0]) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(sequence)
        random.Random(len(pool[0][0])).shuffle(groups)
        for group in groups:
            width = max(len(ids) for ids, _ in group)
            yield (
                torch.tensor([ids + [padding] * (width - len(ids)) for ids, _ in group]),
                torch.tensor([labels + [IGNORED] * (width - len(labels)) for _, labels in group]),
            )


def answer_loss(model: Any, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the learned tokens. Padding stands on the right, so a causal model needs no mask for it."""
    hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    learned = wanted != IGNORED
    return torch.nn.functional.cross_entropy(model.lm_head(hidden[learned]), wanted[learned])


def train(
    model: Any, stream: Iterator[Batch], loss_of: Callable[..., torch.Tensor], steps: int, peak_rate: float
) -> None:
    """AdamW with a short warm-up and a cosine decay to zero.

    Args:
        model: of transformers.
        stream: batches without end.
        loss_of: the loss of the model and both parts of a batch.
        steps: batches to learn from.
        peak_rate: the highest learning rate.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.98), weight_decay=0.01)
    warm_up = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm_up, 0.5 * (1 + math.cos(math.pi * step / steps))),
    )
    model.train()
    running = 0.0
    for step, batch in enumerate(islice(stream, steps), start=1):
        loss = loss_of(model, *batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
        if step % 50 == 0:
            log.info("step %d of %d: loss %.4f", step, steps, running)
    model.eval()
