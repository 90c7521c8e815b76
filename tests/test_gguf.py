"""Models as GGUF files: the same answers as from the folder they were made of, by content, converted once."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from transformers import AutoTokenizer

from pluralism.engines.gguf_cache import CACHE_VARIABLE, read_words
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.models import LanguageModel, is_gguf
from pluralism.errors import UserError
from pluralism.study.reading import merged_values, read_config
from pluralism.study.study import Study
from tests.conftest import ROOT, Run, error_line
from tests.test_engine import requests
from tests.tiny_models import save_gguf, save_tiny_model

SERVER = {"urls": ["http://localhost:1/v1"]}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500_000.0, "factor": 32.0, "low_freq_factor": 1.0}
LLAMA3 |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8192}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def gguf(tiny: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_gguf(tiny, tmp_path_factory.mktemp("file") / "tiny.gguf")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def engine(path: str | Path, **keys: Any) -> TransformersEngine:
    return TransformersEngine(LanguageModel(id=str(path), **{"dtype": "float32", **keys}))


def answered(made: TransformersEngine) -> list[str]:
    """The answers to some questions, in their order."""
    entries = {entry.key: entry.text for batch in made.generate(requests(0.0, samples=1)) for entry in batch}
    return [entries[key] for key in sorted(entries, key=entries.__getitem__)]


def converted(cache: Path) -> list[str]:
    """The folders of the cache that are whole."""
    return sorted(path.name for path in cache.glob("gguf/*/*") if path.is_dir() and not path.name.startswith("."))


def test_a_gguf_file_answers_as_the_folder_that_it_was_made_of(tiny: str, gguf: Path) -> None:
    assert answered(engine(gguf)) == answered(engine(tiny))


def test_its_texts_become_the_same_tokens_whatever_lies_beside_it(tiny: str, gguf: Path, tmp_path: Path) -> None:
    """Blanks before digits, letters of other scripts, marks in words; and padding of the embedding is no word."""
    shutil.copy(gguf, tmp_path / "tiny.gguf")
    (tmp_path / "chat_template.jinja").write_text("of another model")
    (tmp_path / "tokenizer_config.json").write_text("{}")
    own, read = AutoTokenizer.from_pretrained(tiny), AutoTokenizer.from_pretrained(read_words(tmp_path / "tiny.gguf"))
    for text in ("Why  12345  6?\n\n  don't 東京 🙂", "<|user|>Größe<|end|>", "[PAD421]"):
        assert read.encode(text, add_special_tokens=False) == own.encode(text, add_special_tokens=False)
    assert read.get_vocab() == own.get_vocab()
    assert read.chat_template == own.chat_template


def test_scaled_positions_of_llama_are_kept(tiny: str, tmp_path: Path) -> None:
    """Transformers drops them without a word, and Llama 3 would be another model from the first token on."""
    shutil.copytree(tiny, tmp_path / "llama3")
    config = json.loads((tmp_path / "llama3" / "config.json").read_text())
    (tmp_path / "llama3" / "config.json").write_text(json.dumps(config | {"rope_parameters": LLAMA3}))
    path = save_gguf(str(tmp_path / "llama3"), tmp_path / "llama3.gguf")
    read = json.loads((read_words(path) / "config.json").read_text())["rope_parameters"]
    assert read == LLAMA3
    assert answered(engine(path)) == answered(engine(tmp_path / "llama3"))


def test_an_answer_is_known_by_the_content_of_the_file(gguf: Path, tiny: str, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    shutil.copy(gguf, moved / "other_name.GGUF")
    identity = engine(gguf).identity
    assert engine(moved / "other_name.GGUF").identity == engine(moved, file="other_name.GGUF").identity == identity
    changed = bytearray(gguf.read_bytes())
    changed[-len(changed) // 3] ^= 1  # a single weight, in the middle
    (tmp_path / "changed.gguf").write_bytes(changed)
    assert engine(tmp_path / "changed.gguf").identity != identity != engine(tiny).identity


def test_a_file_of_the_hub_is_known_by_its_content_too(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the hub's own library keeps it on this machine; nothing is asked there."""
    kept = tmp_path / "models--own--model-GGUF"
    (kept / "snapshots" / "c0ffee").mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("c0ffee")
    shutil.copy(gguf, kept / "snapshots" / "c0ffee" / "tiny.gguf")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert engine("own/model-GGUF", file="tiny.gguf").identity == engine(gguf).identity


