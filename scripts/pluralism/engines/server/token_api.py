"""As `chat_api`, for prompts that are rendered here: tokens are sent, and no server words anything. Pure."""

import json
from dataclasses import replace
from typing import Any

from openai.types import Completion
from openai.types.chat import ChatCompletion

from pluralism.engines.base import JSON_FORM, sampling_key
from pluralism.engines.rendering import Prompt
from pluralism.engines.server.chat_api import SAMPLE_ALL_TOKENS, PendingRequest, ServerError, read_reply
from pluralism.engines.server.text_api import read_text
from pluralism.requests import Generation


def token_body(pending: PendingRequest, prompt: Prompt, model: str) -> dict[str, Any]:
    """The JSON body of a completion of a rendered prompt; `model` is the name in the server."""
    request = pending.request
    values = {
        "model": model,
        "prompt": [*prompt.prefix, *prompt.suffix],
        "temperature": request.temperature,
        **SAMPLE_ALL_TOKENS,
    }
    if request.stop is None:
        schema = {"x-guidance": JSON_FORM, **json.loads(request.schema)}
        named = {"name": "answer", "schema": schema, "strict": True}
        values |= {
            "max_tokens": request.answer_tokens,
            "response_format": {"type": "json_schema", "json_schema": named},
        }
    else:
        most = max(request.answer_tokens - len(prompt), 1)
        values |= {"max_tokens": most, "stop": [request.stop], "include_stop_str_in_output": True}
    if request.temperature > 0:
        values["seed"] = int(sampling_key(pending.key, pending.attempt)[:8], 16) >> 1
    return values


def read_tokens(pending: PendingRequest, prompt: Prompt, reply: Completion) -> Generation | PendingRequest:
    """The answer as a generation; of one that was cut, the request to send instead.

    Raises:
        RequestError: the answer was cut, and nothing is left to try.
        ServerError: it is none, or does not obey the schema.
    """
    if pending.request.stop is not None:
        return read_text(pending, reply)
    if not isinstance(reply, Completion) or not getattr(reply, "choices", None):
        raise ServerError("replies that are not completions")
    choice = reply.choices[0]
    said = {"index": 0, "finish_reason": choice.finish_reason, "message": {"role": "assistant", "content": choice.text}}
    whole = {"id": reply.id, "created": 0, "model": reply.model, "object": "chat.completion", "choices": [said]}
    read = read_reply(pending, ChatCompletion.model_validate({**whole, "usage": reply.usage}))
    if isinstance(read, Generation):
        return replace(read, dropped_examples=read.dropped_examples + prompt.dropped_examples)
    return read
