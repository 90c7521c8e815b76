"""Checkpoints of many architectures, with config files of all kinds: they work, or are one line."""

import json
import logging
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, MambaConfig

from pluralism.adms.base import schema_text
from pluralism.adms.scores import score_schema
from pluralism.engines.local.engine import TransformersEngine, bytes_per_token
from pluralism.engines.local.trial import fixed_positions
from pluralism.engines.models import LanguageModel
from pluralism.engines.scorers import kaleido
from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Request, ValueRequest
from tests import scorer_models
from tests.tiny_models import save_tiny_architecture, save_tiny_kaleido, save_tiny_model

SCHEMA = schema_text(score_schema(5))
REQUESTS = [Request("Be just.", (), "Why " * length + "?", SCHEMA, 0.0, 0, 0, 40) for length in (1, 4, 12)]
SHARED, PLAIN = True, False
LATENT = {"num_key_value_heads": 4}
ONE_OF_TWO = {"layer_types": ["linear_attention", "full_attention"]}
ARCHITECTURES: list[tuple[str, bool, dict[str, Any]]] = [
    ("qwen2", SHARED, {}),
    ("gemma", SHARED, {}),
    ("gpt2", SHARED, {}),
    ("opt", SHARED, {}),
    ("olmo2", SHARED, {}),
    ("mixtral", SHARED, {}),
    ("qwen3_moe", SHARED, {}),
    ("mistral", PLAIN, {"sliding_window": 8}),
    ("gemma2", PLAIN, {"sliding_window": 8}),
    ("gemma3_text", PLAIN, {"sliding_window": 8}),
    ("gpt_oss", PLAIN, {"sliding_window": 8}),
    ("deepseek_v2", PLAIN, LATENT),
    ("deepseek_v3", PLAIN, LATENT),
    ("minicpm3", PLAIN, LATENT),
    ("diffllama", PLAIN, {}),
    ("bloom", PLAIN, {}),
    ("mamba", PLAIN, {}),
    ("falcon_mamba", PLAIN, {}),
    ("jamba", PLAIN, {"attn_layer_period": 2, "attn_layer_offset": 1, "use_mamba_kernels": False}),
    ("qwen3_next", PLAIN, ONE_OF_TWO),
    ("recurrent_gemma", PLAIN, {"num_hidden_layers": 3, "lru_width": 32, "attention_window_size": 8}),
    ("bart", PLAIN, {}),  # its positions count padding, too
]


def ask(folder: str | Path, requests: list[Request] = REQUESTS, **changes: Any) -> list[str]:
    """The answers, in the order of the requests; keys depend on the files of a folder."""
    model = LanguageModel(**{"id": str(folder), "dtype": "float32", "context": 512, **changes})
    made = [entry for batch in TransformersEngine(model).generate(requests) for entry in batch]
    assert len(made) == len(requests)
    return sorted(entry.text for entry in made)


def error_line(folder: str | Path, **changes: Any) -> str:
    with pytest.raises(UserError) as caught:
        ask(folder, **changes)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 800
    return line


@pytest.mark.parametrize(("kind", "shared", "changes"), ARCHITECTURES, ids=[kind for kind, *_ in ARCHITECTURES])
def test_an_answer_does_not_depend_on_its_batch_in_any_architecture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, shared: bool, changes: dict[str, Any]
) -> None:
    folder = save_tiny_architecture(tmp_path / "m", kind, **changes)
    caplog.set_level(logging.INFO, "pluralism")
    together = ask(folder)
    assert ("attention is not shared" not in caplog.text) is shared
    assert together == ask(folder, REQUESTS[::-1], batch_tokens=1)
    for text in together:
        assert list(json.loads(text)) == ["reasoning", "score"]


@pytest.mark.parametrize("kind", ["phi3", "phimoe"])
def test_an_answer_in_long_rope_does_not_depend_on_whether_another_is_beyond_the_short_range(
    tmp_path: Path, kind: str
) -> None:
    """The short range ends between the lengths of the questions: beyond it, all tokens are embedded otherwise."""
    factors = {"short_factor": [1.0] * 4, "long_factor": [8.0] * 4, "short_mscale": 1.0, "long_mscale": 1.2}
    rope = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 110, **factors}
    changes = {"rope_parameters": rope, "original_max_position_embeddings": 110}
    folder = save_tiny_architecture(tmp_path / "m", kind, **changes)
    requests = [Request("Be just.", (), "Why " * length, SCHEMA, 0.0, 0, 0, 48, "score") for length in (1, 2, 8, 9, 30)]
    together = map(json.loads, ask(folder, requests))
    alone = map(json.loads, ask(folder, requests[::-1], batch_tokens=1))
    for one, other in zip(together, alone, strict=True):
        assert one["reasoning"] == other["reasoning"]
        assert one["score_mean"] == pytest.approx(other["score_mean"], abs=1e-3)


