"""Checkpoints that others wrote: their files before a library loads them, and whether what it loaded is whole."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, foreign_code, shown

CONFIG = "config.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")
TOKENIZER_CONFIG = "tokenizer_config.json"
TEMPLATE = "chat_template.jinja"
SMALL_FILES = (CONFIG, *TOKENIZERS, TOKENIZER_CONFIG, TEMPLATE, "special_tokens_map.json", "added_tokens.json")
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
INDICES = tuple(f"{name}.index.json" for name in WEIGHTS)
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
LAYERS = ("num_hidden_layers", "num_layers", "num_decoder_layers", "n_layer", "n_layers")
"""What a config.json may call the number of a model's layers; without any, it would answer all the same."""
COUNTS = ("layers", "n_layer", "experts", "num_labels", "num_objectives")
MOST_PARTS = 10_000
"""Of what ends like `COUNTS`. Real models have some hundreds; each costs time and memory before any weight is read."""

Find = Callable[[str], Path | None]
"""Where a file of a checkpoint lies; None where it is not on this machine."""


def in_folder(folder: Path) -> Find:
    """Finds the files of a local checkpoint."""
    return lambda name: path if (path := folder / name).is_file() else None


def check_folder(folder: Path, place: str) -> None:
    """Raise a `UserError` where a file of a local checkpoint is faulty; `place` names the checkpoint in the message."""
    for fault in faulty_files(in_folder(folder)):
        raise UserError(f"{place}: {fault}")


def faulty_files(find: Find) -> Iterator[str]:
    """The faults of the files that are there, the file's name first. Weights are not read, except those of old .bin."""
    for name in (*SMALL_FILES, *INDICES, *weight_files(find)):
        if (path := find(name)) is not None and (fault := _fault(path)) is not None:
            yield f"{name} {fault}"


def weight_files(find: Find) -> list[str]:
    """The names of the files that hold the weights, whether they are there or not; none where no file names any."""
    for name, index in zip(WEIGHTS, INDICES, strict=True):
        if find(name) is not None:
            return [name]
        if (path := find(index)) is not None:
            return sorted(set(read_object(path).get("weight_map", {}).values()))
    return []


def read_object(path: Path | None) -> Mapping[str, Any]:
    """What a JSON file of a checkpoint holds; nothing where it is missing or faulty, which `faulty_files` reports."""
    if path is None or _fault(path) is not None:
        return {}
    values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def count_fault(values: Mapping[str, Any]) -> str | None:
    """What is wrong with the numbers of layers, experts and labels in a config.json; None where nothing is."""
    for key, value in _counts(values):
        least = 1 if key in LAYERS else -MOST_PARTS  # some write -1 for what a model does not have
        if not least <= value <= MOST_PARTS:
            return f"has {key} {shown(value)}, expected {'1 to' if least == 1 else 'at most'} {MOST_PARTS}"
    return None


def check_weights(report: Mapping[str, Any], place: str, expected: str, optional: str | None = None) -> None:
    """Check that a model has all its weights from its checkpoint; a library would draw the others at random.

    Args:
        report: what `from_pretrained` gives with `output_loading_info`, where `ignore_mismatched_sizes` is set.
        place: names the checkpoint in the message.
        expected: what the checkpoint should be, for the message.
        optional: the part of a weight's name without which the model works.

    Raises:
        UserError: a weight is missing or has another shape than config.json says.
    """
    for name, saved, wanted in sorted(report["mismatched_keys"]):
        shapes = f"the shape {tuple(saved)}, expected {tuple(wanted)} by its config.json"
        raise UserError(f"{place}: its weights {name} have {shapes}")
    if missing := sorted(name for name in report["missing_keys"] if optional is None or optional not in name):
        raise UserError(f"{place}: lacks the weights {missing[0]}, expected {expected}")


