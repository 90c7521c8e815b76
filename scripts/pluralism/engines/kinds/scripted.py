"""No model: answers drawn at random from the request's key, for tests of everything around a model."""

import json
import os
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pluralism.engines.base import Engine
from pluralism.engines.distributions import Distribution, with_moments
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.requests import AnyRequest, Generation, Request, RequestKind, RewardRequest, ValueRequest, request_key

BATCH = 16
REWARD_HEADS = 5


@ENGINES.register("scripted")
class Scripted(EngineKind):
    """Needs no model, and answers every kind of request."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset(RequestKind)
    loads_weights: ClassVar[bool] = False

    def open(self, model: LanguageModel) -> Engine:
        """There is nothing to load."""
        return ScriptedEngine(model)


class ScriptedEngine:
    """Answers every request with a draw from what it may be answered with: the same request, the same answer."""

    def __init__(self, model: LanguageModel) -> None:
        """Take the model's name; there is nothing to load."""
        self._model = model

    @property
    def identity(self) -> Mapping[str, Any]:
        """The model's name and revision."""
        return {"scripted": self._model.id, "revision": self._model.revision}

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers in batches of 16; each answer takes PLURALISM_SCRIPTED_SECONDS, where that is set."""
        seconds = float(os.environ.get("PLURALISM_SCRIPTED_SECONDS", "0"))
        for start in range(0, len(requests), BATCH):
            batch = requests[start : start + BATCH]
            time.sleep(seconds * len(batch))
            yield [self._answer(request) for request in batch]

    def _answer(self, request: AnyRequest) -> Generation:
        key = request_key(request, self.identity)
        text = json.dumps(draw_answer(request, random.Random(key)), ensure_ascii=False)
        words = sum(len(part.split()) for part in _texts(request))
        return Generation(key, text, prompt_tokens=words, prefilled_tokens=words, output_tokens=len(text.split()))


def _texts(request: AnyRequest) -> tuple[str, str]:
    match request:
        case Request():
            return request.system, request.question
        case ValueRequest():
            return request.action, request.value
        case RewardRequest():
            return request.prompt, request.response


def draw_answer(request: AnyRequest, draw: random.Random) -> Any:
    """A random answer of the form that a request asks for."""
    match request:
        case Request(stop=str(stop)):
            return {"text": f" so{stop}"}
        case Request(texts=texts) if texts:
            lengths = [max(len(text.split()), 1) for text in texts]
            return {"log_probabilities": [-length * draw.expovariate(1.0) for length in lengths], "tokens": lengths}
        case Request():
            answer = draw_value(json.loads(request.schema), draw)
            if request.distribution_of is None:
                return answer
            return with_moments(answer, request.distribution_of, iter(lambda: draw_distribution(draw), None))
        case ValueRequest():
            low, high = sorted((draw.random(), draw.random()))
            valences = {"supports": low, "either": high - low, "opposes": 1 - high}
            return valences | ({"explanation": "because"} if request.explain else {})
        case RewardRequest():
            return {"rewards": [draw.gauss() for _ in range(REWARD_HEADS)]}


def draw_distribution(draw: random.Random) -> Distribution:
    """A distribution over 0 to 100 that is spread around a random number."""
    centre = draw.randint(0, 100)
    weights = 0.8 ** np.abs(np.arange(101) - centre)
    return Distribution(weights / weights.sum())


def draw_value(schema: Mapping[str, Any], draw: random.Random) -> Any:
    """A random value that obeys a schema of objects, bounded strings, openings of sentences, enums and integers."""
    if "enum" in schema:
        return draw.choice(schema["enum"])
    if schema["type"] == "object":
        return {name: draw_value(entry, draw) for name, entry in schema["properties"].items()}
    if schema["type"] == "integer":
        return draw.randint(schema.get("minimum", 0), schema.get("maximum", 100))
    if "pattern" in schema:
        return f"{_literal_beginning(schema['pattern'])}so."
    return "because"[: schema["maxLength"]]


def _literal_beginning(pattern: str) -> str:
    """The text that a regular expression begins with, up to its first special character."""
    found = re.match(r"\^((?:\\[^\w\s]|[^\\\[\](){}.*+?|^$])*)", pattern)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else ""
