"""The rows of a plan."""

from collections import Counter
from dataclasses import dataclass, field

from pluralism.planning.counting import Count
from pluralism.planning.differences import Differences
from pluralism.planning.rates import Timing


@dataclass(frozen=True)
class Row:
    """The cost of an ADM of an experiment on a dataset, or of the reasonings of its train items.

    Attributes:
        dataset: its name.
        experiment: its name.
        adm: its name.
        model: its name.
        count: what is asked; None where the items are missing.
        answered: number of generations in the journal; None where they cannot be compared.
        why: in which parts the requests to answer differ from past ones; empty unless asked for.
        tokens_per_character: of the model.
        counted: whether the model's tokenizer counted the prompts, with the examples that will be shown.
        answer_tokens: mean tokens of an answer in the journal; None where there are none.
        timing: of the generations in the journal.
        rate: output tokens per second; None where none was measured or given.
    """

    dataset: str
    experiment: str
    adm: str
    model: str
    count: Count | None = None
    answered: int | None = None
    why: Differences = field(default_factory=Counter)
    tokens_per_character: float = 0.0
    counted: bool = False
    answer_tokens: float | None = None
    timing: Timing = field(default_factory=Timing)
    rate: float | None = None

    @property
    def to_make(self) -> int | None:
        """Generations that the journal lacks; all where the journal cannot be compared."""
        return self.count.generations - (self.answered or 0) if self.count is not None else None

    @property
    def prompt_tokens(self) -> float | None:
        """Of all generations."""
        return self.count.prompt_characters * self.tokens_per_character if self.count is not None else None

    @property
    def prefilled_tokens(self) -> float | None:
        """Of all generations, if no text is read twice."""
        return self.count.prefilled_characters * self.tokens_per_character if self.count is not None else None

    @property
    def output_tokens(self) -> float | None:
        """Of all generations."""
        if self.count is None or self.answer_tokens is None:
            return self.count.output_tokens if self.count is not None else None
        return self.answer_tokens * self.count.generations

    @property
    def hours(self) -> float | None:
        """For the generations to make; None where the rate or the count is unknown."""
        if self.count is None or self.to_make == 0:
            return None if self.count is None else 0.0
        if self.rate is None or self.output_tokens is None or self.to_make is None:
            return None
        return self.output_tokens * self.to_make / self.count.generations / self.rate / 3600
