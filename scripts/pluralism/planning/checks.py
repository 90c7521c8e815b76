"""Whether all that the grid names is in place: models, encoders and prompt templates."""

from collections.abc import Iterator
from pathlib import Path

from pluralism.planning.checkpoints import Checkpoints
from pluralism.planning.findings import Finding
from pluralism.study.study import Study


def study_findings(study: Study) -> list[Finding]:
    """All that the grid needs and lacks, but for the datasets."""
    checkpoints = Checkpoints()
    return [*_prompts(study), *_models(study, checkpoints), *_encoders(study, checkpoints)]


def _prompts(study: Study) -> Iterator[Finding]:
    folder = study.config.prompts
    if folder is not None and not Path(folder).is_dir():
        yield Finding("prompts", f"{folder}: no such folder")
    for adm in dict.fromkeys(adm for _, _, adm in study.config.cells()):
        for path in study.prompt_files(adm):
            if not Path(path).is_file():
                yield Finding(f"adms.{adm}", f"{path}: no such prompt template")


def _models(study: Study, checkpoints: Checkpoints) -> Iterator[Finding]:
    written = filter(study.has_written_reasonings, study.datasets)
    writers = [study.config.datasets[dataset].reasonings.model for dataset in written]
    asked = [study.config.experiments[name].model for _, name, _ in _asking(study)]
    for name in dict.fromkeys([*writers, *asked]):
        if name is not None:
            yield from checkpoints.check_model(name, study.config.models[name])


def _encoders(study: Study, checkpoints: Checkpoints) -> Iterator[Finding]:
    """The encoders that choose few-shot examples, unless they are chosen already."""
    encoders: dict[str, str] = {}
    for dataset, _, adm in _asking(study):
        few_shot = study.config.adm(adm).few_shot
        measure = few_shot.measure if few_shot is not None else None
        chosen = all(Path(path).is_file() for path in study.examples(dataset, adm))
        if measure is not None and measure.encoder is not None and not chosen:
            encoders.setdefault(measure.encoder, f"adms.{adm}.few_shot")
    for encoder, place in encoders.items():
        yield from checkpoints.check(place, encoder)


def _asking(study: Study) -> list[tuple[str, str, str]]:
    return [cell for cell in study.config.cells() if study.config.adm(cell[2]).needs_model]
