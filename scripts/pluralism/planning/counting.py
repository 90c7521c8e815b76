"""How much an ADM asks: generations, text and tokens, in this workflow and in the published code."""

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from pluralism.adms.base import Adm, Query, Task
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.planning.checks import find_of_model
from pluralism.requests import SENTENCE_TOKENS, AnyRequest, Request, RewardRequest, ValueRequest, request_key
from pluralism.targets.target import Target

TARGETS_COUNTED = 4
"""How many targets of a target-bound ADM are counted, to estimate all."""
CHARACTERS_PER_TOKEN = 4
"""An estimate for English text, for models whose tokenizer is not on this machine."""
PROMPTS_MEASURED = 16
"""How many prompts of a model are tokenized to estimate its tokens per character."""


@dataclass(frozen=True)
class Count:
    """What one ADM asks about one dataset.

    The published code predicts again for every target, and reads the whole prompt for every sample. There a prediction
    about an attribute counts once for each target that names it, any other once for each target.

    Attributes:
        generations: distinct requests.
        prompt_characters: of all their prompts.
        prefilled_characters: of these, what is read if no text is read twice: the text before the questions once for
            all requests that share it, a prompt once for all samples that share it.
        output_tokens: an upper estimate: every text of an answer has its largest length, in English.
        published_generations: those of the published code.
        published_prefilled_characters: the text that it reads.
    """

    generations: int = 0
    prompt_characters: int = 0
    prefilled_characters: int = 0
    output_tokens: int = 0
    published_generations: int = 0
    published_prefilled_characters: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*map(operator.add, astuple(self), astuple(other)))

    def times(self, factor: float) -> "Count":
        """All numbers multiplied by a factor and rounded."""
        return Count(*(round(value * factor) for value in astuple(self)))


def some_queries(adm: Adm, task: Task) -> tuple[list[Query], float]:
    """Some of an ADM's queries, and how many queries each of them represents.

    A target-bound ADM asks about as much for each target, so a few targets represent all.
    """
    if not adm.sees_targets(task.protocol) or len(task.targets) <= TARGETS_COUNTED:
        return adm.queries(task), 1
    last = len(task.targets) - 1
    few = [task.targets[place * last // (TARGETS_COUNTED - 1)] for place in range(TARGETS_COUNTED)]
    return adm.queries(replace(task, targets=few)), len(task.targets) / TARGETS_COUNTED


def count_all(queries: Sequence[Query], stands_for: float, targets: Sequence[Target]) -> Count:
    """Count all queries of an ADM by some of them: those about a target stand for more, any other for itself."""
    bound = [query for query in queries if query.target is not None]
    others = [query for query in queries if query.target is None]
    return count_queries(bound, targets).times(stands_for) + count_queries(others, targets)


def count_queries(queries: Sequence[Query], targets: Sequence[Target]) -> Count:
    """Count the queries of one ADM and dataset; `targets` are all targets of the dataset."""
    naming = Counter(name for target in targets for name in target.levels)
    times = [
        1 if query.target or query.train else len(targets) if query.attribute is None else naming[query.attribute]
        for query in queries
    ]
    return count_requests([query.request for query in queries], times)


def count_requests(requests: Sequence[AnyRequest], times: Sequence[int]) -> Count:
    """Count requests to one model; `times` says how often the published code asks each of them."""
    texts = list(map(prompt_texts, requests))
    lengths = [sum(map(len, parts)) for parts in texts]
    distinct = list({request_key(request, {}): place for place, request in enumerate(requests)}.values())
    return Count(
        generations=len(distinct),
        prompt_characters=sum(lengths[place] for place in distinct),
        prefilled_characters=_prefilled([texts[place] for place in distinct]),
        output_tokens=sum(_output_tokens(requests[place]) for place in distinct),
        published_generations=sum(times),
        published_prefilled_characters=sum(map(operator.mul, times, lengths)),
    )


def grid_figures(counts: Iterable[Count]) -> dict[str, float]:
    """How much more the published code generates and reads, over the whole grid, as ratios."""
    total = sum(counts, Count())
    return {
        "grid_generations": total.generations,
        "grid_generations_published": total.published_generations,
        "grid_generations_ratio": total.published_generations / total.generations,
        "grid_prefill_ratio": total.published_prefilled_characters / total.prefilled_characters,
    }


def prompt_texts(request: AnyRequest) -> tuple[str, ...]:
    """The texts of a prompt, the question last, without the tokens of a chat template.

    Texts that a request asks about are read after its question. A scorer's prompt is one text, since the engines of
    scorers share nothing between prompts.
    """
    match request:
        case Request():
            turns = (turn for example in request.examples for turn in (example.question, example.answer))
            return (request.system, *turns, "".join([request.question, *request.texts]))
        case ValueRequest():
            return (f"{request.action} {request.value}" * (1 + request.explain),)  # asked about it apart
        case RewardRequest():
            return (f"{request.prompt} {request.response}",)


def tokens_per_character(model: LanguageModel, requests: Sequence[AnyRequest]) -> tuple[float, bool]:
    """Tokens per character of prompts, and whether the model's own tokenizer, on this machine, counted them.

    Loads neither torch nor transformers.

    Raises:
        UserError: the file is not a tokenizer.
    """
    path = find_of_model(model, "tokenizer.json")
    step = max(len(requests) // PROMPTS_MEASURED, 1)
    texts = [text for request in requests[::step] for text in prompt_texts(request)]
    if path is None or not any(texts):
        return 1 / CHARACTERS_PER_TOKEN, False
    encoded = _tokenizer(path).encode_batch(texts, add_special_tokens=False)
    return sum(map(len, encoded)) / sum(map(len, texts)), True


def _prefilled(prompts: Sequence[tuple[str, ...]]) -> int:
    """Characters of the distinct prompts; what comes before the last text counts once for all that share it."""
    whole = set(prompts)
    beginnings = {texts[:-1] for texts in whole}
    return sum(len(texts[-1]) for texts in whole) + sum(len(text) for texts in beginnings for text in texts)


def _output_tokens(request: AnyRequest) -> int:
    """A chat's bound allows a token per character, so it is divided. A scorer answers a number, maybe with a text.

    Where a request asks about texts, nothing is written.
    """
    if isinstance(request, Request) and request.texts:
        return 0
    if (isinstance(request, Request) and request.stop is not None) or getattr(request, "explain", False):
        return SENTENCE_TOKENS
    return request.answer_tokens // CHARACTERS_PER_TOKEN if isinstance(request, Request) else 1


@cache
def _tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # what the library raises
        raise UserError(f"{path}: not a readable tokenizer: {error}") from None
