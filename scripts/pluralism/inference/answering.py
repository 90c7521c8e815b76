"""Answering requests: from the journal where it has the answer, else by the engine."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial

from tqdm import tqdm

from pluralism.engines.base import Engine, KnowsDevice, waits_for
from pluralism.errors import UserError, shown
from pluralism.inference.answers import misfit
from pluralism.inference.journal import Journal, Record
from pluralism.inference.progress import telling
from pluralism.requests import AnyRequest, Generation, key_of, key_parts

log = logging.getLogger(__name__)


def answer_requests(
    requests: Sequence[AnyRequest], engine: Engine, journal: Journal, part: str = ""
) -> list[Generation]:
    """Answer every request, equal ones once; gives one generation per request, in their order.

    The engine is called, and its weights are loaded, only if an answer is missing. What it yields goes to the journal
    first.

    Args:
        requests: what is asked.
        engine: what answers it.
        journal: open; it also names what is asked, for those who watch.
        part: follows this name, where it is a part of what is asked.

    Raises:
        UserError: an answer of the engine does not fit its request, as a reward of NaN; those beside it are kept.
    """
    parts = [key_parts(request, engine.identity) for request in requests]
    keys = [key_of(part) for part in parts]
    answers = find_answers(requests, keys, parts, journal.records)
    missing = {key: index for index, key in reversed(list(enumerate(keys))) if key not in answers}
    asked = [requests[index] for index in sorted(missing.values())]
    log.info("%d requests, %d distinct, %d to make", len(requests), len(set(keys)), len(asked))
    made: list[Generation] = []
    if asked:
        with (
            tqdm(total=len(asked), unit="generation", mininterval=5) as bar,
            telling(
                f"{journal.name}{part}", len(answers) + len(asked), len(answers), partial(waits_for, engine)
            ) as progress,
        ):
            for generations in engine.generate(asked):
                faults = {entry.key: misfit(requests[missing[entry.key]], entry.text) for entry in generations}
                device = engine.device if isinstance(engine, KnowsDevice) else ""
                journal.append(
                    Record(entry, parts[missing[entry.key]], device) for entry in generations if not faults[entry.key]
                )
                if wrong := next((entry for entry in generations if faults[entry.key]), None):
                    what = f"an answer of the engine does not fit its question: {faults[wrong.key]}"
                    raise UserError(f"{what}; the answer is {shown(wrong.text)}, its key {wrong.key}")
                made += generations
                bar.update(len(generations))
                progress.add(len(generations))
        _log_costs(made)
    answers |= {generation.key: generation for generation in made}
    return [answers[key] for key in keys]


def find_answers(
    requests: Sequence[AnyRequest],
    keys: Sequence[str],
    parts: Sequence[Mapping[str, str]],
    records: Mapping[str, Record],
) -> dict[str, Generation]:
    """Key -> answer of the requests that journals answer; an answer that does not fit its request is reported.

    Args:
        requests: what is asked.
        keys: their keys.
        parts: the parts of their keys.
        records: what the journals hold.
    """
    found: dict[str, Generation] = {}
    faults: dict[str, str] = {}
    for request, key, part in zip(requests, keys, parts, strict=True):
        if (record := records.get(key)) is None or key in found:
            continue
        fault = "the parts of its key are not those of the question" if record.parts != part else None
        if fault := fault or misfit(request, record.generation.text):
            faults[key] = fault
        else:
            found[key] = record.generation
    if faults:
        key, fault = next(iter(faults.items()))
        what = "answers in the journal do not fit their questions and are made again; the first, with the key"
        log.warning("%d %s %s: %s", len(faults), what, key, fault[:200])
    return found


def read_answers(requests: Sequence[AnyRequest], engine: Engine, records: Mapping[str, Record]) -> list[Generation]:
    """The answers to all requests, from journals only.

    Raises:
        UserError: an answer is missing.
    """
    parts = [key_parts(request, engine.identity) for request in requests]
    keys = [key_of(part) for part in parts]
    answers = find_answers(requests, keys, parts, records)
    if missing := len({key for key in keys if key not in answers}):
        raise UserError(
            f"{missing} of {len(set(keys))} answers are not found in the journals; remove the shards' outputs, "
            "shards/*.json, to run them again"
        )
    return [answers[key] for key in keys]


def _log_costs(made: Sequence[Generation]) -> None:
    costs = ("seconds", "prompt_tokens", "prefilled_tokens", "output_tokens", "forced_tokens", "dropped_examples")
    log.info(
        "made %d generations in %.0f s: prompt tokens %d, prefilled %d, output %d, forced %d; "
        "%d few-shot examples dropped to fit the context",
        len(made),
        *(sum(getattr(generation, name) for generation in made) for name in costs),
    )
