"""Prompt templates and attribute files: words of a user's that become prompts."""

import json
from pathlib import Path

import pytest

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.errors import UserError
from pluralism.files import read_yaml
from pluralism.prompts.checking import VALUES, template_faults
from pluralism.prompts.rendering import BUILT_IN, Templates, template_names
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.conftest import Run, error_line
from tests.test_config import changed

SETS = [read_attributes(attribute_file(name)) for name in ("mic", "helpsteer2")]


def test_our_own_templates_have_no_fault_and_their_values_are_known() -> None:
    assert sorted(VALUES) == template_names()
    assert list(template_faults(str(BUILT_IN), template_names(), SETS)) == []


FAULTY: list[dict[str, str | bytes]] = [
    {
        "regression_question": "{{ prompt",
        "regression_system": "\n{{ nope }}",
        "comparative_question": "{{ prompt | nope }}",
        "comparative_system": "{% include 'others.txt' %}",
        "choice_question": "{{ prompt }}{% for i in range(10**9) %}.{% endfor %}",
        "aligned_system": "{{ 'x' * 10**11 }}",
        "unaligned_system": "{{ ''.__class__.__mro__ }}",
        "reasoning_system": "{{ prompt }}\n{{ '\\ud800' }}",
        "reasoning_question": b"\xff\xfe",
        "reasoning_opening": "{# nothing #}",
    },
    {
        "regression_question": "How good is it?",
        "regression_system": "{% macro a() %}{{ a() }}{% endmacro %}\n{{ a() }}",
        "comparative_question": "{{ responses | map('first') }}",
        "comparative_system": "{{ 1 / 0 }}",
        "choice_question": "{{ prompt }}{{ range(10**5) | list | random }}",
        "aligned_system": "{% extends 'aligned_system.jinja' %}",
        "unaligned_system": "{{ 'x' * 2000000 }}",
        "reasoning_system": "{% if %}",
        "reasoning_question": "{{ attribute.phrases[6] }}",
        "reasoning_opening": "{{ lipsum() }}",
    },
]
MESSAGES = [
    {
        "regression_question": "line 1: unexpected end of template",
        "regression_system": "line 2: 'nope' is undefined",
        "comparative_question": "line 1: No filter named 'nope'",
        "comparative_system": "line 1: template not found: 'others.txt'",
        "choice_question": "line 1: OverflowError: Range too big",
        "aligned_system": "line 1: MemoryError",
        "unaligned_system": "line 1: access to attribute '__class__' of 'str' object is unsafe",
        "reasoning_system": "it makes 'What of the first prompt?\\n\\ud800', which has half of a surrogate pair",
        "reasoning_question": "not UTF-8 text, expected a template",
        "reasoning_opening": "makes no text",
    },
    {
        "regression_question": "makes the same text for every item, expected a part of it",
        "regression_system": "line 1: RecursionError",
        "comparative_question": "makes another text each time",
        "comparative_system": "line 1: ZeroDivisionError: division by zero",
        "choice_question": "makes another text each time, expected no random part",
        "aligned_system": "line 1: RecursionError",
        "unaligned_system": "makes 2000000 characters, expected at most 1000000",
        "reasoning_system": "line 1: Expected an expression",
        "reasoning_question": "line 1: list object has no element 6",
        "reasoning_opening": "makes another text each time, expected no random part",
    },
]


@pytest.mark.parametrize(("templates", "messages"), list(zip(FAULTY, MESSAGES, strict=True)), ids=["first", "second"])
def test_a_template_that_does_not_work_is_one_line_with_its_file(
    tmp_path: Path, templates: dict[str, str | bytes], messages: dict[str, str]
) -> None:
    for name, text in templates.items():
        (tmp_path / f"{name}.jinja").write_bytes(text.encode() if isinstance(text, str) else text)
    faults = list(template_faults(str(tmp_path), list(templates), SETS))
    assert len(faults) == len(messages)
    for fault, (name, message) in zip(faults, messages.items(), strict=True):
        assert fault.startswith(f"{tmp_path}/{name}.jinja: {message}")
        assert "\n" not in fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ prompt }} {{ responses[2][1] }}", "line 1: list object has no element 2"),  # an item may have two
        ("{{ prompt }} How good is each?", "leaves out what is asked about, expected a use of responses"),
        ("{{ prompt }} {{ responses }}\0", "makes a control character"),
        ("{{ prompt }} {{ responses | map('first') }}", "makes another text each time, expected no random part"),
    ],
)
def test_a_question_works_for_every_item_and_shows_what_is_asked_about(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "comparative_question.jinja").write_text(text)
    assert list(template_faults(str(tmp_path), ["comparative_question"], SETS)) == [
        f"{tmp_path}/comparative_question.jinja: {message}"
    ]


def test_a_job_without_its_folder_of_templates_does_not_take_ours(command: Run, tmp_path: Path) -> None:
    adm = {"kind": "random_choice"}
    settings = {"seed": 1, "protocol": "published", "prompts": "nowhere", "adm": adm, "decoding": {}, "model": None}
    paths = [word for name in ("attributes", "train", "eval", "journal", "output") for word in (f"--{name}", tmp_path)]
    told = error_line(command("predict", "--settings", json.dumps(settings), *paths))
    assert told == "error: settings: prompts: nowhere: no such folder, expected one of templates, or own, or published"


