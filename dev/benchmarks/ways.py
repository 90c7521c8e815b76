"""Ways to answer the same requests, side by side: our own decoding, transformers' `generate` with our masks, and vLLM.

Each is measured in a process of its own, one after the other, on a real model and real texts. What is loaded once is
not counted: one request is answered before the clock starts.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from dev.benchmarks.items import read_some_items
from dev.benchmarks.workloads import WORKLOADS
from pluralism.commands import run
from pluralism.engines import SHORT_WAITS, open_engine
from pluralism.engines.base import Engine
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.local.trial import Trial, try_model
from pluralism.engines.models import LanguageModel

WAYS = {"own": "own engine", "generate": "transformers `generate`, our masks", "vllm": "vLLM"}
DTYPES = ("float32", "bfloat16")
MOST_OF_GENERATE = 20
"""Requests: it is slow, and a rate needs no more."""
ITEMS = 2000
GIB = 2**30


class Generate(TransformersEngine):
    """Decodes by transformers' `generate`, whatever the model allows."""

    @cached_property
    def _trial(self) -> Trial:
        return try_model(self._model, self._tokenizer, share=False)


@dataclass(frozen=True)
class Measured:
    """What a way took.

    Attributes:
        requests_per_minute: answers per minute.
        first_seconds: until the first answer.
        peak_gib: the most memory of the process, of vLLM's largest, or of a GPU.
    """

    requests_per_minute: float
    first_seconds: float
    peak_gib: float


def engine_of(way: str, model: str, dtype: str) -> Engine:
    """The engine of a way."""
    if way == "vllm":
        return open_engine(LanguageModel(id=model, engine="vllm", dtype=dtype))
    return (TransformersEngine if way == "own" else Generate)(LanguageModel(id=model, dtype=dtype))


def measure(way: str, model: str, dtype: str, work: str, raw: Path) -> Measured:
    """Answer a workload one way, in this process."""
    first, *requests = WORKLOADS[work](read_some_items(raw, ITEMS))
    requests = requests[: MOST_OF_GENERATE - 1] if way == "generate" else requests
    engine = engine_of(way, model, dtype)
    try:
        list(engine.generate([first]))
        started = time.perf_counter()
        times = [time.perf_counter() - started for batch in engine.generate(requests) for _ in batch]
    finally:
        if close := getattr(engine, "close", None):
            close()
    return Measured(60 * len(times) / times[-1], times[0], _peak(way) / GIB)


def _peak(way: str) -> float:
    """Bytes. What a server took is known once it has ended."""
    if torch.cuda.is_available() and way != "vllm":
        return torch.cuda.max_memory_allocated()
    whose = resource.RUSAGE_CHILDREN if way == "vllm" else resource.RUSAGE_SELF
    return resource.getrusage(whose).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def compare(model: str, raw: Path) -> dict[str, float]:
    """Print the table, and return its figures by name: workload by workload, so that ways stand next to each other."""
    found: dict[tuple[str, str, str], Measured] = {}
    for work in WORKLOADS:
        for dtype in DTYPES:
            for way in WAYS:
                if (measured := _apart(way, model, dtype, work, raw)) is not None:
                    found[way, dtype, work] = measured
    print(_table(found), flush=True)
    return {
        f"{work}_{way}_{dtype}_{name}": value
        for (way, dtype, work), measured in found.items()
        for name, value in asdict(measured).items()
    }


def _apart(way: str, model: str, dtype: str, work: str, raw: Path) -> Measured | None:
    """Measure in another process; None where that cannot be, which is told in a line."""
    options = {"way": way, "model": model, "dtype": dtype, "work": work, "raw": str(raw)}
    given = [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run(
        [sys.executable, "-m", __name__, *given],
        env={**SHORT_WAITS, **os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        print(f"{WAYS[way]}, {dtype}, {work}: skipped, {reason}", flush=True)
        return None
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _table(found: dict[tuple[str, str, str], Measured]) -> str:
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    heads = [device, *(f"{work}, {name}" for work in WORKLOADS for name in ("requests/min", "first s", "peak GiB"))]
    table: str = pd.DataFrame(list(_lines(found)), columns=heads).to_markdown(index=False, floatfmt=".3g")
    return table


def _lines(found: dict[tuple[str, str, str], Measured]) -> Iterator[Sequence[Any]]:
    for way, words in WAYS.items():
        for dtype in DTYPES:
            cells = [found.get((way, dtype, work)) for work in WORKLOADS]
            if any(cells):
                numbers = [asdict(cell).values() if cell else (None, None, None) for cell in cells]
                yield f"{words}, {dtype}", *(number for three in numbers for number in three)


def main() -> None:
    """Measure one way and print what it took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=list(WAYS), required=True, help="how requests are answered")
    parser.add_argument("--model", required=True, help="a hub id, a folder or a file")
    parser.add_argument("--dtype", choices=DTYPES, required=True, help="of the weights")
    parser.add_argument("--work", choices=list(WORKLOADS), required=True, help="which requests")
    parser.add_argument("--raw", type=Path, required=True, help="folder of HelpSteer2's files")
    arguments = parser.parse_args()
    print(json.dumps(asdict(measure(**vars(arguments)))))


if __name__ == "__main__":
    run(main)
