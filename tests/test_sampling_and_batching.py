"""The tokens that a draw stands for in a vocabulary of many blocks, and which requests run together in a budget."""

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pluralism.adms.base import schema_text
from pluralism.adms.scores import score_schema
from pluralism.engines.local import decoding
from pluralism.engines.local.choosing import BLOCK, next_tokens
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.local.rows import CacheSize, RenderedRequest, sorted_by_prefix, take_group
from pluralism.engines.models import LanguageModel
from pluralism.engines.rendering import Prompt
from pluralism.engines.scorers.batches import Answer, EncodedRequest, answer_all, plan_batches
from pluralism.requests import SENTENCE_TOKENS, Request
from tests.tiny_models import save_tiny_model


class Fixed:
    """A generator of random numbers that always draws the same one."""

    def __init__(self, number: float) -> None:
        self._number = number

    def random(self) -> float:
        return self._number


def drawn(
    logits: torch.Tensor, uniforms: Sequence[float], allowed: torch.Tensor | None = None, at: float = 1
) -> list[int]:
    """The token of each draw, from the same logits."""
    rows = logits.expand(len(uniforms), -1)
    of_rows = torch.ones_like(rows, dtype=torch.bool) if allowed is None else allowed.expand(len(uniforms), -1)
    randoms = cast(Any, [Fixed(number) for number in uniforms])
    return next_tokens(rows, of_rows, torch.full((len(uniforms),), at), randoms)


def only(width: int, *tokens: int) -> torch.Tensor:
    allowed = torch.zeros(width, dtype=torch.bool)
    allowed[list(tokens)] = True
    return allowed


@pytest.mark.parametrize("width", [4 * BLOCK, 4 * BLOCK - 1, 3 * BLOCK + 200])
def test_a_draw_finds_its_token_in_any_block_of_the_vocabulary(width: int) -> None:
    """Four tokens of equal weight, in three of the blocks: each has a quarter of the draws."""
    tokens = [3, 2 * BLOCK - 1 - BLOCK, 2 * BLOCK, 3 * BLOCK + 199]
    found = drawn(torch.zeros(width), [0, 0.2, 0.25, 0.49, 0.5, 0.74, 0.75, 0.999], only(width, *tokens))
    assert found == [token for token in tokens for _ in (0, 1)]


def test_a_token_has_the_draws_of_its_own_weight() -> None:
    # Weights 1, 2, 4 and 1 of 8, over three blocks: their shares end at 1/8, 3/8, 7/8 and 1.
    logits = torch.full((3 * BLOCK,), -torch.inf)
    for token, weight in ((BLOCK - 1, 1.0), (BLOCK, 2.0), (2 * BLOCK, 4.0), (3 * BLOCK - 1, 1.0)):
        logits[token] = float(np.log(weight))
    uniforms = [0.12, 0.13, 0.37, 0.38, 0.87, 0.88]
    assert drawn(logits, uniforms) == [BLOCK - 1, BLOCK, BLOCK, 2 * BLOCK, 2 * BLOCK, 3 * BLOCK - 1]
    # At temperature 0.5 weights are squared, 1, 4, 16 and 1 of 22; the largest alone is allowed in the last row.
    assert drawn(logits, [0.04, 0.05, 0.22, 0.24, 0.94, 0.96], at=0.5) == drawn(logits, uniforms)
    assert drawn(logits, uniforms, at=0) == [2 * BLOCK] * 6


@given(
    seed=st.integers(0, 10**6),
    width=st.integers(2 * BLOCK + 1, 6 * BLOCK),
    temperature=st.sampled_from([0.3, 0.7, 1.5]),
    share=st.sampled_from([0.002, 0.1, 1.0]),
)
def test_draws_are_those_of_the_plain_running_sum(seed: int, width: int, temperature: float, share: float) -> None:
    random = np.random.default_rng(seed)
    logits, uniforms = random.normal(0, 3, width), random.random(40)
    allowed = random.random(width) < share
    allowed[random.integers(width)] = True
    weights = np.where(allowed, np.exp((logits - logits[allowed].max()) / temperature), 0)
    ends = np.cumsum(weights) / weights.sum()
    found = drawn(torch.tensor(logits, dtype=torch.float32), uniforms.tolist(), torch.tensor(allowed), temperature)
    near = np.abs(ends[:, None] - uniforms).min(axis=0) < 1e-5  # rounding in single precision may decide these
    expected = np.searchsorted(ends, uniforms, side="right")
    assert np.array(found)[~near].tolist() == expected[~near].tolist()
    assert allowed[found].all()


