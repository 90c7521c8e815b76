"""Samples of lm-evaluation-harness, samples_{task}_{date}.jsonl, which `--log_samples` writes.

A line is a document with one filter's answers. Where several continuations were scored, the pick is the one of the
highest log-likelihood, which its `acc` counts, too; where an answer was written, what the filter has left of it.
Numbers stand there as texts. https://github.com/EleutherAI/lm-evaluation-harness
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import LARGEST_JSON, check_file, read_json_lines
from pluralism.planning.foreign.samples import Sample, item_number, pick_of, responses_of

PATTERN = "samples_*.jsonl"
ENDING = ".jsonl"
PROMPTS = ("prompt", "question", "query", "input")
"""Keys of a document that may hold the prompt."""


def read_samples(path: Path) -> list[Sample]:
    """Read the samples of a file.

    Raises:
        UserError: a line has another form, a document is there twice, or with several filters.
    """
    found: dict[str, Sample] = {}
    filters: set[str] = set()
    check_file(path, "lines of JSON", largest=LARGEST_JSON)
    for place, value in read_json_lines(path):
        if not isinstance(value, Mapping) or not {"doc_id", "doc", "arguments"} <= value.keys():
            raise UserError(f"{place}: expected doc_id, doc, arguments and resps, as lm-eval --log_samples writes them")
        filters.add(str(value.get("filter", "none")))
        if len(filters) > 1:
            raise UserError(f"{place}: the filters {' and '.join(sorted(filters))}, expected the lines of one")
        if (key := str(value["doc_id"])) in found:
            raise UserError(f"{place}: document {shown(value['doc_id'])} is there twice")
        found[key] = _sample(value, place, key)
    if not found:
        raise UserError(f"{path}: holds no samples")
    return list(found.values())


def _sample(value: Mapping[str, Any], place: str, key: str) -> Sample:
    document, arguments = value["doc"], list(_arguments(value["arguments"], place))
    prompts = document if isinstance(document, Mapping) else {}
    given = next((prompts[name] for name in PROMPTS if isinstance(prompts.get(name), str)), None)
    # For acc_mutual_info, each continuation is scored without the prompt, too.
    continuations = tuple(after.strip() for before, after in arguments if before.strip()) if len(arguments) > 1 else ()
    responses = responses_of(document) or continuations
    answers = value.get("filtered_resps") or value.get("resps")
    return Sample(
        place=f"{place}: document {key}",
        id=key,
        prompt=given if given is not None else arguments[0][0],
        responses=responses,
        item=item_number(document, place),
        pick=_pick(answers, len(arguments), responses),
        reasoning=_words(answers) if len(arguments) == 1 else "",
    )


def _arguments(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """The prompt and the continuation of each request; in older files a list, in newer ones an object."""
    requests = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(requests, list) or not requests:
        raise UserError(f"{place}: arguments are {shown(value)}, expected the requests of the document")
    for request in requests:
        parts = list(request.values()) if isinstance(request, Mapping) else request
        if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
            raise UserError(f"{place}: arguments are {shown(request)}, expected a prompt and what follows it")
        yield parts[0], parts[1] if len(parts) > 1 and isinstance(parts[1], str) else ""


def _pick(answers: Any, requests: int, responses: tuple[str, ...]) -> int | None:
    if requests == 1:
        return pick_of(_words(answers), responses)
    likelihoods = [_likelihood(answer) for answer in answers] if isinstance(answers, list) else []
    if len(likelihoods) not in (len(responses), 2 * len(responses)) or any(map(math.isnan, likelihoods)):
        return None
    own = likelihoods[: len(responses)]
    return own.index(max(own))


def _likelihood(answer: Any) -> float:
    """Of a pair (log-likelihood, whether it is the greedy answer), perhaps in a list of one; NaN for something else."""
    while isinstance(answer, list) and answer:
        answer = answer[0]
    try:
        return float(answer)
    except (TypeError, ValueError):
        return math.nan


def _words(answers: Any) -> str:
    """The answer that was written, the first of several."""
    while isinstance(answers, list) and answers:
        answers = answers[0]
    return answers if isinstance(answers, str) else ""
