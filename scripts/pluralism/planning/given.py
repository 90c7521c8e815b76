"""Numbers that a user names for a plan: rates and prices, for one model of the config or for all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pluralism.errors import UserError, shown


@dataclass(frozen=True)
class Given:
    """A number, or one for prompts and one for answers; `model` is a name of the config, or None for all of them."""

    numbers: tuple[float, ...]
    model: str | None = None


def parse_given(text: str, option: str, example: str) -> Given:
    """Read numbers above 0, such as 20000/800 or llama_3b=20000/800, or 800 for both.

    Args:
        text: what the user wrote.
        option: for the message.
        example: for the message; one with a slash says that there may be two numbers.

    Raises:
        UserError: it has another form.
    """
    model, equals, rest = text.rpartition("=")
    try:
        numbers = tuple(map(float, rest.split("/")))
    except ValueError:
        numbers = ()
    most = len(example.split("/"))
    if not 1 <= len(numbers) <= most or not all(0 < number < math.inf for number in numbers) or (equals and not model):
        forms = dict.fromkeys([example.rpartition("/")[2], example, f"llama_3b={example}"])
        raise UserError(f"{option}: {shown(text)}, expected numbers above 0, as {', '.join(forms)}")
    return Given(numbers, model or None)


def contradiction(given: Sequence[Given]) -> str | None:
    """For what two different numbers are given, in words; None where for nothing."""
    for entry in given:
        if any(other.model == entry.model and other.numbers != entry.numbers for other in given):
            return entry.model or "all models"
    return None


def given_for(model: str, given: Sequence[Given]) -> Given | None:
    """What is given for one model by its name."""
    return next((entry for entry in given if entry.model == model), None)


def given_for_all(given: Sequence[Given]) -> Given | None:
    """What is given for no model in particular."""
    return next((entry for entry in given if entry.model is None), None)
