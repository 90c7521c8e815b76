"""The run of Snakemake that a job belongs to: a model that one of its jobs has loaded answers for the others, too.

Each cell of a grid is a job of its own, so that an edit, a goal or a fault concerns just this cell. A job that has
loaded a model goes on, after its own answers, with those that other jobs of the run will ask of this model, and that
nobody else is at; those jobs then find them in their journals, and load nothing. So weights are loaded once per model
and device, on one machine and on a cluster, where jobs share only the file system.

The run's folder has a list of its jobs, which Snakemake's process writes when it begins, a mark for each job that was
answered, and the identity of each model that was loaded, so that nobody needs to load its tokenizer to know its keys.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from pluralism.engines.models import ENGINES, LanguageModel
from pluralism.errors import UserError
from pluralism.files import read_json, write_json, write_text
from pluralism.inference.jobs import PredictionJob, answer
from pluralism.inference.journal import JournalInUseError
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.run_folder import run_folder
from pluralism.inference.settings import Section
from pluralism.requests import digest

JOBS = "jobs.json"

log = logging.getLogger(__name__)


class ListedJob(Section):
    """A job of a run that asks a model.

    Attributes:
        job: what it is given.
        made_before: those of its inputs that other jobs of the run make.
    """

    job: PredictionJob
    made_before: tuple[Path, ...] = ()


_JOBS = TypeAdapter(tuple[ListedJob, ...])


@dataclass(frozen=True)
class Run:
    """A run by its folder, which all its jobs can reach."""

    folder: Path

    @classmethod
    def current(cls) -> Self | None:
        """The run that this process belongs to; None for a command that is called by hand."""
        folder = run_folder()
        return cls(folder) if folder is not None and (folder / JOBS).is_file() else None

    def begin(self, jobs: Sequence[ListedJob]) -> None:
        """Write the list of the jobs that ask a model, in the order in which they are to be answered."""
        write_text(self.folder / JOBS, _JOBS.dump_json(tuple(jobs)).decode())

    def open(self, model: LanguageModel) -> LoadedOnce:
        """The engine of a model, with its identity if a job of the run has loaded it."""
        path = self.folder / f"identity_{_key(model)}.json"
        known = None
        with suppress(UserError):  # none yet
            known = read_json(path)
        return LoadedOnce(model, known, lambda identity: write_json(path, identity))

    def answer_others(self, own: PredictionJob, engine: LoadedOnce) -> None:
        """Answer what other jobs of the run ask of the model of a job, as far as nobody else does so.

        Where no weights are loaded here, as for a server elsewhere, each job asks for itself. A fault is left to the
        job that it concerns, and is only logged; if it is the model's, this ends.
        """
        if own.settings.model is None or not ENGINES.get(own.settings.model.engine).loads_weights:
            return
        while not engine.has_failed and (other := next(self._unanswered(own), None)) is not None:
            log.info("for another job of this run: %s", _name(other))
            try:
                answer(other, engine)
            except JournalInUseError:
                pass  # another job is at it
            except Exception as error:  # whatever an ADM of the user raises
                log.warning("%s: %s: %s; its own job tells more", _name(other), type(error).__name__, error)
            finally:
                self.mark(other)

    def mark(self, job: PredictionJob) -> None:
        """Note that a job was answered, or tried: no other job needs to look at it."""
        with suppress(OSError):  # the run has ended, and its folder is gone
            self._mark_of(job).touch()

    def _unanswered(self, own: PredictionJob) -> Iterator[PredictionJob]:
        if not self.folder.exists():  # the run has ended
            return
        wanted = _key(own.settings.model)
        for listed in self._jobs:
            asks_it = _key(listed.job.settings.model) == wanted
            if asks_it and not self._mark_of(listed.job).exists() and all(map(self._is_made, listed.made_before)):
                yield listed.job

    def _is_made(self, path: Path) -> bool:
        """Whether a file was made since the run began; by the clock of its disk."""
        return path.exists() and path.stat().st_mtime_ns >= self._began

    def _mark_of(self, job: PredictionJob) -> Path:
        return self.folder / f"answered_{digest([str(job.journal), job.shard])}"

    @cached_property
    def _jobs(self) -> tuple[ListedJob, ...]:
        return _JOBS.validate_python(read_json(self.folder / JOBS))

    @cached_property
    def _began(self) -> int:
        return (self.folder / JOBS).stat().st_mtime_ns


def open_once(model: LanguageModel | None) -> LoadedOnce:
    """The engine of a job's model, which is opened when it is needed; its identity may be known in this run.

    Raises:
        UserError: when it is needed: there is no model.
    """
    run = Run.current()
    return run.open(model) if run is not None and model is not None else LoadedOnce(model)


def answer_together(job: PredictionJob, engine: LoadedOnce, make: Callable[..., None]) -> None:
    """Do a job, and answer for others of its run with the model that it has loaded.

    If another job is just at this one's answers, others are answered meanwhile.

    Args:
        job: what it is given.
        engine: of its model.
        make: makes its output; takes `wait`: whether to wait for another process that has its journal open.
    """
    run = Run.current()
    if run is None:
        make(wait=False)
        return
    run.mark(job)
    try:
        make(wait=False)
    except JournalInUseError:
        run.answer_others(job, engine)
        make(wait=True)
    if engine.has_answered:
        run.answer_others(job, engine)


def _key(model: LanguageModel | None) -> str:
    """The same for the same model, whatever its label."""
    return digest(model.model_dump(mode="json", exclude={"label"}) if model is not None else None)


def _name(job: PredictionJob) -> str:
    return " ".join(map(str, filter(None, [job.journal, job.shard])))
