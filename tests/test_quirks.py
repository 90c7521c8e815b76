"""What engines do as the published code did, where a request says so; expected values are worked out by hand."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers.processors import TemplateProcessing
from transformers import AutoModelForSeq2SeqLM, AutoModelForSequenceClassification, AutoTokenizer

from dev.demo.tokenizer import BEGIN, CHAT_TEMPLATE, END, train_tokenizer
from pluralism.adms import make_adm
from pluralism.adms.base import Task, schema_text
from pluralism.adms.choices import choice_schema
from pluralism.adms.reward_models import FixedScale
from pluralism.adms.scores import score_schema
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.engines.encoding import without_blanks
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.rendering import Prompt, Renderer
from pluralism.engines.scorers.kaleido import Template
from pluralism.engines.server.chat_api import PendingRequest, body
from pluralism.errors import UserError
from pluralism.predictions import Prediction, checked_predictions
from pluralism.protocols import CORRECTED, PUBLISHED, protocol_of
from pluralism.requests import (
    ChatQuirks,
    Example,
    Generation,
    Request,
    RewardQuirks,
    RewardRequest,
    ValueQuirks,
    ValueRequest,
    parse_answer,
    request_key,
)
from tests.scorer_models import answers, model
from tests.tiny_models import (
    DROPS_SYSTEM_ROLE,
    NO_SYSTEM_ROLE,
    TEXTS,
    save_tiny_kaleido,
    save_tiny_reward_model,
)

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
LEVELS = dict.fromkeys(ATTRIBUTES.names, 0.5)
ITEM = Item("Where is Paris?", ("In France.", "Far away."), (LEVELS, LEVELS))
ALL = ChatQuirks(**{flag.name: True for flag in fields(ChatQuirks)})


def tokenizer(*, template: str = CHAT_TEMPLATE, cleans_up: bool = False) -> Any:
    """Byte-level BPE that puts BOS before every text, as Llama's does."""
    made = train_tokenizer(TEXTS, vocabulary=420, context=4096)
    made.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, made.bos_token_id)]
    )
    made.chat_template, made.clean_up_tokenization_spaces = template, cleans_up
    return made


def asked(question: str, quirks: ChatQuirks, examples: tuple[Example, ...] = ()) -> Request:
    return Request("Be just.", examples, question, "{}", 0.0, 0, 0, 4, quirks=quirks)


def rendered(made: Any, question: str, quirks: ChatQuirks, examples: tuple[Example, ...] = ()) -> Prompt:
    return Renderer(made, "m", 4096).render(asked(question, quirks, examples))


def text(made: Any, question: str, quirks: ChatQuirks) -> str:
    prompt = rendered(made, question, quirks)
    written: str = made.decode([*prompt.prefix, *prompt.suffix], clean_up_tokenization_spaces=False)
    return written


USER = "<|user|>Why , he 's ?<|end|>"
CORRECTLY = f"{BEGIN}<|system|>Be just.<|end|>{USER}<|assistant|>"


@pytest.mark.parametrize(
    ("flag", "options", "expected"),
    [
        (None, {"cleans_up": True}, CORRECTLY),
        ("no_generation_prompt", {}, CORRECTLY.removesuffix("<|assistant|>")),
        ("begin_token_twice", {}, BEGIN + CORRECTLY),
        ("blanks_cleaned_up", {}, CORRECTLY),
        ("blanks_cleaned_up", {"cleans_up": True}, CORRECTLY.replace("Why , he 's ?", "Why, he's?")),
        ("system_joined_by_line", {}, CORRECTLY),
        (
            None,
            {"template": NO_SYSTEM_ROLE},
            CORRECTLY.replace(f"<|system|>Be just.{END}<|user|>", "<|user|>Be just.\n\n"),
        ),
        (
            "system_joined_by_line",
            {"template": NO_SYSTEM_ROLE},
            CORRECTLY.replace(f"<|system|>Be just.{END}<|user|>", "<|user|>Be just.\n"),
        ),
        ("system_joined_by_line", {"template": DROPS_SYSTEM_ROLE}, CORRECTLY.replace(f"<|system|>Be just.{END}", "")),
    ],
)
def test_a_prompt_is_rendered_as_the_published_code_did_where_a_flag_says_so(
    flag: str | None, options: dict[str, Any], expected: str
) -> None:
    quirks = ChatQuirks(**({flag: True} if flag else {}))
    assert text(tokenizer(**options), "Why , he 's ?", quirks) == expected


