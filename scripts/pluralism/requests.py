"""Requests, generations and keys: what an engine gets, what it returns, and under which key the journal keeps it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

MOST_DIGITS = 300
"""Of a whole number that fits a float."""
IN_KEY = {"key": True}
"""Marks a field that may change the answer, and so is part of the journal's key."""
NOT_IN_KEY = {"key": False}
"""Marks a field that cannot change the answer."""
IN_KEY_UNLESS_DEFAULT = {"key": True, "unless_default": True}
"""Marks a part of the key that is left out at its default, so that keys older than the field stay valid."""
IN_KEY_WHERE_SAMPLED = {"key": True, "where_sampled": True}
"""Marks a part of the key that is null at temperature 0, since a greedy answer does not depend on it."""


SENTENCE_TOKENS = 64
"""About the most of a continuation up to a full stop."""


class RequestKind(StrEnum):
    """What is asked, and what an engine can answer.

    DISTRIBUTION is a `Request` with `distribution_of`, COMPLETION one with `stop`, LIKELIHOOD one with `texts`.
    """

    CHAT = "chat"
    DISTRIBUTION = "distribution"
    COMPLETION = "completion"
    LIKELIHOOD = "likelihood"
    VALUE = "value"
    REWARD = "reward"


@dataclass(frozen=True)
class Example:
    """A few-shot example: an earlier question with its answer.

    `similarity_rank` is 0 for the example that is most like the question; the example of the highest rank is dropped
    first when the messages do not fit the model's context. `train_item` is the index of the train item that it shows;
    no model sees it, so it is neither compared nor part of the journal's key.
    """

    question: str
    answer: str
    similarity_rank: int
    train_item: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Quirks:
    """What an engine does with a request as the published code did: flags of the protocol, which describes them."""

    control_tokens_in_texts: bool = False


@dataclass(frozen=True)
class ChatQuirks(Quirks):
    """Of a conversation."""

    no_generation_prompt: bool = False
    begin_token_twice: bool = False
    blanks_cleaned_up: bool = False
    system_joined_by_line: bool = False


NO_QUIRKS = ChatQuirks()


@dataclass(frozen=True)
class ValueQuirks(Quirks):
    """Of a value request."""

    kaleido_fills_in_turn: bool = False
    kaleido_cuts_end: bool = False


@dataclass(frozen=True)
class RewardQuirks(Quirks):
    """Of a reward request."""

    reward_at_last_other_token: bool = False
    reward_without_begin: bool = False


@dataclass(frozen=True)
class Request:
    """One generation of a chat model. The answer is JSON that obeys `schema`.

    Attributes:
        system: the system prompt.
        examples: few-shot examples, in the order in which they are shown.
        question: the last user turn.
        schema: canonical JSON text of the schema that the answer must obey. Its key `x-guidance` says where the answer
            is written in another form than Python's `json.dumps` gives (options of llguidance).
        temperature: 0 is greedy.
        sample: which of several answers to the same question this is.
        seed: the run's seed.
        answer_tokens: tokens to keep free for the answer when examples are dropped to fit the context.
        distribution_of: name of integers in the answer; {name}_mean and {name}_spread follow each of them, mean and
            standard deviation of the model's distribution in its place, at temperature 1.
        quirks: of the published code.
        stop: with it, the request is no chat: `system` and `question` are one text, without a chat template, which the
            model continues up to this text, or to its end token, or until both have `answer_tokens` tokens together.
            There are no examples, and the answer is {"text"}, the continuation; it may go on after the stop.
        texts: with them, nothing is written: the answer is {"log_probabilities", "tokens"}, for each of these texts the
            natural logarithm of the probability that the model's answer begins with it, at temperature 1, and its
            length in tokens.
    """

    system: str = field(metadata=IN_KEY)
    examples: tuple[Example, ...] = field(metadata=IN_KEY)
    question: str = field(metadata=IN_KEY)
    schema: str = field(metadata=IN_KEY)
    temperature: float = field(metadata=IN_KEY)
    sample: int = field(metadata=IN_KEY_WHERE_SAMPLED)
    seed: int = field(metadata=IN_KEY_WHERE_SAMPLED)
    answer_tokens: int = field(metadata=IN_KEY)
    distribution_of: str | None = field(default=None, metadata=IN_KEY_UNLESS_DEFAULT)
    quirks: ChatQuirks = field(default=NO_QUIRKS, metadata=IN_KEY_UNLESS_DEFAULT)
    stop: str | None = field(default=None, metadata=IN_KEY_UNLESS_DEFAULT)
    texts: tuple[str, ...] = field(default=(), metadata=IN_KEY_UNLESS_DEFAULT)


