"""The server engine: a causal language model that is served elsewhere, by vLLM, SGLang or another, over HTTP.

One job keeps many requests in flight at each server. No tokenizer is needed here: the server renders the messages.
"""

import asyncio
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from openai import (
    APIError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    Timeout,
)
from openai.types import Completion
from openai.types.chat import ChatCompletion
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_delay

from pluralism.engines.base import requests_of_kind
from pluralism.engines.kinds.server import Server
from pluralism.engines.models import LanguageModel, weights_identity
from pluralism.engines.rendering import Prompt
from pluralism.engines.server.chat_api import PendingRequest, RequestError, ServerError, body, read_reply
from pluralism.engines.server.dispatch import NO_CONNECTION, Dispatcher, Endpoint, UnreachableError
from pluralism.engines.server.retries import error_of, is_transient, kind_of, needs_prompt, seconds_to_wait
from pluralism.engines.server.text_api import read_text, text_body
from pluralism.engines.server.token_api import read_tokens, token_body
from pluralism.errors import UserError
from pluralism.requests import NO_QUIRKS, AnyRequest, Generation, Request, request_key

Reply = TypeVar("Reply", ChatCompletion, Completion)

NO_KEY = "none"
"""Sent where the environment holds no key: a server that was started without one takes any."""
REFUSED = (400, 413, 422)
"""Status of a request that the server rejects."""
REASONS_SHOWN = 3
QUIRKS_NOT_FOLLOWED = (
    "the server tokenizes the prompts: of the protocol, blanks_cleaned_up is not followed, and no_generation_prompt, "
    "begin_token_twice and loose_grammar by servers that know add_generation_prompt, add_special_tokens and x-guidance"
)
CHECK_SECONDS = 10
"""How long a server may take to list its models, or to take a connection."""
BATCH_SECONDS = 0.2
"""Answers that come within this time go to the journal together."""

log = logging.getLogger(__name__)


class ServerGoneError(Exception):
    """The process of the server has ended, before all requests were answered."""


@dataclass(frozen=True)
class OwnServer:
    """A server that is a process of this job.

    Attributes:
        identity: of the engine that started it.
        key: its API key.
        is_alive: whether it runs.
        render: words a request, and tokenizes it.
    """

    identity: Mapping[str, Any]
    key: str
    is_alive: Callable[[], bool]
    render: Callable[[Request], Prompt]

    def prompt(self, pending: PendingRequest) -> Prompt:
        """What is sent for a request.

        Raises:
            RequestError: it cannot be rendered, for example since it does not fit the context.
        """
        try:
            return self.render(replace(pending.request, examples=pending.examples))
        except UserError as error:
            raise RequestError(str(error)) from None


