"""Where the results of a study lie, from wherever one asks: of any output folder, moved or half-finished."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from pluralism.datasets.attributes import read_attributes
from pluralism.decisions.selection import Scale
from pluralism.errors import UserError, explain
from pluralism.files import read_yaml
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.config import Config
from pluralism.study.paths import CUSTOM_TARGETS, RESULTS, Paths, study_folder
from pluralism.study.provenance import Provenance, misfits
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.targets.sets import target_sets
from pluralism.targets.target import Target, read_target

CELL_FILES = ("predictions.parquet", "decisions.parquet", "scores.csv")
"""Any of which makes a folder that of an ADM."""
NAMED = 3
"""ADMs that a line about missing ones names."""

CellNames = tuple[str, str, str]
"""Dataset, experiment and ADM."""


@dataclass(frozen=True)
class ResultsFolder:
    """The folder of a study.

    Attributes:
        root: what the config calls `output`.
        config: of the last run as a whole; None where there is none, or it cannot be read here.
        why_no_config: in words, where there is none.
    """

    root: Path
    config: Config | None
    why_no_config: str = ""

    @property
    def paths(self) -> Paths:
        """The files that the study made."""
        return Paths(str(self.root))

    @cached_property
    def working_folder(self) -> Path:
        """Where the study was run: there lies what its user brings. Else this process's."""
        output = Path(self.config.output or "").parts if self.config is not None else ()
        root = self.root.resolve()
        if self.config is None or (output and root.parts[-len(output) :] != output):
            return Path()
        return Path(*root.parts[: len(root.parts) - len(output)])

    @cached_property
    def cells(self) -> list[CellNames]:
        """In the order of the config, or by name where there is none."""
        if self.config is not None:
            return self.config.cells()
        found = (path.parent for name in CELL_FILES for path in (self.root / RESULTS).glob(f"*/*/*/{name}"))
        return sorted({(path.parts[-3], path.parts[-2], path.parts[-1]) for path in found})

    @property
    def datasets(self) -> list[str]:
        """Those of the cells."""
        return list(dict.fromkeys(dataset for dataset, _, _ in self.cells))

    def eval(self, dataset: str) -> Path | None:
        """The eval items that are decided; None where they are not there.

        Items that a user brings are in the working folder. Without a config, a limit is known by its file.
        """
        here, brought = self.paths, Paths(str(self.working_folder))
        places = [here.limited_eval(dataset), here.eval(dataset), brought.eval(dataset)]
        if self.config is not None and self.config.datasets[dataset].limit is None:
            places = places[1:]
        return next((path for path in map(Path, places) if path.is_file()), None)

    def targets(self, dataset: str) -> list[Target]:
        """The targets whose files are there, a set after the other."""
        made = [self.root / "alignment_targets" / f"{kind}{dataset}" for kind in ("", "sampled_", "doses_", "people_")]
        folders = [*made, self.working_folder / CUSTOM_TARGETS / dataset]
        path = self._attribute_file(self.config, dataset) if self.config is not None else None
        attributes = read_attributes(path) if path is not None and path.is_file() else None
        found = [read_target(path, attributes) for folder in folders for path in sorted(folder.glob("*.json"))]
        sets = target_sets(target.name for target in found)
        return sorted(found, key=lambda target: (sets.index(target.set), target.name))

    def scale(self, dataset: str) -> Scale | None:
        """The levels in whose steps distances are counted; None where the protocol compares them as they are written.

        Raises:
            UserError: the protocol, or the attribute file, is not known here.
        """
        if self.config is None:
            raise UserError(self.why_no_config)
        if self.config.protocol.float_ties:
            return None
        return read_attributes(self._attribute_file(self.config, dataset)).steps

    def _attribute_file(self, config: Config, dataset: str) -> Path:
        path = config.attribute_path(dataset)
        return path if path.is_file() else self.working_folder / path

    def missing(self) -> Iterator[str]:
        """What is not there yet, a line each."""
        if self.config is None:
            yield f"{self.why_no_config}; so what is missing is not known"
        for dataset in self.datasets:
            if self.eval(dataset) is None:
                yield f"{dataset}: no eval items"
            yield from self.lacking(dataset, "predictions", self.paths.predictions)
            yield from self.lacking(dataset, "decisions", self.paths.decisions)
            yield from self.lacking(dataset, "scores", self.paths.cell_scores)
            tables = [name for name in COLUMNS if not Path(self.paths.statistics(dataset, name)).is_file()]
            if tables:
                yield f"{dataset}: no statistics" + ("" if len(tables) == len(COLUMNS) else f": {', '.join(tables)}")

    def misfits(self) -> Iterator[str]:
        """A line for results that were made with other settings than the config of the last whole run has.

        Where the study was run elsewhere, paths in its settings cannot be compared, and nothing is said.
        """
        if self.config is None or self.working_folder.resolve() != Path.cwd():
            return
        config = self.paths.config("yaml")
        try:
            study = Study(read_config({**read_yaml(Path(config)), "output": str(self.root)}, config))
        except UserError as error:
            yield str(error)
            return
        provenance = Provenance(study)
        records = [
            *(provenance.decisions(study.named_cell(*cell)) for cell in self.cells),
            *map(provenance.statistics, self.datasets),
        ]
        found = list(misfits(record for record in records if Path(record.path).is_file()))
        yield from (f"{fault}, as in {config}" for fault in found[:NAMED])
        if len(found) > NAMED:
            yield f"and {len(found) - NAMED} more of {config} that do not fit"

    def lacking(self, dataset: str, what: str, path: Callable[..., str]) -> Iterator[str]:
        """A line about the ADMs of a dataset that have no file of a kind yet, if any.

        Args:
            dataset: its name.
            what: the kind, for the line.
            path: gives that of a cell.
        """
        cells = [cell for cell in self.cells if cell[0] == dataset]
        if without := [cell for cell in cells if not Path(path(*cell)).is_file()]:
            yield f"{dataset}: {len(without)} of {len(cells)} ADMs have no {what} yet: {_some(without)}"


def find_results(folder: Path) -> ResultsFolder:
    """The results of a study, in its folder or in `results` itself.

    Raises:
        UserError: there are none.
    """
    root = study_folder(folder)
    if not (root / RESULTS).is_dir():
        raise UserError(f"{folder}: no results found, expected the folder {RESULTS} in it; run the study first")
    config, why = _read_config(Path(Paths(str(root)).config("yaml")))
    found = ResultsFolder(root, config, why)
    if not found.cells:
        raise UserError(f"{root / RESULTS}: no results of an ADM yet; run the study first")
    return found


def _read_config(path: Path) -> tuple[Config | None, str]:
    """The config of a run, or why there is none. The files that it names may be elsewhere: they are not looked at."""
    if not path.is_file():
        return None, f"{path}: no such file, which a run of the whole study writes"
    try:
        return Config.model_validate(read_yaml(path)), ""
    except ValidationError as error:
        return None, f"{path}: is of another version: {explain(error, Config)}"
    except UserError as error:
        return None, str(error)


def _some(cells: Sequence[CellNames]) -> str:
    names = ", ".join(f"{experiment}/{adm}" for _, experiment, adm in cells[:NAMED])
    return names if len(cells) <= NAMED else f"{names}, .."
