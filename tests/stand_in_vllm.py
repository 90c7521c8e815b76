"""A stand-in for vLLM's command: a real server of the same protocol with a process below it, that dies on demand.

`stand_in` writes an executable file that starts it. What it was called with, and its processes, are lines of a file.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.serving import Handler, Listener


@dataclass(frozen=True)
class StandIn:
    """An executable file, and what became of its calls.

    Attributes:
        path: of the file, for PLURALISM_VLLM.
        folder: where it writes.
    """

    path: Path
    folder: Path

    @property
    def starts(self) -> list[dict[str, Any]]:
        """Of each call: its arguments, the environment that matters, and the numbers of its two processes."""
        notes = self.folder / "starts.jsonl"
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []

    @property
    def answered(self) -> list[str]:
        """The digests of the requests answered; one asked twice stands there twice."""
        log = self.folder / "answered"
        return log.read_text().split() if log.exists() else []

    @property
    def left(self) -> list[int]:
        """The processes that still run."""
        return [number for start in self.starts for number in start["processes"] if runs(number)]


def runs(number: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def stand_in(folder: Path, **behaviour: Any) -> StandIn:
    """Write the executable file.

    Args:
        folder: for it and what it writes.
        behaviour: `fails`: it ends at its start, with these lines. `dies_after`: it is killed after so many answers,
            `dies` times. `hangs`: it never listens. `seconds`: an answer takes so long. `ignores_stop`: SIGTERM does
            nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vllm"
    program = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'scripts')]!r}\n"
    program += f"from tests.stand_in_vllm import main\nmain({str(folder)!r}, {behaviour!r})\n"
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)
    return StandIn(path, folder)


class DyingHandler(Handler):
    """Kills its process after some answers."""

    answers_left: int | None = None

    def _answer(self, asked: Any, fault: str | None) -> None:
        super()._answer(asked, fault)
        with self.lock:
            if DyingHandler.answers_left is not None:
                DyingHandler.answers_left -= 1
                if DyingHandler.answers_left == 0:
                    print("CUDA error: an illegal memory access was encountered", flush=True)
                    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, behaviour: dict[str, Any]) -> None:
    """Serve until it is stopped, or as it is told to."""
    below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    starts = Path(folder, "starts.jsonl")
    number = len(starts.read_text().splitlines()) if starts.exists() else 0
    noted = {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "VLLM_BATCH_INVARIANT")}
    with starts.open("a") as stream:
        note = {"arguments": sys.argv[1:], "environment": noted, "processes": [os.getpid(), below.pid]}
        stream.write(json.dumps(note) + "\n")
    if "fails" in behaviour:
        print("\n".join(behaviour["fails"]), flush=True)
        sys.exit(1)
    print("INFO 11-29 12:05:44 [model.py:733] Resolved architecture: LlamaForCausalLM", flush=True)
    print("\rLoading: 0%\rLoading: 50%", flush=True)
    if behaviour.get("ignores_stop"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour.get("hangs"):
        time.sleep(1000)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--served-model-name", required=True)
    called = parser.parse_known_args()[0]
    DyingHandler.model = called.served_model_name
    if number < behaviour.get("dies", 1):
        DyingHandler.answers_left = behaviour.get("dies_after")
    nothing = dict.fromkeys(("fault", "every", "poison", "together", "context", "no_system_role"))
    DyingHandler.options = argparse.Namespace(
        **nothing,
        key=os.environ["VLLM_API_KEY"],
        log=str(Path(folder, "answered")),
        seconds=behaviour.get("seconds", 0.0),
        sentence=3,
    )
    with Listener(("127.0.0.1", called.port), DyingHandler) as listener:
        listener.serve_forever()
