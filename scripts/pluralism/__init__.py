"""Steerable pluralism: datasets, alignment targets, automatic decision makers, engines and scores."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pluralism.reporting.data.results import Results

__all__ = ["load_results"]


def load_results(folder: str | Path = ".") -> "Results":
    """The results of a study as tidy DataFrames: `load_results("studies/mine").decisions`.

    Its tables are `items`, `labels`, `targets`, `predictions`, `decisions`, `scores` and `statistics[name]`; `missing`
    says what a study that is not finished lacks.

    Args:
        folder: the study's, `output` in its config.

    Raises:
        pluralism.errors.UserError: it holds no results.
    """
    # By name: every module imports this file, and would be taken to depend on all that reads results.
    results: Results = import_module("pluralism.reporting.data.results").load_results(folder)
    return results
