"""Greedy answers by the loop of transformers, with our grammar, and no prefix, cache or batch of ours."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pluralism.engines.local.grammar import Grammars
from pluralism.engines.rendering import Renderer
from pluralism.requests import Request


def generated(folder: str, requests: Sequence[Request], context: int) -> list[str]:
    """What `generate` answers to each request in float32; the folder is of a model that transformers loads."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    grammars = Grammars(tokenizer, model.config.vocab_size)
    renderer = Renderer(tokenizer, folder, context)
    answers = []
    for request in requests:
        prompt = renderer.render(request)
        ids = [*prompt.prefix, *prompt.suffix]
        matcher = grammars.matcher(request.schema)

        def only_allowed(seen: torch.Tensor, logits: torch.Tensor, start: int = len(ids), state: Any = matcher) -> Any:
            if seen.shape[1] > start:
                state.consume_token(int(seen[0, -1]))
            if state.is_stopped():
                allowed = torch.zeros_like(logits, dtype=torch.bool)
                allowed[0, tokenizer.eos_token_id] = True
            else:
                allowed = grammars.allowed([state], logits.device)
            return logits.masked_fill(~allowed, -torch.inf)

        output = model.generate(
            torch.tensor([ids]), max_new_tokens=request.answer_tokens, do_sample=False, logits_processor=[only_allowed]
        )
        answers.append(str(tokenizer.decode(output[0, len(ids) :], skip_special_tokens=True)))
    return answers
