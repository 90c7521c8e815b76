"""Linear layers whose weights are packed for a CPU compute what they did before."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from pluralism.engines.local import kernels
from pluralism.engines.local.packed_weights import PackedLinear, pack_weights
from tests.tiny_models import save_tiny_architecture, save_tiny_model

pytestmark = pytest.mark.skipif(
    not torch.cpu.get_capabilities().get("avx512_f"), reason="packs weights on CPUs with wide instructions only"
)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_a_packed_layer_is_the_layer(bias: bool, dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(48, 20, bias=bias).to(dtype)
    packed = PackedLinear(layer)
    with torch.inference_mode():
        for rows in (1, 3, 64):
            values = torch.randn(1, rows, 48).to(dtype)
            torch.testing.assert_close(packed(values), layer(values), atol=tolerance, rtol=tolerance)
    assert torch.equal(packed.weight, layer.weight)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
@pytest.mark.parametrize("at_once", [100, kernels.SCORES_AT_ONCE])
def test_attention_by_products_is_plain_attention(
    dtype: torch.dtype, tolerance: float, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "SCORES_AT_ONCE", at_once)
    torch.manual_seed(0)
    query, keys, values = (torch.randn(2, 3, count, 16).to(dtype) for count in (30, 70, 70))
    mask = torch.zeros(2, 1, 30, 70, dtype=dtype).masked_fill(torch.rand(2, 1, 30, 70) < 0.5, -torch.inf)
    mask[..., 0] = 0
    for hidden in (None, mask, mask[:, :, :1]):
        ours = kernels.product_attention(query, keys, values, hidden, scaling=0.3)
        plain = kernels.plain_attention(query.float(), keys.float(), values.float(), hidden, 0.3)
        torch.testing.assert_close(ours[0].float(), plain[0], atol=tolerance, rtol=tolerance)
        torch.testing.assert_close(ours[1], plain[1], atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("at_once", [1, 300, kernels.SCORES_AT_ONCE])
@pytest.mark.parametrize("length", [1, 9, 37])
def test_attention_to_own_texts_sees_what_came_before(
    length: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "MANY_KEYS", 1)
    monkeypatch.setattr(kernels, "SCORES_AT_ONCE", at_once)
    torch.manual_seed(0)
    query, keys, values = (torch.randn(2, length, heads, 8) for heads in (6, 3, 3))
    exact = kernels.attend_to_own(query, keys, values, 0.3)
    by_products = kernels.attend_to_own(query.bfloat16(), keys.bfloat16(), values.bfloat16(), 0.3)
    for ours, theirs in zip(by_products, exact, strict=True):
        assert ours.shape == theirs.shape
        torch.testing.assert_close(ours.float(), theirs, atol=4e-2, rtol=4e-2)


def test_a_first_position_of_no_weight_does_not_spoil_the_sum() -> None:
    query, keys, values = torch.ones(1, 1, 1, 8), torch.zeros(1, 1, 3, 8), torch.ones(1, 1, 3, 8)
    keys[0, 0, 1:] = 100
    _, total = kernels.product_attention(query.bfloat16(), keys.bfloat16(), values.bfloat16(), scaling=1.0)
    assert total.item() == pytest.approx(800 + math.log(2), rel=1e-3)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gpt_neox"])
def test_a_model_gives_the_same_logits(tmp_path: Path, kind: str) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(
        save_tiny_architecture(tmp_path, kind), dtype=torch.float32
    ).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        before = model(ids).logits
        pack_weights(model)
        assert any(isinstance(layer, PackedLinear) for layer in model.modules())
        torch.testing.assert_close(model(ids).logits, before, atol=1e-3, rtol=1e-3)


def test_what_generate_does_is_the_same_on_packed_weights(tmp_path: Path) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(save_tiny_model(tmp_path / "m"), dtype=torch.float32).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    before = model.generate(ids, max_new_tokens=20, do_sample=False)
    pack_weights(model)
    assert torch.equal(model.generate(ids, max_new_tokens=20, do_sample=False), before)