def test_a_file_is_converted_once_and_again_where_it_changed(gguf: Path, tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "model.gguf"
    shutil.copy(gguf, path)
    first = answered(engine(path))
    assert converted(cache) == ["float32", "words"]
    made = [(file, file.stat().st_mtime_ns) for file in sorted(cache.rglob("*.*"))]
    assert answered(engine(path)) == first
    assert [(file, file.stat().st_mtime_ns) for file in sorted(cache.rglob("*.*"))] == made
    save_gguf(save_tiny_model(tmp_path / "other", seed=1), path)
    assert answered(engine(path)) != first
    assert converted(cache) == ["float32", "float32", "words", "words"]


CONVERT = "import sys; from tests.test_gguf import answered, engine; print(*answered(engine(sys.argv[1])))"


def test_jobs_that_convert_at_once_share_what_one_of_them_made(gguf: Path, cache: Path) -> None:
    def job(_: int) -> subprocess.CompletedProcess[str]:
        call, environment = [sys.executable, "-c", CONVERT, str(gguf)], {"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}"}
        return subprocess.run(call, env={**os.environ, **environment}, capture_output=True, text=True, check=True)

    with ThreadPoolExecutor() as pool:
        jobs = list(pool.map(job, range(2)))
    assert jobs[0].stdout == jobs[1].stdout == " ".join(answered(engine(gguf))) + "\n"
    assert converted(cache) == ["float32", "words"]


def test_what_a_killed_job_left_is_made_anew(gguf: Path, cache: Path) -> None:
    words = read_words(gguf)
    half = words.with_name(".float32.part")
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half of it")
    shutil.rmtree(words)
    assert answered(engine(gguf))
    assert converted(cache) == ["float32", "words"]
    assert not half.exists()


def test_a_cache_that_cannot_be_written_is_one_line(gguf: Path, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"Not a directory; set PLURALISM_CACHE to a folder that can be written to"):
        read_words(gguf)


def _cut(path: Path, _: str) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def _cut_in_keys(path: Path, _: str) -> None:
    path.write_bytes(path.read_bytes()[:300])


def _many_keys(path: Path, _: str) -> None:
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + path.read_bytes()[24:])


def _long_text(path: Path, _: str) -> None:
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 2**62) + b"general.architecture")


def _written(**options: Any) -> Callable[[Path, str], None]:
    def write(path: Path, tiny: str) -> None:
        save_gguf(tiny, path, **options)

    return write


def _without_template(path: Path, tiny: str) -> None:
    folder = path.parent / "plain"
    shutil.copytree(tiny, folder)
    (folder / "chat_template.jinja").unlink()
    save_gguf(str(folder), path)


