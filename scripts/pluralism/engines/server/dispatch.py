"""Spreading requests over servers, many at a time: who asks what next, and what becomes of what a server failed at."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from openai import AsyncOpenAI

from pluralism.engines.server.asking import Ask, RequestError, runs_of
from pluralism.requests import Generation

ROUNDS = 3
"""How often a request is put to servers, each of which tries again and again in its own time."""
BATCH_SECONDS = 0.2
"""Answers that come within this time go to the journal together."""

log = logging.getLogger(__name__)


class ServerError(Exception):
    """A server that does not do its part; the text says in what. Another, or later the same, may."""

    def __init__(self, reason: str, *, away: bool = False) -> None:
        """Say what is wrong, and whether the server could not be reached at all."""
        super().__init__(reason)
        self.away = away


@dataclass
class Endpoint:
    """A server while it is asked.

    Attributes:
        url: its base URL.
        client: how it is reached.
        run: requests with the same prefix that were dealt to it.
        failures: requests in a row that it failed at.
        given_up: why it is asked no more; none while it is asked.
        system_role: whether its model takes a system message, as far as is known.
    """

    url: str
    client: AsyncOpenAI
    run: deque[Ask] = field(default_factory=deque)
    failures: int = 0
    given_up: str | None = None
    system_role: bool = True

    def next_of(self, runs: deque[deque[Ask]]) -> Ask | None:
        """The next request: of its own run, or of a new one; None if there is none, or it is given up."""
        if self.given_up is not None:
            return None
        if not self.run and runs:
            self.run = runs.popleft()
        return self.run.popleft() if self.run else None

    def give_up(self, reason: str) -> None:
        """Ask it no more."""
        if self.given_up is None:
            self.given_up = f"{self.url}: {reason}"
            log.warning("%s; this server is given up", self.given_up)


class Dispatcher:
    """Puts requests to servers, and hands out the answers in small batches as they come.

    A request that a server fails at is put to another, or to the same in the next round. What is left at the end stands
    in `unanswered`, with the reason.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], answer: Callable[[Endpoint, Ask], Awaitable[Generation]], concurrency: int
    ) -> None:
        """Take the servers and what asks one.

        Args:
            endpoints: the servers.
            answer: asks a server one request; raises RequestError or ServerError.
            concurrency: requests under way at a time at each server.
        """
        self._endpoints, self._answer, self._concurrency = endpoints, answer, concurrency
        self._answers: asyncio.Queue[Generation | None] = asyncio.Queue()
        self._ended = False
        self.unanswered: list[tuple[Ask, str]] = []

    async def ask_all(self, asks: Sequence[Ask]) -> None:
        """Ask everything; ends when every request is answered, or cannot be."""
        left = [(ask, "") for ask in asks]
        for _ in range(ROUNDS):
            if left:
                left = await self._round([ask for ask, _ in left])
        self.unanswered += left

    def close(self) -> None:
        """No more answers come."""
        self._answers.put_nowait(None)

    async def next_batch(self) -> list[Generation]:
        """The answers that have come since the last batch, at least one; empty when no more come."""
        if self._ended:
            return []
        batch = [await self._answers.get()]
        if batch[0] is not None:
            await asyncio.sleep(BATCH_SECONDS)
        while not self._answers.empty():
            batch.append(self._answers.get_nowait())
        self._ended = batch[-1] is None
        return [generation for generation in batch if generation is not None]

    async def _round(self, asks: Sequence[Ask]) -> list[tuple[Ask, str]]:
        """Put each request to a server once; gives those that are not answered, with the reason."""
        runs = runs_of(asks)
        failed: list[tuple[Ask, str]] = []
        async with asyncio.TaskGroup() as group:
            for endpoint in self._endpoints:
                for _ in range(self._concurrency):
                    group.create_task(self._work(endpoint, runs, failed))
        for endpoint in self._endpoints:
            runs.append(endpoint.run)
            endpoint.run = deque()
        reason = next((endpoint.given_up for endpoint in self._endpoints if endpoint.given_up), "")
        return failed + [(ask, reason) for run in runs for ask in run]

    async def _work(self, endpoint: Endpoint, runs: deque[deque[Ask]], failed: list[tuple[Ask, str]]) -> None:
        while (ask := endpoint.next_of(runs)) is not None:
            try:
                self._answers.put_nowait(await self._answer(endpoint, ask))
                endpoint.failures = 0
            except RequestError as fault:
                self.unanswered.append((ask, str(fault)))
            except ServerError as fault:
                failed.append((ask, f"{endpoint.url}: {fault}"))
                endpoint.failures += 1
                # It may be the requests' fault, of which as many as are under way may be about the same item.
                if fault.away or endpoint.failures >= 2 * self._concurrency:
                    endpoint.give_up(str(fault))
