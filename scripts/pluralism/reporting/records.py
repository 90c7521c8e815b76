"""What all results of a study have to be made with."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pluralism.reporting.figure import Planned, Stage, planned_figures
from pluralism.study.grid import make_cell
from pluralism.study.provenance import Provenance, Record
from pluralism.study.study import Study


def figures_record(study: Study, dataset: str, stage: Stage, planned: Sequence[Planned]) -> Record:
    """That of the figures of a dataset that wait for the same."""
    provenance, parts = Provenance(study), list[Record]()
    files = {name for entry in planned for name in entry.figure.files}
    if files & {"train", "eval"}:
        parts += provenance.items(dataset)
    if "targets" in files:
        parts += provenance.all_targets(dataset)
    for part in (entry.part for entry in planned if "predictions" in entry.figure.files):
        parts.append(provenance.predictions(make_cell(study.config, dataset, str(part.experiment), str(part.adm))))
    if stage == Stage.STATISTICS:
        parts.append(provenance.statistics(dataset))
    return provenance.record(f"{dataset}/draw_{stage}", study.paths.figures_folder(dataset), {}, parts)


def study_records(study: Study) -> Iterator[Record]:
    """All of a study, in the order of the data; those of the explorer where there is one."""
    provenance = Provenance(study)
    for dataset in study.datasets:
        yield from provenance.items(dataset)
        yield from provenance.all_targets(dataset)
        yield from provenance.annotations(dataset)
        for cell in study.cells(dataset):
            yield provenance.predictions(cell)
            yield provenance.decisions(cell)
        yield from (provenance.scores(dataset), provenance.statistics(dataset), provenance.tables(dataset))
        for stage, planned in planned_figures(study.config, dataset).items():
            yield figures_record(study, dataset, stage, planned)
        if Path(study.paths.explorer()).is_file():
            yield provenance.explorer(dataset)
