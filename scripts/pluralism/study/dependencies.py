"""What jobs depend on beside the files that other jobs make: files of the user, code, and options for commands."""

import os
from collections.abc import Iterable
from pathlib import Path

from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.prompts.rendering import Prompts
from pluralism.study.grid import Cell


def folder_files(folder: str | None) -> list[str]:
    """The files of a model or encoder that lies in a local folder; none of one of the hub."""
    if folder is None or not Path(folder).is_dir():
        return []
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())


def model_files(cell: Cell) -> list[str]:
    """The files of the model that a cell's ADM asks, where it lies in a local folder."""
    model = cell.settings.model
    return folder_files(model.id) if model is not None and cell.needs_model else []


def template_files(folder: str | None, templates: Iterable[str]) -> list[str]:
    """Templates as files: those in the user's folder where there are such, else ours."""
    prompts = Prompts(Path(folder) if folder is not None else None)
    return [os.path.relpath(prompts.path(template)) for template in templates]


def adm_code(cell: Cell) -> str:
    """The module that defines the ADM's kind."""
    return f"pluralism/adms/{cell.settings.adm.kind}.py"


def selection_options(few_shot: FewShot, seed: int) -> list[str]:
    """The options of `select_examples.py` for a way to choose few-shot examples."""
    shots = ["--shots", str(few_shot.shots)] if few_shot.shots is not None else []
    chance = ["--seed", str(seed)] if few_shot.measure is None else []
    return ["--select", few_shot.select, *shots, *chance]


def similarity_options(measure: Similarity) -> list[str]:
    """The options of `compare_items.py` for a measure of similarity."""
    encoder = ["--encoder", measure.encoder] if measure.encoder is not None else []
    layer = ["--layer", str(measure.layer)] if measure.layer is not None else []
    return ["--similarity", measure.method, "--match", measure.match, *encoder, *layer]