def test_all_flags_together_give_the_published_prompt() -> None:
    made = tokenizer(template=NO_SYSTEM_ROLE, cleans_up=True)
    assert text(made, "Why , he 's ?", ALL) == f"{BEGIN}{BEGIN}<|user|>Be just.\nWhy, he's?{END}"


def test_a_text_of_a_dataset_acts_on_no_model_unless_the_flag_is_set() -> None:
    assert not PUBLISHED.control_tokens_in_texts
    assert protocol_of({"control_tokens_in_texts": True}).control_tokens_in_texts


@pytest.mark.parametrize(("reads", "ends"), [(False, 2), (True, 3)])
def test_a_control_token_in_a_text_is_read_as_one_just_where_the_flag_says_so(reads: bool, ends: int) -> None:
    made = tokenizer()
    prompt = rendered(made, f"a{END}b", ChatQuirks(control_tokens_in_texts=reads, begin_token_twice=True))
    assert [*prompt.prefix, *prompt.suffix].count(made.eos_token_id) == ends


def test_prompts_share_what_stands_before_the_question_under_all_flags() -> None:
    made = tokenizer(cleans_up=True)
    examples = (Example("Who , he ?", "{'A': {'score': 75.0}}", 0),)
    first, second = (rendered(made, question, ALL, examples) for question in ("Why ?", " . How ?"))
    assert first.prefix == second.prefix
    assert made.decode(first.prefix).endswith("Who, he?<|end|><|assistant|>{'A': {'score': 75.0}}<|end|><|user|>")
    assert made.decode(second.suffix) == ". How?<|end|>"


def test_blanks_are_cleaned_up_mark_by_mark_from_left_to_right() -> None:
    before = "a . b ? c ! d , e ' f do n't I 'm he 's we 've they 're : ; ('A', 'B') 75.0"
    assert without_blanks(before) == "a. b? c! d, e'f don't I'm he's we've they're : ; ('A', 'B') 75.0"
    assert without_blanks("{'reasoning': 'So .', 'score': 5}") == "{'reasoning': 'So.','score': 5}"
    assert without_blanks("'A': 'x' , 'sure'") == "'A': 'x','sure'"
    assert without_blanks("', 'score'") == "','score'"


@pytest.fixture(scope="module")
def grammars() -> Grammars:
    made = tokenizer()
    return Grammars(made, len(made))


def is_answer(grammars: Grammars, schema: str, answer: str) -> bool:
    made, matcher = tokenizer(), grammars.matcher(schema)
    tokens = made.encode(answer, add_special_tokens=False)
    return matcher.try_consume_tokens(tokens) == len(tokens) and bool(matcher.is_accepting())


@pytest.mark.parametrize(
    ("answer", "loosely", "strictly"),
    [
        ('{"reasoning": "so", "score": 75}', True, True),
        ('{"reasoning":"so","score":75}', True, False),
        ('{ "reasoning" : "so" , "score" : 75 }', True, False),
        ('{"reasoning": "so", "score": 101}', True, False),
        ('{"reasoning": "so", "score": -3}', True, False),
        (f'{{"reasoning": "so", "score": {10**40}}}', True, False),
        ('{"reasoning": "so", "score": 007}', False, False),
        ('{"reasoning": "so", "score": 7.5}', False, False),
        ('{"reasoning":  "so", "score": 75}', False, False),
        (' {"reasoning": "so", "score": 75}', False, False),
        ('{"reasoning": "so", "score": 75} ', False, False),
        ('{"reasoning": "", "score": 75}', False, True),
        ('{"reasoning": "12345678", "score": 75}', True, True),
        ('{"reasoning": "123456789", "score": 75}', False, False),
        (r'{"reasoning": "a \"b\" \\", "score": 75}', True, True),
        (r'{"reasoning": "a\n", "score": 75}', False, True),
        ('{"reasoning": "a\x85", "score": 75}', False, True),
        ('{"reasoning": "größe", "score": 75}', True, True),
    ],
)
def test_a_loose_grammar_takes_what_the_published_one_took(
    grammars: Grammars, answer: str, loosely: bool, strictly: bool
) -> None:
    loose, strict = (schema_text(score_schema(8, loose=flag), loose=flag) for flag in (True, False))
    assert (is_answer(grammars, loose, answer), is_answer(grammars, strict, answer)) == (loosely, strictly)


