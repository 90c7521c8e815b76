"""What a model's config declares of its fields holds in the engines' identities, and so in the journal's keys."""

import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from pluralism.engines import open_engine
from pluralism.engines.models import LanguageModel, Server
from tests.conftest import ROOT

DEMO = ROOT / "data" / "demo" / "model"

OTHER_VALUES: dict[str, Any] = {
    "engine": "scripted",
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
    "server": Server(urls=("http://localhost:1/v1",)),
}
"""Field -> a value that a config may give it beside that of `base`; a new field needs one."""

OF_OTHER_ENGINES = {"transformers": {"reward_head"}, "reward_model": set[str]()}


@pytest.mark.parametrize("engine", ["transformers", "reward_model"])
@pytest.mark.parametrize("field", fields(LanguageModel), ids=lambda field: field.name)
def test_a_field_of_a_model_is_in_the_key_just_if_it_declares_so(engine: Any, field: Any, tmp_path: Path) -> None:
    base = LanguageModel(id=str(DEMO), engine=engine, dtype="float32")
    if field.name == "id":
        shutil.copytree(DEMO, tmp_path / "model")
        (tmp_path / "model" / "generation_config.json").write_text("{}")
        other = replace(base, id=str(tmp_path / "model"))
    else:
        other = replace(base, **{field.name: OTHER_VALUES[field.name]})
    changes_the_key = open_engine(other).identity != open_engine(base).identity
    assert changes_the_key == (field.metadata["key"] and field.name not in OF_OTHER_ENGINES[engine])
