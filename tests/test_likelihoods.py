"""The likelihood of given texts: against a plain forward pass of transformers, whatever the way to compute it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pluralism.engines.local import decoding, text_scoring
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.requests import Example, Generation, Request, RequestKind, request_key
from tests.tiny_models import save_tiny_model

EXAMPLES = (Example("Who is Ann?", "A friend.", 0),)
TEXTS = ("In France, and it always was.", "A", "Far <|im_end|> away.", "A", "")
REQUESTS = [
    Request("Be kind.", examples, "Why " * length + "?", "{}", 0.0, 0, 0, 8, texts=TEXTS[:count])
    for examples, length, count in (((), 1, 5), (EXAMPLES, 9, 2), ((), 30, 1))
]
WRITTEN = Request("Be kind.", (), "Who?", '{"type": "string", "maxLength": 9}', 0.0, 0, 0, 32)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models: one whose attention is shared, and one with windows, which is not."""
    base = tmp_path_factory.mktemp("models")
    return {"shared": save_tiny_model(base / "shared"), "windows": save_tiny_model(base / "windows", window=8)}


def engine(folder: str, **changes: Any) -> TransformersEngine:
    return TransformersEngine(LanguageModel(id=folder, dtype="float32", **changes))


def answers(folder: str, requests: Sequence[Request], **changes: Any) -> list[Generation]:
    """In the order of the requests."""
    opened = engine(folder, **changes)
    made = {generation.key: generation for batch in opened.generate(requests) for generation in batch}
    return [made[request_key(request, opened.identity)] for request in requests]


def by_hand(folder: str, request: Request) -> tuple[list[float], list[int]]:
    """The log-probabilities of the texts after the rendered prompt, each in a pass of its own, and their tokens."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompt = tokenizer.encode(engine(folder).prompt_text(replace(request, texts=())).text, add_special_tokens=False)
    sums, lengths = [], []
    for text in request.texts:
        # A control token within a text is a word: it is encoded in two pieces.
        begin, end, after = text.partition("<|im_end|>")
        pieces = [begin + end[:1], end[1:] + after] if end else [text]
        ids = [token for piece in pieces for token in tokenizer.encode(piece, add_special_tokens=False)]
        with torch.inference_mode():
            shares = model(torch.tensor([prompt + ids])).logits[0].double().log_softmax(dim=-1)
        sums.append(sum(float(shares[len(prompt) + place - 1, token]) for place, token in enumerate(ids)))
        lengths.append(len(ids))
    return sums, lengths


@pytest.mark.parametrize("kind", ["shared", "windows"])
def test_a_text_is_as_likely_as_a_plain_forward_pass_says(folders: dict[str, str], kind: str) -> None:
    for request, generation in zip(REQUESTS, answers(folders[kind], REQUESTS), strict=True):
        answer = json.loads(generation.text)
        sums, lengths = by_hand(folders[kind], request)
        assert answer == {"log_probabilities": pytest.approx(sums, abs=1e-4), "tokens": lengths}
        assert generation.output_tokens == 0
        assert generation.prompt_tokens > sum(lengths)


def test_the_shares_of_all_tokens_sum_to_one(folders: dict[str, str]) -> None:
    """Each token of the vocabulary as a text of its own, as far as it is text."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folders["shared"])
    words = sorted({tokenizer.decode([token]) for token in range(len(tokenizer))} - set(tokenizer.all_special_tokens))
    words = [word for word in words if len(tokenizer.encode(word, add_special_tokens=False)) == 1]
    (generation,) = answers(folders["shared"], [replace(REQUESTS[0], texts=tuple(words))])
    total = sum(torch.tensor(json.loads(generation.text)["log_probabilities"]).exp().tolist())
    assert 0.5 < total < 1  # what no text spells, such as halves of letters, has the rest


def sums(folder: str, requests: Sequence[Request]) -> list[list[float]]:
    """The log-probabilities of each request; of one that is answered in writing the letters' numbers."""
    found = [json.loads(generation.text) for generation in answers(folder, requests)]
    return [list(map(ord, answer)) if isinstance(answer, str) else answer["log_probabilities"] for answer in found]


def test_what_is_asked_beside_it_changes_nothing(folders: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [*REQUESTS, WRITTEN]
    alone = [sums(folders["shared"], [request])[0] for request in requests]
    together = [pytest.approx(entry, abs=1e-4) for entry in sums(folders["shared"], requests)]
    assert together == alone
    monkeypatch.setattr(text_scoring, "TOKENS_AT_ONCE", 3)
    assert together == sums(folders["shared"], requests)


def test_memory_that_does_not_suffice_loses_no_answer(folders: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sums(folders["shared"], REQUESTS)
    score, calls = text_scoring.score_texts, []

    def fail_once(*given: Any) -> None:
        calls.append(len(given[2]))
        if len(calls) == 1:
            raise torch.OutOfMemoryError
        score(*given)

    monkeypatch.setattr(decoding, "score_texts", fail_once)
    assert [pytest.approx(entry, abs=1e-4) for entry in sums(folders["shared"], REQUESTS)] == whole
    assert len(calls) > 1


def test_a_text_that_does_not_fit_the_context_is_one_line(folders: dict[str, str]) -> None:
    request = replace(REQUESTS[0], texts=("long " * 200,))
    with pytest.raises(UserError, match=r"a question of \d+ tokens and an answer of \d+ do not fit its context of 128"):
        answers(folders["shared"], [request], context=128)


def test_engines_that_cannot_tell_are_refused_before_anything_runs() -> None:
    from pluralism.engines.models import ENGINES

    assert ENGINES.names_where(lambda kind: RequestKind.LIKELIHOOD in kind.answers) == ["scripted", "transformers"]
