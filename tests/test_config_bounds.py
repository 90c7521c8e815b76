"""Every number of a config has bounds, and no text or switch is taken for one: a new field cannot forget it."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pluralism.errors import UserError
from pluralism.files import parse_yaml
from pluralism.protocols import FLAGS, parse_protocol, protocol_of
from pluralism.study.config import Config
from pluralism.study.reading import merged_values, read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.conftest import Run, error_line
from tests.test_config import PAPER, changed

MODEL = {"id": "owner/name", "gpus": 1, "context": 1000, "batch_tokens": 1000, "trust_remote_code": False}
SERVER = {"urls": ["http://node:8000/v1"], "concurrency": 4, "timeout": 60.0}
NEAREST = {"select": "most_similar", "shots": 2, "similarity": "bertscore", "layer": 3}
STARTED = {"id": "x", "engine": "vllm", "arguments": ["--enforce-eager"], "concurrency": 3}
FULL = {
    **PAPER,
    "protocol": dict.fromkeys(FLAGS, True),
    "targets": {"number": 2, "attribute_counts": [1, 3], "doses": True, "choices": [1, 2]},
    "statistics": {"equivalence_margin": 5},
    "datasets": {
        **PAPER["datasets"],
        "mic": {**PAPER["datasets"]["mic"], "limit": 12, "texts_may_be_shared": False},
        "mine": {"format": "table", "raw": "a.csv", "response": "a", "attributes": "a.yaml", "train_share": 0.5},
        "helpsteer2": {**PAPER["datasets"]["helpsteer2"], "reasonings": {"model": "mistral_7b", "length": 512}},
    },
    "models": {
        **PAPER["models"],
        "full": MODEL,
        "served": {"id": "x", "engine": "server", "server": SERVER},
        "started": STARTED,
    },
    "adms": {
        **PAPER["adms"],
        "near": {"kind": "comparative_regression", "few_shot": NEAREST, "swap": False, "reasoning_length": 9},
        "choosing": {"kind": "unaligned_baseline", "swap": True, "sweep": {"adm": "near", "shots": 3}},
        "panel": {**PAPER["adms"]["panel"], "weights": [2.0, 1]},
        "values": {"kind": "kaleido", "explain": False},
        "likely": {"kind": "response_likelihood", "per_token": False, "contrast": True},
        "paired": {"kind": "pairwise", "prior": 1.0},
        "reward": {"kind": "reward_model", "head": 0},
        "rewards": {"kind": "multi_objective_reward_model", "heads": {"helpfulness": 0}},
    },
    "experiments": {**PAPER["experiments"], "full": {"decoding": "sampling", "adms": ["oracle"], "shards": 2}},
}
"""A config with every number and every switch."""


def leaves(value: Any, *keys: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, value) of each number and switch."""
    if isinstance(value, int | float):
        yield keys, value
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(entry, *keys, key)


