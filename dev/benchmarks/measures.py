"""The measurements: each returns figures by name, and says in its docstring what they are."""

import importlib.util
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from dev.benchmarks.models import CONTEXT, helpsteer2_task, random_model, wide_tokenizer
from dev.benchmarks.no_grammar import NoGrammars
from dev.benchmarks.timing import now, parts_timed, plain, rendered, shared
from pluralism.adms.base import object_schema, schema_text
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.adms.scores import score_schema
from pluralism.datasets.items import Item
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.rows import RenderedRequest
from pluralism.engines.rendering import Prompt
from pluralism.requests import Request

Figures = dict[str, float]
ON_GPU = torch.cuda.is_available()
DTYPE = torch.bfloat16 if ON_GPU else torch.float32
SHAPE = "Llama-3.2-3B" if ON_GPU else "40M"


def constrained(items: list[Item]) -> Figures:
    """Tokens per second with the grammar and without one, and the share of time that grammar and masks take.

    Without a grammar the same loop writes as many tokens per row as it did with one, on average.
    """
    figures: Figures = {}
    schema = schema_text(object_schema({letter: score_schema(64) for letter in "AB"}))
    for vocabulary in (32_000, 128_000):
        tokenizer = wide_tokenizer(items, vocabulary)
        model, grammars = random_model(SHAPE, vocabulary, DTYPE), Grammars(tokenizer, vocabulary)
        for rows in (1, 8, 32):
            requests = [_request(place, 20, 80, schema, 160) for place in range(rows)]
            shared(model, requests[:1], grammars, CONTEXT)
            with parts_timed(grammars, model) as clock:
                done = shared(model, requests, grammars, CONTEXT)
            tokens = sum(len(row.answer) for row in done)
            free = NoGrammars(vocabulary, tokens // rows)
            started = now()
            written = sum(len(row.answer) for row in shared(model, requests, free, CONTEXT))
            name = f"v{vocabulary // 1000}k_b{rows}"
            figures[f"mask_share_{name}"] = clock.seconds["masks"] / clock.seconds["all"]
            figures[f"tokens_per_second_{name}"] = tokens / clock.seconds["all"]
            figures[f"unconstrained_tokens_per_second_{name}"] = written / (now() - started)
    for rows in (1, 8, 32):
        figures[f"mask_share_b{rows}"] = figures[f"mask_share_v128k_b{rows}"]
    return figures


def prefix_reuse(items: list[Item]) -> Figures:
    """1,500 shared, 300 own and about 100 answer tokens, 8 prompts of 5 samples: against a plain padded batch."""
    vocabulary = 8192
    tokenizer = wide_tokenizer(items, vocabulary)
    vocabulary = len(tokenizer)
    model, grammars = random_model("40M", vocabulary, DTYPE), Grammars(tokenizer, vocabulary)
    schema = schema_text(object_schema({letter: score_schema(50) for letter in "AB"}))
    requests = [
        replace(_request(prompt, 1500, 300, schema, 160), key=f"{prompt * 5 + sample + 1:064x}")
        for prompt in range(8)
        for sample in range(5)
    ]
    started = now()
    ours = shared(model, requests, grammars, CONTEXT)
    middle = now()
    theirs = plain(model, requests, grammars, CONTEXT, budget=8 * 1900)
    ended = now()
    return {
        "prefix_seconds": middle - started,
        "prefix_seconds_without": ended - middle,
        "prefix_speedup": (ended - middle) / (middle - started),
        "prefix_prefilled_tokens": sum(row.prefilled for row in ours),
        "prefix_prefilled_tokens_without": sum(row.prefilled for row in theirs),
        "prefix_output_tokens_mean": sum(len(row.answer) for row in ours) / len(ours),
    }


def cell(items: list[Item], *, ours: int = 32, published: int = 1) -> Figures:
    """Zero-shot comparative regression, two attributes, 5 samples, 6.5M Llama: items per minute, ours and as published.

    As published: for every item and attribute an automaton is built, by the release of outlines of that time, and
    the five samples are a batch of their own, each with its whole prompt. Decoding itself goes through transformers'
    generate with our masks, which are faster than those of the time: the ratio is a lower bound.
    """
    tokenizer = wide_tokenizer(items, 8192)
    vocabulary = len(tokenizer)
    model, grammars = random_model("6.5M", vocabulary, torch.float32), Grammars(tokenizer, vocabulary)
    short = [item for item in items if len(item.prompt) + sum(map(len, item.responses)) < 6000]
    task = helpsteer2_task(short[:ours], 5, 0.7)
    task = replace(task, attributes=replace(task.attributes, attributes=task.attributes.attributes[:2]))
    queries = ComparativeRegression().queries(task)
    requests = rendered([query.chat for query in queries], tokenizer, CONTEXT)
    with parts_timed(grammars, model) as clock:
        rows = shared(model, requests, grammars, CONTEXT)
    seconds = clock.seconds
    figures = {
        "items_per_minute": 60 * ours / seconds["all"],
        "cell_forward_share": seconds["forward"] / seconds["all"],
        "cell_mask_share": seconds["masks"] / seconds["all"],
        "cell_python_share": 1 - (seconds["forward"] + seconds["masks"]) / seconds["all"],
        "cell_forced_share": sum(row.forced_tokens for row in rows) / sum(len(row.answer) for row in rows),
        "cell_output_tokens_mean": sum(len(row.answer) for row in rows) / len(rows),
    }
    if importlib.util.find_spec("outlines_core") is None:
        print("cell, as published: skipped, outlines is not installed (pip install '.[benchmarks]')")
        return figures
    building = generating = 0.0
    for item in range(published):
        for attribute in task.attributes.names:
            batch = [
                request
                for request, query in zip(requests, queries, strict=True)
                if (query.item, query.attribute) == (item, attribute)
            ]
            started = now()
            _build_automaton(batch[0].chat.schema, tokenizer)
            built = now()
            plain(model, batch, grammars, CONTEXT)
            building, generating = building + built - started, generating + now() - built
    theirs = 60 * published / (building + generating)
    return figures | {
        "published_items_per_minute": theirs,
        "published_automaton_share": building / (building + generating),
        "cell_speedup": figures["items_per_minute"] / theirs,
        "cell_speedup_without_automaton": figures["items_per_minute"] * generating / (60 * published),
    }


def roofline(items: list[Item]) -> Figures:
    """Decode steps per second at batch 64 against reading the weights once per step, on a GPU."""
    if not ON_GPU:
        print("roofline: skipped, there is no GPU")
        return {}
    vocabulary = 128_256
    model = random_model("Llama-3.2-3B", vocabulary, torch.bfloat16)
    buffer = torch.empty(2**30, dtype=torch.int8, device="cuda")
    target = torch.empty_like(buffer)
    started = now()
    for _ in range(20):
        target.copy_(buffer)
    bandwidth = 2 * 20 * buffer.numel() / (now() - started)
    weights = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
    tokenizer = wide_tokenizer(items, vocabulary)
    grammars = Grammars(tokenizer, vocabulary)
    schema = schema_text(object_schema({"reasoning": {"type": "string", "minLength": 400, "maxLength": 400}}))
    requests = [_request(place, 64, 64, schema, 120) for place in range(64)]
    with parts_timed(grammars, model) as clock:
        rows = shared(model, requests, grammars, CONTEXT)
    rate = max(len(row.answer) for row in rows) / clock.seconds["all"]
    return {"steps_per_second": rate, "roofline_share": rate / (bandwidth / weights)}


def _request(place: int, prefix: int, suffix: int, schema: str, answer_tokens: int) -> RenderedRequest:
    prompt = Prompt(
        tuple(20 + number % 200 for number in range(prefix)),
        tuple(20 + (number * (place + 3)) % 200 for number in range(suffix)),
        0,
    )
    chat = Request("", (), "", schema, 0.7, 0, 0, answer_tokens)
    return RenderedRequest(f"{place + 1:064x}", prompt, chat)


@dataclass(frozen=True)
class _Vocabulary:
    """A tokenizer as outlines wants it."""

    eos_token_id: int
    special_tokens: frozenset[str]
    vocabulary: Mapping[str, int]
    convert_token_to_string: Callable[[str], str]

    def __hash__(self) -> int:
        return hash(self.special_tokens)


def _build_automaton(schema: str, tokenizer: Any) -> None:
    """As outlines before its release 1.0 does, with which the study was published: once for every schema given."""
    from outlines_core.fsm.guide import RegexGuide
    from outlines_core.fsm.json_schema import build_regex_from_schema

    vocabulary = _Vocabulary(
        tokenizer.eos_token_id,
        frozenset(tokenizer.all_special_tokens),
        tokenizer.get_vocab(),
        lambda token: str(tokenizer.convert_tokens_to_string([token])),
    )
    RegexGuide.from_regex(build_regex_from_schema(schema), vocabulary)


def write_line(name: str, figures: Figures, seconds: float) -> None:
    """Print a benchmark's figures in one line."""
    print(f"{name} ({seconds:.0f} s): " + ", ".join(f"{key} {value:.4g}" for key, value in figures.items()), flush=True)


def timed(call: Any, *arguments: Any) -> tuple[Figures, float]:
    """A benchmark's figures, and how long it took."""
    started = time.perf_counter()
    return call(*arguments), time.perf_counter() - started


def as_json(figures: Figures) -> str:
    """The figures as one flat object."""
    return json.dumps(figures, indent=2) + "\n"
