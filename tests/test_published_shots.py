"""Few-shot examples and orders of responses as the published code has them, beside what is right: a case per flag."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pluralism.adms import make_adm
from pluralism.adms.base import Query, Task, shown_orders
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.datasets.attributes import Attribute, AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot, Shot, read_examples, write_examples
from pluralism.few_shot.questions import Question
from pluralism.few_shot.selection import choose_examples
from pluralism.few_shot.similarity.matrix import Comparison, read_comparison
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.files import write_json
from pluralism.inference.settings import Asking
from pluralism.inference.turns import compare_turns, user_turns
from pluralism.protocols import CORRECTED, PUBLISHED, Protocol, protocol_of
from pluralism.requests import Example, Generation, request_key
from pluralism.targets.target import Target
from tests.conftest import Run

PHRASES = ("no", "so-so", "yes")
KIND_AND_FAIR = AttributeSet(
    (Attribute("kind", "Kind.", PHRASES), Attribute("fair", "Fair.", PHRASES)), (0.0, 0.5, 1.0)
)
ATTRIBUTES = {
    "levels": 3,
    "attributes": {name: {"description": name, "phrases": list(PHRASES)} for name in ("kind", "fair")},
}


def item(prompt: str, *levels: float, responses: Sequence[str] = "", reasonings: Sequence[str] = ()) -> Item:
    """An item whose responses are at the same level of both attributes."""
    texts = tuple(responses) or tuple(f"{prompt} {place}" for place in range(len(levels)))
    reasons = tuple({"kind": text, "fair": f"Fair: {text}"} for text in reasonings) if reasonings else None
    return Item(prompt, texts, tuple({"kind": level, "fair": level} for level in levels), reasons)


def only(flag: str) -> Protocol:
    """The corrected protocol but for one flag."""
    return protocol_of({"base": "corrected", flag: True})


def chosen(train: Sequence[Item], similarities: Sequence[float], protocol: Protocol, **few_shot: Any) -> list[int]:
    """The train items before the question about the prompt "asked", of "kind"."""
    alike = Comparison([Question(0, "kind", (0,))], np.array([similarities]))
    asked = [item("asked", 0.5)]
    table = choose_examples(FewShot(**few_shot), asked, train, KIND_AND_FAIR, alike, protocol=protocol)
    return table["train_item"].tolist()


def example(train: Item, protocol: Protocol, kind: str = "comparative_regression", **options: Any) -> Example:
    """The one example before a question; prompt-aligned, for a target that wants both attributes high."""
    few_shot = {"select": "most_similar", "shots": 1}
    task = Task(
        [item("asked", 0.0, 1.0)],
        KIND_AND_FAIR,
        protocol=protocol,
        train=[train],
        shots={(0, None): [Shot(0, 0.5, 0)]},
        targets=[Target("high", {"kind": 1.0, "fair": 1.0})],
    )
    return make_adm(kind, {"few_shot": few_shot, **options}, "").queries(task)[0].chat.examples[0]


@pytest.mark.parametrize("select", ["most_similar", "least_similar"])
def test_of_equally_similar_train_items_the_published_choice_is_the_later(select: str) -> None:
    train = [item(name, 0.5) for name in "abc"]
    options = {"select": select, "shots": 2}
    assert chosen(train, [0.5, 0.5, 0.5], CORRECTED, **options) == [0, 1]
    assert chosen(train, [0.5, 0.5, 0.5], only("later_of_equally_similar"), **options) == [2, 1]


def test_a_published_level_whose_example_is_chosen_already_gets_none() -> None:
    train = [item("a", 0.0, 1.0), item("b", 1.0, 1.0), item("c", 0.5, 0.5)]
    assert chosen(train, [0.9, 0.5, 0.1], CORRECTED) == [0, 2, 1]
    assert chosen(train, [0.9, 0.5, 0.1], only("levels_without_second_choice")) == [0, 2]


def test_published_examples_of_equal_question_and_answer_count_as_one() -> None:
    twice = item("a", 0.0, 1.0, reasonings=["Why.", "So."])
    other = replace(twice, reasonings=({"kind": "Why."}, {"kind": "Because."}))
    # Level 0 takes item 0. Level 1 takes item 1, which is the same; one with another reasoning would be another.
    levels = only("levels_without_second_choice")
    assert chosen([twice, replace(twice, labels=twice.labels), item("b", 0.5)], [0.9, 0.9, 0.1], levels) == [0, 2]
    apart = [replace(twice, labels=twice.labels[:1] * 2), replace(other, labels=twice.labels[1:] * 2)]
    assert chosen(apart, [0.9, 0.8], levels) == [0, 1]


def test_published_levels_are_those_written_in_answers() -> None:
    train = [item("a", 0.5), item("b", 0.5042), item("c", 1.0)]
    assert chosen(train, [0.9, 0.5, 0.1], CORRECTED) == [0, 2]
    assert chosen(train, [0.9, 0.5, 0.1], only("levels_without_second_choice")) == [0, 1, 2]
    # Where all equal responses have the score of the first, a level that only the second has is in no answer.
    equal = [item("a", 0.0, 1.0, responses=["same", "same"])]
    assert len(chosen(equal, [0.9], only("levels_without_second_choice"))) == 1
    shown = {"base": "corrected", "levels_without_second_choice": True, "equal_responses_by_text": True}
    assert chosen([*equal, item("b", 1.0)], [0.9, 0.1], protocol_of(shown)) == [0, 1]


def test_a_train_item_with_the_questions_prompt_is_a_published_example() -> None:
    train = [item("asked", 0.0), item("other", 0.0)]
    assert chosen(train, [1.0, 0.5], CORRECTED) == [1]
    assert chosen(train, [1.0, 0.5], only("examples_with_own_prompt")) == [0]
    asked, few_shot = [item("asked", 0.5)], FewShot(select="random", shots=9)
    drawn = choose_examples(few_shot, asked, train, KIND_AND_FAIR, protocol=only("examples_with_own_prompt"))
    assert set(drawn["train_item"]) == {0, 1}


def test_a_published_answer_is_what_python_writes() -> None:
    train = item("Why?", 0.17, 1.0, reasonings=['It\'s "so".', "Ja: é\n"])
    assert example(train, only("examples_as_python")).answer == (
        "{'A': {'reasoning': 'It\\'s \"so\".', 'score': 17.0}, 'B': {'reasoning': 'Ja: é\\n', 'score': 100.0}}"
    )
    assert example(train, CORRECTED).answer == (
        '{"A": {"reasoning": "It\'s \\"so\\".", "score": 17}, "B": {"reasoning": "Ja: é\\n", "score": 100}}'
    )
    aligned = example(train, only("examples_as_python"), "prompt_aligned").answer
    assert aligned == "{'reasoning': 'Ja: é\\n Fair: Ja: é\\n', 'choice': 'B'}"


def test_published_reasonings_are_whole_and_joined_with_nothing_between() -> None:
    train = item("Why?", 0.0, 1.0, reasonings=["", "It helps. "])
    whole, cut = example(train, only("whole_reasonings")), example(train, CORRECTED, reasoning_length=5)
    assert json.loads(whole.answer)["B"]["reasoning"] == "It helps. "
    assert json.loads(cut.answer)["B"]["reasoning"] == "It he"
    # One that is empty is as it is; where none is stored, a sentence of the level stands in its place under both.
    assert json.loads(whole.answer)["A"]["reasoning"] == ""
    assert json.loads(example(train, CORRECTED).answer)["A"]["reasoning"] == "The response no."
    bare = example(replace(train, reasonings=None), only("whole_reasonings"))
    assert json.loads(bare.answer)["A"]["reasoning"] == "The response no."
    aligned = [example(train, protocol, "prompt_aligned").answer for protocol in (only("whole_reasonings"), CORRECTED)]
    assert [json.loads(answer)["reasoning"] for answer in aligned] == [
        "It helps. Fair: It helps. ",
        "It helps.  Fair: It helps. ",
    ]


def test_published_equal_responses_of_an_example_have_one_answer() -> None:
    train = item("Why?", 1.0, 0.5, 0.0, responses=["same", "other", "same"], reasonings=["One.", "Two.", "Three."])
    by_text = json.loads(example(train, only("equal_responses_by_text")).answer)
    assert [by_text[letter]["score"] for letter in "ABC"] == [100, 50, 100]
    assert [by_text[letter]["reasoning"] for letter in "ABC"] == ["One.", "Two.", "One."]
    each = json.loads(example(train, CORRECTED).answer)
    assert [each[letter]["score"] for letter in "ABC"] == [100, 50, 0]
    letters = {
        name: json.loads(example(train, protocol, "prompt_aligned").answer)["choice"]
        for name, protocol in (("published", only("equal_responses_by_text")), ("corrected", CORRECTED))
    }
    assert letters == {"published": "C", "corrected": "A"}


@pytest.mark.parametrize(("protocol", "picked"), [(only("equal_responses_by_text"), 0), (CORRECTED, 2)])
def test_a_published_pick_of_equal_responses_is_the_first(protocol: Protocol, picked: int) -> None:
    asked = item("asked", 0.0, 0.5, 1.0, responses=["same", "other", "same"])
    task, adm = Task([asked], KIND_AND_FAIR, protocol=protocol), make_adm("unaligned_baseline", {}, "")
    rows = adm.read(task, adm.queries(task), [Generation("", '{"reasoning": "", "choice": "C"}')])
    assert [row.response for row in rows if row.score == 1] == [picked]


def test_published_orders_are_drawn_for_each_attribute() -> None:
    items = [item(f"prompt {place}", 0.0, 1.0) for place in range(40)]

    def orders(protocol: Protocol) -> dict[str, list[Any]]:
        task = Task(items, KIND_AND_FAIR, samples=2, shuffle=True, protocol=protocol)
        queries = make_adm("comparative_regression", {}, "").queries(task)
        return {name: [query.order for query in queries if query.attribute == name] for name in ("kind", "fair")}

    apart, shared = orders(only("shuffle_per_attribute")), orders(CORRECTED)
    assert shared["kind"] == shared["fair"]
    equal = sum(one == other for one, other in zip(apart["kind"], apart["fair"], strict=True))
    assert 25 <= equal <= 55  # of 80: half of them, by chance
    assert orders(only("shuffle_per_attribute")) == apart
    task = Task(items, KIND_AND_FAIR, shuffle=True, protocol=PUBLISHED)
    assert shown_orders(task, items[0], swap=False) == shown_orders(
        replace(task, protocol=CORRECTED), items[0], swap=False
    )  # a question that is about no attribute


def asking(kind: str = "comparative_regression", samples: int = 3, **changes: Any) -> Asking:
    """A few-shot ADM that shuffles."""
    few_shot = {"select": "most_similar", "shots": 1, "similarity": "tfidf"}
    values = {
        "seed": 0,
        "protocol": "published",
        "prompts": "own",
        "adm": {"kind": kind, "few_shot": few_shot},
        "decoding": {"samples": samples, "temperature": 0.7},
    }
    return Asking.model_validate(values | changes)


def test_the_turns_compared_are_those_asked_in_the_orders_shown() -> None:
    items = [item("Where?", 0.0, 1.0, responses=["Here.", "There."])]
    turns = user_turns(asking(samples=9), items, KIND_AND_FAIR)
    assert set(turns) == {Question(0, name, order) for name in ("kind", "fair") for order in ((0, 1), (1, 0))}
    assert turns[Question(0, "fair", (1, 0))] == (
        "Prompt: Where?\nResponse A: There.\nResponse B: Here.\nHow strongly does each response show fair?"
    )
    assert list(user_turns(asking(), items, KIND_AND_FAIR, own_order=True)) == [
        Question(0, name, (0, 1)) for name in ("kind", "fair")
    ]
    aligned = user_turns(asking("prompt_aligned", samples=9), items, KIND_AND_FAIR)
    assert set(aligned) == {Question(0, None, (0, 1)), Question(0, None, (1, 0))}


def test_a_turn_is_compared_with_train_turns_about_its_attribute_and_equal_turns_once() -> None:
    items = [item("Where is it kind?", 0.0, 1.0, responses=["Here.", "Here."])]
    train = [item("fair", 0.0), item("kind", 0.0)]
    found = compare_turns(Similarity("tfidf", "turn"), [asking(samples=9), asking()], items, train, KIND_AND_FAIR)
    rows = dict(zip(found.questions, found.matrix.tolist(), strict=True))
    assert len(rows) == 4
    # Both orders are one text. About "kind", the train item of that word is nearer than it is about "fair".
    assert rows[Question(0, "kind", (0, 1))] == rows[Question(0, "kind", (1, 0))]
    (fair, kind), (fair_of_fair, kind_of_fair) = rows[Question(0, "kind", (0, 1))], rows[Question(0, "fair", (0, 1))]
    assert kind > fair
    assert kind - fair > kind_of_fair - fair_of_fair


def test_an_adm_without_a_turn_of_its_own_compares_items() -> None:
    class Mine(ComparativeRegression):
        """Might word its questions in another way."""

    assert (ComparativeRegression().own_turn, Mine().own_turn) == ("comparative_question", None)
    assert FewShot().under(PUBLISHED, has_turn=True).match == "turn"
    assert FewShot().under(PUBLISHED, has_turn=False).match == "responses"
    with pytest.raises(ValueError, match=r"^match: an ADM of this kind has no turns to compare, expected responses or"):
        FewShot(match="turn").under(PUBLISHED, has_turn=False)


def test_adms_that_ask_in_other_words_share_no_similarity(tmp_path: Path) -> None:
    (tmp_path / "comparative_question.jinja").write_text("{{ prompt }}: how {{ attribute.name }}?")
    items, other = [item("Where?", 0.0, 1.0)], asking(prompts=str(tmp_path))
    with pytest.raises(UserError, match=r"^the ADMs ask about item 0 in different words, expected the same$"):
        compare_turns(Similarity("tfidf", "turn"), [asking(), other], items, items, KIND_AND_FAIR)


def test_a_question_is_preceded_by_the_examples_of_its_order() -> None:
    by_order, for_all = [Shot(0, 0.9, 0, (0, 1)), Shot(1, 0.8, 0, (1, 0))], [Shot(1, 0.7, 0)]
    items, train = [item("asked", 0.0, 1.0)], [item("a", 0.0), item("b", 0.0)]
    shots = {(0, "kind"): by_order, (0, None): for_all}
    task = Task(items, KIND_AND_FAIR, samples=9, shuffle=True, train=train, shots=shots)
    adm = make_adm("comparative_regression", {"few_shot": {}}, "")
    queries = adm.queries(task)
    assert {(query.attribute, query.order): query.examples for query in queries} == {
        ("kind", (0, 1)): (0,),
        ("kind", (1, 0)): (1,),
        ("fair", (0, 1)): (1,),
        ("fair", (1, 0)): (1,),
    }
    lacking = replace(task, shots={(0, "kind"): by_order[:1]})
    with pytest.raises(
        UserError, match=r"few-shot examples: none for item 0, kind with its responses in the order 1 0"
    ):
        adm.queries(lacking)


def test_which_train_item_an_example_shows_is_no_part_of_a_key() -> None:
    query: Query = Query(example_request(train_item=3), 0, 0, (0,))
    assert query.examples == (3,)
    assert request_key(query.request, {}) == request_key(example_request(train_item=None), {})


def example_request(train_item: int | None) -> Any:
    task = Task([item("asked", 0.0)], KIND_AND_FAIR)
    request = make_adm("comparative_regression", {}, "").queries(task)[0].chat
    return replace(request, examples=(Example("q", "a", 0, train_item),))


def test_the_commands_choose_for_each_turn(tmp_path: Path, command: Run) -> None:
    asked, train = [item("Where?", 0.0, 1.0)], [item("Here?", 0.0, 1.0), item("Where now?", 0.5, 0.5)]
    write_json(tmp_path / "attributes.yaml", ATTRIBUTES)
    write_json(tmp_path / "eval.json", [one.as_json() for one in asked])
    write_json(tmp_path / "train.json", [one.as_json() for one in train])
    files = ["--train", "train.json", "--eval", "eval.json", "--attributes", "attributes.yaml"]
    compare = ["compare_items", *files, "--similarity", "tfidf", "--match", "turn", "--output", "turns.npy"]
    assert "--attributes and --askers go with --match turn" in command(*compare).stderr
    done = command(*compare, "--askers", asking(samples=9).model_dump_json())
    assert done.returncode == 0, done.stderr
    compared = read_comparison(tmp_path / "turns.npy", asked, train, ["kind", "fair"])
    assert len(compared.questions) == 4
    select = ["select_examples", *files, "--select", "most_similar", "--shots", 1, "--similarity", "turns.npy"]
    done = command(*select, "--output", "e.csv")
    assert done.returncode == 0, done.stderr
    shots = read_examples(tmp_path / "e.csv", asked, train, KIND_AND_FAIR, PUBLISHED)
    assert {shot.order for shot in shots[0, "kind"]} == {(0, 1), (1, 0)}
    table = choose_examples(
        FewShot(select="most_similar", shots=1), asked, train, KIND_AND_FAIR, compared, protocol=PUBLISHED
    )
    write_examples(table, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "e.csv").read_text()
