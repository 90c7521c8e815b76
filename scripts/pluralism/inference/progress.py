"""How far a job is: a small file that tells what it asks, how much of it is answered and how fast, to who watches.

The files lie in the folder of the run that started the job, which shows them on its terminal. A command that is called
by hand writes none.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt

from pluralism.commands import process_place
from pluralism.inference.run_folder import run_folder

FOLDER = "progress"
"""The folder of all jobs' files, in that of the run."""
WRITE_SECONDS = 2.0
"""Between two writes; also without an answer, to tell that the job lives."""

ANSWERS_TO_TELL = 20
"""After how many the time left is estimated: the first come after many prompts are read, and the next ones soon."""


class Amount(BaseModel):
    """How much is asked and answered.

    Attributes:
        asked: distinct requests.
        answered: how many of them are, the journal's answers included.
        made: how many of these the model has given.
        seconds: that it took; loading the model is part of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked: NonNegativeInt
    answered: NonNegativeInt = 0
    made: NonNegativeInt = 0
    seconds: NonNegativeFloat = 0.0

    @property
    def rate(self) -> float:
        """Answers per second; 0 before the first."""
        return self.made / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Until all is answered, at the rate so far; None where too little is made to tell."""
        is_known = self.rate and self.made >= min(ANSWERS_TO_TELL, self.asked / 2)
        return max(self.asked - self.answered, 0) / self.rate if is_known else None


class State(BaseModel):
    """How far a job is.

    Attributes:
        label: what it asks now.
        amount: of that.
        place: where its process runs.
        process: the number of the process there.
        waits_for: what keeps it from going on; empty if nothing does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    amount: Amount
    place: str
    process: PositiveInt
    waits_for: str = ""


class Progress:
    """Counts the answers to what a job asks, and tells how far it is."""

    def __init__(self, label: str, asked: int, answered: int, waits_for: Callable[[], str] = str) -> None:
        """Nothing is made yet.

        Args:
            label: what is asked.
            asked: distinct requests.
            answered: how many of them the journal answers.
            waits_for: gives what keeps the engine from answering just now.
        """
        self._label, self._began, self._waits_for = label, time.monotonic(), waits_for
        self._amount = Amount(asked=asked, answered=answered)
        folder = run_folder()
        self._file = folder / FOLDER / f"{uuid.uuid4().hex}.json" if folder is not None else None
        self._writing = Lock()

    def add(self, answers: int) -> None:
        """Count answers that the model has just given; the first are told at once."""
        amount = self._amount
        self._amount = amount.model_copy(update={"answered": amount.answered + answers, "made": amount.made + answers})
        if amount.made == 0:
            self.write()

    @property
    def state(self) -> State:
        """As the file tells it."""
        now = self._amount.model_copy(update={"seconds": time.monotonic() - self._began})
        place, process = process_place(), os.getpid()
        return State(label=self._label, amount=now, place=place, process=process, waits_for=self._waits_for())

    def write(self) -> None:
        """Write the file, completely or not at all. Whatever stands in the way of that does not stop the job."""
        if self._file is not None:
            draft = self._file.with_suffix(".part")
            with self._writing, suppress(OSError):  # as where the run has ended, and removed its folder
                self._file.parent.mkdir(exist_ok=True)
                draft.write_text(self.state.model_dump_json(), encoding="utf-8")
                draft.replace(self._file)

    def remove(self) -> None:
        """Remove the file: nothing is asked any more."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)


@contextmanager
def telling(label: str, asked: int, answered: int, waits_for: Callable[[], str] = str) -> Iterator[Progress]:
    """Tell how far it is, from time to time, while something is asked; arguments as for `Progress`."""
    progress, ended = Progress(label, asked, answered, waits_for), Event()
    writer = Thread(target=_write_until, args=(progress, ended), daemon=True)
    writer.start()
    try:
        yield progress
    finally:
        ended.set()
        writer.join()
        progress.remove()


def _write_until(progress: Progress, ended: Event) -> None:
    progress.write()
    while not ended.wait(WRITE_SECONDS):
        progress.write()
