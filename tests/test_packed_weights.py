"""Linear layers whose weights are packed for a CPU compute what they did before."""

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


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_attention_of_many_queries_is_plain_attention(dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    query, keys, values = (torch.randn(2, 3, count, 16).to(dtype) for count in (300, 70, 70))
    ours = kernels.packed_attention_of_all(query, keys, values, scaling=0.3)
    plain = kernels.plain_attention(query.float(), keys.float(), values.float(), None, 0.3)
    torch.testing.assert_close(ours[0].float(), plain[0], atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(ours[1], plain[1])


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
