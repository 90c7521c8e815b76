"""Put small faults into modules, one at a time, and list those that no test notices.

    python -m dev.mutate scripts/pluralism/decisions scripts/pluralism/targets/sampling.py

Everything happens in a copy of the checkout. The tests of a module are those that import it, and those that reach it
through a command (TESTS); after the first that fails, the next mutant comes. A mutant that survives shows a hole in the
tests, or changes nothing that anyone could notice: look at each. We wrote these lines since mutmut changes no decorated
function, and so no property, and cosmic-ray changes annotations.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from dev.kill_demo import ROOT, copy_checkout
from dev.mutants import Mutant, mutants

PACKAGE = Path("scripts/pluralism")
TIMES = "seconds_of_tests.json"
SLOWEST = "PLURALISM_MUTATE_SLOWEST"
LIBRARIES = ("hypothesis", "numpy", "pandas", "pyarrow.parquet", "scipy.stats", "pydantic", "yaml")
"""What most tests import; once here, and not again for every mutant."""
TESTS = {
    "adms": ("test_adms", "test_scorers", "test_swap", "test_quirks"),
    "datasets/items.py": ("test_items", "test_selection_and_scoring"),
    "datasets/split.py": ("test_split", "test_seeds"),
    "datasets": ("test_items", "test_mic", "test_helpsteer2"),
    "decisions": ("test_selection_and_scoring", "test_decisions", "test_aggregation", "test_tables"),
    "few_shot": ("test_few_shot", "test_published_shots", "test_similarity"),
    "inference": ("test_journal", "test_importing", "test_reasonings"),
    "predictions.py": ("test_bad_numbers", "test_decisions", "test_scorers"),
    "statistics": ("test_statistics*", "test_aggregation", "test_swap"),
    "targets": ("test_targets", "test_seeds"),
}
"""Module or room -> the tests that reach it through a command, the quickest first; the longest name counts."""


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", type=Path, help="files, or folders with files, below scripts/pluralism")
    parser.add_argument("--tests", nargs="+", type=Path, help="files of tests to run; default: those of each module")
    parser.add_argument("--at-most", type=int, help="mutants of a module, drawn with a seed; default: all")
    slow = "leave out tests that take longer than so many seconds without a mutant; default: %(default)s"
    parser.add_argument("--slowest", type=float, default=5, help=slow)
    arguments = parser.parse_args()
    os.environ[SLOWEST] = str(arguments.slowest)
    for library in LIBRARIES:
        import_module(library)
    # What starts in a script's background ignores it, and so would the tests.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    paths = [path.resolve() for path in arguments.modules]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    counts = [0, 0]
    with tempfile.TemporaryDirectory(prefix="mutate") as place:
        copy = copy_checkout(Path(place))
        # Tests that clone the checkout ask git for its files.
        subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
        subprocess.run(["git", "add", "--all"], cwd=copy, check=True)
        for file in (path.relative_to(ROOT) for path in files):
            tests = arguments.tests or chosen_tests(file)
            found = list(mutants((copy / file).read_text()))
            if not found or not tests:
                print(f"{file}: {'nothing to change' if tests else 'no test reaches it; name some with --tests'}")
                continue
            if arguments.at_most and len(found) > arguments.at_most:
                found = sorted(random.Random(0).sample(found, arguments.at_most), key=lambda mutant: mutant.line)
            alive = sum(1 for _ in survivors(copy, file, found, tests))
            print(f"{file}: {len(found) - alive} of {len(found)} killed", flush=True)
            counts = [counts[0] + len(found) - alive, counts[1] + len(found)]
    print(f"{counts[0]} of {counts[1]} killed, {100 * counts[0] / max(counts[1], 1):.1f}%")


def chosen_tests(file: Path) -> list[Path]:
    """The tests of a module: those that import it, then those of `TESTS`."""
    inside = file.relative_to(PACKAGE)
    name = re.escape(".".join(("pluralism", *inside.with_suffix("").parts)))
    imports = re.compile(rf"^\s*(from|import) {name}\b(?!\.)", re.MULTILINE)
    tests = sorted((ROOT / "tests").glob("test_*.py"))
    fits = [room for room in TESTS if inside.is_relative_to(room)]
    patterns = TESTS[max(fits, key=len)] if fits else ()
    reached = [path for pattern in patterns for path in sorted((ROOT / "tests").glob(f"{pattern}.py"))]
    # Fuzzing takes long, and looks for tracebacks only.
    direct = [path for path in tests if imports.search(path.read_text()) and "fuzz" not in path.name]
    return [path.relative_to(ROOT) for path in dict.fromkeys([*direct, *reached])]


def survivors(copy: Path, file: Path, found: Sequence[Mutant], tests: Sequence[Path]) -> Iterator[Mutant]:
    """The mutants with which all tests pass, each printed as soon as it is known; exits if they fail without any."""
    source = (copy / file).read_text()
    began = time.monotonic()
    print(f"{file}: {len(found)} mutants, {' '.join(path.stem for path in tests)}", flush=True)
    (copy / TIMES).unlink(missing_ok=True)
    if not passes(copy, tests, 600):
        sys.exit(f"{file}: its tests fail, or take over 10 minutes, without a mutant")
    limit = 10 + 3 * (time.monotonic() - began)
    try:
        for mutant in found:
            (copy / file).write_text(mutant.source)
            if passes(copy, tests, limit):
                print(f"  {file}:{mutant.line}: {mutant.before}  ->  {mutant.after}", flush=True)
                yield mutant
    finally:
        (copy / file).write_text(source)


def passes(folder: Path, tests: Sequence[Path], seconds: float) -> bool:
    """Whether tests pass in a folder within some seconds, in a process that finds our modules there."""
    child = os.fork()
    if child == 0:
        os._exit(_run_tests(folder, tests))
    done, status, end = 0, 1, time.monotonic() + seconds
    try:
        while not done and time.monotonic() < end:
            time.sleep(0.01)
            done, status = os.waitpid(child, os.WNOHANG)
    finally:
        if not done:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return bool(done) and status == 0


def _run_tests(folder: Path, tests: Sequence[Path]) -> int:
    """Run tests in this process, which has imported the libraries that they need; gives the exit code."""
    os.setsid()
    os.chdir(folder)
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    places = [str(folder), str(folder / "scripts")]
    sys.path[:0] = places
    os.environ["PYTHONPATH"] = os.pathsep.join(places)
    # Of mutants no compiled file is kept: they are told apart by the second and the size of their source.
    sys.dont_write_bytecode = (folder / TIMES).exists()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1" if sys.dont_write_bytecode else ""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("dev", "pluralism", "tests")]:
        del sys.modules[name]
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "dev.mutate", "--hypothesis-seed", "0"]
    return int(pytest.main([*options, *map(str, tests)]))


_seconds: defaultdict[str, float] = defaultdict(float)
"""Of each test."""


def pytest_configure() -> None:
    """Called by pytest (`-p dev.mutate`): a failing example need not be made small, and slowness is no failure."""
    from hypothesis import Phase, settings

    settings.register_profile("mutate", phases=(Phase.explicit, Phase.generate), database=None, deadline=None)
    settings.load_profile("mutate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called by pytest: once times are known, the quickest tests come first and slow ones are left out."""
    if Path(TIMES).exists():
        seconds = json.loads(Path(TIMES).read_text())
        quick = [item for item in items if seconds[item.nodeid] <= float(os.environ[SLOWEST])]
        items[:] = sorted(quick, key=lambda item: seconds[item.nodeid])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Called by pytest after each part of a test."""
    _seconds[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    """Called by pytest."""
    if not Path(TIMES).exists():
        Path(TIMES).write_text(json.dumps(_seconds))


if __name__ == "__main__":
    main()
