"""How fast a model should run on a device, by its size and the device's data sheet: a range, for want of a measurement.

To read a token takes 2 FLOP per parameter. A step that writes a token for each answer under way reads all weights, and
the keys and values of these answers, once; it takes some time of its own besides. How near an engine comes to a data
sheet, and how many answers it has under way, is assumed, at a fast and a slow end.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pluralism.checkpoints import weight_files
from pluralism.engines.models import LanguageModel
from pluralism.planning.checks import find_local
from pluralism.planning.devices import Device
from pluralism.planning.rates import Pace, Rates

SIZE_IN_NAME = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
"""Such as 3B, 0.5b, 135M or 8x7B."""
UNITS = {"b": 1e9, "m": 1e6}
T5_SIZES = {"small": 80e6, "base": 250e6, "large": 780e6, "xl": 2.85e9, "xxl": 11.3e9}
"""Of Flan-T5, by the words at the end of the names of what was trained from it, as Kaleido."""
CACHE_BYTES = 131_072
"""Keys and values of a token in a model of 8 billion parameters with grouped queries, in 16 bits."""
CACHE_GROWTH = 0.4
"""They grow by this power of the parameters: about so from Llama's 1B to its 70B."""
FREE_MEMORY = 0.85
"""The part of the memory that weights, keys and values may take."""


@dataclass(frozen=True)
class Assumption:
    """One end of the range.

    Attributes:
        compute: the share of the device's FLOP/s that is reached.
        bandwidth: the share of its memory's bandwidth that is reached.
        rows: answers under way at a time, at most.
        step_seconds: of a step besides, in Python and at the start of kernels.
    """

    compute: float
    bandwidth: float
    rows: int
    step_seconds: float


FAST, SLOW = Assumption(0.5, 0.7, 256, 0.008), Assumption(0.2, 0.4, 64, 0.03)


@dataclass(frozen=True)
class Size:
    """Of a model: parameters, and bytes of each."""

    parameters: float
    width: int

    def __str__(self) -> str:
        unit, many = ("B", 1e9) if self.parameters >= 1e9 else ("M", 1e6)
        return f"{self.parameters / many:.3g}{unit} parameters"

    @property
    def weights(self) -> float:
        """Bytes."""
        return self.parameters * self.width

    @property
    def cache(self) -> float:
        """Bytes of keys and values per token."""
        return CACHE_BYTES * math.pow(self.parameters / 8e9, CACHE_GROWTH) * self.width / 2


def model_size(model: LanguageModel) -> Size | None:
    """By the checkpoint where it is on this machine, else by the model's name; None where that does not tell it."""
    parameters = _parameters(partial(find_local, model.id, model.revision)) or parameters_in_name(model.id)
    return Size(parameters, 4 if model.dtype == "float32" else 2) if parameters else None


def parameters_in_name(name: str) -> float | None:
    """The parameters that the last part of a model's name tells: Llama-3.2-3B, SmolLM2-135M.gguf, kaleido-xl."""
    last = name.rsplit("/", 1)[-1]
    if found := SIZE_IN_NAME.search(last):
        return int(found[1] or 1) * float(found[2]) * UNITS[found[3].lower()]
    return T5_SIZES.get(last.rpartition("-")[2].lower())


def _parameters(find: Callable[[str], Path | None]) -> float | None:
    """Numbers in the safetensors of a checkpoint, of which only the headers are read; None where one is missing."""
    paths = [find(name) for name in weight_files(find)]
    present = [path for path in paths if path is not None and path.suffix == ".safetensors"]
    if not present or len(present) < len(paths):
        return None
    from safetensors import SafetensorError, safe_open

    total = 0
    try:
        for path in present:
            with safe_open(path, framework="np") as tensors:
                names: list[str] = tensors.keys()
                total += sum(math.prod(tensors.get_slice(name).get_shape()) for name in names)
    except (SafetensorError, OSError):  # told as a fault of the checkpoint
        return None
    return float(total)


def fits(size: Size, device: Device, devices: int) -> bool:
    """Whether the weights fit into the memory."""
    return size.weights <= FREE_MEMORY * device.memory * devices


def roofline(
    size: Size, device: Device, dtype: str, tokens: float, *, devices: int = 1, together: bool = True
) -> Rates:
    """The range of a model's pace.

    Args:
        size: of the model.
        device: one of those that it runs on.
        dtype: of its weights.
        tokens: mean length of a prompt with its answer.
        devices: how many it runs on.
        together: whether these work at the same time, as in vLLM, or one after the other, each on its layers.
    """
    at_once = devices if together else 1
    room = FREE_MEMORY * device.memory * devices - size.weights

    def pace(assumed: Assumption) -> Pace:
        rows = max(min(assumed.rows, room / (tokens * size.cache)), 1)
        computing = 2 * size.parameters / (assumed.compute * device.flops(dtype) * at_once)
        reading = (size.weights + rows * tokens * size.cache) / (assumed.bandwidth * device.bandwidth * at_once)
        return Pace(computing, max(computing, reading / rows) + assumed.step_seconds / rows)

    return Rates(pace(FAST), pace(SLOW), f"estimate: {size} on {device.name}")