FAULTS: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "empty": (lambda path, _: path.write_bytes(b""), "is empty, expected a GGUF file"),
    "other": (lambda path, _: path.write_bytes(b"PK\3\4" * 99), "is no GGUF file"),
    "pointer": (lambda path, _: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "cut": (_cut, "is cut off or damaged, expected a whole GGUF file; it has"),
    "cut in its keys": (_cut_in_keys, "is cut off or damaged, expected a whole GGUF file; it has"),
    "more keys than bytes": (_many_keys, "is cut off or damaged, expected a whole GGUF file; it has"),
    "a text longer than the file": (_long_text, "is cut off or damaged, expected a whole GGUF file; it has"),
    "its letters alone": (
        lambda path, _: path.write_bytes(b"GGUF"),
        "is cut off or damaged, expected a whole GGUF file",
    ),
    "a later version": (
        lambda path, _: path.write_bytes(b"GGUF" + struct.pack("<IQQ", 99, 0, 0)),
        "is of version 99 of GGUF, expected 2 or 3",
    ),
    "a part": (_written(keys={"split.count": 3}), "is one of 3 parts; `llama-gguf-split --merge"),
    "many layers": (_written(keys={"other.block_count": 2**31}), "has other.block_count 2147483648, expected at most"),
    "other positions": (_written(keys={"llama.rope.scaling.type": "yarn"}), "scales positions ('yarn')"),
    "no template": (_without_template, "has no chat template, expected an instruction-tuned model"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_one_line_in_the_plan_and_in_a_job(
    fault: str, gguf: Path, tiny: str, tmp_path: Path, pluralism: Run
) -> None:
    path = tmp_path / "model.gguf"
    shutil.copy(gguf, path)
    write, expected = FAULTS[fault]
    write(path, tiny)
    planned = pluralism("plan", "--workflow-profile", "none", "--configfile", *study(tmp_path, id="model.gguf"))
    assert planned.returncode == 1
    assert "models.tried: model.gguf: " in planned.stdout
    assert expected in " ".join(planned.stdout.split())
    with pytest.raises(UserError) as caught:
        _ = engine(path).identity
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    assert not re.search(r"axis|unpack|array", str(caught.value)), "words of numpy"


def test_a_way_to_cut_texts_that_nobody_knows_here_is_one_line(tiny: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"its tokenizer cuts texts as 'viking', which is not known here"):
        read_words(save_gguf(tiny, tmp_path / "model.gguf", cut="viking"))


def study(folder: Path, **model: Any) -> list[str]:
    """The overlays of a small study on the demo's data, whose model has these keys."""
    values = {
        "models": {"tried": {"dtype": "float32", **model}},
        "targets": {"number": 1, "attribute_counts": [1]},
        "grid": {"datasets": ["helpsteer2"], "experiments": ["random", "deterministic_demo"]},
        "experiments": {"deterministic_demo": {"model": "tried", "adms": ["unaligned_baseline", "regression"]}},
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(values))
    return [str(ROOT / "profiles/demo/demo.yaml"), "mine.yaml"]


def test_check_and_plan_work_with_a_gguf_file(gguf: Path, tmp_path: Path, pluralism: Run, cache: Path) -> None:
    shutil.copy(gguf, tmp_path / "model.gguf")
    overlays = study(tmp_path, id="model.gguf")
    assert pluralism("check", "--configfile", *overlays).returncode == 0
    planned = pluralism("plan", "--workflow-profile", "none", "--configfile", *overlays)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert not cache.exists(), "nothing is converted for a plan"


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ({"id": "missing.gguf"}, "models.tried.id: missing.gguf: no such file, expected a GGUF model"),
        ({"id": "data", "file": "missing.gguf"}, "data/missing.gguf: no such file, expected a GGUF model"),
        ({"id": "own/model", "file": "../model.gguf"}, "models.tried.file: "),
        ({"id": "own/model", "file": "model.bin"}, "models.tried.file: "),
        (
            {"id": "own/model", "file": "x.gguf", "engine": "server", "server": SERVER},
            "engine server reads no GGUF file",
        ),
    ],
)
def test_what_cannot_be_read_is_told_by_check(model: dict[str, Any], line: str, tmp_path: Path, pluralism: Run) -> None:
    (tmp_path / "data").mkdir()
    checked = pluralism("check", "--configfile", *study(tmp_path, **model))
    assert error_line(checked)
    assert line in " ".join((checked.stdout + checked.stderr).split())


def test_of_a_folder_with_gguf_files_one_is_named_by_a_key(gguf: Path, tmp_path: Path, pluralism: Run) -> None:
    (folder := tmp_path / "models").mkdir()
    for name in ("a-Q8_0.gguf", "a-F16.GGUF"):
        shutil.copy(gguf, folder / name)
    said = "models.tried.id: models: holds GGUF files; name one of them by the key file: a-F16.GGUF, a-Q8_0.gguf"
    for command in (["check"], ["plan", "--workflow-profile", "none"]):
        found = pluralism(*command, "--configfile", *study(tmp_path, id="models"))
        assert found.returncode == 1
        assert said in " ".join(found.stdout.split())
        assert "config.json" not in found.stdout
    assert pluralism("check", "--configfile", *study(tmp_path, id="models", file="a-Q8_0.gguf")).returncode == 0


def test_the_file_is_an_input_of_the_jobs(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(gguf, "model.gguf")
    overlays = list(map(Path, study(tmp_path, id="model.gguf")))
    made = Study(read_config(merged_values(ROOT / "config.yaml", overlays)))
    cell = made.named_cell("helpsteer2", "deterministic_demo", "regression")
    assert made.prediction_inputs(cell)["model"] == ["model.gguf"]


def test_a_name_of_the_hub_is_no_file() -> None:
    assert not is_gguf(LanguageModel(id="TheBloke/Llama-2-7B-GGUF"))
    assert is_gguf(LanguageModel(id="bartowski/Llama-3.2-3B-Instruct-GGUF", file="Llama-3.2-3B-Instruct-Q4_K_M.gguf"))
