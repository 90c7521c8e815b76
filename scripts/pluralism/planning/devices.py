"""What devices can do at most, to tell how long a model takes on one before anything was measured there.

A GPU is known by words of its name, as `nvidia-smi` and the journals tell it. Its numbers are those of its maker's data
sheet, without sparsity: FLOP/s of matrices with sums in 32 bits, bytes a second of its memory, and how much it has.
"""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from pluralism.errors import UserError, shown

TERA, GIGA = 1e12, 1e9
CPU = "cpu"


@dataclass(frozen=True)
class Device:
    """What a device can do.

    Attributes:
        name: words of its full name, in small letters.
        half_flops: FLOP/s in float16 and bfloat16.
        single_flops: FLOP/s in float32, as PyTorch computes it.
        bandwidth: bytes per second that its memory gives.
        memory: bytes.
    """

    name: str
    half_flops: float
    single_flops: float
    bandwidth: float
    memory: float

    def flops(self, dtype: str) -> float:
        """FLOP/s with weights of a dtype."""
        return self.single_flops if dtype == "float32" else self.half_flops


def _gpu(name: str, half: float, single: float, bandwidth: float, memory: int) -> Device:
    """A GPU by its teraflops, GB a second and GB."""
    return Device(name, half * TERA, single * TERA, bandwidth * GIGA, memory * GIGA)


# Data sheets of NVIDIA and AMD; of the GeForce cards, the white papers of Ampere, Ada and Blackwell.
GPUS = (
    _gpu("t4", 65, 8.1, 320, 16),
    _gpu("v100", 125, 15.7, 900, 32),
    _gpu("a10", 125, 31.2, 600, 24),
    _gpu("a10g", 70, 31.2, 600, 24),
    _gpu("a30", 165, 10.3, 933, 24),
    _gpu("a40", 150, 37.4, 696, 48),
    _gpu("rtx a6000", 155, 38.7, 768, 48),
    _gpu("rtx 3090", 71, 35.6, 936, 24),
    _gpu("a100", 312, 19.5, 2039, 80),
    _gpu("a100 40gb", 312, 19.5, 1555, 40),
    _gpu("l4", 121, 30.3, 300, 24),
    _gpu("l40s", 362, 91.6, 864, 48),
    _gpu("rtx 4090", 165, 82.6, 1008, 24),
    _gpu("rtx 6000 ada", 364, 91.1, 960, 48),
    _gpu("rtx 5090", 210, 105, 1792, 32),
    _gpu("gh200", 989, 67, 4000, 96),
    _gpu("h100", 989, 67, 3350, 80),
    _gpu("h100 pcie", 756, 51, 2000, 80),
    _gpu("h100 nvl", 835, 60, 3900, 94),
    _gpu("h200", 989, 67, 4800, 141),
    _gpu("b200", 2250, 75, 7700, 180),
    _gpu("mi300x", 1307, 163, 5300, 192),
)
CORE_FLOPS = 150 * GIGA
"""Of a core of a CPU: between AVX2 and AVX-512 at 3 GHz."""
CPU_BANDWIDTH = 40 * GIGA
"""Of two channels of DDR4; a server has more."""


def this_cpu() -> Device:
    """The CPU of this machine, by its cores and its memory."""
    flops = (os.cpu_count() or 1) * CORE_FLOPS
    return Device(CPU, flops, flops, CPU_BANDWIDTH, float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))


def find_device(name: str) -> Device | None:
    """The device of a full name, such as NVIDIA A100-SXM4-40GB; None where it is not known.

    Of several that fit, the one of most words: an A100 40GB is not just an A100. Words may be written as one: RTX4090.
    """
    words = set(re.findall(r"[a-z0-9]+", name.lower()))
    fitting = [
        device
        for device in (*GPUS, this_cpu())
        if words.issuperset(device.name.split()) or device.name.replace(" ", "") in words
    ]
    return max(fitting, key=lambda device: len(device.name.split()), default=None)


def named_device(name: str, place: str = "--device", hint: str = "") -> Device:
    """The device that an option or a profile names.

    Args:
        name: of the device.
        place: what names it, for the message.
        hint: at the end of the message.

    Raises:
        UserError: it is not known.
    """
    if (device := find_device(name)) is None:
        known = ", ".join(device.name for device in GPUS)
        own = "of another, give your own rates: --tokens-per-second 20000/800"
        raise UserError(f"{place}: {shown(name)}, expected cpu or one of: {known}; {own}{hint}")
    return device


def gpu_here() -> Device | None:
    """The first GPU of this machine that is known; None where there is none."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return _first(map(find_device, listed.splitlines()))


def _first(devices: Iterable[Device | None]) -> Device | None:
    return next((device for device in devices if device is not None), None)