@pytest.mark.parametrize(
    ("rope", "limit"),
    [
        ({"rope_type": "longrope", "original_max_position_embeddings": 64}, 64),
        ({"rope_type": "dynamic", "factor": 2.0}, 1024),
        ({"rope_type": "yarn", "original_max_position_embeddings": 64}, None),
        ({"full_attention": {"rope_type": "longrope", "original_max_position_embeddings": 64}}, 64),
        (None, None),
    ],
)
def test_the_range_within_which_positions_are_fixed_is_read_from_the_config(rope: Any, limit: int | None) -> None:
    config = LlamaConfig(max_position_embeddings=1024)
    config.rope_parameters = rope
    assert fixed_positions(config) == limit


GENERATION: list[dict[str, Any]] = [
    {"repetition_penalty": 3.0, "no_repeat_ngram_size": 1},
    {"stop_strings": ["e", '"']},
    {"num_beams": 4, "num_return_sequences": 2},
    {"prompt_lookup_num_tokens": 3},
    {"do_sample": True, "temperature": 9.0, "top_k": 1, "min_p": 0.9},
    {"bad_words_ids": [[5]], "suppress_tokens": list(range(99)), "forced_eos_token_id": 6},
    {"min_length": 500, "max_length": 3},
    {"penalty_alpha": 0.6, "top_k": 4},
    {"eos_token_id": list(range(300)), "pad_token_id": 10**9},
    {"cache_implementation": "static", "watermarking_config": {"bias": 9.0}},
    {"use_cache": False, "output_attentions": True, "return_dict_in_generate": True},
    {"temperature": "hot", "early_stopping": "x"},
]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = Path(save_tiny_model(tmp_path_factory.mktemp("window"), window=8))
    return folder, ask(folder)


@pytest.mark.parametrize("content", [*map(json.dumps, GENERATION), "", "{", "[]", "null", "[" * 100_000, "\ufeff{}"])
def test_nothing_of_a_generation_config_acts(window: tuple[Path, list[str]], content: str) -> None:
    folder, expected = window
    (folder / "generation_config.json").write_text(content)
    assert ask(folder) == expected


def test_generation_keys_of_an_old_config_file_do_not_act_and_neither_does_a_generate_of_its_own(
    window: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(window[0], tmp_path / "m"))
    values = json.loads((folder / "config.json").read_text())
    more = {"repetition_penalty": 3.0, "num_beams": 4, "max_length": 3, "return_dict": False, "use_cache": False}
    (folder / "config.json").write_text(json.dumps(values | more))
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate/generate.py").write_text("def generate(model, **_): raise SystemExit\n")
    assert ask(folder, trust_remote_code=True) == window[1]


def test_kaleido_explains_the_same_whatever_its_generation_config_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kaleido, "EXPLANATION_TOKENS", 16)
    folder = Path(save_tiny_kaleido(tmp_path / "k"))
    asked: list[AnyRequest] = [ValueRequest("It is kind.", "care", True), ValueRequest("Is it?", "care", True)]
    expected = scorer_models.answers(scorer_models.model(folder, "kaleido"), asked)
    every = {key: value for config in GENERATION[:-1] for key, value in config.items()}
    for content in (json.dumps(every), json.dumps(GENERATION[-1]), "{"):
        (folder / "generation_config.json").write_text(content)
        assert scorer_models.answers(scorer_models.model(folder, "kaleido"), asked) == expected


@pytest.mark.parametrize("wish", ["sdpa", "flash_attention_2"])
def test_an_attention_that_the_model_cannot_do_is_one_line_where_the_config_names_it(tmp_path: Path, wish: str) -> None:
    folder = save_tiny_architecture(tmp_path / "m", "bloom")
    assert "cannot be loaded, expected a hub id or a folder of a causal" in error_line(folder, attention=wish)
    assert ask(folder, attention="eager") == ask(folder)