@dataclass(frozen=True)
class ValueRequest:
    """Whether an action supports or opposes a value, for Kaleido.

    The answer is {"supports", "either", "opposes"}, probabilities that sum to 1, and with `explain` an "explanation".
    """

    action: str = field(metadata=IN_KEY)
    value: str = field(metadata=IN_KEY)
    explain: bool = field(metadata=IN_KEY)
    kind: str = field(default="value", init=False, metadata=IN_KEY)
    quirks: ValueQuirks = field(default=ValueQuirks(), metadata=IN_KEY_UNLESS_DEFAULT)


@dataclass(frozen=True)
class RewardRequest:
    """How good a response is, for a reward model: the user's turn and the assistant's.

    The answer is {"rewards"}, a number per head of the model. A text of more than `most_tokens` is cut to them.
    """

    prompt: str = field(metadata=IN_KEY)
    response: str = field(metadata=IN_KEY)
    kind: str = field(default="reward", init=False, metadata=IN_KEY)
    most_tokens: int | None = field(default=None, metadata=IN_KEY_UNLESS_DEFAULT)
    quirks: RewardQuirks = field(default=RewardQuirks(), metadata=IN_KEY_UNLESS_DEFAULT)


AnyRequest = Request | ValueRequest | RewardRequest
"""All requests; each engine answers some of these kinds."""


@dataclass(frozen=True)
class Generation:
    """An engine's answer to one request, and what it cost.

    Attributes:
        key: the request's key.
        text: the answer, JSON as the request describes it.
        prompt_tokens: length of the whole prompt.
        prefilled_tokens: prompt tokens that a forward pass was spent on (shared prefixes count once, for one request).
        output_tokens: length of the answer, the end token included.
        forced_tokens: output tokens for which the grammar left no choice.
        dropped_examples: few-shot examples left out to fit the context.
        seconds: this request's share of its batch's wall-clock time.
    """

    key: str
    text: str
    prompt_tokens: int = 0
    prefilled_tokens: int = 0
    output_tokens: int = 0
    forced_tokens: int = 0
    dropped_examples: int = 0
    seconds: float = 0.0


def parse_answer(text: str) -> Any:
    """An answer as JSON values.

    A model may write half of a pair of surrogates as an escape, which is no character: it becomes U+FFFD. It may write
    a number that is too large for a float, which becomes infinite.
    """
    return _with_characters(json.loads(text, parse_int=_number))


def _number(digits: str) -> float:
    return int(digits) if len(digits) < MOST_DIGITS else float(digits)


def _with_characters(value: Any) -> Any:
    match value:
        case str():
            return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_with_characters(name): _with_characters(entry) for name, entry in value.items()}
        case list():
            return [_with_characters(entry) for entry in value]
    return value


def canonical(value: Any) -> str:
    """One JSON text for equal values: sorted keys, no white space, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def key_parts(request: AnyRequest, identity: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a request's key by name, each shortened to 16 hexadecimal digits.

    Args:
        request: its fields are parts as their metadata declares.
        identity: what may change the answer of the model and its decoding (`Engine.identity`).
    """
    greedy = getattr(request, "temperature", None) == 0
    parts = identity_parts(identity)
    for part in fields(request):
        value, marks = getattr(request, part.name), part.metadata
        if marks["key"] and not (marks.get("unless_default") and value == part.default):
            parts[part.name] = _part(None if greedy and marks.get("where_sampled") else value)
    return dict(sorted(parts.items()))


def identity_parts(identity: Mapping[str, Any]) -> dict[str, str]:
    """The parts of all keys of an engine, or of some of its identity."""
    return {f"engine.{name}": _part(value) for name, value in identity.items()}


def _part(value: Any) -> str:
    try:
        return _part_once(value)
    except TypeError:  # a part of an engine's identity that cannot be hashed
        return digest(value)[:16]


@lru_cache(maxsize=100_000, typed=True)  # typed: 1, 1.0 and true are equal here, and not in JSON
def _part_once(value: Any) -> str:
    """A part of a key. Tens of thousands of requests share their system text, question or examples."""
    match value:
        case tuple():
            value = [_shown(entry) if isinstance(entry, Example) else entry for entry in value]
        case Quirks():
            value = sorted(name for name, acts in asdict(value).items() if acts)
    return digest(value)[:16]


def _shown(example: Example) -> list[Any]:
    """What a model can see of an example, or what can be dropped of it."""
    return [getattr(example, part.name) for part in fields(example) if part.compare]


def key_of(parts: Mapping[str, str]) -> str:
    """The journal's key: SHA-256 over the parts."""
    return digest(dict(parts))


def request_key(request: AnyRequest, identity: Mapping[str, Any]) -> str:
    """The key of a request: SHA-256 over all that may change its answer."""
    return key_of(key_parts(request, identity))
