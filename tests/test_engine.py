"""The transformers engine: rendering, grammar, batches and decoding, on tiny models with random weights."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pluralism.adms.base import object_schema, schema_text
from pluralism.adms.choices import choice_schema
from pluralism.adms.scores import score_schema
from pluralism.engines.local import decoding, plain_decoding
from pluralism.engines.local import engine as transformers_engine
from pluralism.engines.local import rows as rows_module
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.models import LanguageModel, folder_digest
from pluralism.engines.rendering import Renderer
from pluralism.errors import UserError
from pluralism.inference.reasonings import TEXT_SCHEMA
from pluralism.requests import Example, Generation, Request, request_key
from tests.reference import generated
from tests.tiny_models import DROPS_SYSTEM_ROLE, NO_SYSTEM_ROLE, save_tiny_model

COMPARATIVE = schema_text(object_schema({letter: score_schema(20) for letter in "AB"}))
EXAMPLES = tuple(Example(f"Who is {name}?", '{"A": {"reasoning": "", "score": 5}}', 0) for name in ("Ann", "Bo"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


def model(folder: str, **changes: Any) -> LanguageModel:
    return LanguageModel(**{"id": folder, "dtype": "float32", **changes})


def requests(temperature: float, samples: int = 3) -> list[Request]:
    """Requests of many lengths: with and without examples, several samples of each question."""
    return [
        Request("Be just.", examples, "Why " * length + "東京 🙂?", COMPARATIVE, temperature, sample, 0, 160)
        for length in (1, 4, 12)
        for examples in ((), EXAMPLES)
        for sample in range(samples)
    ]


def answers(engine: TransformersEngine, asked: Sequence[Request]) -> dict[str, Generation]:
    return {entry.key: entry for batch in engine.generate(asked) for entry in batch}


def texts(generations: dict[str, Generation]) -> dict[str, str]:
    return {key: entry.text for key, entry in generations.items()}


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_an_answer_does_not_depend_on_its_batch(tiny: str, temperature: float) -> None:
    asked = requests(temperature, samples=3 if temperature else 1)
    together = texts(answers(TransformersEngine(model(tiny)), asked))
    alone = texts(answers(TransformersEngine(model(tiny, batch_tokens=1)), asked[::-1]))
    assert together == alone
    assert len(set(together.values())) > len(asked) // 2


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_every_answer_obeys_its_schema(tiny: str, dtype: str) -> None:
    for entry in answers(TransformersEngine(model(tiny, dtype=dtype)), requests(1.5, samples=8)).values():
        answer = json.loads(entry.text)
        assert list(answer) == ["A", "B"]
        for part in answer.values():
            assert len(part["reasoning"]) <= 20
            assert 0 <= part["score"] <= 100
        assert entry.text == json.dumps(answer, ensure_ascii=False)


def test_greedy_decoding_is_what_generate_does(tiny: str) -> None:
    """And on a real model and real prompts, see `test_pilot`."""
    asked = requests(0.0, samples=1)
    ours = texts(answers(TransformersEngine(model(tiny)), asked))
    keys = [request_key(request, TransformersEngine(model(tiny)).identity) for request in asked]
    assert [ours[key] for key in keys] == generated(tiny, asked, 1024)


@pytest.mark.parametrize("window", [None, 16])
def test_a_raw_text_is_continued_as_generate_does_up_to_its_stop(tmp_path: Path, window: int | None) -> None:
    """Without a chat template, whatever the text holds; to the stop, or until both have so many tokens."""
    folder = save_tiny_model(tmp_path / "m", window=window)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    reference = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    asked = [
        Request(f"Question:\n {question}\n ", (), f"It is {words} as", TEXT_SCHEMA, 0, 0, 0, bound, stop=stop)
        for question in ("Where is Paris?", "東京 🙂 <|im_end|>\n\n", "")
        for words in ("kind", "fair")
        for bound, stop in ((70, "e"), (60, "\n\n\n"))
    ]
    made = answers(TransformersEngine(model(folder)), asked)
    stopped = 0
    for request in asked:
        ids = tokenizer(request.system + request.question, return_tensors="pt")
        whole = reference.generate(**ids, max_length=request.answer_tokens, do_sample=False, pad_token_id=0)[0]
        expected = str(tokenizer.decode(whole[ids.input_ids.shape[1] :], skip_special_tokens=True))
        text = json.loads(made[request_key(request, TransformersEngine(model(folder)).identity)].text)["text"]
        assert request.stop is not None
        assert text.partition(request.stop)[:2] == expected.partition(request.stop)[:2]
        stopped += request.stop in text
    assert 0 < stopped < len(asked)


def test_a_raw_text_that_never_fits_is_one_line(tiny: str) -> None:
    request = Request("Why " * 1500, (), "so", TEXT_SCHEMA, 0, 0, 0, 10_000, stop=".")
    with pytest.raises(UserError, match=r"a question of .* tokens and an answer of 1 do not fit its context of 1024"):
        answers(TransformersEngine(model(tiny)), [request])


def test_a_shared_prefix_is_computed_once(tiny: str) -> None:
    asked = [Request("Be just. " * 20, EXAMPLES, "Why?", COMPARATIVE, 0.7, sample, 0, 60) for sample in range(5)]
    made = answers(TransformersEngine(model(tiny)), asked).values()
    prompt = max(entry.prompt_tokens for entry in made)
    assert sum(entry.prompt_tokens for entry in made) == 5 * prompt
    assert prompt < sum(entry.prefilled_tokens for entry in made) < 1.5 * prompt


def test_a_sliding_window_model_falls_back_to_whole_prompts(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "window", window=8)
    asked = requests(0.0, samples=1)
    together = texts(answers(TransformersEngine(model(folder)), asked))
    assert together == texts(answers(TransformersEngine(model(folder, batch_tokens=1)), asked))


def test_samples_differ_and_seeds_matter(tiny: str) -> None:
    engine = TransformersEngine(model(tiny))
    asked = [Request("s", (), "q", COMPARATIVE, 1.0, sample, seed, 60) for seed in (0, 1) for sample in range(4)]
    assert len(set(texts(answers(engine, asked)).values())) == 8


def test_out_of_memory_halves_the_batch_and_changes_nothing(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = requests(0.0, samples=1)
    expected = texts(answers(TransformersEngine(model(tiny)), asked))
    rows: list[int] = []
    choose = decoding.Decoder._choose

    def small_memory(decoder: Any) -> Any:
        rows.append(len(decoder._rows))
        if len(decoder._rows) > 2:
            raise torch.OutOfMemoryError("no room")
        return choose(decoder)

    monkeypatch.setattr(decoding.Decoder, "_choose", small_memory)
    assert texts(answers(TransformersEngine(model(tiny)), asked)) == expected
    assert rows[0] == len(asked)
    assert 0 < rows[-1] <= 2


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_shared_decoding_writes_what_plain_decoding_writes(
    tiny: str, monkeypatch: pytest.MonkeyPatch, temperature: float
) -> None:
    asked = requests(temperature, samples=2)
    shared = answers(TransformersEngine(model(tiny)), asked)
    monkeypatch.setattr(transformers_engine, "can_share", lambda _: False)
    plain = answers(TransformersEngine(model(tiny)), asked)
    assert texts(shared) == texts(plain)
    assert sum(entry.prefilled_tokens for entry in shared.values()) < sum(
        entry.prefilled_tokens for entry in plain.values()
    )


def test_waiting_requests_join_those_at_work(tiny: str) -> None:
    """A budget for a few rows only: short answers end first, and others take their places before the long one ends."""
    asked = requests(0.7, samples=4)
    engine = TransformersEngine(model(tiny, batch_tokens=600))
    order = [entry.key for batch in engine.generate(asked) for entry in batch]
    assert texts(answers(TransformersEngine(model(tiny)), asked)) == texts(answers(engine, asked))
    assert len(order) == len(asked)


def test_the_first_answers_come_while_most_prompts_still_wait(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a job that is killed has lost seconds of work; none of this changes an answer."""
    asked = [Request("Be just.", (), f"{place} why " * 80, COMPARATIVE, 0, 0, 0, 160) for place in range(24)]
    started: list[int] = []
    start = rows_module.start_row

    def counted(request: Any, *rest: Any) -> Any:
        started.append(len(request.prompt))
        return start(request, *rest)

    monkeypatch.setattr(decoding, "start_row", counted)
    at_work = [len(started) for _ in TransformersEngine(model(tiny)).generate(asked)]
    assert sum(started) > 4 * decoding.PREFILL_TOKENS
    assert at_work[0] < len(asked) // 2
    assert at_work[-1] == len(asked)


