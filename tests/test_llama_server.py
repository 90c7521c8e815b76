"""The server engine on llama.cpp's own server, of the package xllamacpp, with the pilot's model on this machine."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from transformers import AutoTokenizer

from pluralism.adms.base import object_schema, schema_text
from pluralism.adms.choices import choice_schema
from pluralism.adms.scores import score_schema
from pluralism.engines.gguf_cache import read_words
from pluralism.engines.kinds.server import Server
from pluralism.engines.models import LanguageModel
from pluralism.engines.rendering import Renderer
from pluralism.engines.server.engine import ServerEngine
from pluralism.inference.reasonings import TEXT_SCHEMA
from pluralism.requests import ChatQuirks, Example, Generation, Request, request_key
from tests.pilot import pilot_model

CONTEXT = 512
SERVE = f"""
import sys
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {{"smollm2"}}
params.hostnames, params.port = ["127.0.0.1"], 0
params.n_parallel, params.n_ctx = 2, {2 * CONTEXT}
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print("listens at", server.listening_address, flush=True)
sys.stdin.read()
"""
COMPARATIVE = schema_text(object_schema({letter: score_schema(30) for letter in "AB"}))
LOOSE = schema_text(object_schema({letter: score_schema(30, loose=True) for letter in "AB"}), loose=True)
QUESTION = "Which of these responses helps more?\nA: Paris, the capital of France.\nB: I don't  know 12."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of two slots; it ends with its standard input, so with this process, too."""
    if find_spec("xllamacpp") is None:
        pytest.skip("the package xllamacpp is not installed; `make pilot` installs it")
    call = [sys.executable, "-c", SERVE, str(pilot_model())]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(call, text=True, **pipes) as process:
        assert process.stdout is not None
        try:
            yield next(line.split()[-1] for line in process.stdout if line.startswith("listens at")) + "/v1"
        finally:
            process.kill()


def answered(url: str, requests: Sequence[Request]) -> list[Generation]:
    """The answers in the order of the requests."""
    model = LanguageModel(id="smollm2", engine="server", context=CONTEXT)
    engine = ServerEngine(model, Server(urls=(url,), concurrency=2))
    found = {one.key: one for batch in engine.generate(requests) for one in batch}
    return [found[request_key(request, engine.identity)] for request in requests]


def asked(schema: str, temperature: float = 0.0, **more: Any) -> Request:
    values = {"system": "You compare responses.", "examples": (), "question": QUESTION, "sample": 0, "seed": 0}
    return Request(**{**values, "schema": schema, "temperature": temperature, "answer_tokens": 200, **more})


def test_answers_of_every_form_obey_their_schema_and_its_order(url: str) -> None:
    """The engine checks this of every answer; those of the published protocol, too, which say how they are written."""
    forms = [COMPARATIVE, LOOSE, choice_schema(2, 40), choice_schema(2, 40, loose=True), choice_schema(2, None)]
    quirks = ChatQuirks(no_generation_prompt=True, begin_token_twice=True)
    requests = [*(asked(form) for form in forms), asked(LOOSE, quirks=quirks)]
    for request, answer in zip(requests, answered(url, requests), strict=True):
        Draft202012Validator(json.loads(request.schema)).validate(json.loads(answer.text))
        assert answer.output_tokens > 0


def test_the_same_seed_draws_the_same_answer(url: str) -> None:
    requests = [asked(COMPARATIVE, 1.0, sample=sample) for sample in range(3)]
    first = [answer.text for answer in answered(url, requests)]
    assert [answer.text for answer in answered(url, requests)] == first
    assert len(set(first)) > 1


def test_a_prompt_has_the_same_tokens_in_llama_cpp_and_in_what_is_read_of_the_file(
    url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their number: blanks before digits, other scripts, line breaks, marks in words."""
    monkeypatch.setenv("PLURALISM_CACHE", str(tmp_path))
    renderer = Renderer(AutoTokenizer.from_pretrained(read_words(pilot_model())), "smollm2", CONTEXT)
    texts = (QUESTION, "Größe  1234,5 東京 🙂\n\n  - don't\tI'LL   2025-01-01 x=10**3", "  \n\n\n7 ")
    requests = [asked(choice_schema(2, None), question=text) for text in texts]
    counted = [len(renderer.render(request)) for request in requests]
    assert [answer.prompt_tokens for answer in answered(url, requests)] == counted


def test_what_outgrows_the_context_loses_its_least_similar_example(url: str) -> None:
    examples = tuple(Example(f"{number} " * 90, '{"choice": "A"}', number) for number in range(3))
    (answer,) = answered(url, [asked(choice_schema(2, None), examples=examples)])
    assert 1 <= answer.dropped_examples < 3


def test_a_raw_text_is_continued_to_its_stop(url: str) -> None:
    request = asked(TEXT_SCHEMA, system="The response is helpful", question=" because", stop=".")
    (answer,) = answered(url, [request])
    assert json.loads(answer.text)["text"].strip()
    assert answer.output_tokens < request.answer_tokens