class ServerEngine:
    """Sends requests to the servers of a model; nothing before the first generation."""

    def __init__(self, model: LanguageModel, server: Server, own: OwnServer | None = None) -> None:
        """Take the model's config, and where it is served; `own` if the server is a process of this job."""
        self._config = model
        self._server = server
        self._own = own
        self._key = own.key if own is not None else os.environ.get(server.api_key_variable) or NO_KEY
        self._sent_again: Counter[str] = Counter()
        self._endpoints: Sequence[Endpoint] = ()

    @property
    def waits_for(self) -> str:
        """For whom, where no server takes a connection."""
        used = [endpoint for endpoint in self._endpoints if endpoint.given_up is None]
        if not used or any(endpoint.away_since is None for endpoint in used):
            return ""
        return f"{used[0].url} is away, tried until {used[0].away_until}"

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the model that may change an answer, as the config states it."""
        if self._own is not None:
            return self._own.identity
        return {"engine": "server", **weights_identity(self._config), "context": self._config.context}

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers in small batches as they come.

        Raises:
            UserError: no server serves the model, or, after all others are answered, some requests are not.
            ServerGoneError: the server was a process of this job, and has ended.
        """
        chats = requests_of_kind(Request, requests, "server", self._config.id)
        if self._own is None and any(chat.quirks != NO_QUIRKS for chat in chats):
            log.info("%s", QUIRKS_NOT_FOLLOWED)
        pending = [PendingRequest(request, request_key(request, self.identity), request.examples) for request in chats]
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs a line per request
        self._endpoints = endpoints = [Endpoint(url, self._client(url)) for url in self._server.urls]
        dispatcher = Dispatcher(endpoints, self._answer, self._server.concurrency)
        with asyncio.Runner() as runner:
            work = runner.get_loop().create_task(self._send_all(dispatcher, endpoints, pending))
            started = time.perf_counter()
            while not work.done():
                runner.run(asyncio.wait([work], timeout=BATCH_SECONDS))
                batch, dispatcher.answers = dispatcher.answers, []
                if batch:
                    ended = time.perf_counter()
                    yield [replace(generation, seconds=(ended - started) / len(batch)) for generation in batch]
                    started = ended
                if self._own is not None and not self._own.is_alive():
                    raise ServerGoneError
            work.result()
        for reason, times in self._sent_again.most_common():
            log.info("sent again %d times: %s", times, reason)
        if dispatcher.unanswered:
            raise self._incomplete(dispatcher.unanswered, len(pending))

    def _client(self, url: str) -> AsyncOpenAI:
        """How a server is reached; one of this job without the proxies that the environment names."""
        timeout = self._server.timeout
        limits = Timeout(timeout, connect=min(timeout, CHECK_SECONDS))
        direct = DefaultAsyncHttpxClient(trust_env=False) if self._own is not None else None
        return AsyncOpenAI(base_url=url, api_key=self._key, timeout=limits, max_retries=0, http_client=direct)

    async def _send_all(
        self, dispatcher: Dispatcher, endpoints: Sequence[Endpoint], pending: Sequence[PendingRequest]
    ) -> None:
        async with AsyncExitStack() as stack:
            for endpoint in endpoints:
                await stack.enter_async_context(endpoint.client)
            if self._own is None:  # which was seen to serve its model
                await asyncio.gather(*map(self._check_model, endpoints))
            await dispatcher.send_all(pending)

    async def _check_model(self, endpoint: Endpoint) -> None:
        """Give up a server that does not respond, or serves another model, before any request is sent to it."""
        try:
            listed = await endpoint.client.models.list(timeout=CHECK_SECONDS)
        except APIError as error:
            endpoint.give_up(self._describe(error))
            return
        names = [served.id for served in listed.data]
        if self._config.id not in names:
            endpoint.give_up(f"serves {', '.join(names) or 'nothing'} and not {self._config.id}")

    async def _answer(self, endpoint: Endpoint, pending: PendingRequest) -> Generation:
        """The answer to one request, which may be sent with fewer examples, or sampled again.

        Raises:
            RequestError: it cannot be answered.
            ServerError: the server does not answer it, or not in the requested form.
        """
        while True:
            system_role, must_prompt = endpoint.system_role, endpoint.must_prompt
            try:
                if self._own is not None:
                    prompt = self._own.prompt(pending)
                    values = token_body(pending, prompt, self._config.id)
                    read = read_tokens(pending, prompt, await self._send(endpoint, "/completions", values, Completion))
                elif pending.request.stop is None:
                    values = body(pending, self._config.id, system_role=system_role, must_prompt=must_prompt)
                    read = read_reply(pending, await self._send(endpoint, "/chat/completions", values, ChatCompletion))
                else:
                    values = text_body(pending, self._config.id)
                    read = read_text(pending, await self._send(endpoint, "/completions", values, Completion))
            except APIError as error:
                description = self._describe(error)
                refused = isinstance(error, APIStatusError) and error.status_code in REFUSED
                if refused and re.search("context|model length", description):
                    read = pending.shorter()
                elif refused and "role" in description and system_role:  # a template that takes no system message
                    endpoint.system_role = False
                    read = pending
                elif needs_prompt(error) and pending.request.quirks.no_generation_prompt and not must_prompt:
                    log.info(
                        "%s: answers only after a generation prompt, which is sent in spite of the protocol",
                        endpoint.url,
                    )
                    endpoint.must_prompt = True
                    read = pending
                else:
                    raise (UnreachableError if description == NO_CONNECTION else ServerError)(description) from None
            if isinstance(read, Generation):
                return read
            pending = read

    async def _send(self, endpoint: Endpoint, path: str, values: Mapping[str, Any], kind: type[Reply]) -> Reply:
        """Send a request, and again while the error is transient and the time-out is not reached."""

        def note(state: RetryCallState) -> None:
            kind = kind_of(error_of(state))
            reason = f"{endpoint.url}: {kind}"
            if kind == NO_CONNECTION:
                endpoint.note_absence(self._server.timeout)
            elif not self._sent_again[reason]:
                log.warning("%s; trying again", reason)
            self._sent_again[reason] += 1

        again = AsyncRetrying(
            retry=retry_if_exception(is_transient),
            stop=stop_after_delay(self._server.timeout),
            wait=lambda state: min(seconds_to_wait(state), self._server.timeout),
            before_sleep=note,
            reraise=True,
        )

        async def post() -> Reply:
            asked = time.monotonic()
            reply = await endpoint.client.post(path, body=values, cast_to=kind)
            endpoint.note_presence(asked)
            return reply

        return await again(post)

    def _describe(self, error: APIError) -> str:
        """The error in one line, without the key, which a server may repeat."""
        kind = kind_of(error)
        if not isinstance(error, APIStatusError):
            return kind
        hint = f" (is the key in {self._server.api_key_variable}?)" if error.status_code in (401, 403) else ""
        return f"{kind}{hint}: " + " ".join(error.message.replace(self._key, "***").split())[:300]

    def _incomplete(self, unanswered: Sequence[tuple[PendingRequest, str]], number: int) -> UserError:
        reasons = Counter(reason for _, reason in unanswered).most_common()
        listed = "; ".join(f"{count} x {reason}" for reason, count in reasons[:REASONS_SHOWN])
        more = f"; and {len(reasons) - REASONS_SHOWN} other reasons" if len(reasons) > REASONS_SHOWN else ""
        return UserError(
            f"model {self._config.id}: {len(unanswered)} of {number} requests are not answered: {listed}{more}; the "
            f"first question begins {unanswered[0][0].request.question[:60]!r}; the other answers are kept, run again "
            "to ask for these"
        )
