"""What jobs depend on beside the files that other jobs make: files of the user, code, and options for commands."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from pluralism.adms.base import ADMS
from pluralism.engines.models import ENGINES, LanguageModel
from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.similarity.settings import SIMILARITIES, Similarity
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


def cell_code(cell: Cell) -> list[Path]:
    """The files that define the kinds of a cell's ADM and of the engine that it asks."""
    model = cell.settings.model
    return [ADMS.file(cell.settings.adm.kind), *(engine_code(model) if model is not None and cell.needs_model else [])]


def engine_code(model: LanguageModel) -> list[Path]:
    """The file that defines the kind of a model's engine."""
    return [ENGINES.file(model.engine)]


def similarity_code(measure: Similarity) -> Path:
    """The file that defines the kind of a similarity."""
    return SIMILARITIES.file(measure.method)


def selection_options(few_shot: FewShot, seed: int) -> list[str]:
    """The options of `select_examples.py` for a way to choose few-shot examples."""
    shots = ["--shots", str(few_shot.shots)] if few_shot.shots is not None else []
    chance = ["--seed", str(seed)] if few_shot.measure is None else []
    return ["--select", few_shot.select, *shots, *chance]


def similarity_options(measure: Similarity) -> list[str]:
    """The options of `compare_items.py` for a measure of similarity."""
    return ["--similarity", measure.method, "--match", measure.match, "--options", json.dumps(measure.options)]
