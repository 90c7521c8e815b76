"""The exact distribution of a score: against brute force, against samples, and what it costs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from llguidance import LLMatcher
from transformers import AutoModelForCausalLM, AutoTokenizer

from pluralism.adms.base import object_schema, reasoned_schema, schema_text
from pluralism.adms.scores import score_schema
from pluralism.engines.distributions import Distribution, Probabilities
from pluralism.engines.local import decoding, number_scoring, plain_decoding, shared_attention
from pluralism.engines.local import engine as transformers_engine
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import OPEN, Node, NumberTree
from pluralism.engines.local.rows import BatchRow, RenderedRequest
from pluralism.engines.models import LanguageModel
from pluralism.engines.rendering import Renderer
from pluralism.requests import Example, Request, request_key
from tests.jobs import Job
from tests.tiny_models import save_tiny_model

CONTEXT = 1024
EXAMPLES = (Example("Who is Ann?", '{"A": {"reasoning": "", "score": 5}}', 0),)
ALONE = schema_text(score_schema(8))
COMPARATIVE = schema_text(object_schema({letter: score_schema(8) for letter in "AB"}))
UNREASONED = schema_text(object_schema({letter: score_schema(None) for letter in "AB"}))
MORE_TOKENS = ("10", "00", "100", "42", "Ġ4", "Ġ42", "5}", "Ġ7},")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models: digits one by one; tokens such as 42 too, some with a blank before or a brace behind; windows."""
    base = tmp_path_factory.mktemp("models")
    made = {
        "digits": save_tiny_model(base / "digits"),
        "numbers": save_tiny_model(base / "numbers"),
        "windows": save_tiny_model(base / "windows", window=8),
    }
    path = Path(made["numbers"]) / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary |= {token: len(vocabulary) + place for place, token in enumerate(MORE_TOKENS)}
    path.write_text(json.dumps(tokenizer))
    return made


def asked(schema: str, temperature: float = 0.7, samples: int = 2) -> list[Request]:
    """Requests of several lengths, with and without an example."""
    return [
        Request("Be just.", examples, "Why " * length + "?", schema, temperature, sample, 0, 100, "score")
        for length in (1, 6)
        for examples in ((), EXAMPLES)
        for sample in range(samples)
    ]


def load(folder: str) -> Any:
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval()


def decode(folder: str, requests: Sequence[Request], *, shared: bool) -> list[BatchRow]:
    """Answer requests, by one of the two ways to decode."""
    model, tokenizer = load(folder), AutoTokenizer.from_pretrained(folder)
    grammars = Grammars(tokenizer, model.config.vocab_size)
    renderer = Renderer(tokenizer, folder, CONTEXT)
    rendered = [RenderedRequest(request_key(r, {}), renderer.render(r), r) for r in requests]
    if shared:
        batches = decoding.Decoder(model, grammars, CONTEXT).decode(rendered, 4096)
    else:
        batches = plain_decoding.decode(model, rendered, grammars, context=CONTEXT, budget=4096)
    return [row for batch in batches for row in batch]


class BruteForce:
    """A plain model, asked anew for every token that may follow, until a number is over."""

    def __init__(self, folder: str) -> None:
        self.model, tokenizer = load(folder), AutoTokenizer.from_pretrained(folder)
        self.grammars = Grammars(tokenizer, self.model.config.vocab_size)

    def distribution(self, row: BatchRow, before: int) -> Probabilities:
        """Of the number behind so many tokens of a row's answer."""
        matcher = self.grammars.matcher(row.request.chat.schema)
        matcher.consume_tokens(row.answer[:before])
        ids = [*row.request.prompt.prefix, *row.request.prompt.suffix, *row.answer[:before]]
        probabilities = np.zeros(101)
        for number, share in self._ways(ids, b"", matcher, 1.0):
            probabilities[number] += share
        return probabilities

    def _ways(self, ids: list[int], written: bytes, matcher: LLMatcher, share: float) -> Iterator[tuple[int, float]]:
        number = written.lstrip(b'": ')
        if number and not number.isdigit():
            yield int(number.rstrip(b"}, ")), share
            return
        with torch.inference_mode():
            logits = self.model(torch.tensor([ids])).logits[0, -1]
        (allowed,) = self.grammars.allowed([matcher], torch.device("cpu"))
        tokens = allowed.nonzero().flatten()
        for token, part in zip(tokens.tolist(), logits[tokens].double().softmax(dim=0).tolist(), strict=True):
            after = matcher.deep_copy()
            after.consume_token(token)
            yield from self._ways([*ids, token], written + self.grammars.spelled([token]), after, share * part)


