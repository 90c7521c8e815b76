"""The type of a model's weights, and what `auto` comes to."""

from pathlib import Path

import pytest
import torch

from pluralism.engines import open_engine
from pluralism.engines.loading import resolved_dtype
from pluralism.engines.models import LanguageModel
from tests.tiny_models import save_tiny_model


@pytest.mark.parametrize(
    ("able", "dtype"),
    [
        ({"avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True}, "bfloat16"),
        ({"bf16": True}, "bfloat16"),
        ({}, "float32"),
    ],
)
def test_auto_is_bfloat16_on_a_cpu_that_computes_in_it(
    able: dict[str, bool], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert resolved_dtype("auto") == dtype


@pytest.mark.parametrize(("able", "dtype"), [(True, "bfloat16"), (False, "float16")])
def test_auto_is_a_half_precision_on_a_gpu(able: bool, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: able)
    assert resolved_dtype("auto") == dtype


def test_the_key_of_an_answer_has_what_auto_came_to(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m")
    by_default = open_engine(LanguageModel(id=folder)).identity
    named = open_engine(LanguageModel(id=folder, dtype=resolved_dtype("auto"))).identity
    other = open_engine(LanguageModel(id=folder, dtype="float16")).identity
    assert by_default == named
    assert other["dtype"] == "float16"


def test_a_server_keeps_auto_since_it_chooses_itself() -> None:
    served = LanguageModel(id="m", engine="server", server={"urls": ["http://localhost:1/v1"]})
    assert open_engine(served).identity["dtype"] == "auto"
