"""The body that a server is sent for a request, and how its reply is read. Pure: no network here."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from jsonschema import Draft202012Validator
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion

from pluralism.engines.base import ATTEMPTS, JSON_FORM, sampling_key
from pluralism.engines.chat_template import TEMPLATE_DATE
from pluralism.engines.rendering import chat_messages, without_least_similar
from pluralism.requests import Example, Generation, Request

LARGEST_GROUP = 32
"""Requests with the same prefix that one server gets together: it computes the prefix for the first of them."""
SAMPLE_ALL_TOKENS = {"top_p": 1.0, "top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}
"""Answers are sampled from all tokens, as in our own engine; servers have other defaults."""

NO_USAGE = CompletionUsage(completion_tokens=0, prompt_tokens=0, total_tokens=0)


class RequestError(Exception):
    """A request that no server can answer; the text says why."""


class ServerError(Exception):
    """A failure of a server; the text says which. Another server, or the same one later, may answer."""


@dataclass(frozen=True)
class PendingRequest:
    """A request that has no answer yet.

    Attributes:
        request: to be answered.
        key: the request's key; its sampling seed derives from it.
        examples: the few-shot examples that are still shown.
        attempt: 0, or 1 for an answer that is sampled again since the first was too long.
        most_tokens: of the continuation of a raw text, once the tokens of that text are known.
    """

    request: Request
    key: str
    examples: tuple[Example, ...]
    attempt: int = 0
    most_tokens: int | None = None

    def shorter(self) -> "PendingRequest":
        """The same without the least similar example.

        Raises:
            RequestError: there is none.
        """
        if not self.examples:
            raise RequestError("a question and its answer do not fit the server's context (its --max-model-len)")
        return replace(self, examples=tuple(without_least_similar(self.examples)))

    def after_cut(self, output_tokens: int) -> "PendingRequest":
        """The request to send instead, after an answer was cut.

        Args:
            output_tokens: its length. Where that is less than was allowed, the context was full.

        Raises:
            RequestError: nothing is left to try.
        """
        bound = self.request.answer_tokens
        if output_tokens < bound:
            return self.shorter()
        if self.request.temperature > 0 and self.attempt + 1 < ATTEMPTS:
            return replace(self, attempt=self.attempt + 1)
        raise RequestError(
            f"answers were cut at their bound of {bound} tokens (sampled ones twice); give their ADM a smaller "
            "reasoning_length"
        )


def prefix_groups(requests: Sequence[PendingRequest]) -> deque[deque[PendingRequest]]:
    """The requests in groups of the same prefix (system text and examples); equal prefixes follow each other."""

    def prefix(pending: PendingRequest) -> tuple[str, list[tuple[str, str]]]:
        return pending.request.system, [(example.question, example.answer) for example in pending.examples]

    ordered = sorted(requests, key=lambda pending: (prefix(pending), pending.request.question, pending.request.sample))
    groups = [list(group) for _, group in groupby(ordered, key=prefix)]
    return deque(
        deque(group[start : start + LARGEST_GROUP]) for group in groups for start in range(0, len(group), LARGEST_GROUP)
    )


def body(pending: PendingRequest, model: str, *, system_role: bool, must_prompt: bool = False) -> dict[str, Any]:
    """The JSON body of a chat completion.

    Args:
        pending: the request.
        model: its name in the server.
        system_role: whether the model's template takes a system message.
        must_prompt: whether the server answers only after the template's generation prompt, whatever the protocol says.
    """
    request = pending.request
    # llguidance reads its own options from the schema, in a server too; other back-ends pass over the key.
    schema = {"x-guidance": JSON_FORM, **json.loads(request.schema)}
    joint = "\n" if request.quirks.system_joined_by_line else "\n\n"
    values = {
        "model": model,
        "messages": chat_messages(request.system, pending.examples, request.question, None if system_role else joint),
        "temperature": request.temperature,
        "max_tokens": request.answer_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": True},
        },
        "chat_template_kwargs": {"date_string": TEMPLATE_DATE},
        **SAMPLE_ALL_TOKENS,
    }
    if request.quirks.no_generation_prompt and not must_prompt:
        values["add_generation_prompt"] = False
    if request.quirks.begin_token_twice:
        values["add_special_tokens"] = True
    if request.temperature > 0:
        values["seed"] = int(sampling_key(pending.key, pending.attempt)[:8], 16) >> 1  # some servers keep 31 bits
    return values


def read_reply(pending: PendingRequest, reply: ChatCompletion) -> Generation | PendingRequest:
    """The answer as a generation (how long it took is not known here); of a cut answer the request to send instead.

    Raises:
        RequestError: the answer was cut, and nothing is left to try.
        ServerError: it is not JSON, or does not obey the schema, the order of its keys included.
    """
    if not isinstance(reply, ChatCompletion) or not getattr(reply, "choices", None):
        raise ServerError("replies that are not chat completions")
    choice, usage = reply.choices[0], reply.usage or NO_USAGE
    if choice.finish_reason == "length":
        return pending.after_cut(usage.completion_tokens if reply.usage else pending.request.answer_tokens)
    text = choice.message.content or ""
    _check_answer(text, pending.request.schema)
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None
    return Generation(
        key=pending.key,
        text=text,
        prompt_tokens=usage.prompt_tokens,
        prefilled_tokens=usage.prompt_tokens - (cached or 0),
        output_tokens=usage.completion_tokens,
        dropped_examples=len(pending.request.examples) - len(pending.examples),
    )


def _check_answer(text: str, schema: str) -> None:
    try:
        answer = json.loads(text)
    except ValueError:  # also at a number of thousands of digits
        raise ServerError("answers that are not JSON") from None
    if not _validator(schema).is_valid(answer):
        raise ServerError("answers that do not obey their schema")
    if not _keys_in_order(answer, json.loads(schema)):
        raise ServerError("answers whose keys are not in the order of their schema")


def _keys_in_order(answer: Any, schema: Mapping[str, Any]) -> bool:
    """Whether keys are in the order of the schema, which JSON Schema does not check: a reasoning precedes its score."""
    properties = schema.get("properties")
    return not properties or (
        list(answer) == list(properties) and all(_keys_in_order(answer[name], properties[name]) for name in properties)
    )


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))