@pytest.mark.parametrize(
    ("model", "schema", "shared"),
    [
        ("digits", ALONE, True),
        ("digits", COMPARATIVE, True),
        ("numbers", COMPARATIVE, True),
        ("numbers", UNREASONED, True),
        ("numbers", UNREASONED, False),
        ("windows", COMPARATIVE, False),
    ],
)
def test_every_distribution_is_that_of_brute_force(
    folders: dict[str, str], model: str, schema: str, shared: bool
) -> None:
    """Rows that join, share prompts and end at different times; a later number is given what was written before it."""
    rows = decode(folders[model], asked(schema), shared=shared)
    reference = BruteForce(folders[model])
    assert len(rows) == 8
    for row in rows[::3]:
        assert len(row.numbers) == schema.count('"integer"')
        for number, found in zip(row.numbers, row.distributions, strict=True):
            assert found.probabilities.sum() == pytest.approx(1, abs=1e-12)
            assert found.probabilities == pytest.approx(reference.distribution(row, number.before), abs=1e-6)


def test_the_mean_of_two_thousand_samples_comes_near_to_the_mean(folders: dict[str, str]) -> None:
    schema = schema_text(score_schema(None))
    requests = [Request("s", (), "Why?", schema, 1.0, sample, 0, 30, "score") for sample in range(2000)]
    engine = TransformersEngine(LanguageModel(id=folders["digits"], dtype="float32"))
    made = [json.loads(entry.text) for batch in engine.generate(requests) for entry in batch]
    written = np.array([answer["score"] for answer in made])
    mean, spread = made[0]["score_mean"], made[0]["score_spread"]
    assert [answer["score_mean"] for answer in made] == pytest.approx([mean] * 2000, abs=1e-3)
    assert spread > 5
    assert written.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(2000))
    assert written.std() == pytest.approx(spread, rel=0.1)


