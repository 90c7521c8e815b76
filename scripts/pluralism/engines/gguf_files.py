"""GGUF files: weights, config, tokenizer and chat template in one, as llama.cpp reads them.

A file comes from anywhere: it is looked through before a library makes a model of it. No torch is needed here.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.checkpoints import LFS_POINTER, MOST_PARTS
from pluralism.engines.limits import limited
from pluralism.errors import UserError, shown
from pluralism.files import check_file

SECONDS, MEMORY = 120, 2**32
"""That reading the keys of a file may take, which are a few MB; its weights, which are mapped, not counted."""
VERSIONS = (2, 3)
"""Of the format, that the library `gguf` reads."""
TEMPLATE = "tokenizer.chat_template"
COUNTS = ("block_count", "expert_count")
"""Of what each part costs time and memory before any weight is read."""
LLAMA3_ORIGINAL, LLAMA3_LOW, LLAMA3_HIGH = 8192, 1.0, 4.0
"""How Llama 3.1 and later scale positions: the context before, and the bounds between which the scale is mixed."""


def read_gguf(path: Path) -> Any:
    """A file as the library `gguf` reads it: its keys, and its tensors as a map of the file.

    Raises:
        UserError: it is missing, cut off, or no GGUF file.
    """
    from gguf import GGUFReader

    check_file(path, "a GGUF model")
    if (fault := _fault_of_beginning(path)) is not None:
        raise UserError(f"{path}: {fault}")
    with suppress(Exception), limited(SECONDS, MEMORY + path.stat().st_size):  # words of numpy would explain nothing
        return GGUFReader(path)
    size = f"{path.stat().st_size:,} bytes"
    raise UserError(
        f"{path}: is cut off or damaged, expected a whole GGUF file; it has {size}: compare with its source"
    )


def _fault_of_beginning(path: Path) -> str | None:
    """What is wrong with the first bytes of a file: the letters GGUF, and a version in either order of bytes."""
    with path.open("rb") as stream:
        begins = stream.read(len(LFS_POINTER))
    if not begins:
        return "is empty, expected a GGUF file"
    if begins == LFS_POINTER:
        return "is a pointer of Git LFS and not the file itself; run `git lfs pull` in its folder"
    if not begins.startswith(b"GGUF"):
        return "is no GGUF file, which would begin with the letters GGUF"
    version = begins[len(b"GGUF") :][:4]
    if len(version) == 4 and not {version, version[::-1]} & {known.to_bytes(4, "little") for known in VERSIONS}:
        found = min(int.from_bytes(version, "little"), int.from_bytes(version, "big"))
        return f"is of version {found} of GGUF, expected {' or '.join(map(str, VERSIONS))}; convert the model again"
    return None


def values_of(reader: Any) -> dict[str, Any]:
    """The keys of a file that hold one value, and the texts, numbers or flags that these are."""
    with suppress(Exception):
        return {name: field.contents() for name, field in reader.fields.items() if len(field.data) == 1}
    raise UserError("its keys cannot be read, expected those of a GGUF model; the file is damaged")


def gguf_faults(path: Path) -> Iterator[str]:
    """Why a file cannot be a model here, each in a few words; no weights are read.

    Raises:
        UserError: see `read_gguf`.
    """
    reader = read_gguf(path)
    try:
        values = values_of(reader)
    except UserError as error:
        yield str(error)
        return
    kind = values.get("general.type", "model")
    if kind != "model":
        yield f"holds a {shown(kind)}, expected a whole model"
    if (parts := values.get("split.count", 1)) != 1:
        yield f"is one of {shown(parts)} parts; `llama-gguf-split --merge FIRST_PART WHOLE` puts them together"
    for name, value in values.items():
        if name.endswith(COUNTS) and not (isinstance(value, int) and 0 <= value <= MOST_PARTS):
            yield f"has {name} {shown(value)}, expected at most {MOST_PARTS}"
    if not isinstance(values.get(TEMPLATE), str):
        yield "has no chat template, expected an instruction-tuned model"
    try:
        scaled_positions(reader, values)
    except UserError as error:
        yield str(error)


def scaled_positions(reader: Any, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """How positions are scaled, as a config.json says it; None where they are not.

    transformers reads nothing of it from a GGUF file, and would go wrong without a word on longer texts.

    Args:
        reader: of the file.
        values: its keys.

    Raises:
        UserError: they are scaled in another way than Llama's.
    """
    factors = next((tensor for tensor in reader.tensors if tensor.name == "rope_freqs.weight"), None)
    others = [tensor.name for tensor in reader.tensors if tensor.name.startswith("rope_factors")]
    ways = [values[name] for name in values if name.endswith("rope.scaling.type") and values[name] != "none"]
    if others or ways:
        raise UserError(f"scales positions ({shown((others or ways)[0])}), {NOT_READ}")
    if factors is None:
        return None
    found = np.asarray(factors.data, dtype=np.float64)
    architecture = values.get("general.architecture")
    theta, scale = values.get(f"{architecture}.rope.freq_base", 10_000.0), float(found.max(initial=1.0))
    if found.ndim != 1 or not np.allclose(found, llama3_factors(len(found), theta, scale), rtol=1e-3):
        raise UserError(f"scales positions in a way of its own (rope_freqs.weight), {NOT_READ}")
    return {
        "rope_type": "llama3",
        "rope_theta": theta,
        "factor": scale,
        "low_freq_factor": LLAMA3_LOW,
        "high_freq_factor": LLAMA3_HIGH,
        "original_max_position_embeddings": LLAMA3_ORIGINAL,
    }


NOT_READ = "which is not read from a GGUF file here; take the model's weights for transformers, or a model server"


def llama3_factors(number: int, theta: float, scale: float) -> NDArray[np.float64]:
    """By how much Llama 3.1 and later slow down each of `number` frequencies, as llama.cpp writes it into a file."""
    wavelengths = 2 * np.pi * theta ** (np.arange(number) / number)
    mixed = (LLAMA3_ORIGINAL / wavelengths - LLAMA3_LOW) / (LLAMA3_HIGH - LLAMA3_LOW)
    between = 1 / ((1 - mixed) / scale + mixed)
    low, high = wavelengths > LLAMA3_ORIGINAL / LLAMA3_LOW, wavelengths < LLAMA3_ORIGINAL / LLAMA3_HIGH
    return np.select([high, low], [np.ones(number), np.full(number, scale)], between)
