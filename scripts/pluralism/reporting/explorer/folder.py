"""The explorer's folder: the page, what the study is called, and the data of each dataset."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pluralism.files import replacing_folder
from pluralism.reporting.explorer.building import DatasetResults, dataset_scripts
from pluralism.reporting.explorer.payloads import write_script
from pluralism.study.study import Study

PAGE = Path(__file__).parent / "page"
"""What opens; made from its source in `dev/explorer/`."""
FORMAT = 1
"""Of the data; another number where a page of before cannot read it."""


def page_files() -> list[Path]:
    """The files of the page."""
    return sorted(path for path in PAGE.iterdir() if path.is_file() and path.name[0] != ".")


def question_files(study: Study, dataset: str) -> list[str]:
    """The files that the questions of a dataset's ADMs are made of: items, few-shot examples, templates."""
    options = ("train", "eval", "whole_eval", "attributes", "examples", "prompts")
    inputs = [study.prediction_inputs(cell) for cell in study.cells(dataset) if cell.needs_model]
    found = [files[option] for files in inputs for option in options]
    return sorted({path for files in found for path in ([files] if isinstance(files, str) else files)})


def write_dataset(results: DatasetResults, folder: Path) -> None:
    """Write the data of a dataset as a folder of scripts, completely or not at all."""
    with replacing_folder(folder) as draft:
        for name, value in dataset_scripts(results):
            write_script(draft / f"{name}.js", f"{results.name}/{name}", value)


def study_value(study: Study) -> dict[str, Any]:
    """What the page has to know of a study before it opens a dataset."""
    names = study.config.names()
    return {
        "format": FORMAT,
        "name": Path(study.config.output or "").name,
        "note": study.config.footnote,
        "datasets": [{"name": name, "label": names.dataset(name)} for name in study.datasets],
    }


def write_page(study: Study, folder: Path, files: Iterable[Path]) -> None:
    """Write the page and what it opens first; the data of the datasets lies beside it."""
    write_script(folder / "data" / "study.js", "study", study_value(study))
    for path in files:
        shutil.copyfile(path, folder / path.name)
