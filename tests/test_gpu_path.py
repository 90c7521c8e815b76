"""The ways that attention takes on a GPU, on a machine without one.

Where the work goes is seen on torch's meta device, which has shapes and no numbers; the numbers are checked on the CPU,
with the operator below torch's `varlen_attn` written out plainly in its place.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from dev.benchmarks.launches import step_operators
from pluralism.engines.local import cache_attention, kernels, shared_attention
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.models import LanguageModel
from pluralism.requests import Request
from tests.test_engine import COMPARATIVE, EXAMPLES, answers, texts
from tests.tiny_models import save_tiny_model

LAYERS = 28
LEVELS = 3


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


def flash_by_hand(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *numbers: Any,
    scale: float,
    seqused_k: torch.Tensor,
    **_: Any,
) -> tuple[torch.Tensor, ...]:
    """The operator as flash attention's authors describe it, text by text; the mask is aligned at the bottom right."""
    looking, starts, most_looking, most_visible, _, past_only = numbers[:6]
    attended, total = torch.empty_like(query), torch.empty(query.shape[1], query.shape[0])
    repeats = query.shape[1] // key.shape[1]
    for text, (first, end) in enumerate(zip(looking[:-1].tolist(), looking[1:].tolist(), strict=True)):
        count, seen = end - first, int(seqused_k[text])
        assert count <= most_looking and seen <= most_visible
        places = slice(int(starts[text]), int(starts[text]) + seen)
        keys, values = (tensor[places].repeat_interleave(repeats, dim=1) for tensor in (key, value))
        scores = torch.einsum("qhd,khd->hqk", query[first:end], keys) * scale
        if past_only:
            scores = scores.masked_fill(torch.arange(seen) > torch.arange(count)[:, None] + seen - count, -torch.inf)
        total[:, first:end] = scores.logsumexp(dim=-1)
        attended[first:end] = torch.einsum("hqk,khd->qhd", scores.softmax(dim=-1), values)
    nothing = torch.empty(0)
    return attended, total, nothing, nothing, nothing


@pytest.fixture
def flash_on_a_cpu() -> Iterator[None]:
    library = torch.library.Library("aten", "IMPL")
    library.impl("_flash_attention_forward", flash_by_hand, "CPU")
    yield
    library._destroy()
    kernels._agrees.cache_clear()


def asked(temperature: float) -> list[Request]:
    """Prompts with and without a common beginning, of several samples each."""
    return [
        Request("Be just.", examples, "Why " * length + "?", COMPARATIVE, temperature, sample, 0, 160)
        for length in (1, 4, 12)
        for examples in ((), EXAMPLES)
        for sample in range(3 if temperature else 1)
    ]


@pytest.mark.parametrize("samples", [1, 4])
def test_a_step_launches_one_attention_per_level_and_waits_for_no_copy(samples: int) -> None:
    operators = step_operators("Llama-3.2-3B", rows=8, samples=samples)
    assert operators.counts["torch_attn._varlen_attn.default"] == LAYERS * LEVELS
    assert not operators.mixed  # a tensor that lies on the CPU would be copied again in each layer


@pytest.mark.parametrize("temperature", [0.0, 0.7])
@pytest.mark.parametrize("budget", [None, 400])
@pytest.mark.usefixtures("flash_on_a_cpu")
def test_flash_attention_writes_the_same_answers(
    tiny: str, temperature: float, budget: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LanguageModel(id=tiny, dtype="float32", batch_tokens=budget)  # with little room, rows join those at work
    expected = texts(answers(TransformersEngine(model), asked(temperature)))
    launched: list[tuple[int, ...]] = []

    def flash(query: torch.Tensor, *arguments: Any, **options: Any) -> kernels.Pair:
        launched.append(tuple(query.shape))
        return kernels.flash_attention(query, *arguments, **options)

    monkeypatch.setattr(cache_attention, "can_use_flash", lambda query: True)
    monkeypatch.setattr(cache_attention, "flash_attention", flash)
    assert texts(answers(TransformersEngine(model), asked(temperature))) == expected
    assert launched


def test_attention_without_flash_writes_the_same_answers(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU in float32: plain attention with masks."""
    model = LanguageModel(id=tiny, dtype="float32")
    expected = texts(answers(TransformersEngine(model), asked(0.0)))
    monkeypatch.setattr(cache_attention, "attend", kernels.plain_attention)
    monkeypatch.setattr(shared_attention, "is_on_cpu", lambda query: False)
    assert texts(answers(TransformersEngine(model), asked(0.0))) == expected


@pytest.mark.usefixtures("flash_on_a_cpu")
def test_flash_attention_is_compared_with_the_plain_way_before_it_is_used() -> None:
    assert kernels._agrees(torch.device("cpu"), torch.float32, 64)
    assert kernels._agrees(torch.device("cpu"), torch.bfloat16, 128)


def test_flash_attention_that_gives_other_numbers_is_not_used(caplog: pytest.LogCaptureFixture) -> None:
    def forgets_the_past(*arguments: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        return flash_by_hand(*arguments[:8], False, **options)

    library = torch.library.Library("aten", "IMPL")
    library.impl("_flash_attention_forward", forgets_the_past, "CPU")
    assert not kernels._agrees(torch.device("cpu"), torch.float32, 64)
    library._destroy()
    kernels._agrees.cache_clear()
    assert not kernels._agrees(torch.device("cpu"), torch.float32, 64)  # torch has none for a CPU
    kernels._agrees.cache_clear()
    assert "flash attention differs by" in caplog.text
    assert "flash attention does not run on cpu" in caplog.text
