"""The authors' prompts: read from their files without running them, and rendered as outlines 0.2.1 did."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.errors import UserError
from pluralism.prompts import published
from pluralism.prompts.published import PublishedPrompts, make_template, read_functions
from pluralism.prompts.rendering import Templates
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.conftest import Run, error_line
from tests.test_config import changed

CARE = read_attributes(attribute_file("mic"))["care"]
# A file like theirs, in other words.
FUNCTIONS = '''
import outlines, nothing_of_this_is_imported
raise RuntimeError("nothing of this is run")

@outlines.prompt
def regression_system_prompt(attribute, attribute_description, attribute_scale_factor):
    """
    Rate from {{ "%g" | format(0.5 * attribute_scale_factor) }}, \\
    for {{ attribute }}. \\
    A {attribute}} stays.

    {{attribute_description}}
    """

@outlines.prompt
def baseline_system_prompt(target):
    """
    The person wants:
    {% for attribute, value in target.items() %}
        {% if value == 0.67 -%}
            - somewhat {{ attribute }}
        {% endif %}
    {% endfor %}
    """

@outlines.prompt
def comparative_regression_prompt(attribute, question, multiple_choices):
    """
    {{ question }}
    {% for letter, choice in multiple_choices.items() %}
    - {{letter}}: {{ choice }}
    {% endfor %}
    """

def helper():
    """No prompt."""
'''
DESCRIPTIONS = '{"care": "Being kind."}'


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedPrompts:
    """Prompts of files like theirs, taken for the published ones."""
    texts = {published.FUNCTIONS: FUNCTIONS, published.DESCRIPTIONS: DESCRIPTIONS}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    checksums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    monkeypatch.setattr(published, "SHA256", checksums)
    return PublishedPrompts(str(tmp_path))


def test_only_decorated_functions_are_prompts_and_nothing_is_run() -> None:
    assert list(read_functions(FUNCTIONS)) == [
        "regression_system_prompt",
        "baseline_system_prompt",
        "comparative_regression_prompt",
    ]


@pytest.mark.parametrize(
    ("docstring", "text"),
    [
        ("\n    One  two\n    three\n    ", "One two\nthree"),
        # A run of blanks stays after punctuation, also that of a line that goes on after a backslash.
        ("\n    One.    two,   three\n    ", "One.    two,   three"),
        # A blank at the end of a word swallows the line break behind it.
        ("\n    One \n    two\n    ", "One two"),
        ("\n    One\n\n    ", "One\n"),
        ("\n    {% if true %}\n    yes\n    {% endif %}\n    ", "yes\n"),
    ],
)
def test_white_space_is_that_of_outlines(docstring: str, text: str) -> None:
    assert make_template(docstring).render() == text


def test_a_prompt_keeps_its_defects(prompts: PublishedPrompts) -> None:
    text = prompts.render("regression_system", attribute=CARE, reasoning=True)
    assert text == "Rate from 50,     for care.     A {attribute}} stays.\n\nBeing kind."


def test_the_line_break_at_the_end_of_the_aligned_system_prompt_stays(prompts: PublishedPrompts) -> None:
    levels = [("care", 0.67), ("fairness", 1.0)]
    text = prompts.render("aligned_system", phrases=["x"], levels=levels, reasoning=True)
    assert text == "The person wants:\n- somewhat care\n"


def test_a_question_has_its_own_white_space_and_braces(prompts: PublishedPrompts) -> None:
    responses = [("A", "{{ a }}  "), ("B", "\nb")]
    text = prompts.render("comparative_question", prompt=" Why? ", responses=responses, attribute=CARE)
    assert text == " Why? \n- A: {{ a }}  \n- B: \nb\n"


def test_what_the_authors_have_no_prompt_for_is_ours(prompts: PublishedPrompts) -> None:
    values: dict[str, Any] = {"words": "very kind"}
    assert prompts.render("reasoning_opening", **values) == Templates().render("reasoning_opening", **values)


def test_an_attribute_that_the_authors_do_not_describe_has_its_own_description(prompts: PublishedPrompts) -> None:
    fairness = read_attributes(attribute_file("mic"))["fairness"]
    assert prompts.render("regression_system", attribute=fairness, reasoning=True).endswith(fairness.description)


def test_a_checkout_of_the_authors_serves(prompts: PublishedPrompts, tmp_path: Path) -> None:
    inner = tmp_path / "checkout" / published.FOLDER_IN_REPOSITORY
    inner.mkdir(parents=True)
    for name in published.SHA256:
        (tmp_path / name).rename(inner / name)
    assert "care" in PublishedPrompts(str(tmp_path / "checkout")).render(
        "regression_system", attribute=CARE, reasoning=True
    )


def test_an_edited_file_is_not_the_published_one(prompts: PublishedPrompts, tmp_path: Path) -> None:
    (tmp_path / published.FUNCTIONS).write_text(FUNCTIONS + "#")
    with pytest.raises(UserError, match=rf"{published.FUNCTIONS}: SHA-256 is .* expected .*`prompts: own`"):
        prompts.check()


def test_a_missing_file_is_downloaded_only_where_no_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in PublishedPrompts().downloads] == list(published.SHA256)
    PublishedPrompts().check()
    with pytest.raises(UserError, match="no such file; put that of"):
        PublishedPrompts(str(tmp_path)).check()
    study = Study(read_config(changed("prompts", to={"published": str(tmp_path)})))
    with pytest.raises(UserError, match=r"prompts: .*outlines_prompts.py: no such file"):
        check_files(study)


def test_a_file_that_the_user_has_brought_is_never_downloaded(
    prompts: PublishedPrompts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(PublishedPrompts().folder)
    folder.mkdir(parents=True)
    (folder / published.FUNCTIONS).write_text(FUNCTIONS)
    assert PublishedPrompts().downloads == [folder / published.DESCRIPTIONS]
    (folder / published.FUNCTIONS).write_text("no prompts")
    for step in (PublishedPrompts().check, PublishedPrompts().download):
        with pytest.raises(UserError, match=f"{published.FUNCTIONS}: SHA-256 is"):
            step()


def test_an_adm_may_have_its_own_prompts() -> None:
    config = read_config(changed("adms", "regression", "prompts", to="own") | {"prompts": "published"})
    assert config.adm_prompts("regression") == Templates()
    assert config.adm_prompts("proposed_spm") == PublishedPrompts()
    assert read_config({**changed("prompts", to=None)}).prompts == Templates()


@pytest.mark.parametrize("value", [3, ["own"], {"published": 1}, {"theirs": "x"}, {}])
def test_prompts_that_are_none_are_one_line(value: Any) -> None:
    with pytest.raises(UserError, match="prompts: expected own, published, a folder of templates, or published"):
        read_config(changed("prompts", to=value))


def test_without_a_network_the_download_says_what_to_do(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    line = error_line(command("download_prompts", "--folder", "there"))
    assert "the authors' prompts cannot be downloaded" in line
    assert "into there by hand, or set `prompts: own`" in line
