"""Reasonings of train items, written by a model: what it is told, where its sentence ends, and what is kept."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from transformers import AutoTokenizer

from pluralism.adms.base import object_schema, schema_text
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.inference.reasonings import (
    ReasoningSettings,
    level_words,
    one_sentence,
    raw_request,
    reasoning_of,
    reasoning_requests,
)
from pluralism.protocols import PROTOCOLS
from pluralism.requests import Generation
from pluralism.study.reading import read_config
from tests.conftest import ROOT, Run, error_line, snakemake

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
DEMO_MODEL = ROOT / "data/demo/model"
OPENING = "The response is very helpful because"
WORDS = {
    "helpfulness": ["very unhelpful", "unhelpful", "somewhat helpful", "helpful", "very helpful"],
    "correctness": ["very incorrect", "incorrect", "somewhat correct", "correct", "very correct"],
    "coherence": ["very incoherent", "incoherent", "somewhat coherent", "coherent", "very coherent"],
    "complexity": ["very simple", "simple", "somewhat complex", "complex", "very complex"],
    "verbosity": ["very brief", "brief", "somewhat verbose", "verbose", "very verbose"],
}


def train_item(number: int) -> dict[str, Any]:
    """An item whose first response is at the lowest levels, whose second at the second highest."""
    labels = [dict.fromkeys(ATTRIBUTES.names, level) for level in (0.0, 0.75)]
    return {"prompt": f"Question {number}?", "responses": [f"No {number}.", f"Yes {number}."], "labels": labels}


def settings(protocol: str = "published", **model: Any) -> str:
    """Settings of a job that asks the scripted engine, or another model."""
    chosen = LanguageModel(**({"id": "script", "engine": "scripted"} | model))
    return ReasoningSettings(protocol=protocol, prompts=None, length=120, model=chosen).model_dump_json()


def write(command: Run, folder: Path, items: int, chosen: str) -> subprocess.CompletedProcess[str]:
    """Run the command on so many items; writes `train.json` in the folder."""
    (folder / "draft.json").write_text(json.dumps([train_item(number) for number in range(items)]))
    files = ("--train", "draft.json", "--journal", "journal.jsonl", "--output", "train.json")
    return command("write_reasonings", "--settings", chosen, "--attributes", attribute_file("helpsteer2"), *files)


def made(result: subprocess.CompletedProcess[str]) -> str:
    """How many requests there were, and how many of them were asked."""
    assert result.returncode == 0, result.stderr
    found = re.search(r"(\d+ requests, \d+ distinct, \d+ to make)", result.stderr)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(DEMO_MODEL)


@pytest.mark.parametrize("attribute", WORDS)
def test_each_level_has_its_words_and_published_reads_very_at_three_quarters_too(attribute: str) -> None:
    def words(protocol: Any) -> list[str]:
        return [level_words(ATTRIBUTES, attribute, level, PROTOCOLS[protocol]) for level in ATTRIBUTES.levels]

    expected = WORDS[attribute]
    assert words("corrected") == expected
    assert words("published") == [*expected[:3], expected[4], expected[4]]


def test_each_response_and_attribute_is_asked_about_and_a_responses_five_share_what_is_read() -> None:
    item = Item("Where is Paris?", ("In France.", "No."), (dict.fromkeys(ATTRIBUTES.names, 0.75),) * 2)
    model = LanguageModel(id="script", engine="scripted")
    settings = ReasoningSettings(protocol="corrected", prompts=None, length=512, model=model)
    asked = reasoning_requests(settings, [item], ATTRIBUTES)
    assert len(asked) == 10
    assert {request.system for request in asked[:5]} == {asked[0].system}
    assert asked[0].system.endswith("Prompt: Where is Paris?\nResponse: In France.")
    assert asked[5].system.endswith("Prompt: Where is Paris?\nResponse: No.")
    assert asked[9].question == f"{ATTRIBUTES['verbosity'].description}\nThe response was rated verbose. Why?"
    pattern = json.loads(asked[9].schema)["properties"]["reasoning"]["pattern"]
    assert pattern.startswith("^The response is verbose because ")
    assert (asked[9].temperature, asked[9].examples) == (0, ())


@pytest.mark.parametrize(
    ("text", "is_one_sentence"),
    [
        ("it names the city.", True),
        ("it is 3.5 km long, as Node.js says, e.g. there (i.e. here), etc., too!", True),
        ('it says "Go." ', False),
        ('it says "Go."', True),
        ("why?!", True),
        ("it asks Dr. Who vs. Mr. X…and a 東 🙂 \\ or two.", True),
        ("it is short. It is right.", False),
        ("it is short! It", False),
        ("it has a list:\n1", False),
        ("it never ends", False),
        ("", False),
        ("x" * 81 + ".", True),
        ("x" * 82 + ".", False),
    ],
)
def test_the_grammar_ends_the_answer_with_its_first_sentence(tokenizer: Any, text: str, is_one_sentence: bool) -> None:
    pattern = one_sentence(OPENING, length=len(OPENING) + 1 + 81 + 1)
    matcher = Grammars(tokenizer, len(tokenizer)).matcher(reasoning_schema(pattern))
    answer = json.dumps({"reasoning": f"{OPENING} {text}"}, ensure_ascii=False)
    ids = tokenizer.encode(answer, add_special_tokens=False)
    accepted = matcher.try_consume_tokens(ids) == len(ids) and matcher.is_stopped()
    assert accepted == is_one_sentence
    assert bool(re.fullmatch(pattern, f"{OPENING} {text}")) == is_one_sentence  # as other grammars read it


@pytest.mark.parametrize("opening", [OPENING, 'It is "C++" (50 % of it) because', "Größe: - [x] ~ because"])
def test_the_opening_words_are_forced(tokenizer: Any, opening: str) -> None:
    matcher = Grammars(tokenizer, len(tokenizer)).matcher(reasoning_schema(one_sentence(opening, 120)))
    forced = str(tokenizer.decode(matcher.compute_ff_tokens()))
    assert forced == json.dumps({"reasoning": opening}, ensure_ascii=False).removesuffix('"}')


def reasoning_schema(pattern: str) -> str:
    return schema_text(object_schema({"reasoning": {"type": "string", "pattern": pattern}}))


def test_published_a_raw_text_is_to_be_completed() -> None:
    """The response ends in blanks of its own, and the tokens allowed are 20 more than all characters."""
    item = Item("Where is Paris?", ("In France.\n ", "No."), (dict.fromkeys(ATTRIBUTES.names, 0.75),) * 2)
    model = LanguageModel(id="script", engine="scripted")
    settings = ReasoningSettings(protocol="published", prompts=None, length=512, model=model)
    asked = reasoning_requests(settings, [item], ATTRIBUTES)
    assert len(asked) == 10
    assert len({request.system for request in asked[:5]}) == 1
    text = "Question:\n Where is Paris?\n Response:\n In France.\n \n The response is very verbose because"
    assert asked[4].system + asked[4].question == text
    assert (asked[4].stop, asked[4].temperature, asked[4].answer_tokens) == (".", 0, len(text) + 20)


@pytest.mark.parametrize(
    ("continuation", "reasoning"),
    [
        (" it names the city. It", "it names the city."),
        ("\n\n 3.5 is wrong.", "3."),
        (" it ends nowhere \n", "it ends nowhere."),
        (" it 's short , isn 't it ?", "it's short, isn 't it?."),
        (".", "."),
        ("", "."),
    ],
)
def test_published_a_completion_counts_up_to_its_first_full_stop(continuation: str, reasoning: str) -> None:
    request = raw_request("Where?", "Here.", OPENING)
    answer = Generation("key", json.dumps({"text": continuation}))
    assert reasoning_of(request, answer) == f"{OPENING} {reasoning}"


@pytest.mark.parametrize("protocol", ["published", "corrected"])
def test_a_model_writes_one_sentence_for_each_response_and_attribute(
    tmp_path: Path, command: Run, protocol: str
) -> None:
    chosen = settings(protocol, id=str(DEMO_MODEL), engine="transformers", dtype="float32")
    result = write(command, tmp_path, 1, chosen)
    assert made(result) == "10 requests, 10 distinct, 10 to make"
    (item,) = json.loads((tmp_path / "train.json").read_text())
    assert {key: item[key] for key in ("prompt", "responses", "labels")} == train_item(0)
    for reasonings, place in zip(item["reasonings"], (0, 4 if protocol == "published" else 3), strict=True):
        for attribute, words in WORDS.items():
            opening = f"The response is {words[place]} because"
            sentence = one_sentence(opening, 120) if protocol == "corrected" else rf"{opening} [^.]*\."
            assert re.fullmatch(sentence, reasonings[attribute])
    if protocol == "published":
        return
    forced = re.search(r"output \d+, forced (\d+)", result.stderr)
    assert forced is not None
    assert int(forced[1]) >= 10 * 5  # at least a token for each of: The response is very because


def test_an_engine_that_does_not_continue_raw_text_is_one_line(tmp_path: Path, command: Run) -> None:
    result = write(command, tmp_path, 1, settings(id="none", engine="kaleido"))
    assert "model none: the engine kaleido is not asked for a completion, which writes reasonings here" in error_line(
        result
    )


def test_what_the_journal_holds_is_not_asked_again(tmp_path: Path, command: Run) -> None:
    assert made(write(command, tmp_path, 3, settings())) == "30 requests, 30 distinct, 30 to make"
    first = (tmp_path / "train.json").read_text()
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:20]))
    assert made(write(command, tmp_path, 3, settings())) == "30 requests, 30 distinct, 10 to make"
    assert (tmp_path / "train.json").read_text() == first
    assert made(write(command, tmp_path, 4, settings())) == "40 requests, 40 distinct, 10 to make"
    assert made(write(command, tmp_path, 4, settings(revision="other"))) == "40 requests, 40 distinct, 40 to make"


def test_attributes_without_words_and_wrong_settings_are_one_line(tmp_path: Path, command: Run) -> None:
    described = yaml.safe_load(attribute_file("helpsteer2").read_text())
    del described["attributes"]["coherence"]["words"]
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(described))
    (tmp_path / "draft.json").write_text("[]")
    files = ("--train", "draft.json", "--journal", "journal.jsonl", "--output", "train.json")
    result = command("write_reasonings", "--settings", settings(), "--attributes", "own.yaml", *files)
    assert "own.yaml: coherence: the key words is missing" in error_line(result)
    described["attributes"]["coherence"]["words"] = ["incoherent", "coherent"]
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(described))
    result = command("write_reasonings", "--settings", settings(), "--attributes", "own.yaml", *files)
    assert "own.yaml: coherence: words: expected a list of 5 texts, one per level" in error_line(result)
    result = command("write_reasonings", "--settings", "{}", "--attributes", attribute_file("helpsteer2"), *files)
    assert "settings: protocol: this key is missing" in error_line(result)
    assert not (tmp_path / "train.json").exists()


@pytest.mark.parametrize(
    ("dataset", "reasonings", "message"),
    [
        ("helpsteer2", {"model": "mistral"}, "datasets.helpsteer2.reasonings.model: unknown name 'mistral'; allowed: "),
        ("helpsteer2", {"modell": "x"}, "datasets.helpsteer2.reasonings.modell: unknown key 'modell'; allowed: model,"),
        ("helpsteer2", {"length": 5}, "datasets.helpsteer2.reasonings.length: Input should be greater than or equal"),
        ("mic", {"model": "llama_3b"}, "datasets.mic.reasonings.model: the format mic brings its own; a model "),
        (
            "helpsteer2",
            {"model": "kaleido_xl"},
            "datasets.helpsteer2.reasonings.model: 'kaleido_xl' runs in the engine kaleido, a writer of reasonings "
            "that completes raw text (raw_reasoning_completions) needs one of: scripted, server, transformers",
        ),
    ],
)
def test_a_fault_in_the_config_names_the_key(dataset: str, reasonings: dict[str, Any], message: str) -> None:
    values = yaml.safe_load((ROOT / "config.yaml").read_text())
    values["datasets"][dataset]["reasonings"] = reasonings
    with pytest.raises(UserError) as fault:
        read_config(values)
    assert message in str(fault.value)


OVERLAY = """
models: {scripted: {id: script, engine: scripted}}
datasets: {helpsteer2: {reasonings: {model: scripted}}}
"""


def test_in_the_workflow_a_draft_comes_first_and_the_template_needs_none(clone: Path) -> None:
    (clone / "written.yaml").write_text(OVERLAY)
    files = ["--configfile", "profiles/demo/demo.yaml", "written.yaml", "--"]
    snakemake(clone, *files, "data/helpsteer2/train.json")
    items, draft = (
        json.loads((clone / path).read_text())
        for path in ("data/helpsteer2/train.json", "results/helpsteer2/train_draft.json")
    )
    assert [item["prompt"] for item in items] == [item["prompt"] for item in draft]
    texts = {text for item in items for reasonings in item["reasonings"] for text in reasonings.values()}
    assert (
        texts
        == {  # published: none is "helpful" or such without "very" or "somewhat"
            f"The response is {words} because so." for entry in WORDS.values() for words in [*entry[:3], entry[4]]
        }
    )
    assert "Nothing to be done" in snakemake(clone, "--dry-run", *files, "data/helpsteer2/train.json")
    assert "draft" not in snakemake(clone, "--dry-run", "data/helpsteer2/eval.json")
