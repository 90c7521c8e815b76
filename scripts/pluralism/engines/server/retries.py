"""What a failure of a server is called, and whether and when the same request is sent again."""

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime

from openai import APIConnectionError, APIStatusError, APITimeoutError
from tenacity import RetryCallState, wait_random_exponential

from pluralism.engines.server.dispatch import NO_CONNECTION

TRANSIENT = (408, 409, 425, 429)
back_off = wait_random_exponential(multiplier=0.5, max=15)


def kind_of(error: BaseException) -> str:
    """A failure in a few words."""
    match error:
        case APITimeoutError():
            return "no answer in time"
        case APIConnectionError():
            return NO_CONNECTION
        case APIStatusError():
            return f"HTTP {error.status_code}"
        case _:
            return "a reply that is not of the OpenAI protocol"


def is_transient(error: BaseException) -> bool:
    """Whether the same request may be answered later: the server is busy, restarts, or the connection was lost."""
    if isinstance(error, APIStatusError):
        return error.status_code in TRANSIENT or (error.status_code >= 500 and not needs_prompt(error))
    return isinstance(error, APIConnectionError)


def needs_prompt(error: BaseException) -> bool:
    """Whether llama.cpp could not read an answer, as where no generation prompt stood before it; its status is 500."""
    return isinstance(error, APIStatusError) and "does not match the expected" in error.message


def error_of(state: RetryCallState) -> BaseException:
    """Why a request failed that is sent again."""
    error = state.outcome.exception() if state.outcome is not None else None
    assert error is not None, "only failed requests are sent again"
    return error


def seconds_to_wait(state: RetryCallState) -> float:
    """Seconds until a request is sent again: as many as the server asks for, else exponential back-off with jitter."""
    error = error_of(state)
    requested = error.response.headers.get("retry-after") if isinstance(error, APIStatusError) else None
    return seconds_asked_for(requested) if requested is not None else back_off(state)


def seconds_asked_for(retry_after: str) -> float:
    """Read the header Retry-After: seconds, or a date; 0 where it is neither, or past."""
    with suppress(ValueError):
        return max(float(retry_after), 0.0)
    with suppress(ValueError):
        return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    return 0.0
