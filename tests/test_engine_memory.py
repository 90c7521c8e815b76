"""How much memory the transformers engine takes on a CPU, and what it does where that is not there."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from dev.demo.tokenizer import train_tokenizer
from pluralism.engines.memory import free_in_groups, memory_errors
from tests.conftest import ROOT
from tests.tiny_models import TEXTS

LAYERS, WIDTH, CONTEXT = 6, 512, 1024
TOKEN = 2 * LAYERS * WIDTH * 4
"""Bytes of the keys and values of a token."""
BATCH = 8192
"""Tokens."""

ANSWER = """
import json, resource, sys
from pathlib import Path
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.models import LanguageModel
from pluralism.requests import Request

folder, batch, room, *lengths = sys.argv[1:]

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) * 1024

def asked(number, length):
    schema = json.dumps({"type": "string", "minLength": 30, "maxLength": 30})
    return [Request("Be just.", (), f"{place} why " * length, schema, 0, 0, 0, 130) for place in range(number)]

engine = TransformersEngine(LanguageModel(id=folder, dtype="float32", batch_tokens=int(batch)))
list(engine.generate(asked(1, 2)))  # so that all is loaded
if int(room):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + int(room), resource.RLIM_INFINITY))
before = peak()
made = [entry for batch in engine.generate(asked(24, int(lengths[0]))) for entry in batch]
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
texts = {entry.key: entry.text for entry in made}
print(json.dumps({"grown": peak() - before, "tokens": sum(entry.prompt_tokens for entry in made), "texts": texts}))
"""


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama whose keys and values are large next to its weights."""
    folder = tmp_path_factory.mktemp("wide")
    tokenizer = train_tokenizer(TEXTS, vocabulary=420, context=CONTEXT)
    options: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "intermediate_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 8,
        "max_position_embeddings": CONTEXT,
        "eos_token_id": tokenizer.eos_token_id,
    }
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**options)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def answered(folder: Path, batch: int, *, room: int = 0, length: int = 120) -> Any:
    """What a process of its own tells of its answers, in which nothing but an engine took memory."""
    command = [sys.executable, "-c", ANSWER, str(folder), str(batch), str(room), str(length)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_peak_is_that_of_keys_and_values_and_a_quarter(wide: Path) -> None:
    runs = [answered(wide, BATCH)[0] for _ in range(3)]
    weights = sum(path.stat().st_size for path in wide.glob("*.safetensors"))
    assert runs[0]["tokens"] > BATCH
    # What the system gives beyond what is asked for (huge pages, a thread's heap) differs from run to run.
    assert BATCH * TOKEN / 2 < min(run["grown"] for run in runs) < 1.25 * (BATCH * TOKEN) + 0.25 * weights


@pytest.mark.skipif(sys.platform != "linux", reason="bounds its memory")
def test_a_batch_that_does_not_fit_a_cpu_is_halved(wide: Path) -> None:
    expected, _ = answered(wide, BATCH)
    found, log = answered(wide, BATCH, room=BATCH * TOKEN // 2)
    assert found["texts"] == expected["texts"]
    assert "out of memory with" in log


def test_a_lack_of_memory_is_one_error_everywhere() -> None:
    with pytest.raises(torch.OutOfMemoryError), memory_errors():
        torch.empty(2**50)
    with pytest.raises(RuntimeError, match="size"), memory_errors():
        torch.empty(2) + torch.empty(3)


@pytest.mark.parametrize(
    ("limits", "free"),
    [(["max", "max"], []), (["1000", "max"], [800]), (["1000", "500"], [800, 300])],
)
def test_the_limit_of_every_group_around_a_process_counts(
    tmp_path: Path, limits: Sequence[str], free: list[int]
) -> None:
    """Of 300 bytes in use, 100 are of files that are only cached."""
    for folder, limit in zip((tmp_path / "job" / "step", tmp_path / "job"), limits, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.max").write_text(limit)
        (folder / "memory.current").write_text("300")
        (folder / "memory.stat").write_text("anon 200\ninactive_file 100\n")
    (tmp_path / "of_process").write_text("0::/job/step\n")
    assert list(free_in_groups(tmp_path, tmp_path / "of_process")) == free
    assert list(free_in_groups(tmp_path, tmp_path / "nowhere")) == []
