"""An engine without a model, for tests of all that stands around one: answers are drawn from the request's key."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluralism.models import LanguageModel
from pluralism.requests import Generation, Request, request_key

BATCH = 16


class ScriptedEngine:
    """Answers every request with a draw from its schema: the same request, the same answer."""

    def __init__(self, model: LanguageModel) -> None:
        """Take the model's name; there is nothing to load."""
        self._model = model

    @property
    def identity(self) -> Mapping[str, Any]:
        """The model's name and revision."""
        return {"scripted": self._model.id, "revision": self._model.revision}

    def generate(self, requests: Sequence[Request]) -> Iterator[Sequence[Generation]]:
        """Yield the answers in batches of 16."""
        for start in range(0, len(requests), BATCH):
            yield [self._answer(request) for request in requests[start : start + BATCH]]

    def _answer(self, request: Request) -> Generation:
        key = request_key(request, self.identity)
        answer = draw_value(json.loads(request.schema), random.Random(key))
        text = json.dumps(answer, ensure_ascii=False)
        words = sum(len(part.split()) for part in (request.system, request.question))
        return Generation(key, text, prompt_tokens=words, prefilled_tokens=words, output_tokens=len(text.split()))


def draw_value(schema: Mapping[str, Any], draw: random.Random) -> Any:
    """A random value that obeys a schema of objects, bounded strings, enums and bounded integers."""
    if "enum" in schema:
        return draw.choice(schema["enum"])
    if schema["type"] == "object":
        return {name: draw_value(entry, draw) for name, entry in schema["properties"].items()}
    if schema["type"] == "integer":
        return draw.randint(schema["minimum"], schema["maximum"])
    return "because"[: schema["maxLength"]]