def test_one_pass_reads_ten_tokens_per_score_and_none_where_every_number_is_one_token(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read are 1 to 9, which may go on, and 10, which may become 100; 0 and 11 to 99 can only be ended."""
    passes: list[int] = []
    forward = shared_attention.forward

    def counted(model: Any, texts: Sequence[Sequence[int]], *rest: Any) -> torch.Tensor:
        passes.append(sum(map(len, texts)))
        return forward(model, texts, *rest)

    monkeypatch.setattr(number_scoring, "forward", counted)
    decode(folders["digits"], asked(UNREASONED, 0.0, samples=1)[:1], shared=True)
    assert passes == [2 * 10]
    passes.clear()
    digit = schema_text(reasoned_schema(None, {"score": {"type": "integer", "minimum": 0, "maximum": 9}}))
    (row,) = decode(folders["digits"], asked(digit, 0.0, samples=1)[:1], shared=True)
    assert passes == []
    assert row.distributions[0].probabilities.shape == (10,)
    assert row.distributions[0].probabilities.sum() == pytest.approx(1)


def answers(folder: str, requests: Sequence[Request], **changes: Any) -> dict[str, dict[str, dict[str, float]]]:
    engine = TransformersEngine(LanguageModel(id=folder, dtype="float32", **changes))
    made = {entry.key: json.loads(entry.text) for batch in engine.generate(requests) for entry in batch}
    return {str(place): made[request_key(request, engine.identity)] for place, request in enumerate(requests)}


def test_the_answer_is_what_it_would_be_without_and_a_later_score_depends_on_the_earlier_ones(
    folders: dict[str, str],
) -> None:
    requests = [Request("s", (), "Why?", UNREASONED, 0.0, 0, 0, 60, "score")]
    (greedy,) = answers(folders["digits"], requests).values()
    (plain,) = answers(folders["digits"], [replace(requests[0], distribution_of=None)]).values()
    assert {letter: {"score": part["score"]} for letter, part in greedy.items()} == plain
    sampled = [replace(requests[0], temperature=1.5, sample=sample) for sample in range(40)]
    behind: dict[tuple[int, ...], list[float]] = {}
    for row in decode(folders["digits"], sampled, shared=True):
        first, second = row.distributions
        assert first.mean == pytest.approx(greedy["A"]["score_mean"], abs=1e-3)
        behind.setdefault(tuple(row.answer[: row.numbers[1].before]), []).append(second.mean)
    assert max(map(len, behind.values())) > 1
    assert all(max(means) - min(means) < 1e-3 for means in behind.values())
    firsts = [means[0] for means in behind.values()]
    assert max(firsts) - min(firsts) > 1


@pytest.mark.parametrize("other", ["alone", "plainly"])
def test_a_distribution_does_not_depend_on_its_batch_nor_on_the_way_to_decode(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    requests = asked(COMPARATIVE, samples=4)
    together = answers(folders["digits"], requests)
    assert len(requests) == 16
    if other == "plainly":
        monkeypatch.setattr(transformers_engine, "can_share", lambda _: False)
    apart = answers(folders["digits"], requests, batch_tokens=1 if other == "alone" else None)
    for place, answer in together.items():
        for letter, part in answer.items():
            assert apart[place][letter] == pytest.approx(part, abs=1e-3)


def test_memory_that_does_not_suffice_for_the_branches_loses_no_answer(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = asked(UNREASONED, 0.0, samples=1)
    expected = answers(folders["digits"], requests)
    read, refused = number_scoring.score_numbers, []

    def small_memory(model: Any, state: Any, rows: Sequence[Any]) -> None:
        if len(state.rows) > 2:
            refused.append(len(state.rows))
            raise torch.OutOfMemoryError("no room")
        read(model, state, rows)

    monkeypatch.setattr(decoding, "score_numbers", small_memory)
    found = answers(folders["digits"], requests)
    assert refused
    for place, answer in expected.items():
        for letter, part in answer.items():
            assert found[place][letter] == pytest.approx(part, abs=1e-3)


def test_a_job_that_was_cut_short_makes_the_rest_and_keeps_every_spread(tmp_path: Path) -> None:
    job = Job(tmp_path, adm={"kind": "expected_regression"}, samples=1)
    made, whole = job.made(), job.predictions()
    assert (made, job.made()) == (11 * 2 * 5, 0)
    assert whole["spread"].between(0.01, 0.5).all()
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:40]))
    assert job.made() == made - 40
    pd.testing.assert_frame_equal(job.predictions(), whole)


def test_shares_are_multiplied_along_the_paths_and_summed_over_them() -> None:
    """Tokens 0, 1, 2 and 10. At the root 1/2, 1/4, 1/8, 1/8. Behind 1: an end (token 9) or a 0, 1/4 and 3/4."""
    tree = NumberTree((Node((), (0, 1, 2, 10), (0, OPEN, 2, 10)), Node((1,), (9, 0), (1, 10))))
    assert tree.texts == ((1,),)
    assert tree.node_positions == ((0, 0),)
    found = tree.distribution([np.log([0.5, 0.25, 0.125, 0.125]), np.log([0.25, 0.75])])
    expected = {0: 1 / 2, 1: 1 / 16, 2: 1 / 8, 10: 3 / 16 + 1 / 8}
    assert dict(enumerate(found.probabilities)) == pytest.approx(dict.fromkeys(range(11), 0.0) | expected)


def test_the_spread_is_the_standard_deviation() -> None:
    """A quarter at 0, three quarters at 4: mean 3, variance (9 + 3 * 1) / 4 = 3."""
    found = Distribution(np.array([0.25, 0, 0, 0, 0.75]))
    assert (found.mean, found.spread) == pytest.approx((3, 3**0.5))
