"""As `chat_api`, for raw texts: the body of a completion, and how its reply is read. Pure: no network here."""

import json
from dataclasses import replace
from typing import Any

from openai.types import Completion

from pluralism.engines.base import sampling_key
from pluralism.engines.server.chat_api import NO_USAGE, SAMPLE_ALL_TOKENS, PendingRequest, ServerError
from pluralism.requests import Generation

FIRST_TOKENS = 256
"""Asked for at first, more than most sentences have: how many there may be depends on the tokens of the text, which the
reply tells."""


def text_body(pending: PendingRequest, model: str) -> dict[str, Any]:
    """The JSON body of a completion; `model` is the name in the server."""
    request = pending.request
    values = {
        "model": model,
        "prompt": request.system + request.question,
        "temperature": request.temperature,
        "max_tokens": pending.most_tokens or min(FIRST_TOKENS, request.answer_tokens),
        "stop": [request.stop],
        "include_stop_str_in_output": True,
        **SAMPLE_ALL_TOKENS,
    }
    if request.temperature > 0:
        values["seed"] = int(sampling_key(pending.key, pending.attempt)[:8], 16) >> 1  # some servers keep 31 bits
    return values


def read_text(pending: PendingRequest, reply: Completion) -> Generation | PendingRequest:
    """The continuation as a generation; where it is too long, or was cut too early, the request to send instead.

    Raises:
        ServerError: it is no completion.
    """
    if not isinstance(reply, Completion) or not getattr(reply, "choices", None):
        raise ServerError("replies that are not completions")
    choice, usage = reply.choices[0], reply.usage or NO_USAGE
    most = max(pending.request.answer_tokens - usage.prompt_tokens, 1)
    cut_early = choice.finish_reason == "length" and usage.completion_tokens < most
    if reply.usage and pending.most_tokens is None and (cut_early or usage.completion_tokens > most):
        return replace(pending, most_tokens=most)
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None
    return Generation(
        key=pending.key,
        text=json.dumps({"text": choice.text or ""}, ensure_ascii=False),
        prompt_tokens=usage.prompt_tokens,
        prefilled_tokens=usage.prompt_tokens - (cached or 0),
        output_tokens=usage.completion_tokens,
    )