def numbers(schema: Any, *names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(property, schema) of each number and switch in a JSON Schema."""
    if isinstance(schema, dict):
        if schema.get("type") in ("integer", "number", "boolean"):
            yield [name for name in names if not name.isdigit()][-1], schema
        for key, entry in schema.items():
            if key not in ("default", "enum", "const"):
                shown = key not in ("anyOf", "items", "additionalProperties")
                yield from numbers(entry, *names, *([key] if shown else []))
    elif isinstance(schema, list):
        for entry in schema:
            yield from numbers(entry, *names)


def at(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The full config with one value replaced."""
    values = copy.deepcopy(FULL)
    here: Any = values
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    return values


def test_every_number_of_the_schema_has_a_least_and_a_most() -> None:
    found = [(name, schema) for name, schema in numbers(Config.model_json_schema()) if schema["type"] != "boolean"]
    assert len(found) > 15
    for name, schema in found:
        assert {"minimum", "exclusiveMinimum"} & schema.keys(), name
        assert {"maximum", "exclusiveMaximum"} & schema.keys(), name


def test_the_full_config_has_every_number_and_switch_of_the_schema() -> None:
    read_config(FULL)
    keys = {str(key) for path, _ in leaves(FULL) for key in path}
    assert {name for name, _ in numbers(Config.model_json_schema())} <= keys


def name(path: tuple[Any, ...]) -> str:
    """The last key of a path, but for the place in a list."""
    return next(key for key in reversed(path) if isinstance(key, str))


@pytest.mark.parametrize(("path", "value"), list({name(leaf[0]): leaf for leaf in leaves(FULL)}.values()), ids=str)
def test_no_number_is_taken_from_text_a_switch_or_beyond_all_bounds(path: tuple[Any, ...], value: Any) -> None:
    wrong: list[Any] = ["1", "yes", 10**400, -1, math.inf, math.nan, [1], 0.001]
    for entry in [*wrong, *([1, 0.0] if isinstance(value, bool) else [True, 10**10])]:
        with pytest.raises(UserError) as fault:
            read_config(at(path, entry))
        assert name(path) in str(fault.value), entry


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        (["decodings", "sampling", "temperature"], 1e-30, "temperature: Value error, expected 0 or a number from 0.01"),
        (["models", "llama_3b", "id"], "", "models.llama_3b.id: "),
        (["note"], "x" * 200_000, "config: note: 'xxx"),
        (["note"], "a\0b", "config: note: 'a\\x00b', expected text of at most 4000 letters that can be printed"),
        (["note"], "\ud800", "config: note: '\\ud800', expected text"),
        (["adms", "oracle", "label"], b"x", "config: adms.oracle.label: b'x', expected text, a number, a list or keys"),
        (["targets", "number"], 40, "targets.number: 40, mic has 36 targets of 1 attributes"),
    ],
)
def test_a_value_that_nothing_can_use_is_one_line(path: list[str], to: Any, message: str) -> None:
    with pytest.raises(UserError) as fault:
        read_config(changed(*path, to=to))
    assert message.replace("Value error, ", "") in str(fault.value)


def test_keys_are_text_and_values_have_a_depth_and_an_end() -> None:
    deep: list[Any] = []
    for _ in range(3000):
        deep = [deep]
    bomb: Any = "x"
    for _ in range(12):
        bomb = [bomb] * 9
    for key, to in (("models", {1: {}}), ("models", {None: {}}), ("note", deep), ("note", bomb), ("note", {1, 2})):
        with pytest.raises(UserError, match=f"config: {key}"):
            read_config(changed(key, to=to))


@pytest.mark.parametrize("entry", [[{"shots": 3}], ["x"] * 101, [10**9], [True], ["3"], [[]]])
def test_a_list_of_shots_has_an_end(entry: list[Any]) -> None:
    values = changed("adms", "regression", to={"kind": "comparative_regression", "few_shot": {"shots": entry}})
    with pytest.raises(UserError, match=r"adms.regression.few_shot.shots: "):
        read_config(values)


def test_a_study_whose_commands_are_too_long_for_the_system_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"adm{number}": {"kind": "oracle"} for number in range(2000)}
    with pytest.raises(UserError, match=r"config: with its defaults \d+ bytes, expected at most 120000"):
        check_files(Study(read_config(changed("adms", to={**PAPER["adms"], **many}))))
    with pytest.raises(
        UserError, match=r"targets: helpsteer2 has \d+ ADMs and 1802 targets, whose paths take \d+ bytes"
    ):
        check_files(Study(read_config(changed("targets", to={"number": 600, "attribute_counts": [3, 4, 5]}))))
    monkeypatch.chdir(tmp_path)
    check_files(Study(read_config(PAPER)))


def test_overlays_are_laid_over_key_by_key_and_a_misfit_is_one_line(tmp_path: Path) -> None:
    for name, text in {
        "base.yaml": "a: {x: 1, y: {z: 2}}\nb: 3",
        "one.yaml": "a: {y: {w: 4}}\nc: 5",
        "two.json": '{"b": {"x": 1}, "a": {"x": null}}',
    }.items():
        (tmp_path / name).write_text(text)
    files = [tmp_path / name for name in ("base.yaml", "one.yaml", "two.json")]
    merged = {"a": {"x": None, "y": {"z": 2, "w": 4}}, "b": {"x": 1}, "c": 5}
    assert merged_values(files[0], files[1:]) == merged
    assert list(merged_values(files[0], files[1:])) == ["a", "b", "c"]
    over = merged_values(files[0], files[1:], ["c=a: b: c", "b={x: 2, y: [no]}", "a="])
    assert over == {"a": None, "b": {"x": 2, "y": [False]}, "c": "a: b: c"}
    for key, to in (("datasets", 3), ("adms", None), ("grid", []), ("experiments", {}), ("grid", {}), ("models", [1])):
        with pytest.raises(UserError, match=f"config: {key}|grid.experiments: unknown name"):
            read_config({**PAPER, key: to})