def test_a_loose_choice_is_one_of_the_letters(grammars: Grammars) -> None:
    schema = choice_schema(2, 8, loose=True)
    assert is_answer(grammars, schema, '{"reasoning":"so" ,"choice": "B"}')
    assert not is_answer(grammars, schema, '{"reasoning":"so" ,"choice": "C"}')


def test_a_score_beyond_the_scale_is_kept_where_the_protocol_allows_it_and_else_one_line() -> None:
    adm, task = make_adm("regression", {}, ""), Task([ITEM], ATTRIBUTES)
    queries = adm.queries(task)
    for written, score in (("250", 2.5), ("-3", -0.03)):
        made = [Generation("", f'{{"reasoning": "so", "score": {written}}}')] * len(queries)
        rows = adm.read(task, queries, made)
        assert {row.score for row in rows} == {score}
        checked_predictions(rows, [2], ATTRIBUTES.names, bounded=PUBLISHED.bounds_scores)
        with pytest.raises(UserError, match=f"row 0: .*: score is {score}, expected a number from 0 to 1"):
            checked_predictions(rows, [2], ATTRIBUTES.names, bounded=CORRECTED.bounds_scores)
    endless = parse_answer("1" * 5000)
    row = Prediction(0, 0, "helpfulness", 0, None, endless, "", 0, 0, 1, 1)
    with pytest.raises(UserError, match=r"row 0: .*: score is inf, expected a number from -1e"):
        checked_predictions([row], [1], ATTRIBUTES.names, bounded=False)


def test_what_a_server_can_follow_is_in_the_request_that_it_is_sent() -> None:
    request = replace(asked("Why?", ALL), schema=schema_text(score_schema(8, loose=True), loose=True))
    sent = body(PendingRequest(request, "0", ()), "m", system_role=False)
    assert sent["messages"] == [{"role": "user", "content": "Be just.\nWhy?"}]
    assert (sent["add_generation_prompt"], sent["add_special_tokens"]) == (False, True)
    guidance = sent["response_format"]["json_schema"]["schema"]["x-guidance"]
    assert guidance["whitespace_pattern"] == "[ ]?"
    plain = body(PendingRequest(replace(request, quirks=ChatQuirks(), schema="{}"), "0", ()), "m", system_role=False)
    assert plain["messages"] == [{"role": "user", "content": "Be just.\n\nWhy?"}]
    assert not {"add_generation_prompt", "add_special_tokens"} & set(plain)


def test_placeholders_are_filled_one_after_another_where_the_flag_says_so() -> None:
    template = Template("Action: ACTION VRD: VALUE", ("ACTION", "VRD", "VALUE"))
    assert template.fill("a VRD of VALUE", "care") == "Action: a VRD of VALUE Value: care"
    assert template.fill("a VRD of VALUE", "care", in_turn=True) == "Action: a Value of care Value: care"


def test_kaleido_reads_the_first_128_tokens_where_the_flag_says_so(tmp_path: Path) -> None:
    folder = save_tiny_kaleido(tmp_path / "k")
    made: Any = AutoTokenizer.from_pretrained(folder)
    loaded: Any = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32)
    words = made.convert_tokens_to_ids(["▁Supports", "▁Either", "▁Opposes"])
    long = ValueRequest("It is kind. " * 30, "care", explain=True)
    whole = made.encode(f"[Valence]: Action: {long.action} Value: care")
    assert len(whole) > 128
    cases = [(ValueQuirks(), whole), (ValueQuirks(kaleido_cuts_end=True), [*whole[:127], made.eos_token_id])]
    found = answers(model(folder, "kaleido"), [replace(long, quirks=quirks) for quirks, _ in cases])
    for answer, (_, ids) in zip(found, cases, strict=True):
        logits = loaded(torch.tensor([ids]), decoder_input_ids=torch.tensor([[0]])).logits[0, 0]
        expected = torch.softmax(logits[words], dim=0).tolist()
        assert [answer[name] for name in ("supports", "either", "opposes")] == pytest.approx(expected, abs=1e-5)


