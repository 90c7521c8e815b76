"""How far a job is: a small file that tells what it asks, how much of it is answered and how fast, to who watches.

The run that started the job names the folder of these files in the environment (`FOLDER`), which schedulers hand on; it
shows them on its terminal and removes them. A command that is run by hand writes none.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt

from pluralism.commands import process_place

FOLDER = "PLURALISM_PROGRESS"
"""The environment variable that names the folder of all jobs' files."""
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
        label: the job, and what it asks now.
        part: of what it asks now.
        job: of all that it asks; None where it does not know how much that is.
        place: where its process runs.
        process: the number of the process there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    part: Amount
    job: Amount | None = None
    place: str
    process: PositiveInt


class Progress:
    """Counts a job's answers, one part after the other, and tells how far it is."""

    def __init__(self, job: str = "", asked: int | None = None) -> None:
        """Begin with nothing answered.

        Args:
            job: its name, for example that of its model; none where the parts say it all.
            asked: distinct requests of all its parts, where their number is known.
        """
        self._job, self._job_asked = job, asked
        self._past, self._part = Amount(asked=0), Amount(asked=0)
        self._label, self._began = job, time.monotonic()
        folder = os.environ.get(FOLDER)
        self._file = Path(folder, f"{uuid.uuid4().hex}.json") if folder else None
        self._writing = Lock()

    @contextmanager
    def asking(self, part: str, asked: int, answered: int) -> Iterator["Progress"]:
        """Ask one part; what is made meanwhile is told by `add`. The file is there as long as an answer is missing.

        Args:
            part: its name.
            asked: its distinct requests.
            answered: how many of them the journal answers.
        """
        self._label = ": ".join(filter(None, (self._job, part)))
        self._part, self._began = Amount(asked=asked, answered=answered), time.monotonic()
        ended = Event()
        writer = Thread(target=self._write_until, args=(ended,), daemon=True)
        if answered < asked:
            writer.start()
        try:
            yield self
        finally:
            ended.set()
            if answered < asked:
                writer.join()
                self._remove()
            self._past = _sum(self._past, self._now)

    def add(self, answers: int) -> None:
        """Count answers that the model has just given; the first of a part are told at once."""
        is_first, part = self._part.made == 0, self._part
        self._part = part.model_copy(update={"answered": part.answered + answers, "made": part.made + answers})
        if is_first:
            self._write()

    @property
    def state(self) -> State:
        """As the file tells it."""
        total = _sum(self._past, self._now)
        job = total.model_copy(update={"asked": self._job_asked}) if self._job_asked is not None else None
        return State(label=self._label, part=self._now, job=job, place=process_place(), process=os.getpid())

    @property
    def _now(self) -> Amount:
        return self._part.model_copy(update={"seconds": time.monotonic() - self._began})

    def _write_until(self, ended: Event) -> None:
        self._write()
        while not ended.wait(WRITE_SECONDS):
            self._write()

    def _write(self) -> None:
        """Write the file, completely or not at all. Whatever stands in the way of that does not stop the job."""
        if self._file is not None:
            draft = self._file.with_suffix(".part")
            with self._writing, suppress(OSError):  # as where the run has ended, and removed the folder
                draft.write_text(self.state.model_dump_json(), encoding="utf-8")
                draft.replace(self._file)

    def _remove(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)


def _sum(one: Amount, two: Amount) -> Amount:
    values = (getattr(one, name) + getattr(two, name) for name in Amount.model_fields)
    return Amount(**dict(zip(Amount.model_fields, values, strict=True)))
