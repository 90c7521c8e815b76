"""Names of the user's become parts of paths and words of commands: what they may be is one rule."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluralism.errors import UserError
from pluralism.files import is_name
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.test_config import PAPER, changed

NASTY = [
    *("", " ", "a b", "a/b", "../../esc", "..", ".", ".a", "a.", "a..b", "-a", "a-", "/a", "~", "a\\b", "a\nb", "a\tb"),
    *("$(touch X)", "`touch X`", "a;touch X", "a|b", "a&b", "a>b", "a<b", "a*b", "a?b", "[a]", "{a}", "{wildcards.a}"),
    *("a'b", 'a"b', "(a)", "a+b", "a=b", "#a", "!a", "a%b", "a,b", "a:b", "a\0b", "\ud800", "a\u202eb"),
]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_that_a_shell_or_a_path_could_misread_is_refused(name: str) -> None:
    assert not is_name(name)
    for place, entry in (
        ("datasets", {"format": "items", "attributes": "a.yaml"}),
        ("experiments", {"decoding": "sampling", "adms": ["oracle"]}),
        ("adms", {"kind": "oracle"}),
    ):
        with pytest.raises(UserError, match="invalid name") as fault:
            read_config(changed(place, name, to=entry))
        assert "\n" not in str(fault.value)


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
    for path in ("mic/$(touch X).json", "mic/...json", "mick/mine.json"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text('{"care": 1}')
    with pytest.raises(UserError) as fault:
        check_files(Study(read_config(PAPER)))
    assert "alignment_targets/custom/mic/$(touch X).json: invalid name" in str(fault.value)
    assert "alignment_targets/custom/mic/...json: invalid name" in str(fault.value)
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