def test_a_reward_is_read_where_the_flags_say_so(tmp_path: Path) -> None:
    """The end token closes every text, and is the pad token, too."""
    folder = save_tiny_reward_model(tmp_path / "r", pad_token=True)
    made: Any = AutoTokenizer.from_pretrained(folder)
    loaded: Any = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, pad_token_id=None)

    def reward(ids: list[int]) -> float:
        return float(loaded(torch.tensor([ids])).logits[0, 0].detach())

    def given(**quirks: bool) -> float:
        asked = RewardRequest(f"a{BEGIN}b", "So.", quirks=RewardQuirks(control_tokens_in_texts=True, **quirks))
        return float(answers(model(folder, "reward_model"), [asked])[0]["rewards"][0])

    text = f"<|user|>a{BEGIN}b<|end|><|assistant|>So.<|end|>"
    ids = made.encode(BEGIN + text, add_special_tokens=False)
    assert given() == pytest.approx(reward(ids), abs=1e-5)
    assert given(reward_at_last_other_token=True) == pytest.approx(reward(ids[:-1]), abs=1e-5)
    without = made.encode(text.replace(BEGIN, ""))
    assert made.bos_token_id not in without
    assert given(reward_without_begin=True) == pytest.approx(reward(without), abs=1e-5)
    cut = answers(model(folder, "reward_model"), [RewardRequest("a", "b", most_tokens=3)])[0]["rewards"][0]
    assert cut == pytest.approx(reward(made.encode(f"{BEGIN}<|user|>a", add_special_tokens=False)), abs=1e-5)


def test_published_levels_of_rewards_need_no_train_items_and_are_not_bounded() -> None:
    adm, task = make_adm("multi_objective_reward_model", {}, ""), Task([ITEM], ATTRIBUTES)
    queries = adm.queries(task)
    assert [query.request for query in queries] == [
        RewardRequest(ITEM.prompt, response, most_tokens=4096, quirks=RewardQuirks(reward_at_last_other_token=True))
        for response in ITEM.responses
    ]
    made = [Generation("", json.dumps({"rewards": [0.9, 0.5, 0.1, 0.0, 1.5, 9.0]}))] * 2
    rows = adm.read(task, queries, made)
    assert [row.score for row in rows[:5]] == pytest.approx([0.8, 0.4, 0.0, -0.1, 1.4])
    assert rows[0].reasoning == "Reward 0.900; its level is a tenth less."
    assert FixedScale().level(0.3) == float(np.float32(np.float32(np.float32(0.3) * 5) - np.float32(0.5)) / 5)


def test_kaleido_always_explains_where_the_protocol_says_so() -> None:
    (query, *_) = make_adm("kaleido", {}, "").queries(Task([ITEM], ATTRIBUTES))
    quirks = ValueQuirks(kaleido_fills_in_turn=True, kaleido_cuts_end=True)
    assert query.request == ValueRequest("Where is Paris? In France.", "helpfulness", explain=True, quirks=quirks)


def test_a_request_without_quirks_keeps_its_key_and_quirks_of_another_flag_have_another() -> None:
    keys = [
        request_key(ValueRequest("a", "care", False, quirks=quirks), {})
        for quirks in (ValueQuirks(), ValueQuirks(kaleido_cuts_end=True), ValueQuirks(kaleido_fills_in_turn=True))
    ]
    assert keys[0] == "9bbf965cddd509bca44e7dd1fa82a6db90c7a2de32cc8fa0ce6d264bcfecc6a5"  # as before there were quirks
    assert len(set(keys)) == 3