def test_tokens_that_the_grammar_forces_within_an_answer_are_counted(tiny: str) -> None:
    (entry,) = answers(TransformersEngine(model(tiny)), requests(0.0, samples=1)[:1]).values()
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    opening = len(tokenizer.encode('{"A": {"reasoning": "', add_special_tokens=False))
    assert opening < entry.forced_tokens < entry.output_tokens


@pytest.mark.parametrize("shared", [True, False])
def test_a_sampled_answer_that_grows_too_long_is_tried_once_more(
    tiny: str, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    """The bound lies amid the lengths that come out: some answers are short at the second try, some at neither."""
    monkeypatch.setattr(transformers_engine, "can_share", lambda _: shared)
    asked = [Request("Be just.", (), "Why?", COMPARATIVE, 1.5, sample, 0, 44) for sample in range(30)]
    started: list[int] = []
    start = rows_module.start_row

    def counted(request: Any, *rest: Any) -> Any:
        started.append(request.attempt)
        return start(request, *rest)

    monkeypatch.setattr(decoding, "start_row", counted)
    monkeypatch.setattr(plain_decoding, "start_row", counted)
    made: list[Generation] = []
    with pytest.raises(UserError, match=r"\d+ answers were cut"):
        for batch in TransformersEngine(model(tiny)).generate(asked):
            made += batch
    first, second = started.count(0), started.count(1)
    assert first == 30
    assert 30 - second < len(made) < 30


def test_messages_that_outgrow_the_context_lose_the_least_similar_example_first(tiny: str) -> None:
    examples = tuple(Example(f"{word} " * 20, "{}", rank) for rank, word in ((1, "far"), (0, "near"), (2, "farther")))
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    request = Request("s", examples, "q", COMPARATIVE, 0.0, 0, 0, 60)
    whole = Renderer(tokenizer, "tiny", 1024).render(request)
    smaller = Renderer(tokenizer, "tiny", len(whole) + 59).render(request)
    text = tokenizer.decode([*smaller.prefix, *smaller.suffix])
    assert (whole.dropped_examples, smaller.dropped_examples) == (0, 1)
    assert "near near" in text
    assert "far far" in text
    assert "farther" not in text


def test_a_question_that_never_fits_is_one_line(tiny: str) -> None:
    asked = [Request("s", EXAMPLES, "Why? " * 300, COMPARATIVE, 0.0, 0, 0, 60)]
    with pytest.raises(UserError, match=r"do not fit its context of 100; the question begins 'Why\? Why\?"):
        answers(TransformersEngine(model(tiny, context=100)), asked)


def test_an_answer_that_the_context_cuts_is_told_after_the_others_are_made(tiny: str) -> None:
    short = Request("s", (), "q", schema_text(score_schema(0)), 0.0, 0, 0, 4)
    long_text = {"type": "string", "minLength": 400, "maxLength": 500}
    endless = Request("s", (), "q", schema_text(object_schema({"reasoning": long_text})), 0.0, 0, 0, 4)
    engine = TransformersEngine(model(tiny, context=60))
    made: list[Generation] = []
    with pytest.raises(UserError, match="1 answers were cut at their bound or by the end of its context of 60"):
        for batch in engine.generate([endless, short]):
            made += batch
    assert [entry.key for entry in made] == [request_key(short, engine.identity)]


@pytest.mark.parametrize("template", [NO_SYSTEM_ROLE, DROPS_SYSTEM_ROLE])
def test_a_template_without_a_system_role_gets_the_system_text_in_the_first_user_turn(
    tmp_path: Path, template: str
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(save_tiny_model(tmp_path / "m", template=template))
    prompt = Renderer(tokenizer, "m", 1024).render(Request("Be just.", EXAMPLES, "Why?", "{}", 0.0, 0, 0, 4))
    text = tokenizer.decode([*prompt.prefix, *prompt.suffix])
    assert text.count("Be just.") == 1
    assert "<|user|>Be just.\n\nWho is Ann?" in text


@pytest.mark.parametrize("begins", ["<|begin|>", "", "<|begin|><|begin|>"])
def test_a_prompt_begins_with_one_bos_token_whatever_the_template_writes(tmp_path: Path, begins: str) -> None:
    folder = save_tiny_model(tmp_path / "m")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = tokenizer.chat_template.replace("<|begin|>", begins)
    if not begins:  # then it is the tokenizer that tells that the model expects one
        tokenizer.backend_tokenizer.post_processor = begin_processor(tokenizer)
    prompt = Renderer(tokenizer, "m", 1024).render(Request("s", (), "q", "{}", 0.0, 0, 0, 4))
    ids = [*prompt.prefix, *prompt.suffix]
    assert ids.count(tokenizer.bos_token_id) == 1
    assert ids[0] == tokenizer.bos_token_id


def begin_processor(tokenizer: Any) -> Any:
    """A post-processor that puts BOS first, as Llama's tokenizer has it."""
    from tokenizers.processors import TemplateProcessing

    return TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", tokenizer.bos_token_id)])


def test_a_tokenizer_without_a_pad_token_works(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m")
    path = Path(folder) / "tokenizer_config.json"
    config = json.loads(path.read_text())
    del config["pad_token"]
    path.write_text(json.dumps(config))
    assert AutoTokenizer.from_pretrained(folder).pad_token is None
    assert len(answers(TransformersEngine(model(folder)), requests(0.0, samples=1))) == 6


def test_a_folder_that_holds_no_model_is_one_line(tmp_path: Path) -> None:
    engine = TransformersEngine(model(str(tmp_path)))
    with pytest.raises(UserError, match="cannot be loaded, expected a hub id or a folder of a causal language model"):
        answers(engine, requests(0.0))


def test_a_base_model_without_a_chat_template_is_one_line(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m")
    (Path(folder) / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="its tokenizer has no chat template"):
        answers(TransformersEngine(model(folder)), requests(0.0))


def test_a_local_model_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    folders = [save_tiny_model(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    digests = [folder_digest(Path(folder)) for folder in folders]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("responses", [2, 3, 5])
def test_random_walks_through_the_grammar_obey_the_schema(tiny: str, responses: int) -> None:
    """A thousand answers over the three cases, token by token among those allowed: all parse, none breaks a bound."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    grammars = Grammars(tokenizer, len(tokenizer) + 12)
    letters = "ABCDE"[:responses]
    draw = random.Random(responses)
    for _ in range(340):
        schema = schema_text(object_schema({letter: score_schema(4) for letter in letters}))
        answer = json.loads(str(tokenizer.decode(walk(grammars, schema, draw, len(tokenizer)))))
        assert list(answer) == list(letters)
        assert all(0 <= part["score"] <= 100 and len(part["reasoning"]) <= 4 for part in answer.values())


def walk(grammars: Grammars, schema: str, draw: random.Random, vocabulary: int) -> list[int]:
    matcher = grammars.matcher(schema)
    taken: list[int] = []
    while not matcher.is_stopped():
        (allowed,) = grammars.allowed([matcher], torch.device("cpu"))
        assert not allowed[vocabulary:].any()
        taken.append(draw.choice(allowed.nonzero().flatten().tolist()))
        assert matcher.consume_token(taken[-1])
    return taken


@pytest.mark.parametrize("text", ['say "no"', "back\\slash", "line\nbreak", "tab\there", "naïve 東京 🙂", ""])
def test_text_with_quotes_escapes_and_other_scripts_is_allowed(tiny: str, text: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    matcher = Grammars(tokenizer, len(tokenizer)).matcher(choice_schema(3, 20))
    answer = json.dumps({"reasoning": text, "choice": "C"}, ensure_ascii=False)
    ids = tokenizer.encode(answer, add_special_tokens=False)
    assert matcher.try_consume_tokens(ids) == len(ids)
    assert matcher.is_stopped()


@pytest.mark.parametrize("score", ["-1", "101", "1000", "07", "5.0", '"5"', ""])
def test_a_score_outside_0_to_100_is_not_allowed(tiny: str, score: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    matcher = Grammars(tokenizer, len(tokenizer)).matcher(schema_text(score_schema(20)))
    ids = tokenizer.encode(f'{{"reasoning": "", "score": {score}}}', add_special_tokens=False)
    assert matcher.try_consume_tokens(ids) < len(ids)