def test_a_model_that_looks_ahead_is_one_line(tmp_path: Path) -> None:
    folder = save_tiny_architecture(tmp_path / "m", "bert")
    assert "is not causal" in error_line(folder)


def test_weights_that_give_no_number_are_one_line(tmp_path: Path) -> None:
    folder = save_tiny_architecture(tmp_path / "m", "gemma")
    from safetensors.torch import load_file, save_file

    path = Path(folder) / "model.safetensors"
    weights = load_file(path) | {"model.norm.weight": torch.full((32,), torch.nan)}
    save_file(weights, path, metadata={"format": "pt"})
    assert "gives logits that are not finite in float32; set another dtype" in error_line(folder)


CODE = {
    "boom.py": "raise ZeroDivisionError('boom of the checkpoint')",
    "late.py": "import not_installed_anywhere",
    "end.py": "raise SystemExit(0)",
}
BROKEN = [
    ("", "config.json is empty"),
    ("{", "config.json is not JSON"),
    ("[1]", "config.json is no JSON object"),
    ("null", "config.json is no JSON object"),
    ("[" * 100_000, "recursion"),
    ("\ufeff{}", "config.json is not JSON: Unexpected UTF-8 BOM"),
    ('{"model_type": ' + "1" * 6000 + "}", "config.json is not JSON"),
    ("{}", "no config.json, or an empty one"),
    ('{"a": 1}', "model_type"),
    ('{"model_type": "nope"}', "nope"),
    ('{"model_type": ["llama"]}', "cannot be loaded"),
    ('{"model_type": "x", "auto_map": {"AutoConfig": "missing.Config"}}', "missing.py"),
    ('{"model_type": "x", "auto_map": {"AutoConfig": "boom.Config"}}', "boom of the checkpoint"),
    ('{"model_type": "x", "auto_map": {"AutoConfig": "late.Config"}}', "not_installed_anywhere"),
    ('{"model_type": "x", "auto_map": {"AutoConfig": "end.Config"}}', "SystemExit 0"),
    (
        '{"model_type": "llama", "num_hidden_layers": 1000000000}',
        "config.json has num_hidden_layers 1000000000, expected 1 to 10000",
    ),
]


@pytest.mark.parametrize(("content", "words"), BROKEN, ids=[words[:20] for _, words in BROKEN])
def test_a_config_file_that_describes_no_model_is_one_line(
    window: tuple[Path, list[str]], tmp_path: Path, content: str, words: str
) -> None:
    folder = Path(shutil.copytree(window[0], tmp_path / "m"))
    for name, code in CODE.items():
        (folder / name).write_text(code)
    (folder / "config.json").write_text(content)
    line = error_line(folder, trust_remote_code=True)
    assert line.startswith(f"model {folder}: ")
    assert words in line


def test_whatever_a_key_of_the_config_file_holds_the_model_answers_or_is_one_line(tmp_path: Path) -> None:
    folder = Path(save_tiny_model(tmp_path / "m"))
    values = json.loads((folder / "config.json").read_text())
    draw = random.Random(0)
    odd = [10**9, 10**30, -1, 0, 1.5, "x", None, True, [], {}, {"a": 1}, float("nan"), "9" * 5000]
    outcomes = set()
    for _ in range(60):
        (folder / "config.json").write_text(json.dumps(values | {draw.choice(list(values)): draw.choice(odd)}))
        try:
            outcomes.add(len(ask(folder, REQUESTS[:1])))
        except UserError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 800
            outcomes.add(0)
    assert outcomes == {0, 1}


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (None, "names no context length; set `context`"),
        (-1, "names no context length"),
        ("long", "Field 'max_position_embeddings'"),
    ],
)
def test_a_context_length_that_is_missing_or_no_length_is_one_line(tmp_path: Path, own: object, words: str) -> None:
    folder = Path(save_tiny_architecture(tmp_path / "m", "mamba" if own is None else "llama"))
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(values | {"max_position_embeddings": own}))
    assert words in error_line(folder, context=None)


def test_the_memory_of_a_token_is_known_for_attention_and_guessed_without() -> None:
    llama = LlamaConfig(num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=8)
    assert bytes_per_token(llama, 2) == 2 * 2 * 2 * 8 * 2
    assert bytes_per_token(MambaConfig(), 2) == 2 * 32 * 4096 * 2