def rendered(prefix: str, suffix: str, answer: int = 30, key: str = "k", stop: str | None = None) -> RenderedRequest:
    """A request whose tokens are letters; a third of its answer's bound is reserved, 10 tokens."""
    prompt = Prompt(tuple(map(ord, prefix)), tuple(map(ord, suffix)), 0)
    return RenderedRequest(key, prompt, Request("s", (), "q", "{}", 0.7, 0, 0, answer, stop=stop))


def test_a_shared_prefix_and_an_equal_prompt_take_their_place_once() -> None:
    size = CacheSize([rendered("p" * 100, "abc")])
    assert size.tokens == 100 + 3 + 10
    size.add(rendered("p" * 100, "abcde"))  # shares the prefix
    assert size.tokens == 113 + 5 + 10
    size.add(rendered("p" * 100, "abcde"))  # another sample of the same question
    assert size.tokens == 128 + 10
    size.add(rendered("r" * 100, "abcde"))  # the same question after other examples
    assert size.tokens == 138 + 100 + 5 + 10
    size.add(rendered("", "t" * 20, answer=1000, stop="."))  # a raw text, of which one sentence is expected
    assert size.tokens == 253 + 20 + SENTENCE_TOKENS


def taken(budget: int, running: Sequence[RenderedRequest] = (), most_new: int = 10**6) -> list[str]:
    """Which of three requests are taken: two of one prefix take 110 and 11 tokens, the third 121."""
    first, second, third = (
        rendered(prefix, suffix, key=key)
        for key, prefix, suffix in (("1", "p" * 99, "a"), ("2", "p" * 99, "b"), ("3", "r" * 99, "cc"))
    )
    waiting = deque([first, second, third])
    batch = take_group(waiting, running, budget, most_new)
    assert [*batch, *waiting] == [first, second, third]
    return [request.key for request in batch]


@pytest.mark.parametrize(
    ("budget", "keys"), [(1, "1"), (110, "1"), (120, "1"), (121, "12"), (231, "12"), (232, "123"), (10**6, "123")]
)
def test_a_batch_takes_what_fits_into_its_budget_and_at_least_one(budget: int, keys: str) -> None:
    assert "".join(taken(budget)) == keys


@pytest.mark.parametrize(("most_new", "keys"), [(1, "1"), (100, "1"), (101, "12"), (201, "12"), (202, "123")])
def test_a_group_computes_no_more_new_tokens_than_it_may(most_new: int, keys: str) -> None:
    assert "".join(taken(10**6, most_new=most_new)) == keys


def test_all_samples_of_a_prompt_that_is_longer_than_a_group_join_together() -> None:
    waiting = deque([*(rendered("p" * 99, "a", key=str(sample)) for sample in range(5)), rendered("p" * 99, "b")])
    assert [request.key for request in take_group(waiting, (), 10**6, most_new=50)] == ["0", "1", "2", "3", "4"]


def test_groups_grow_though_each_finishes_before_the_next_one_joins(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "PREFILL_TOKENS", 150)
    monkeypatch.setattr(decoding, "DECODING", 10**6)
    groups: list[int] = []
    add = decoding.Decoder._add

    def counted(decoder: Any, rows: Any) -> None:
        groups.append(len(rows))
        add(decoder, rows)

    monkeypatch.setattr(decoding.Decoder, "_add", counted)
    schema = schema_text(score_schema(None))
    asked = [Request("", (), f"Why {place}? " * 20, schema, 0.7, 0, 0, 90) for place in range(7)]
    engine = TransformersEngine(LanguageModel(id=save_tiny_model(tmp_path / "m"), dtype="float32"))
    (length, *_), *_ = [[entry.prompt_tokens for entry in batch] for batch in engine.generate(asked)]
    assert 75 < length <= 150
    assert groups == [1, 2, 4]


