"""Kill the demo again and again, go on each time by the same command, and compare its results with an undisturbed run.

The demo runs in a copy of the checkout, and anew in another whenever it comes to its end between two kills. The
moments, the signals (SIGKILL, SIGTERM, SIGINT) and whom they reach (a job, Snakemake alone, or all processes) are drawn
from a seed. Exits with 1 if a file differs in more than the last digits, an answer was made twice, or a run that was
not killed fails. Takes about 20 minutes on two cores.
"""

import argparse
import filecmp
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd

from pluralism.commands import put_this_python_first
from pluralism.inference.journal import decode_record

ROOT = Path(__file__).parent.parent
COMMAND = ("snakemake", "--workflow-profile", "profiles/demo")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
WHOM = ("a job", "snakemake", "all")
COMPARED = (
    "results/tables/*",
    "results/*/scores.csv",
    "results/**/predictions.parquet",
    "results/**/input_output.json",
)
DECIMALS = 5
NUMBER = re.compile(r"\d+\.\d+(?:e-?\d+)?")
TIMED = "_cost"
"""Tables that show what the runs took."""


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--longest", type=float, default=30, help="seconds until a kill at most; default: %(default)s")
    parser.add_argument("--undisturbed", type=Path, help="a folder with the results of an undisturbed run; else made")
    parser.add_argument("command", nargs="*", default=COMMAND, help="after --; default: the demo's")
    arguments = parser.parse_args()
    put_this_python_first()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what starts in a script's background ignores it
    with tempfile.TemporaryDirectory(prefix="kill_demo") as place:
        undisturbed = arguments.undisturbed
        if undisturbed is None:
            undisturbed = copy_checkout(Path(place, "undisturbed"))
            end_well(arguments.command, undisturbed)
        killed = copy_checkout(Path(place, "killed"))
        draw = random.Random(arguments.seed)
        kills, faults = 0, list[str]()
        while kills < arguments.kills:
            if (happened := kill_once(arguments.command, killed, draw, arguments.longest)) is None:
                faults += [*different(undisturbed, killed), *made_twice(killed)]
                killed = copy_checkout(Path(place, f"killed_after_{kills}"))
                continue
            kills += 1
            report(f"{kills}: {happened}")
        end_well(arguments.command, killed)
        faults += [*different(undisturbed, killed), *made_twice(killed)]
    sys.exit("\n".join(faults) if faults else 0)


def report(text: str) -> None:
    """Print with the time."""
    print(time.strftime("%H:%M:%S"), text, flush=True)


def copy_checkout(folder: Path) -> Path:
    """Copy the files that git knows or would add; gives the folder."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def start(command: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    """Start the command in a session of its own, with the package of the folder; it prints into run.txt."""
    environment = os.environ | {"PYTHONPATH": f"{folder / 'scripts'}"}
    with (folder / "run.txt").open("wb") as printed:
        return subprocess.Popen(
            command, cwd=folder, env=environment, start_new_session=True, stdout=printed, stderr=subprocess.STDOUT
        )


def end_well(command: Sequence[str], folder: Path) -> None:
    """Run the command to its end; exits with what it printed if it fails."""
    began = time.monotonic()
    if start(command, folder).wait() != 0:
        sys.exit((folder / "run.txt").read_text())
    report(f"{folder.name}: went to its end in {time.monotonic() - began:.0f} s")


def kill_once(command: Sequence[str], folder: Path, draw: random.Random, longest: float) -> str | None:
    """Run the command, and send a signal at a random moment; gives what happened, or None if it had ended before.

    Exits if it fails before the signal.
    """
    number, whom, seconds = draw.choice(SIGNALS), draw.choice(WHOM), draw.uniform(0, longest)
    process = start(command, folder)
    began = time.monotonic()
    while process.poll() is None and (time.monotonic() - began < seconds or (whom == "a job" and not jobs(process))):
        time.sleep(0.05)
    if process.poll() is not None:
        if process.returncode != 0:
            sys.exit(f"failed without a kill:\n{(folder / 'run.txt').read_text()}")
        report(f"{folder.name}: went to its end before a kill; the next begins anew")
        return None
    moment = time.monotonic() - began
    if whom == "all":
        os.killpg(process.pid, number)
    elif whom == "snakemake":
        process.send_signal(number)
    else:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(draw.choice(jobs(process) or [process.pid]), number)
    code = process.wait()
    last = (folder / "run.txt").read_text().rstrip().rpartition("\n")[2]
    what = f"{signal.Signals(number).name} to {whom} after {moment:.1f} s"
    return f"{what}: exit code {code} after {time.monotonic() - began - moment:.1f} s more: {last[:100]}"


def jobs(process: "subprocess.Popen[bytes]") -> list[int]:
    """The numbers of the processes below Snakemake: a shell and a command for each job."""
    listing = ["ps", "-o", "pid=", "-s", str(process.pid)]
    listed = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
    return [int(number) for number in listed.split() if int(number) != process.pid]


def different(undisturbed: Path, killed: Path) -> Iterator[str]:
    """The files that are not equal, or that only one of the folders has."""
    names, others = (
        {path.relative_to(folder) for pattern in COMPARED for path in folder.glob(pattern)}
        for folder in (undisturbed, killed)
    )
    yield from (f"{name}: only one of the two runs made it" for name in sorted(names ^ others))
    compared = sorted(name for name in names & others if not name.stem.endswith(TIMED))
    nearly = [name for name in compared if not same(undisturbed / name, killed / name)]
    yield from (f"{name}: differs" for name in nearly if not alike(undisturbed / name, killed / name))
    only = f"; equal in the first {DECIMALS} decimals only: {', '.join(map(str, nearly))}" if nearly else ""
    report(f"{len(compared)} files compared{only}")


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same; a Parquet file also names the version of its library."""
    if one.suffix == ".parquet":
        return pd.read_parquet(one).equals(pd.read_parquet(other))
    return filecmp.cmp(one, other, shallow=False)


def alike(one: Path, other: Path) -> bool:
    """Whether two files hold the same but for the last digits of numbers.

    The mean of a score's distribution depends in these on what else is in its batch, and a kill makes other batches.
    """
    if one.suffix == ".parquet":
        return pd.read_parquet(one).round(DECIMALS).equals(pd.read_parquet(other).round(DECIMALS))
    texts = [NUMBER.sub(lambda match: f"{float(match[0]):.{DECIMALS}f}", path.read_text()) for path in (one, other)]
    return texts[0] == texts[1]


def made_twice(folder: Path) -> Iterator[str]:
    """The journals in which an answer was made twice."""
    answers = 0
    for path in sorted(folder.glob("results/journals/**/*.jsonl")):
        records = list(map(decode_record, path.read_bytes().splitlines(keepends=True)))
        if None in records:
            yield f"{path.relative_to(folder)}: {records.count(None)} damaged lines"
        keys = Counter(record.generation.key for record in records if record is not None)
        answers += keys.total()
        if twice := keys.total() - len(keys):
            yield f"{path.relative_to(folder)}: {twice} answers were made twice"
    report(f"{answers} answers in the journals")


if __name__ == "__main__":
    main()
