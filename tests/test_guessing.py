"""Guesses of how an answer goes on: what they are, and that they change no answer."""

from itertools import product

import pytest

from pluralism.engines.local import guessing, shared_attention
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.local.guessing import guess
from pluralism.engines.models import LanguageModel
from pluralism.requests import Request
from tests.test_engine import COMPARATIVE, answers, texts
from tests.tiny_models import save_tiny_model


def test_a_guess_is_what_followed_the_last_two_tokens_the_last_time() -> None:
    assert guess([1, 2, 3, 1, 2, 4, 5, 1, 2], 2) == [4, 5]
    assert guess([1, 2, 1, 2], 9) == [1, 2]


def test_where_two_tokens_did_not_stand_before_the_last_one_alone_is_looked_for() -> None:
    assert guess([7, 8, 9, 3, 7], 2) == [8, 9]


@pytest.mark.parametrize("text", [[], [1], [1, 2, 3]])
def test_what_never_stood_before_is_not_guessed(text: list[int]) -> None:
    assert guess(text, 3) == []


@pytest.mark.parametrize(("temperature", "fewer"), [(0.0, 1), (0.7, 0)])  # a sampled answer of random weights is noise
def test_guesses_save_passes_and_change_no_answer(
    temperature: float, fewer: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LanguageModel(id=save_tiny_model(tmp_path_factory.mktemp("tiny")), dtype="float32")
    asked = [
        Request("Be just.", (), "Why " * length + "?", COMPARATIVE, temperature, sample, 0, 160)
        for length, sample in product((1, 12), range(2 if temperature else 1))
    ]
    passes: list[int] = []
    forward = shared_attention.forward

    def counted(*arguments: object, **options: object) -> object:
        passes.append(1)
        return forward(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(shared_attention, "forward", counted)
    found = []
    for longest in (guessing.LONGEST_GUESS, 0):
        monkeypatch.setattr(guessing, "LONGEST_GUESS", longest)
        found.append((texts(answers(TransformersEngine(model), asked)), len(passes)))
        passes.clear()
    (guessed, few), (plain, many) = found
    assert guessed == plain
    assert many - few >= fewer
