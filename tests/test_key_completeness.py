"""What a model's config declares of its fields holds in the engines' identities, and so in the journal's keys."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pluralism.engines import open_engine
from pluralism.engines.models import ENGINES, LanguageModel
from tests.conftest import ROOT
from tests.tiny_models import save_gguf

DEMO = ROOT / "data" / "demo" / "model"

OTHER_VALUES: dict[str, Any] = {
    "engine": "scripted",
    "file": "model.gguf",
    "revision": "other",
    "dtype": "bfloat16",
    "gpus": 2,
    "device_map": None,
    "attention": "eager",
    "context": 64,
    "batch_tokens": 128,
    "trust_remote_code": True,
    "reward_head": "other",
    "label": "other",
    "server": {"urls": ["http://localhost:1/v1"]},
    "arguments": ["--quantization=fp8"],
    "concurrency": 8,
}
"""Field -> a value that a config may give it beside that of `base`; a new field needs one."""

BASES: dict[str, dict[str, Any]] = {
    "transformers": {"id": str(DEMO), "dtype": "float32"},
    "reward_model": {"id": str(DEMO), "dtype": "float32"},
    "vllm": {"id": str(DEMO), "dtype": "float32"},
    "server": {"id": "served", "server": {"urls": ["http://localhost:2/v1"]}},
}
"""Engine -> a model of it; the model's own fields are tried on the first three, which load a checkpoint."""
CASES = [
    *((engine, name, field) for engine in list(BASES)[:3] for name, field in LanguageModel.model_fields.items()),
    *((engine, name, field) for engine in BASES for name, field in ENGINES.get(engine).model_fields.items()),
]


@pytest.mark.parametrize(("engine", "name", "field"), CASES, ids=[f"{engine}-{name}" for engine, name, _ in CASES])
def test_a_field_of_a_model_is_in_the_key_just_if_it_declares_so(
    engine: str, name: str, field: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLURALISM_CACHE", str(tmp_path))
    (declared,) = (mark["key"] for mark in field.metadata if isinstance(mark, dict))
    base = {"engine": engine, **BASES[engine]}
    if name == "id":
        shutil.copytree(DEMO, tmp_path / "model")
        (tmp_path / "model" / "generation_config.json").write_text("{}")
        other = base | {"id": str(tmp_path / "model")}
    elif name == "file":
        base |= {"id": str(shutil.copytree(DEMO, tmp_path / "model"))}
        save_gguf(str(DEMO), tmp_path / "model" / OTHER_VALUES["file"])
        other = base | {name: OTHER_VALUES[name]}
    else:
        other = base | {name: OTHER_VALUES[name]}
    identity, others = (open_engine(LanguageModel(**values)).identity for values in (base, other))
    assert (others != identity) == declared