@pytest.mark.parametrize(
    ("before", "overlay", "protocol"),
    [
        ("corrected", "{float_ties: true}", "corrected,float_ties=true"),
        ("published", "{float_ties: false}", "published,float_ties=false"),
        (
            "{base: corrected, float_ties: true}",
            "{shuffle_greedy: true}",
            "corrected,shuffle_greedy=true,float_ties=true",
        ),
        ("{base: corrected, float_ties: true}", "{base: published}", "published"),
        ("{base: published, float_ties: false}", "corrected", "corrected"),
    ],
)
def test_a_flag_in_an_overlay_keeps_the_base_that_it_overlays_and_a_word_replaces_all(
    tmp_path: Path, before: str, overlay: str, protocol: str
) -> None:
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path, text in zip(files, (before, overlay), strict=True):
        path.write_text(f"protocol: {text}")
    assert str(protocol_of(merged_values(None, files)["protocol"])) == protocol


@pytest.mark.parametrize("word", ["published,base=corrected", "published,float_ties=false,float_ties=true"])
def test_a_base_or_a_flag_that_a_command_names_twice_is_one_line(word: str) -> None:
    with pytest.raises(UserError, match=f"--protocol: '{word}', expected a base, then each flag at most once"):
        parse_protocol(word)


@pytest.mark.parametrize(
    ("text", "value"), [("010", 8), ("12:30", 750), ("1_000", 1000), ("0x10", 16), ("1_0.5", 10.5)]
)
def test_a_number_that_yaml_reads_as_another_is_one_line(text: str, value: int) -> None:
    with pytest.raises(UserError, match=f"mine: line 1: YAML reads '{text}' as {value}, expected a decimal number"):
        parse_yaml(f"seed: {text}", "mine")


def test_decimal_numbers_and_quoted_text_are_as_they_stand() -> None:
    text = "[0, -7, 1.5, 1., .5, 1.0e+3, .inf, '010', 2024-13, 1.2.3]"
    assert parse_yaml(text, "mine") == [0, -7, 1.5, 1.0, 0.5, 1000.0, math.inf, "010", "2024-13", "1.2.3"]


def test_the_plan_says_one_line_of_a_faulty_config(tmp_path: Path, pluralism: Run) -> None:
    (tmp_path / "config.yaml").write_text("seed: 1\nseed: 2\n")
    result = pluralism("plan", "--workflow-profile", "none")
    assert error_line(result) == "error: config.yaml: line 2: the key 'seed' is there twice"
    assert result.stdout == ""


def texts_and_lists(value: Any, *keys: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, value) of each text, list and group of keys."""
    if keys and isinstance(value, str | list | dict):
        yield keys, value
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from texts_and_lists(entry, *keys, key)


EMPTY: tuple[Any, ...] = ([], {}, "", " ")
MAY_BE_EMPTY: list[tuple[str, Any]] = [
    # Words of a user: without them, names are shown.
    *(("label", empty) for empty in ("", " ")),
    # Groups whose keys all have defaults, and lists of more options.
    *(
        (key, {})
        for key in ("protocol", "reasonings", "targets", "statistics", "few_shot", "deterministic", "sampling")
    ),
    ("arguments", []),
]


def test_what_would_be_nothing_is_refused_at_the_check() -> None:
    """An empty list of counts, a blank path: each would end in a job that fails, long after."""
    passed = []
    for path, value in texts_and_lists(FULL):
        for empty in EMPTY:
            if empty == value:
                continue
            try:
                read_config(at(path, empty))
            except UserError:
                continue
            passed.append((path[-1], empty))
    assert [entry for entry in passed if entry not in MAY_BE_EMPTY] == []


def test_an_empty_list_of_counts_says_what_was_expected() -> None:
    with pytest.raises(UserError) as fault:
        read_config(at(("targets", "attribute_counts"), []))
    assert str(fault.value).startswith("config: targets.attribute_counts: expected all, or a list of counts from 1 to ")