def test_a_template_that_never_ends_is_one_line(tmp_path: Path) -> None:
    loop = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}{{ prompt }}"
    (tmp_path / "regression_question.jinja").write_text(loop)
    (fault,) = template_faults(str(tmp_path), ["regression_question"], SETS, cpu_seconds=1)
    assert fault.startswith(f"{tmp_path}/regression_question.jinja: it takes more than 1 s or 536870912 bytes")


def test_a_study_does_not_start_with_a_faulty_template(tmp_path: Path) -> None:
    study = Study(read_config(changed("prompts", to=str(tmp_path))))
    (tmp_path / "regression_system.jinja").write_text("Score it.\n{{ attribute.nmae }}")
    with pytest.raises(
        UserError, match=r"prompts: .*regression_system.jinja: line 2: 'pluralism.*Attribute object' has"
    ):
        check_files(study)
    (tmp_path / "regression_system.jinja").write_text("Score it: {{ attribute.name }}.")
    check_files(study)
    (tmp_path / "choice_question.jinja").mkdir()
    (tmp_path / "aligned_system.j2").write_text("Choose.")
    with pytest.raises(
        UserError, match=r"unknown template aligned_system.j2; .*choice_question.jinja: this is a folder"
    ):
        check_files(study)


def test_templates_may_build_lists_and_use_filters(tmp_path: Path) -> None:
    (tmp_path / "choice_question.jinja").write_text(
        "{% set names = [] %}{% for letter, text in responses %}{% set _ = names.append(letter) %}{% endfor %}"
        "{{ prompt | upper }} {{ names | join(', ') }}"
    )
    question = Templates(str(tmp_path)).render("choice_question", prompt="Why?", responses=[("A", "a"), ("B", "b")])
    assert question == "WHY? A, B"
    assert list(template_faults(str(tmp_path), ["choice_question"], SETS)) == []


ONE = {"description": "It is good.", "phrases": ["is bad", "is good"]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"levels": True, "attributes": {"good": ONE}}, "levels is True, expected a count from 2 to 101"),
        ({"levels": 102, "attributes": {"good": ONE}}, "levels is 102, expected a count from 2 to 101"),
        ({"levels": 2, "attributes": {}}, "attributes is {}, expected 1 to 100"),
        ({"levels": 2, "attributes": {f"a{i}": ONE for i in range(101)}}, "expected 1 to 100 of name: description"),
        ({"levels": 2, "attributes": {"": ONE}}, "attributes: invalid name '', expected one line"),
        ({"levels": 2, "attributes": {" good": ONE}}, "attributes: invalid name ' good'"),
        ({"levels": 2, "attributes": {"a\nb": ONE}}, "attributes: invalid name 'a\\nb'"),
        ({"levels": 2, "attributes": {"x" * 101: ONE}}, "attributes: invalid name 'xxx"),
        (
            {"levels": 2, "attributes": {"good": {**ONE, "description": None}}},
            "good: description is None, expected text",
        ),
        ({"levels": 2, "attributes": {"good": {**ONE, "description": " "}}}, "good: description is ' ', expected one"),
        ({"levels": 2, "attributes": {"good": {**ONE, "phrases": ["a", False]}}}, "good: phrases: entry 2 is False"),
        ({"levels": 2, "attributes": {"good": {**ONE, "phrases": ["a\nb", "c"]}}}, "good: phrases: entry 1 is 'a\\nb'"),
        ({"levels": 2, "attributes": {"good": {**ONE, "words": [1, 2]}}}, "good: words: entry 1 is 1, expected text"),
        ({"levels": 2, "attributes": {"good": {**ONE, "phrases": ["a"]}}}, "good: phrases: expected a list of 2 texts"),
    ],
)
def test_words_of_attributes_are_text_of_one_line(tmp_path: Path, value: object, message: str) -> None:
    path = tmp_path / "attributes.yaml"
    path.write_text(json.dumps(value))
    with pytest.raises(UserError) as fault:
        read_attributes(path)
    assert str(fault.value).startswith(f"{path}: ")
    assert message in str(fault.value)


def test_yaml_words_that_are_no_text_are_not_taken_for_some(tmp_path: Path) -> None:
    path = tmp_path / "attributes.yaml"
    path.write_text("levels: 3\nattributes: {good: {description: Good., phrases: [no, 2024-01-01, yes]}}")
    with pytest.raises(UserError, match="phrases: entry 1 is False, expected text; put it in quotes"):
        read_attributes(path)
    path.write_text(
        "levels: 2\nattributes:\n  a good one:\n    description: |\n      Good.\n    phrases: ['no', 'yes']"
    )
    (attribute,) = read_attributes(path).attributes
    assert (attribute.name, attribute.description, attribute.phrases) == ("a good one", "Good.", ("no", "yes"))


@pytest.mark.parametrize("name", ["mic", "helpsteer2"])
def test_the_words_of_our_attributes_are_those_of_their_files(name: str) -> None:
    raw = read_yaml(attribute_file(name))["attributes"]
    for attribute in read_attributes(attribute_file(name)).attributes:
        assert attribute.description == raw[attribute.name]["description"]
        assert list(attribute.phrases) == raw[attribute.name]["phrases"]
