"""Distributing requests over servers, many at a time, and sending those that failed again."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from openai import AsyncOpenAI

from pluralism.engines.server.chat_api import PendingRequest, RequestError, ServerError, prefix_groups
from pluralism.requests import Generation

NO_CONNECTION = "no connection"
ROUNDS = 3
"""How often a request is sent, not counting the retries of one round."""

log = logging.getLogger(__name__)


class UnreachableError(ServerError):
    """The server could not be reached at all."""


@dataclass
class Endpoint:
    """A server in use.

    Attributes:
        url: its base URL.
        client: how it is reached.
        group: its requests with the same prefix.
        failures: requests in a row that it failed at.
        given_up: why it is no longer used; None while it is used.
        system_role: whether its model takes a system message, as far as we know.
        must_prompt: whether it answers only after the generation prompt of the model's template, as far as we know.
        away_since: when it was first seen to take no connection; None while it answers.
        away_until: by the clock, until when it is tried again.
    """

    url: str
    client: AsyncOpenAI
    group: deque[PendingRequest] = field(default_factory=deque)
    failures: int = 0
    given_up: str | None = None
    system_role: bool = True
    must_prompt: bool = False
    away_since: float | None = None
    away_until: str = ""

    def next_of(self, groups: deque[deque[PendingRequest]]) -> PendingRequest | None:
        """The next request: of its own group, or of a new one; None if there is none, or it is given up."""
        if self.given_up is not None:
            return None
        if not self.group and groups:
            self.group = groups.popleft()
        return self.group.popleft() if self.group else None

    def note_absence(self, seconds: float) -> None:
        """Tell once that it takes no connection, and for how long it is tried again."""
        if self.away_since is None:
            self.away_since = time.monotonic()
            self.away_until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
            log.warning("%s: %s; tried again until %s (%.0f s)", self.url, NO_CONNECTION, self.away_until, seconds)

    def note_presence(self, asked: float) -> None:
        """Tell that it is back, if it has answered a request that it was sent when it was away already.

        Args:
            asked: when it was sent, in monotonic time.
        """
        if self.away_since is not None and asked > self.away_since:
            log.warning("%s: answers again after %.0f s", self.url, time.monotonic() - self.away_since)
            self.away_since = None

    def give_up(self, reason: str) -> None:
        """Stop using it."""
        if self.given_up is None:
            self.given_up = f"{self.url}: {reason}"
            log.warning("%s; this server is given up", self.given_up)


class Dispatcher:
    """Sends requests to servers. A request that fails is sent again in the next round, to any server.

    Attributes:
        answers: those that came since the list was last emptied.
        unanswered: requests that cannot be answered, with the reason.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        answer: Callable[[Endpoint, PendingRequest], Awaitable[Generation]],
        concurrency: int,
    ) -> None:
        """Take the servers and the function that sends a request.

        Args:
            endpoints: the servers.
            answer: sends a server one request; raises RequestError or ServerError.
            concurrency: requests that each server is sent at a time.
        """
        self._endpoints, self._answer, self._concurrency = endpoints, answer, concurrency
        self.answers: list[Generation] = []
        self.unanswered: list[tuple[PendingRequest, str]] = []

    async def send_all(self, requests: Sequence[PendingRequest]) -> None:
        """Send all requests; ends when every request is answered, or cannot be."""
        left = [(request, "") for request in requests]
        for _ in range(ROUNDS):
            if left:
                left = await self._round([request for request, _ in left])
        self.unanswered += left

    async def _round(self, requests: Sequence[PendingRequest]) -> list[tuple[PendingRequest, str]]:
        """Send each request once; returns those that are not answered, with the reason."""
        groups = prefix_groups(requests)
        failed: list[tuple[PendingRequest, str]] = []
        async with asyncio.TaskGroup() as tasks:
            for endpoint in self._endpoints:
                for _ in range(self._concurrency):
                    tasks.create_task(self._send_to(endpoint, groups, failed))
        for endpoint in self._endpoints:
            groups.append(endpoint.group)
            endpoint.group = deque()
        reason = next((endpoint.given_up for endpoint in self._endpoints if endpoint.given_up), "")
        return failed + [(request, reason) for group in groups for request in group]

    async def _send_to(
        self, endpoint: Endpoint, groups: deque[deque[PendingRequest]], failed: list[tuple[PendingRequest, str]]
    ) -> None:
        while (pending := endpoint.next_of(groups)) is not None:
            try:
                answered = await self._answer(endpoint, pending)
                self.answers.append(answered)  # not before: the list may be another one by now
                endpoint.failures = 0
            except RequestError as error:
                self.unanswered.append((pending, str(error)))
            except ServerError as error:
                failed.append((pending, f"{endpoint.url}: {error}"))
                endpoint.failures += 1
                # The cause may be the requests: as many as are sent at a time may be about the same item.
                if isinstance(error, UnreachableError) or endpoint.failures >= 2 * self._concurrency:
                    endpoint.give_up(str(error))
