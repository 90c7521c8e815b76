"""The pilot: a small real model on real text, where both are on this machine."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from dev.make_pilot import package_file
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.formats.helpsteer2 import load_helpsteer2
from pluralism.datasets.items import Item
from pluralism.engines.gguf_cache import CACHE_VARIABLE, read_weights
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.inference.jobs import task_of
from pluralism.inference.settings import AdmSettings, Asking, Decoding
from pluralism.prompts.source import OWN
from pluralism.protocols import PROTOCOLS
from pluralism.requests import Request, request_key
from tests.conftest import ROOT, run_module, snakemake
from tests.pilot import pilot_model, real_text
from tests.reference import generated

ATTRIBUTES = read_attributes(ROOT / "profiles/pilot/attributes.yaml")
PROTOCOL = replace(PROTOCOLS["published"], loose_grammar=False)
KINDS = ("unaligned_baseline", "regression", "comparative_regression")
PROMPTS, LONGEST = 26, 1500
"""Characters of an item, so that the reference, which has no prefix and no batch, ends within minutes."""


def real_requests(items: Sequence[Item]) -> list[Request]:
    """What three ADMs ask about the first items of moderate length, as the pilot asks it."""
    short = [item for item in items if len("".join((item.prompt, *item.responses))) < LONGEST]
    asked: list[Request] = []
    for kind in KINDS:
        settings = Asking(
            seed=42,
            protocol=PROTOCOL,
            prompts=OWN,
            adm=AdmSettings(kind=kind, reasoning_length=60),
            decoding=Decoding(),
        )
        task = task_of(settings, attributes=ATTRIBUTES, train=(), evaluation=short[:9], shots={}, targets=())
        queries = [query for query in settings.make_adm().queries(task) if query.attribute != "verbosity"]
        asked += [query.chat for query in queries][:9]
    return asked[:PROMPTS]


def test_greedy_answers_are_those_of_generate_on_real_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    path, items = pilot_model(), load_helpsteer2(real_text(), ATTRIBUTES, PROTOCOL)
    asked = real_requests(items)
    assert len(asked) == PROMPTS
    engine = TransformersEngine(LanguageModel(id=str(path), dtype="float32"))
    ours = {answer.key: answer.text for batch in engine.generate(asked) for answer in batch}
    folder = read_weights(path, AutoModelForCausalLM, torch.float32)
    expected = generated(str(folder), asked, 8192)
    assert [ours[request_key(request, engine.identity)] for request in asked] == expected


def test_the_pilot_can_be_planned_in_a_fresh_clone(clone: Path) -> None:
    """Its models are laid out from their packages, without a copy of the large one, and again without a change."""
    model, raw = pilot_model(), real_text()
    times = []
    for _ in range(2):
        assert run_module(clone, "dev.make_pilot", "--output", "data/pilot").returncode == 0
        times.append({path: path.lstat().st_mtime_ns for path in sorted((clone / "data/pilot").rglob("*"))})
    assert times[0] == times[1]
    assert (clone / "data/pilot" / model.name).resolve() == model.resolve()
    listed = snakemake(clone, "--dry-run", "--config", f"datasets={{helpsteer2: {{raw: {raw}}}}}", profile="pilot")
    assert "studies/pilot" in listed


def test_a_package_that_is_missing_is_one_line() -> None:
    with pytest.raises(UserError, match="the package no_such_package is not installed; `make pilot`"):
        package_file("no_such_package", "model.gguf")


def test_the_pilots_attributes_are_those_of_helpsteer2() -> None:
    everything = read_attributes(attribute_file("helpsteer2"))
    assert ATTRIBUTES.levels == everything.levels
    assert all(attribute == everything[attribute.name] for attribute in ATTRIBUTES.attributes)
