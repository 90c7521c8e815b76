"""Running requests through either way of decoding, with the clock on its parts."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from pluralism.engines.local import decoding, plain_decoding
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.rows import BatchRow, RenderedRequest
from pluralism.engines.rendering import Renderer
from pluralism.requests import Request, request_key

BUDGET = 65_536


@dataclass
class Clock:
    """Seconds by part."""

    seconds: dict[str, float] = field(default_factory=dict)

    def wrap(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, its time added to a part; waits for a GPU's work."""

        def timed(*arguments: Any, **options: Any) -> Any:
            started = now()
            result = call(*arguments, **options)
            self.seconds[part] = self.seconds.get(part, 0.0) + now() - started
            return result

        return timed


def now() -> float:
    """The clock, once a GPU has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


@contextmanager
def parts_timed(grammars: Grammars, model: Any) -> Iterator[Clock]:
    """Time masks and grammar, the model's forward passes, and the whole."""
    clock = Clock()
    allowed, matcher, forward, append = grammars.allowed, grammars.matcher, model.forward, BatchRow.append
    grammars.allowed = clock.wrap("masks", allowed)  # type: ignore[method-assign]
    grammars.matcher = clock.wrap("masks", matcher)  # type: ignore[method-assign]
    model.forward = clock.wrap("forward", forward)
    BatchRow.append = clock.wrap("masks", append)  # type: ignore[method-assign]
    started = now()
    try:
        yield clock
    finally:
        clock.seconds["all"] = now() - started
        grammars.allowed, grammars.matcher = allowed, matcher  # type: ignore[method-assign]
        model.forward = forward
        BatchRow.append = append  # type: ignore[method-assign]


def rendered(requests: Sequence[Request], tokenizer: Any, context: int) -> list[RenderedRequest]:
    """Rendered requests."""
    renderer = Renderer(tokenizer, "random", context)
    return [RenderedRequest(request_key(request, {}), renderer.render(request), request) for request in requests]


def shared(
    model: Any, requests: Sequence[RenderedRequest], grammars: Grammars, context: int, budget: int = BUDGET
) -> list[BatchRow]:
    """Answer requests by shared attention."""
    decoder = decoding.Decoder(model, grammars, context)
    return [row for rows in decoder.decode(requests, budget) for row in rows]


def plain(
    model: Any, requests: Sequence[RenderedRequest], grammars: Grammars, context: int, budget: int = BUDGET
) -> list[BatchRow]:
    """Answer requests by transformers' generate."""
    model.set_attn_implementation("sdpa")
    batches = plain_decoding.decode(model, requests, grammars, context=context, budget=budget)
    return [row for rows in batches for row in rows]
