"""Time all steps after inference on made-up predictions for a config's whole grid, and print what they took."""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from dev.synthetic import PAPER_ITEMS, write_study
from pluralism.commands import put_this_python_first, run
from pluralism.errors import UserError
from pluralism.files import read_yaml
from pluralism.study.reading import read_config

ROOT = Path(__file__).resolve().parent.parent
TARGETS = "at most 600 s and 4 GB on 2 cores"


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=ROOT / "config.yaml")
    parser.add_argument("--items", type=int, help="eval items per dataset; default: as many as in the paper")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    put_this_python_first()
    config = read_config(read_yaml(arguments.config))
    items = {name: arguments.items or PAPER_ITEMS.get(name, 400) for name in config.grid.datasets}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"writing made-up predictions: {items} items, {len(config.cells())} ADMs", flush=True)
        write_study(config, items, 0, folder)
        (folder / "scripts").symlink_to(ROOT / "scripts")
        shutil.copyfile(arguments.config, folder / "config.yaml")
        shutil.copyfile(ROOT / "data" / "reference_numbers.csv", folder / "data" / "reference_numbers.csv")
        start = time.monotonic()
        run_workflow(folder, arguments.cores)
        print(f"wall time: {time.monotonic() - start:.0f} s with {arguments.cores} cores (wanted: {TARGETS})")
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        at_once = f"{arguments.cores} at once: at most {arguments.cores * largest:.2f} GB"
        print(f"largest process: {largest:.2f} GB; {at_once}")
        print(f"files written: {sum(path.stat().st_size for path in folder.rglob('*')) / 2**30:.1f} GB")
        print(longest_jobs(folder).to_string(float_format="%.1f"))


def run_workflow(folder: Path, cores: int) -> None:
    """Run the whole study in a folder where all predictions are made already.

    Raises:
        UserError: a step failed, or Snakemake plans to ask a model.
    """
    command = ["snakemake", "--snakefile", str(ROOT / "Snakefile"), "--configfile", "overlay.yaml"]
    command += ["--cores", str(cores)]
    plan = subprocess.run([*command, "--dry-run"], cwd=folder, capture_output=True, text=True, check=False)
    if plan.returncode != 0 or " predicts" in plan.stdout + plan.stderr:
        raise UserError(f"the made-up predictions do not fit the workflow: {(plan.stderr + plan.stdout)[-2000:]}")
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout[-5000:], file=sys.stderr)
        raise UserError("a step failed; the end of Snakemake's output is above")


def longest_jobs(folder: Path, number: int = 10) -> pd.DataFrame:
    """The jobs that took longest: seconds, and MB as Snakemake sampled them."""
    rows = {
        str(path.relative_to(folder / "results" / "benchmarks").with_suffix("")): pd.read_csv(path, sep="\t").iloc[0]
        for path in (folder / "results" / "benchmarks").rglob("*.tsv")
    }
    table = pd.DataFrame(
        {"seconds": [row["s"] for row in rows.values()], "MB": [row["max_rss"] for row in rows.values()]},
        index=list(rows),
    )
    return table.astype(float).nlargest(number, "seconds")


if __name__ == "__main__":
    run(main)