def check_vocabulary(tokenizer: Any, model: Any, place: str) -> None:
    """Raise a `UserError` where a loaded tokenizer has no words, or more tokens than the model has embeddings."""
    ids = tokenizer.get_vocab().values()
    if len(ids) <= len(tokenizer.added_tokens_decoder):  # what transformers makes where the files are missing
        raise UserError(f"{place}: its tokenizer has no words, expected a file such as {', '.join(TOKENIZERS)}")
    if (tokens := 1 + max(ids)) > (rows := len(model.get_input_embeddings().weight)):
        raise UserError(f"{place}: its tokenizer has {tokens} tokens, its embedding only {rows}")


def without_dropout(tokenizer: Any) -> Any:
    """The tokenizer, which from now on cuts a text at the same places every time: some were trained to vary them."""
    model: Any = getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
    if getattr(model, "dropout", None) is not None:  # of BPE
        model.dropout = None
    return tokenizer


def _fault(path: Path) -> str | None:
    with path.open("rb") as stream:
        begins = stream.read(len(LFS_POINTER))
    if begins == LFS_POINTER:
        return "is a pointer of Git LFS and not the file itself; run `git lfs pull` in its folder"
    if not begins:
        return "is empty"
    checks = [check for ending, check in CHECKS.items() if path.name.endswith(ending)]
    return next((fault for check in checks if (fault := check(path)) is not None), None)


def _json_fault(path: Path) -> str | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {str(error)[:200]}"
    return None if isinstance(values, Mapping) else "is no JSON object"


def _index_fault(path: Path) -> str | None:
    index = json.loads(path.read_text(encoding="utf-8"))
    files = index.get("weight_map")
    if not isinstance(files, Mapping) or not files:
        return "has no weight_map, expected the file of each weight"
    for name in files.values():
        if not isinstance(name, str) or not re.fullmatch(r"[^/\\]+\.(safetensors|bin)", name):
            return f"names the file {shown(name)}, expected one of weights in the same folder"
    if not isinstance(index.get("metadata"), Mapping):  # transformers looks for it
        return 'has no metadata, expected {"metadata": {}, "weight_map": ..}'
    return None


def _config_fault(path: Path) -> str | None:
    return count_fault(json.loads(path.read_text(encoding="utf-8"))) if path.name == CONFIG else None


def _counts(values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The keys of a config.json, also of configs within it, that say how many parts there are."""
    waiting = [values]
    while waiting:
        for key, value in waiting.pop().items():
            if isinstance(value, Mapping):
                waiting.append(value)
            elif isinstance(value, int) and key.endswith(COUNTS):
                yield key, value


def _text_fault(path: Path) -> str | None:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    return None


def _tokenizer_fault(path: Path) -> str | None:
    from tokenizers import Tokenizer

    try:
        with foreign_code("is faulty"):
            Tokenizer.from_file(str(path))
    except UserError as error:
        return str(error)
    return None


def _safetensors_fault(path: Path) -> str | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np"):
            return None
    except SafetensorError as error:
        return f"is cut off, or is no file of safetensors: {' '.join(str(error).split())[:200]}"


def _torch_fault(path: Path) -> str | None:
    """What is wrong with a .bin. Its weights are not read, except where it is older than PyTorch 1.6."""
    import torch

    try:
        if zipfile.is_zipfile(path) and _is_compressed(path):
            return "is compressed, expected weights as PyTorch saves them"
        found: Any = torch.load(path, map_location="meta", weights_only=True)
    except Exception as error:  # PyTorch raises many kinds
        if code := re.search(r"GLOBAL (\S+)", str(error)):
            return f"holds code, {code[1][:100]}, which is not run; expected weights only"
        return "is cut off, or is no file of PyTorch weights"
    return None if isinstance(found, Mapping) else f"holds a {type(found).__name__}, expected weights by their names"


def _is_compressed(path: Path) -> bool:
    """Whether a zip file would take more memory than it takes on the disk."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size


CHECKS: Mapping[str, Callable[[Path], str | None]] = {
    ".json": _json_fault,
    ".index.json": _index_fault,
    CONFIG: _config_fault,
    ".jinja": _text_fault,
    "tokenizer.json": _tokenizer_fault,
    ".safetensors": _safetensors_fault,
    ".bin": _torch_fault,
}
