"""Names of the user's become parts of paths and words of commands: what they may be is one rule."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluralism.datasets.attributes import read_attributes
from pluralism.errors import UserError
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.files import is_name
from pluralism.study.paths import Paths, is_reserved
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.test_config import PAPER, changed

NASTY = [
    *("", " ", "a b", "a/b", "../../esc", "..", ".", ".a", "a.", "a..b", "-a", "a-", "/a", "~", "a\\b", "a\nb", "a\tb"),
    *("$(touch X)", "`touch X`", "a;touch X", "a|b", "a&b", "a>b", "a<b", "a*b", "a?b", "[a]", "{a}", "{wildcards.a}"),
    *("a'b", 'a"b', "(a)", "a+b", "a=b", "#a", "!a", "a%b", "a,b", "a:b", "a\0b", "\ud800", "a\u202eb"),
    *("a\u200db", "\u0301a", "\U0001f600", "a" * 101, "价" * 34, "$X", "a^b", "a@b", "\u00a0a", "a\r"),
]
PLACES: dict[str, dict[str, Any]] = {
    "datasets": {"format": "items", "attributes": "a.yaml"},
    "experiments": {"decoding": "sampling", "adms": ["oracle"]},
    "adms": {"kind": "oracle"},
    "models": {"id": "org/model"},
    "decodings": {},
}


@pytest.mark.parametrize("name", NASTY)
def test_a_name_that_a_shell_or_a_path_could_misread_is_refused(name: str) -> None:
    assert not is_name(name)
    values = {place: {**PAPER[place], name: entry} for place, entry in PLACES.items()}
    with pytest.raises(UserError) as fault:
        read_config(PAPER | values)
    assert "\n" not in str(fault.value)
    named = re.findall(r"(\w+): invalid name", str(fault.value))
    assert set(named) == {*PLACES} or not name.isprintable()  # which is found before all others, once


@pytest.mark.parametrize(
    ("place", "name"),
    [
        *(
            ("datasets", name)
            for name in (
                "tables",
                "Journals",
                "logs",
                "benchmarks",
                "custom",
                "sampled_mic",
                "doses_mic",
                "config.yaml",
            )
        ),
        *(("datasets", name) for name in ("MIC", "x.json")),
        *(
            ("experiments", name)
            for name in ("statistics", "similarity", "few_shot_examples", "scores.csv", "accuracy.png")
        ),
        *(("experiments", name) for name in ("Sampling_Llama", "reasonings.jsonl")),
        *(("adms", name) for name in ("calibration.pdf", "oracle.shard1of2", "ORACLE")),
    ],
)
def test_a_name_that_would_share_a_file_with_another_is_refused(place: str, name: str) -> None:
    with pytest.raises(UserError, match=f"{place}: invalid name '{name}'"):
        read_config(
            changed(place, name, to=PLACES[place] if place != "datasets" else {"format": "mic", "raw": "x.csv"})
        )


def test_names_that_differ_by_the_form_of_unicode_are_one_on_some_disks() -> None:
    values = changed("adms", "caf\u00e9", to={"kind": "oracle"})
    values["adms"]["cafe\u0301"] = {"kind": "random_choice"}
    with pytest.raises(UserError, match="on some disks 'café' is the same"):
        read_config(values)


def test_no_folder_of_ours_can_have_the_name_of_a_users() -> None:
    own = {path.parts for path in vars(Paths()).values()}
    for wildcard, folder in (("dataset", ("results",)), ("experiment", ("results", "{dataset}"))):
        depth = len(folder)
        beside = {parts[depth] for parts in own if parts[:depth] == folder and len(parts) > depth + 1}
        assert beside
        assert all("{" in name or is_reserved(wildcard, name) for name in beside)


@pytest.mark.parametrize(
    "path", ["", "-rf", "a\nb", "a\0b", "{dataset}/a", "<results>/a", "a" * 256, "a/" * 2100, "a\x1b[31m"]
)
def test_a_path_that_snakemake_or_a_command_would_misread_is_refused(path: str) -> None:
    values = changed("prompts", to=path)
    values["datasets"]["helpsteer2"]["attributes"] = values["models"]["llama_3b"]["id"] = path
    values["datasets"]["mic"]["raw"] = path or "-"  # empty, it is the working folder
    values["adms"]["proposed_spm"]["few_shot"]["encoder"] = path
    with pytest.raises(UserError, match=r"invalid path, expected one line|expected text of at most") as fault:
        read_config(values)
    assert str(fault.value).count("invalid path") == 5 or "expected text of at most 4000 letters" in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "a" * 1001])
def test_words_of_tables_and_figures_are_one_line(text: str, tmp_path: Path) -> None:
    for place in (
        ("note",),
        ("adms", "oracle", "label"),
        ("datasets", "mic", "label"),
        ("models", "llama_3b", "label"),
    ):
        with pytest.raises(UserError, match=r"expected text of at most|should have at most"):
            read_config(changed(*place, to=text))
    file = tmp_path / "attributes.yaml"
    file.write_text(json.dumps({"levels": 2, "attributes": {text: {"description": "d", "phrases": ["a", "b"]}}}))
    with pytest.raises(UserError, match="invalid name"):
        read_attributes(file)


def test_every_setting_of_a_similarity_has_a_file_of_its_own() -> None:
    encoders = ["a/b", "a--b", "a b", "a-b", "./a", "a\u00e9", "a'b", 'a"b', "$(touch X)", "x" * 250, "x" * 249]
    names = {Similarity("embedding", options={"encoder": encoder}).name for encoder in encoders}
    assert len(names) == len(encoders)
    assert all("/" not in name and len(name) < 200 for name in names)
    assert Similarity("embedding", options={"encoder": "a/b"}).name == "embedding_a--b"


@pytest.mark.parametrize("name", ["a", "proposed_spm", "llama-3.2", "Köln", "価値観", "हिन्दी", "أب", "_own", "7b"])
def test_letters_and_digits_of_any_script_are_names(name: str) -> None:
    assert is_name(name)


@given(st.text())
def test_what_is_a_name_is_one_word_of_a_shell_and_one_part_of_a_path(text: str) -> None:
    if is_name(text):
        assert not set(text) & set(" \t\n/\\$`'\"(){}[]<>|&;*?!~#")
        assert Path("a", text).parent == Path("a")


def test_targets_and_folders_of_targets_have_names_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "alignment_targets" / "custom"
    for path in ("mic/$(touch X).json", "mic/...json", "mick/mine.json", "mic/A.JSON", "mic/in/a.json", "a.json"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text('{"care": 1}')
    with pytest.raises(UserError) as fault:
        check_files(Study(read_config(PAPER)))
    assert "alignment_targets/custom/mic/$(touch X).json: invalid name" in str(fault.value)
    assert "alignment_targets/custom/mic/...json: invalid name" in str(fault.value)
    for path in ("mic/A.JSON", "mic/in/a.json", "a.json"):
        assert f"alignment_targets/custom/{path}: nothing reads it, expected alignment_targets/custom/" in str(
            fault.value
        )
    for path in ("mic/a.yaml", "mic/README.md", "mic/.gitkeep"):
        (folder / path).write_text("care: 1")
    (folder / "helpsteer2").write_text("{}")
    Path(os.fsdecode(bytes(folder / "mic") + b"/\xff.json")).write_text('{"care": 1}')
    with pytest.raises(UserError) as fault:
        check_files(Study(read_config(PAPER)))
    for path in ("mic/a.yaml", "helpsteer2"):
        assert f"alignment_targets/custom/{path}: nothing reads it" in str(fault.value)
    assert "README" not in str(fault.value)
    assert "gitkeep" not in str(fault.value)
    assert "alignment_targets/custom/mic/\\udcff.json: invalid name" in str(fault.value)
    assert "alignment_targets/custom/mick: unknown dataset 'mick'; allowed: mic, helpsteer2" in str(fault.value)


def test_a_prompt_that_takes_the_place_of_no_template_is_an_error(tmp_path: Path) -> None:
    study = Study(read_config(changed("prompts", to=str(tmp_path))))
    with pytest.raises(UserError, match=r"holds no template; allowed: aligned"):
        check_files(study)
    (tmp_path / "comparative_sytem.jinja").write_text("Compare.")
    with pytest.raises(UserError, match=r"unknown template comparative_sytem.jinja; allowed: aligned"):
        check_files(study)
    (tmp_path / "comparative_sytem.jinja").rename(tmp_path / "comparative_system.jinja")
    check_files(study)
