"""Checkpoints whose files are cut off, empty, of another kind or hostile: one line that names the file, no answer."""

import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from dev.demo.scorers import edit_json
from pluralism.checkpoints import CONFIG, TEMPLATE, TOKENIZER_CONFIG
from pluralism.datasets.items import Item
from pluralism.engines.local.engine import TransformersEngine
from pluralism.errors import UserError
from pluralism.few_shot.similarity.matrix import similarity_matrix
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.planning.checks import Checkpoints
from pluralism.requests import AnyRequest, Request, RewardRequest, ValueRequest
from tests.conftest import error_line
from tests.jobs import Job
from tests.scorer_models import answers, model
from tests.tiny_models import save_tiny_encoder, save_tiny_kaleido, save_tiny_model, save_tiny_reward_model

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 2471645608\n"
WEIGHTS, BIN, INDEX = "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["a"],
        "additionalProperties": False,
    }
)
ASKED = [Request("s", (), "q", SCHEMA, temperature, 0, 0, 60) for temperature in (0.0, 1.0)]

Change = Callable[[Path], object]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Sound checkpoints by their engine."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_tiny_model(folder / "transformers")
    save_tiny_reward_model(folder / "reward_model")
    save_tiny_kaleido(folder / "kaleido")
    save_tiny_encoder(folder / "encoder")
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture
def copy(originals: Mapping[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda engine: Path(shutil.copytree(originals[engine], tmp_path / "m"))


def answer(folder: Path) -> list[str]:
    engine = TransformersEngine(model(folder, "transformers"))
    return [entry.text for batch in engine.generate(ASKED) for entry in batch]


def put(name: str, data: bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(data)


def cut(name: str, length: int) -> Change:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:length])


def edit(name: str, **values: object) -> Change:
    return lambda folder: edit_json(folder / name, **values)


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Change:
    def write(folder: Path) -> None:
        values = load_file(folder / WEIGHTS)
        change(values)
        save_file(values, folder / WEIGHTS, {"format": "pt"})

    return write


def fill(value: float) -> Change:
    return weights(lambda values: [one.fill_(value) for one in values.values()])


def sharded(change: Change) -> Change:
    def write(folder: Path) -> None:
        values = load_file(folder / WEIGHTS)
        (folder / WEIGHTS).unlink()
        files = {name: SHARDS[place % 2] for place, name in enumerate(sorted(values))}
        for shard in SHARDS:
            save_file({name: values[name] for name in files if files[name] == shard}, folder / shard, {"format": "pt"})
        (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": files}))
        change(folder)

    return write


def saved_by_torch(change: Change, **options: Any) -> Change:
    def write(folder: Path) -> None:
        torch.save(load_file(folder / WEIGHTS), folder / BIN, **options)
        (folder / WEIGHTS).unlink()
        change(folder)

    return write


class Code:
    def __reduce__(self) -> Any:
        return os.system, ("touch it_ran",)


def compress(folder: Path) -> None:
    """Weights of 64 MiB in a small file."""
    with zipfile.ZipFile(folder / BIN) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(folder / BIN, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, bytes(2**26) if name.endswith("data/0") else part)


def nothing(_: Path) -> None:
    pass


def vary_tokens(folder: Path) -> None:
    """As of a tokenizer that was trained to cut a word at other places each time."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.model.dropout = 0.9
    tokenizer.save(str(folder / "tokenizer.json"))


POINTER, BROKEN = "is a pointer of Git LFS and not the file itself; run `git lfs pull`", "is cut off, or is no file of"
FILES: list[tuple[Change, str]] = [
    (put(WEIGHTS, LFS), f"{WEIGHTS} {POINTER}"),
    (put(WEIGHTS, b""), f"{WEIGHTS} is empty"),
    (put(WEIGHTS, b"<html>404</html>" * 99), f"{WEIGHTS} {BROKEN} safetensors"),
    (cut(WEIGHTS, 50), f"{WEIGHTS} {BROKEN} safetensors"),
    (cut(WEIGHTS, -1), f"{WEIGHTS} {BROKEN} safetensors"),
    (sharded(put(SHARDS[1], LFS)), f"{SHARDS[1]} {POINTER}"),
    (sharded(cut(SHARDS[0], 2000)), f"{SHARDS[0]} {BROKEN} safetensors"),
    (sharded(put(INDEX, LFS)), f"{INDEX} {POINTER}"),
    (sharded(put(INDEX, b"[" * 100_000)), f"{INDEX} is not JSON"),
    (sharded(put(INDEX, b"[]")), f"{INDEX} is no JSON object"),
    (sharded(put(INDEX, b'{"weight_map": {}}')), f"{INDEX} has no weight_map"),
    (sharded(put(INDEX, b'{"weight_map": {"a": "../../other.bin"}}')), f"{INDEX} names the file '../../other.bin'"),
    (sharded(edit(INDEX, metadata=None)), f"{INDEX} has no metadata"),
    (saved_by_torch(put(BIN, LFS)), f"{BIN} {POINTER}"),
    (saved_by_torch(put(BIN, b"")), f"{BIN} is empty"),
    (saved_by_torch(put(BIN, b"\x80\x04garbage")), f"{BIN} {BROKEN} PyTorch weights"),
    (saved_by_torch(cut(BIN, 20_000)), f"{BIN} {BROKEN} PyTorch weights"),
    (saved_by_torch(cut(BIN, -1)), f"{BIN} {BROKEN} PyTorch weights"),
    (saved_by_torch(cut(BIN, 9_000), _use_new_zipfile_serialization=False), f"{BIN} {BROKEN} PyTorch weights"),
    (saved_by_torch(lambda folder: torch.save({"a": Code()}, folder / BIN)), f"{BIN} holds code, posix.system"),
    (saved_by_torch(put(BIN, pickle.dumps(Code()))), f"{BIN} {BROKEN} PyTorch weights"),
    (saved_by_torch(lambda folder: torch.save([1], folder / BIN)), f"{BIN} holds a list"),
    (saved_by_torch(compress), f"{BIN} is compressed"),
    (put(CONFIG, LFS), f"{CONFIG} {POINTER}"),
    (cut(CONFIG, 40), f"{CONFIG} is not JSON"),
    (put(CONFIG, b"null"), f"{CONFIG} is no JSON object"),
    (put(CONFIG, b"\xff\xfe"), f"{CONFIG} is not JSON"),
    (edit(CONFIG, num_hidden_layers=10**9), f"{CONFIG} has num_hidden_layers 1000000000, expected 1 to 10000"),
    (edit(CONFIG, num_hidden_layers=0), f"{CONFIG} has num_hidden_layers 0, expected 1"),
    (edit(CONFIG, text_config={"n_layers": -1}), f"{CONFIG} has n_layers -1, expected 1"),
    (edit(CONFIG, num_labels=10**9), f"{CONFIG} has num_labels 1000000000, expected at most 10000"),
    (put("tokenizer.json", LFS), f"tokenizer.json {POINTER}"),
    (put("tokenizer.json", b"{}"), "tokenizer.json is faulty"),
    (cut("tokenizer.json", 5000), "tokenizer.json is not JSON"),
    (edit("tokenizer.json", version="9.0"), "tokenizer.json is faulty: Unknown tokenizer version"),
    (edit("tokenizer.json", decoder={"type": "Nosuch"}), "tokenizer.json is faulty"),
    (edit("tokenizer.json", model={"type": "BPE", "vocab": {"a": -1}, "merges": []}), "tokenizer.json is faulty"),
    (edit("tokenizer.json", added_tokens=["x"]), "tokenizer.json is faulty"),
    (
        edit("tokenizer.json", normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
        "tokenizer.json is faulty",
    ),
    (put("tokenizer.model", LFS), f"tokenizer.model {POINTER}"),
    (put(TOKENIZER_CONFIG, b"[1]"), f"{TOKENIZER_CONFIG} is no JSON object"),
    (put(TEMPLATE, b"\xff\xff{{ messages }}"), f"{TEMPLATE} is not UTF-8 text"),
    (put("special_tokens_map.json", LFS), f"special_tokens_map.json {POINTER}"),
]


@pytest.mark.parametrize(("change", "message"), FILES)
def test_a_faulty_file_is_named_by_the_plan_and_by_the_job(
    copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, change: Change, message: str
) -> None:
    folder = copy("transformers")
    monkeypatch.chdir(folder)
    change(folder)
    with pytest.raises(UserError) as found:
        answer(folder)
    assert str(found.value).startswith(f"model {folder}: {message}")
    planned = [problem.text for problem in Checkpoints(ask_hub=False).check("models.m", str(folder), template=True)]
    assert any(text.startswith(f"{folder}: {message}") for text in planned)
    assert not (folder / "it_ran").exists()


@pytest.mark.parametrize(
    "change",
    [
        nothing,
        sharded(nothing),
        saved_by_torch(nothing),
        saved_by_torch(nothing, _use_new_zipfile_serialization=False),
        put("training_args.bin", LFS),  # files that nobody reads may be anything
        put("flax_model.msgpack", LFS),
        edit(
            "tokenizer.json",
            truncation={"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
        ),
        vary_tokens,
    ],
)
def test_sound_weights_answer_alike_however_they_are_saved(
    originals: Mapping[str, Path], copy: Callable[[str], Path], change: Change
) -> None:
    folder = copy("transformers")
    change(folder)
    assert answer(folder)[0] == answer(originals["transformers"])[0]
    assert not list(Checkpoints(ask_hub=False).check("models.m", str(folder), template=True))


def more_tokens(number: int) -> Change:
    def write(folder: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.add_tokens([f"<more{place}>" for place in range(number)])
        tokenizer.save_pretrained(folder)

    return write


def tokenizer_of(made: Tokenizer) -> Change:
    template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    return lambda folder: PreTrainedTokenizerFast(tokenizer_object=made, chat_template=template).save_pretrained(folder)


def letters(text: str, *, decoder: Any = None, pre_tokenizer: Any = None) -> Tokenizer:
    """A tokenizer that knows these bytes only."""
    made = Tokenizer(models.BPE({letter: place for place, letter in enumerate(text)}, []))
    made.pre_tokenizer = pre_tokenizer or pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoder or decoders.ByteLevel()
    return made


PRINTABLE = "".join(map(chr, range(33, 127))) + "ĠĊ"
NO_DIGITS = "".join(letter for letter in PRINTABLE if not letter.isdigit())
UNIGRAM = Tokenizer(models.Unigram([("<unk>", 0.0), *((letter, -1.0) for letter in PRINTABLE)], 0))
UNSUITABLE = "its tokenizer does not suit answers in JSON"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (more_tokens(12), None),
        (more_tokens(13), "its tokenizer has 382 tokens, its embedding only 381"),
        (tokenizer_of(letters(PRINTABLE)), None),
        (tokenizer_of(letters(NO_DIGITS)), UNSUITABLE),
        (tokenizer_of(letters("sqa")), UNSUITABLE),
        (tokenizer_of(letters("xyz")), "its tokenizer knows no letter of a text"),
        (tokenizer_of(letters(PRINTABLE, pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True))), UNSUITABLE),
        (tokenizer_of(letters(PRINTABLE, decoder=decoders.Metaspace())), f"{UNSUITABLE}.*can't determine decoder type"),
        (tokenizer_of(letters(PRINTABLE, decoder=decoders.WordPiece())), f"{UNSUITABLE}.*can't determine decoder type"),
        (tokenizer_of(UNIGRAM), f"{UNSUITABLE}.*can't determine decoder type: None"),
        (edit(TOKENIZER_CONFIG, eos_token=None, pad_token=None, bos_token=None), None),
        (edit(TOKENIZER_CONFIG, eos_token=["a"]), "cannot be loaded, expected a hub id or a folder of a causal"),
        (edit(TOKENIZER_CONFIG, tokenizer_class="ByT5Tokenizer"), f"{UNSUITABLE}.*Only fast tokenizers"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "Couldn't instantiate the backend tokenizer"),
        (fill(float("nan")), "gives logits that are not finite in float32; set another dtype, or check its weights"),
        (fill(float("inf")), "gives logits that are not finite"),
        (weights(lambda values: values["lm_head.weight"][5].fill_(float("nan"))), None),  # of a token never allowed
        (weights(lambda values: values.pop("model.norm.weight")), "lacks the weights model.norm.weight"),
        (
            weights(lambda values: values.update({"model.norm.weight": torch.ones(3)})),
            r"its weights model.norm.weight have the shape \(3,\), expected \(32,\) by its config.json",
        ),
    ],
)
def test_a_tokenizer_or_weights_that_do_not_fit_are_one_line(
    copy: Callable[[str], Path], change: Change, message: str | None
) -> None:
    folder = copy("transformers")
    change(folder)
    if message is None:
        assert all(0 <= json.loads(text)["a"] <= 9 for text in answer(folder))
    else:
        with pytest.raises(UserError, match=f"^model {folder}: .*{message}"):
            answer(folder)


KALEIDO = "task_specific_params"


@pytest.mark.parametrize(
    ("engine", "change", "message"),
    [
        ("reward_model", put(WEIGHTS, LFS), POINTER),
        ("reward_model", weights(lambda values: values.pop("score.weight")), "lacks the weights score.weight"),
        ("reward_model", edit(CONFIG, num_labels=3, id2label=None), r"the shape \(1, 32\), expected \(3, 32\)"),
        ("reward_model", edit(CONFIG, num_labels="x"), "cannot be loaded"),
        ("reward_model", fill(float("nan")), "gives values that are not finite"),
        ("reward_model", more_tokens(9), "its tokenizer has 378 tokens, its embedding only 369"),
        ("reward_model", put(TEMPLATE, b"{{ raise_exception('no') }}"), "its chat template fails: no"),
        ("reward_model", put(TEMPLATE, b"{{ messages[0].content }}"), "changes the text of the assistant"),
        ("kaleido", put("tokenizer.json", LFS), POINTER),
        ("kaleido", edit(CONFIG, **{KALEIDO: [1]}), "task_specific_params.valence is missing"),
        ("kaleido", edit(CONFIG, **{KALEIDO: {"valence": {"template": "1 2 3", "args": [1, 2, 3]}}}), "expected three"),
        ("kaleido", edit(CONFIG, **{KALEIDO: {"valence": {"template": "A", "args": ["A"] * 3}}}), "expected three"),
        ("kaleido", edit(CONFIG, decoder_start_token_id=10**6), "decoder_start_token_id"),
        ("kaleido", edit(CONFIG, model_type="llama"), "cannot be loaded"),
        ("kaleido", fill(float("inf")), "gives values that are not finite"),
    ],
)
def test_a_faulty_scorer_is_one_line(copy: Callable[[str], Path], engine: str, change: Change, message: str) -> None:
    folder = copy(engine)
    change(folder)
    asked: dict[str, AnyRequest] = {
        "reward_model": RewardRequest("Why?", "So."),
        "kaleido": ValueRequest("To lie", "care", False),
    }
    with pytest.raises(UserError, match=f"^model {folder}: .*{message}"):
        answers(model(folder, engine), [asked[engine]])


@pytest.mark.parametrize("method", ["bertscore", "embedding"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(WEIGHTS, LFS), POINTER),
        (put("tokenizer.json", b"{}"), "tokenizer.json is faulty"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "its tokenizer has no words"),
        (edit(CONFIG, num_hidden_layers=9), "lacks the weights encoder.layer.3|no layer"),
        (edit(CONFIG, num_hidden_layers="x"), "cannot be loaded"),
        (edit(CONFIG, model_type="x", auto_map={"AutoConfig": "a.B"}), "contains custom code which must be executed"),
        (edit(CONFIG, num_hidden_layers=-1), f"{CONFIG} has num_hidden_layers -1, expected 1"),
        (edit(TOKENIZER_CONFIG, model_max_length=2), "reads 2 tokens of a text, expected 3 or more"),
        (edit(TOKENIZER_CONFIG, model_max_length=-1), "reads -1 tokens of a text, expected 3 or more"),
        (more_tokens(9), "tokens, its embedding only"),
        (fill(float("nan")), "the similarity of item 0 and train item 0 is nan"),
    ],
)
def test_a_faulty_encoder_is_one_line(copy: Callable[[str], Path], method: str, change: Change, message: str) -> None:
    folder = copy("encoder")
    change(folder)
    layer = {"layer": 9 if "no layer" in message else 2} if method == "bertscore" else {}
    items = [Item(text, ("Yes", "No"), ({"a": 1.0}, {"a": 0.0})) for text in ("Why?", "Where?")]
    with pytest.raises(UserError, match=message):
        similarity_matrix(Similarity(method, options={"encoder": str(folder), **layer}), items, items)


def test_a_job_with_a_pointer_for_weights_ends_in_one_line(copy: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copy("transformers")
    put(WEIGHTS, LFS)(folder)
    job = Job(tmp_path / "job", model={"id": str(folder), "engine": "transformers"})
    assert f"error: model {folder}: {WEIGHTS} {POINTER} in its folder" in error_line(job.run())
