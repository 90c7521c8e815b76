"""The run times that Snakemake keeps in `results/benchmarks/`."""

from pathlib import Path

import pandas as pd

from pluralism.errors import UserError


def inference_seconds(folder: Path | None, experiment: str, adm: str) -> float | None:
    """Seconds that the inference of an ADM took, its shards together.

    A run that went on where an earlier one was killed counts only from there.

    Args:
        folder: `results/benchmarks/{dataset}`; None where there are no run times.
        experiment: the experiment.
        adm: the ADM.

    Returns:
        None where no run time is kept.

    Raises:
        UserError: a file of run times has another form.
    """
    if folder is None:
        return None
    own = folder / experiment / adm
    paths = [*own.glob("predict.tsv"), *own.glob("predict_shard/*.tsv")]
    return sum(map(_seconds, paths)) if paths else None


def _seconds(path: Path) -> float:
    try:
        return float(pd.read_csv(path, sep="\t")["s"].sum())
    except (ValueError, KeyError):
        raise UserError(f"{path}: expected Snakemake's table of run times, with a column s") from None
