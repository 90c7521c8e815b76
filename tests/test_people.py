"""People as targets: what is inferred from choices, and files of them with faults."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from pluralism.datasets.items import Item
from pluralism.decisions.selection import Array
from pluralism.errors import UserError
from pluralism.targets.people.choices import Person, Picked, make_people, names_of
from pluralism.targets.people.file import PeopleFile, read_rows
from pluralism.targets.people.inference import infer_targets, numbers_of_choices
from pluralism.targets.people.posterior import MEAN_PULL, Choice, Posterior, infer, interval
from pluralism.targets.people.stored import People, read_people, write_people
from tests.conftest import Run, error_line

PEOPLE, CHOICES, RESPONSES, ATTRIBUTES = 200, 20, 3, 4


def simulated(levels: Array, weights: Array, choices: int, seed: int) -> list[list[Choice]]:
    """The choices of people with these wanted levels and weights, shape (people, attributes), by the choice model."""
    random = np.random.default_rng(seed)
    found = random.integers(5, size=(len(levels), choices, RESPONSES, levels.shape[1])) / 4
    utility = -(weights[:, None, None] * (found - levels[:, None, None]) ** 2).sum(axis=3)
    picks = (utility + random.gumbel(size=utility.shape)).argmax(axis=2)
    return [
        [Choice(found[person, place], int(picks[person, place])) for place in range(choices)]
        for person in range(len(levels))
    ]


@pytest.fixture(scope="module")
def known() -> tuple[Array, Array, Posterior]:
    """The wanted levels and weights of simulated people, and what is inferred of them."""
    pulls = np.random.default_rng(5).exponential(MEAN_PULL, size=(2, PEOPLE, ATTRIBUTES))
    weights = pulls.sum(axis=0)
    levels = pulls[0] / weights
    return levels, weights, infer(simulated(levels, weights, CHOICES, seed=6), ATTRIBUTES, seed=7)


def covered(draws: Array, true: Array, part: float = 1.0) -> Any:
    """In how many people each true value lies in its interval, or in the middle `part` of it."""
    low, high = interval(draws)
    cut = (1 - part) / 2 * (high - low)
    inside: Any = ((low + cut <= true) & (true <= high - cut)).sum(axis=0)
    return inside


def test_true_weights_and_levels_lie_in_their_95_percent_intervals_in_95_percent_of_people(
    known: tuple[Array, Array, Posterior],
) -> None:
    levels, weights, posterior = known
    # 8 counts, of which one in a hundred studies has one outside.
    least, most = np.asarray(binom.ppf([0.005 / 8, 1 - 0.005 / 8], PEOPLE, 0.95))
    for draws, true in ((posterior.weights, weights), (posterior.levels, levels)):
        found = covered(draws, true)
        assert ((least <= found) & (found <= most)).all(), found
        assert 0.93 < found.sum() / (PEOPLE * ATTRIBUTES) < 0.97
        # An interval that is too short would be seen, and those are not just the prior's.
        assert (covered(draws, true, part=0.7) < least).all()
    low, high = interval(posterior.weights)
    prior_low, prior_high = interval(infer([[]], ATTRIBUTES, seed=7).weights)
    assert (high - low).mean() < 0.8 * (prior_high - prior_low).mean()


def test_the_interval_holds_the_estimate_and_the_estimate_is_near_the_truth(
    known: tuple[Array, Array, Posterior],
) -> None:
    levels, weights, posterior = known
    best_levels, best_weights = posterior.best
    for draws, best, true in (
        (posterior.levels, best_levels, levels),
        (posterior.weights, best_weights, weights),
    ):
        low, high = interval(draws)
        assert ((low <= best) & (best <= high)).all()
        assert np.corrcoef(best.ravel(), true.ravel())[0, 1] > 0.6


@pytest.mark.parametrize(
    ("weight", "extreme", "held", "near", "weights_held"),
    [
        (8, False, (0.93, 1), (0.97, 1), (0.97, 1)),  # all attributes alike
        (8, True, (0, 0), (0.95, 1), (0.97, 1)),  # none but the highest or the lowest
        (1, False, (0.75, 0.9), (0.85, 0.95), (0.7, 0.9)),  # picks that hardly follow the attributes
        (40, False, (0.95, 1), (0.97, 1), (0, 0.02)),  # nearly always the nearest
    ],
)
def test_what_intervals_hold_of_people_whom_the_prior_does_not_expect_is_as_the_docs_say(
    weight: float,
    extreme: bool,
    held: tuple[float, float],
    near: tuple[float, float],
    weights_held: tuple[float, float],
) -> None:
    levels = np.random.default_rng(5).random((PEOPLE, ATTRIBUTES))
    levels, weights = np.round(levels) if extreme else levels, np.full(levels.shape, float(weight))
    posterior = infer(simulated(levels, weights, CHOICES, seed=6), ATTRIBUTES, seed=7)
    low, high = interval(posterior.levels)
    for margin, (least, most) in ((0.0, held), (0.05, near)):
        assert least <= ((low - margin <= levels) & (levels <= high + margin)).mean() <= most
    assert weights_held[0] <= covered(posterior.weights, weights).mean() / PEOPLE <= weights_held[1]


def test_many_choices_tell_levels_and_weights_that_the_prior_does_not_expect() -> None:
    levels, weights = np.array([[0.0, 1.0, 0.5]]), np.array([[20.0, 5.0, 0.5]])
    posterior = infer(simulated(levels, weights, 1500, seed=1), 3, seed=2)
    found_levels, found_weights = posterior.best
    assert np.allclose(found_levels[0, :2], levels[0, :2], atol=0.1)
    assert np.allclose(found_weights, weights, rtol=0.25, atol=0.5)


def test_what_choices_cannot_tell_is_left_to_the_prior() -> None:
    nothing = infer([[]], 2, seed=0)
    assert np.allclose(nothing.levels.mean(axis=0), 0.5, atol=0.06)
    assert np.allclose(nothing.weights.mean(axis=0), 2 * MEAN_PULL, rtol=0.12)
    # The responses never differ in the second attribute; of the first, they have two levels only.
    choice = Choice(np.array([[0.0, 0.5], [1.0, 0.5]]), 1)
    posterior = infer([[choice] * 30], 2, seed=0)
    low, high = interval(posterior.levels)
    assert low[0, 1] < 0.1
    assert high[0, 1] > 0.9
    assert posterior.best[0][0, 0] > 0.8


def test_a_person_is_told_the_same_whoever_else_is_there(known: tuple[Array, Array, Posterior]) -> None:
    levels, weights, posterior = known
    some = infer(simulated(levels, weights, CHOICES, seed=6)[:2], ATTRIBUTES, seed=7)
    assert np.allclose(some.levels, posterior.levels[:, :2])


ATTRIBUTE_NAMES = ("warm", "brief")
ITEMS = [
    Item(
        f"Question {place}?",
        ("Yes, gladly.", "No."),
        ({"warm": 1.0, "brief": 0.0}, {"warm": float(place % 2), "brief": 1.0}),
    )
    for place in range(8)
]


def people_of(rows: Sequence[Sequence[object]], folder: Path, items: Sequence[Item] = ITEMS) -> list[Person]:
    path = folder / "people.csv"
    pd.DataFrame(rows, columns=["person", "item", "pick"]).to_csv(path, index=False)
    return make_people(read_rows(PeopleFile(file=path)), items, seed=0)


def picked(person: Person) -> dict[int, int]:
    return {choice.item: choice.response for choice in (*person.train, *person.test)}


def test_items_have_an_index_or_a_prompt_and_picks_a_text_a_letter_or_an_index(tmp_path: Path) -> None:
    rows = [("Ada", 0, "B"), ("Ada", "Question 1?", "No."), ("Ada", 2, 1), ("Ada", 3, "a"), ("Bo", 0, 0), ("Bo", 1, 0)]
    ada, bo = people_of(rows, tmp_path)
    assert picked(ada) == {0: 1, 1: 1, 2: 1, 3: 0}
    assert picked(bo) == {0: 0, 1: 0}
    assert (len(ada.train), len(ada.test)) == (2, 2)
    # The text of a response comes before its index and its letter.
    numbers = [Item(item.prompt, ("1", "0"), item.labels) for item in ITEMS]
    (ada,) = people_of([("Ada", 0, 1), ("Ada", 1, 0)], tmp_path, numbers)
    assert picked(ada) == {0: 0, 1: 1}


def test_csv_parquet_and_json_lines_hold_the_same(tmp_path: Path) -> None:
    table = pd.DataFrame({"person": [7, 7, 8, 8], "item": [0, 1, 2, 3], "pick": ["A", "B", "No.", "A"], "more": 0.5})
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_parquet(tmp_path / "a.parquet", index=False)
    table.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    csv, *others = (
        [(row.person, row.item, row.pick) for row in read_rows(PeopleFile(file=tmp_path / f"a.{form}"))]
        for form in ("csv", "parquet", "jsonl")
    )
    assert csv == [("7", "0", "A"), ("7", "1", "B"), ("8", "2", "No."), ("8", "3", "A")]
    assert others == [csv, csv]


def test_a_file_of_the_shape_of_community_alignment_is_read_by_its_columns(tmp_path: Path) -> None:
    """A conversation per row: an annotator, a prompt, four responses, and the name of the one preferred."""
    letters = "abcd"
    items = [
        Item(f"Where is lake {place}?", tuple(f"{place}{letter}" for letter in letters), ({"warm": 0.5},) * 4)
        for place in range(3)
    ]
    rows = [
        {
            "conversation_id": place,
            "annotator_id": 4071,
            "first_turn_prompt": item.prompt,
            # Each annotator sees the responses in an order of their own.
            **{
                f"first_turn_response_{letter}": f"{place}{shown}"
                for letter, shown in zip(letters, "cabd", strict=True)
            },
            "first_turn_preferred_response": "response_b",
        }
        for place, item in enumerate(items)
    ]
    path = tmp_path / "community.parquet"
    pd.DataFrame(rows).to_parquet(path)
    source = PeopleFile(
        file=path,
        person="annotator_id",
        item="first_turn_prompt",
        pick="first_turn_preferred_response",
        responses=tuple(f"first_turn_response_{letter}" for letter in letters),
    )
    (person,) = make_people(read_rows(source), items, seed=0)
    assert person.name == "4071"
    assert picked(person) == {0: 0, 1: 0, 2: 0}
    other = [*items, Item(items[0].prompt, ("w", "x", "y", "z"), items[0].labels)]
    assert picked(make_people(read_rows(source), other, seed=0)[0]) == picked(person)


def test_a_letter_is_of_the_responses_in_the_order_in_which_the_person_saw_them(tmp_path: Path) -> None:
    columns = ["person", "item", "pick", "seen_a", "seen_b", "seen_c"]
    rows = [
        ("Ada", 0, "B", "No.", "Yes, gladly.", ""),
        ("Ada", 1, "0", "No.", "Yes, gladly.", ""),
        ("Ada", 2, "seen_b", "No.", "Yes, gladly.", ""),
        ("Ada", "Question 3?", "c", "No.", "", "Yes, gladly."),
        ("Ada", 4, "No.", "No.", "Yes, gladly.", ""),
    ]
    path = tmp_path / "people.csv"

    def read(rows: Sequence[Sequence[object]]) -> list[Person]:
        pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
        return make_people(read_rows(PeopleFile(file=path, responses=tuple(columns[3:]))), ITEMS, seed=0)

    (ada,) = read(rows)
    assert picked(ada) == {0: 0, 1: 1, 2: 0, 3: 0, 4: 1}
    with pytest.raises(UserError, match=r"row 2: the item has no response 'Perhaps.', which 'A' stands for"):
        read([("Ada", 0, "A", "Perhaps.", "No.", ""), *rows[1:]])
    with pytest.raises(UserError, match="row 2: unknown pick 'C'"):
        read([("Ada", 0, "C", "No.", "Yes, gladly.", ""), *rows[1:]])


def test_a_name_is_the_same_with_blanks_around_it_in_another_form_of_unicode_and_as_a_number(tmp_path: Path) -> None:
    rows = [("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "0.0", "1.0"), (" Zoe\N{COMBINING DIAERESIS} ", 1, " A ")]
    (zoe,) = people_of(rows, tmp_path)
    assert picked(zoe) == {0: 1, 1: 0}


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("Ada", "Question 9?", "A")], "row 2: unknown item 'Question 9?', expected a prompt or an index of an eval"),
        ([("Ada", 8, "A")], "row 2: unknown item '8', expected 0 to 7, or a prompt"),
        (
            [("Ada", 0, "A"), ("Ada", 1, "C")],
            "row 3: unknown pick 'C', expected the text of a response, A to B, or 0 to 1",
        ),
        ([("Ada", 0, 2)], "row 2: unknown pick '2'"),
        ([("Ada", 0, "")], "row 2: unknown pick ''"),
        ([("Ada", 0, "A"), ("Ada", 1, "A"), ("Bo", 0, "A")], "row 4: 'Bo' has one choice, expected at least 2"),
        ([("Ada", 0, "A"), ("Ada", "Question 0?", "B")], "row 3: 'Ada' picks a response of item 0 again, expected one"),
        ([("", 0, "A")], "row 2: person is '', expected a name or number of a person"),
        ([], "holds no choices, expected a row of person, item, pick for each"),
    ],
)
def test_a_fault_in_a_file_of_choices_is_one_line(rows: list[Any], fault: str, tmp_path: Path, command: Run) -> None:
    pd.DataFrame(rows, columns=["person", "item", "pick"]).to_csv(tmp_path / "people.csv", index=False)
    line = error_line(command("infer_people", *inputs(tmp_path)))
    assert f"people.csv: {fault}" in line
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "people_own").exists()


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.csv", "person,item\nAda,0\n", "the column pick is missing; found: person, item"),
        ("a.jsonl", '{"person": "Ada", "item": 0}\n', "the column pick is missing; found: person, item"),
        ("a.jsonl", "[1]\n", "line 1: expected an object"),
        ("a.jsonl", '{"person": "Ada", "item": [0], "pick": "A"}\n', "line 1: item is [0], expected text or a whole"),
        ("a.parquet", "no Parquet", "not a readable Parquet file"),
        ("a.xlsx", "x", "the ending is '.xlsx', expected one of .csv, .tsv, .parquet, .json, .jsonl"),
    ],
)
def test_a_file_of_another_form_is_one_line(name: str, content: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=r".*") as found:
        read_rows(PeopleFile(file=tmp_path / name))
    assert fault in str(found.value)


def test_a_prompt_of_several_items_needs_an_index(tmp_path: Path) -> None:
    twice = [*ITEMS, Item("Question 0?", ("Perhaps.", "Never."), ITEMS[0].labels)]
    with pytest.raises(
        UserError, match="2 items have the prompt 'Question 0\\?', expected the index of one, such as 0"
    ):
        people_of([("Ada", "Question 0?", "A"), ("Ada", 1, "A")], tmp_path, twice)


def inputs(folder: Path) -> list[object]:
    """The options of `infer_people.py` for items of ours and the file people.csv of a folder."""
    levels = {"description": "It is.", "phrases": ["is not", "is"]}
    (folder / "attributes.yaml").write_text(
        json.dumps({"levels": 2, "attributes": dict.fromkeys(ATTRIBUTE_NAMES, levels)})
    )
    (folder / "eval.json").write_text(json.dumps([item.as_json() for item in ITEMS]))
    files = ["--choices", folder / "people.csv", "--eval", folder / "eval.json"]
    files += ["--attributes", folder / "attributes.yaml", "--numbers", 1, 2, 5]
    return [*files, "--targets", folder / "people_own", "--output", folder / "out"]


HOSTILE = ["../../etc/x", "a/b.c", ".", "Łukasz \N{GRINNING FACE} 'q' \"$(touch X)\"", "9" * 500, "=1+1", "NA"]


def test_names_of_people_are_kept_in_tables_and_are_in_no_path(tmp_path: Path, command: Run) -> None:
    rows = [(name, item, "AB"[item % 2]) for name in HOSTILE for item in range(6)]
    pd.DataFrame(rows, columns=["person", "item", "pick"]).to_csv(tmp_path / "people.csv", index=False)
    result = command("infer_people", *inputs(tmp_path))
    assert result.returncode == 0, result.stderr
    files = sorted(path.name for path in (tmp_path / "people_own").iterdir())
    assert files == ["everyone.json", *(f"person{number:04d}.json" for number in range(1, len(HOSTILE) + 1))]
    found = read_people(tmp_path / "out")
    assert [person.name for person in found.people] == HOSTILE
    assert list(found.inferred) == [1, 2, 3]  # 3 of 6 choices are for inference, and 5 are not to be had
    assert [entry.person for entry in found.inferred[3]] == [*HOSTILE, ""]
    stored = json.loads((tmp_path / "people_own" / "person0001.json").read_text())
    target = found.inferred[3][0].target()
    assert target.name == "people/person0001"
    assert stored == target.as_json()
    assert max(entry["weight"] for entry in stored.values()) == 1


def test_the_target_of_a_person_who_is_no_longer_in_the_file_goes(tmp_path: Path, command: Run) -> None:
    rows = [(name, item, "A") for name in ("Ada", "Bo") for item in range(3)]
    for names in (["person0001", "person0002"], ["person0001"]):
        pd.DataFrame(rows[: 3 * len(names)], columns=["person", "item", "pick"]).to_csv(
            tmp_path / "people.csv", index=False
        )
        assert command("infer_people", *inputs(tmp_path)).returncode == 0
        assert {path.stem for path in (tmp_path / "people_own").iterdir()} == {*names, "everyone"}


def test_what_is_kept_of_people_is_read_back_as_it_was(tmp_path: Path) -> None:
    people = people_of([(name, item, "AB"[item % 2]) for name in ("Ada", "Bo") for item in range(6)], tmp_path)
    numbers = numbers_of_choices(people, [1, 5])
    inferred = {number: infer_targets(people, ITEMS, ATTRIBUTE_NAMES, number, seed=1) for number in numbers}
    write_people(tmp_path, People(people, inferred))
    assert read_people(tmp_path) == People(people, inferred)
    assert inferred[3][-1].used == 6


def test_the_order_of_rows_and_other_people_change_nothing_of_a_person(tmp_path: Path) -> None:
    rows = [("Ada", item, "AB"[item % 2]) for item in range(6)]
    (alone,) = people_of(rows, tmp_path)
    _, among = people_of([("Bo", 0, "A"), ("Bo", 1, "A"), *reversed(rows)], tmp_path)
    assert among == alone
    assert names_of(read_rows(PeopleFile(file=tmp_path / "people.csv"))) == ["Bo", "Ada"]
    assert set(alone.train).isdisjoint(alone.test)
    assert isinstance(alone.train[0], Picked)