def test_what_is_running_counts_and_shares_its_prefix_with_those_that_join() -> None:
    running = [rendered("p" * 99, "z")]  # 110 tokens
    assert taken(1, running) == []
    assert taken(120, running) == []
    assert taken(121, running) == ["1"]
    assert taken(132, running) == ["1", "2"]


def test_requests_of_a_prefix_follow_each_other_and_the_longest_of_each_says_which_prefix_is_first() -> None:
    asked = [
        rendered(prefix, suffix)
        for prefix, suffix in (("pp", "aaaa"), ("q", "c"), ("pp", "a"), ("q", "bbb"), ("rrr", ""))
    ]
    ordered = [(bytes(entry.prompt.prefix), bytes(entry.prompt.suffix)) for entry in sorted_by_prefix(asked)]
    assert ordered == [(b"rrr", b""), (b"q", b"c"), (b"q", b"bbb"), (b"pp", b"a"), (b"pp", b"aaaa")]


def test_an_engine_keeps_to_the_tokens_of_a_batch_that_its_config_names(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_tiny_model(tmp_path / "m")
    schema = schema_text(score_schema(None))
    asked = [Request("Be just.", (), "Why? " * 30, schema, 0.7, sample, 0, 90) for sample in range(6)]
    rows: list[int] = []
    choose = decoding.Decoder._choose

    def counted(decoder: Any) -> Any:
        rows.append(len(decoder._rows))
        return choose(decoder)

    monkeypatch.setattr(decoding.Decoder, "_choose", counted)

    def most_at_once(batch_tokens: int | None) -> int:
        rows.clear()
        engine = TransformersEngine(LanguageModel(id=folder, dtype="float32", batch_tokens=batch_tokens))
        made = [entry for batch in engine.generate(asked) for entry in batch]
        assert len({entry.key for entry in made}) == 6
        return max(rows)

    assert most_at_once(None) == 6
    engine = TransformersEngine(LanguageModel(id=folder, dtype="float32"))
    (prompt,) = {entry.prompt_tokens for batch in engine.generate(asked) for entry in batch}
    # The samples share their prompt; each answer has a third of its bound, 30 tokens.
    assert [most_at_once(prompt + tokens) for tokens in (30, 59, 60, 149, 150)] == [1, 1, 2, 4, 5]


def encoded(*lengths: int) -> list[EncodedRequest]:
    return [EncodedRequest(str(place), ((1,) * length,)) for place, length in enumerate(lengths)]


def test_texts_of_a_scorer_are_put_into_batches_the_longest_first() -> None:
    def lengths(budget: int) -> list[list[int]]:
        return [[request.length for request in batch] for batch in plan_batches(encoded(4, 2, 5, 4), budget)]

    # A batch takes rows * longest row: two of 4 fit into 8, a third of 2 would count as 4, too.
    assert lengths(8) == [[5], [4, 4], [2]]
    assert lengths(7) == [[5], [4], [4], [2]]
    assert lengths(10) == [[5, 4], [4, 2]]
    assert lengths(1) == [[5], [4], [4], [2]]
    assert lengths(20) == [[5, 4, 4, 2]]


def test_a_scorer_keeps_to_the_tokens_of_a_batch_that_its_config_names() -> None:
    seen: list[int] = []

    def answer(batch: Sequence[EncodedRequest]) -> list[Answer]:
        seen.append(len(batch))
        return [Answer({"rewards": [len(request.prompts[0])]}) for request in batch]

    model = LanguageModel(id="m", batch_tokens=8)
    made = [entry for batch in answer_all(encoded(4, 2, 5, 4), answer, model) for entry in batch]
    assert seen == [1, 2, 1]
    assert {entry.key: entry.text for entry in made} == {
        str(place): f'{{"rewards": [{length}]}}' for place, length in enumerate((4, 2, 5, 4))
    }
    assert sum(entry.prompt_tokens for entry in made) == 15
