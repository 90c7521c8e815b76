"""Few-shot examples: which train items, in which order, and how a config asks for them."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pluralism.datasets.attributes import Attribute, AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot, Shot, read_examples, write_examples
from pluralism.few_shot.selection import Answers, choose_examples, one_per_level
from pluralism.few_shot.similarity.matrix import Comparison, write_comparison
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.files import write_json
from pluralism.protocols import CORRECTED, Protocol
from pluralism.study.config import Config
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from tests.conftest import ROOT, Run, error_line

GOOD = AttributeSet((Attribute("good", "", ("no", "so-so", "yes")),), (0.0, 0.5, 1.0))
PAPER: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())


def item(prompt: str, *levels: float) -> Item:
    return Item(prompt, tuple("r" for _ in levels), tuple({"good": level} for level in levels))


TRAIN = [item("a", 0.0, 1.0), item("b", 0.0, 0.0), item("c", 1.0, 0.5), item("d", 1.0, 1.0)]
ASKED = [item("asked", 0.0)]


def alike(*similarities: float) -> Comparison:
    """How alike one item is to each train item."""
    return Comparison.of_items(np.array([similarities]))


def chosen(
    few_shot: FewShot, similarities: list[float], asked: Item = ASKED[0], protocol: Protocol = CORRECTED
) -> list[int]:
    """The train items that stand before one item's question."""
    similarity = alike(*similarities) if similarities else None
    return choose_examples(few_shot, [asked], TRAIN, GOOD, similarity, protocol=protocol)["train_item"].tolist()


def per_level(ranking: list[int], train: list[Item], protocol: Protocol = CORRECTED) -> list[tuple[float, int]]:
    return one_per_level(ranking, Answers.of(train, "good", GOOD, protocol))


def test_each_level_takes_the_most_similar_item_with_a_response_at_it() -> None:
    assert per_level([3, 2, 1, 0], TRAIN) == [(0.0, 1), (0.5, 2), (1.0, 3)]


def test_no_item_stands_for_two_levels() -> None:
    # Item 0 is the most similar for level 0 and for level 1; it serves level 0, and level 1 takes the next.
    assert per_level([0, 1, 2, 3], TRAIN) == [(0.0, 0), (0.5, 2), (1.0, 3)]


def test_a_level_that_no_train_item_has_is_left_out() -> None:
    assert per_level([0, 1], TRAIN) == [(0.0, 0)]


def test_the_most_similar_come_in_order_and_earlier_items_first_among_equals() -> None:
    assert chosen(FewShot(select="most_similar", shots=3), [0.1, 0.9, 0.1, 0.5]) == [1, 3, 0]


def test_the_least_similar_come_in_order_and_earlier_items_first_among_equals() -> None:
    assert chosen(FewShot(select="least_similar", shots=3), [0.1, 0.9, 0.1, 0.5]) == [0, 2, 3]


def test_more_shots_than_train_items_are_all_of_them() -> None:
    assert chosen(FewShot(select="most_similar", shots=9), [0.1, 0.9, 0.2, 0.5]) == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("few_shot", "similarities", "expected"),
    [
        (FewShot(), [0.1, 0.2, 0.9, 1.0], [1, 2, 0]),  # d, the most similar, would stand for level 1
        (FewShot(select="most_similar", shots=2), [0.1, 0.2, 0.9, 1.0], [2, 1]),
        (FewShot(select="least_similar", shots=2), [0.8, 0.9, 0.9, 0.1], [0, 1]),
    ],
)
def test_an_item_is_never_shown_its_own_prompt(
    few_shot: FewShot, similarities: list[float], expected: list[int]
) -> None:
    assert chosen(few_shot, similarities, item("d ", 0.0, 0.5)) == expected


def test_chance_never_draws_the_items_own_prompt() -> None:
    drawn = [chosen(FewShot(select="random", shots=9), [], item("d", *[0.0] * count)) for count in range(1, 6)]
    assert all(3 not in places and set(places) == {0, 1, 2} for places in drawn)


def random_shots(shots: int, asked: list[Item], seed: int = 0) -> dict[tuple[int, str], list[int]]:
    """(item, attribute, "" for the item as a whole) -> the train items that chance chose, of 40."""
    train = [item(f"train {index}", 0.0) for index in range(40)]
    table = choose_examples(FewShot(select="random", shots=shots), asked, train, GOOD, protocol=CORRECTED, seed=seed)
    drawn: dict[tuple[int, str], list[int]] = {}
    for place, attribute, index in zip(table["item"], table["attribute"].fillna(""), table["train_item"], strict=True):
        drawn.setdefault((place, attribute), []).append(index)
    return drawn


def test_chance_is_seeded_by_item_and_attribute() -> None:
    asked = [item("one", 0.0), item("other", 0.0)]
    drawn = random_shots(5, asked)
    assert set(drawn) == {(0, ""), (0, "good"), (1, ""), (1, "good")}
    assert len({tuple(places) for places in drawn.values()}) == 4
    assert drawn == random_shots(5, asked)
    assert drawn != random_shots(5, asked, seed=1)
    assert random_shots(5, asked[::-1])[1, "good"] == drawn[0, "good"]  # the item's place in the file is nothing
    assert random_shots(3, asked)[0, "good"] == drawn[0, "good"][:3]  # a sweep adds shots to those before


def test_what_is_written_is_read_back_with_ranks(tmp_path: Path) -> None:
    table = choose_examples(FewShot(), ASKED, TRAIN, GOOD, alike(0.1, 0.2, 0.9, 0.3), protocol=CORRECTED)
    write_examples(table, tmp_path / "examples.csv")
    assert read_examples(tmp_path / "examples.csv", ASKED, TRAIN, GOOD, CORRECTED) == {
        (0, "good"): [Shot(1, 0.2, 2), Shot(2, 0.9, 0), Shot(3, 0.3, 1)],
    }


def test_the_least_similar_and_those_of_chance_keep_what_was_chosen_first(tmp_path: Path) -> None:
    least = choose_examples(
        FewShot(select="least_similar", shots=2), ASKED, TRAIN, GOOD, alike(0.1, 0.2, 0.9, 0.3), protocol=CORRECTED
    )
    write_examples(least, tmp_path / "least.csv")
    assert read_examples(tmp_path / "least.csv", ASKED, TRAIN, GOOD, CORRECTED) == {
        (0, None): [Shot(0, 0.1, 0), Shot(1, 0.2, 1)]
    }
    by_chance = choose_examples(FewShot(select="random", shots=2), ASKED, TRAIN, GOOD, protocol=CORRECTED)
    write_examples(by_chance, tmp_path / "random.csv")
    shots = read_examples(tmp_path / "random.csv", ASKED, TRAIN, GOOD, CORRECTED)
    assert set(shots) == {(0, None), (0, "good")}
    assert [(shot.similarity, shot.rank) for shot in shots[0, "good"]] == [(None, 0), (None, 1)]


def test_the_command_chooses_by_the_matrix_that_it_is_given(tmp_path: Path, command: Run) -> None:
    good = {"description": "It is good.", "phrases": ["no", "so-so", "yes"]}
    (tmp_path / "attributes.yaml").write_text(yaml.safe_dump({"levels": 3, "attributes": {"good": good}}))
    asked = [item("asked", 0.0, 1.0)]
    write_json(tmp_path / "eval.json", [one.as_json() for one in asked])
    write_json(tmp_path / "train.json", [one.as_json() for one in TRAIN])
    write_comparison(alike(0.1, 0.9, 0.2, 0.5), tmp_path / "matrix.npy")
    files = ["--train", "train.json", "--eval", "eval.json", "--attributes", "attributes.yaml", "--output", "e.csv"]
    options = [*files, "--select", "most_similar", "--shots", 2]
    result = command("select_examples", *options, "--similarity", "matrix.npy")
    assert result.returncode == 0, result.stderr
    assert read_examples(tmp_path / "e.csv", asked, TRAIN, GOOD, CORRECTED) == {
        (0, None): [Shot(1, 0.9, 0), Shot(3, 0.5, 1)]
    }
    write_comparison(Comparison.of_items(np.zeros((2, 2))), tmp_path / "matrix.npy")
    line = error_line(command("select_examples", *options, "--similarity", "matrix.npy"))
    assert "matrix.npy: a matrix of (2, 2), expected (1, 4)" in line
    assert "--similarity goes with every --select but random" in command("select_examples", *options).stderr
    assert "needs a count of at least 1" in command("select_examples", *files, "--select", "random").stderr


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("7,good,,0,1,0.5,0", "row 3: item is 7, expected a whole number from 0 to 0"),
        ("-1,good,,0,1,0.5,0", "row 3: item is -1, expected"),
        ("0.5,good,,0,1,0.5,0", "row 3: item is 0.5, expected"),
        ("one,good,,0,1,0.5,0", "row 3: item is 'one', expected a number"),
        ("0,good,,0,4,0.5,0", "row 3: train_item is 4, expected a whole number from 0 to 3"),
        ("0,good,,0,,0.5,0", "row 3: train_item is nan, expected"),
        ("0,good,,0,1,0.5,9", "row 3: rank is 9, expected"),
        ("0,bad,,0,1,0.5,0", "row 3: unknown attribute 'bad'; allowed: good"),
        ("0,good,0 1,0,1,0.5,0", "row 3: order is '0 1', expected indices of the item's 1 responses, as 1 0"),
        ("0,good,,0.3,1,0.5,0", "row 3: level is 0.3, expected one of 0, 0.5, 1"),
        ("0,good,,0,1,high,0", "row 3: similarity is 'high', expected a number"),
        ("0,good,,0,1,inf,0", "row 3: similarity is 'inf', expected a number"),
        ("0,good,,0,1,nan,0", "row 3: similarity is 'nan', expected a number"),
        ("0_0,good,,0,1,0.5,0", "row 3: item is '0_0', expected a number"),
        ("0,good,,0,1,0.5,1", "row 3: train_item is there twice for the same question"),
        ("0,good,,0,2,0.5,0", "row 3: rank is there twice for the same question"),
        ("0,good,,0,1,0.5,0,0", "row 3 has 8 cells, expected 7"),
    ],
)
def test_a_fault_in_the_chosen_examples_is_one_line(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "examples.csv"
    path.write_text(f"item,attribute,order,level,train_item,similarity,rank\n0,good,,0,1,0.5,0\n{row}\n")
    with pytest.raises(UserError) as fault:
        read_examples(path, ASKED, TRAIN, GOOD, CORRECTED)
    assert str(fault.value).startswith(f"{path}: {message}")


def test_examples_that_leave_out_an_item_are_those_of_other_items(tmp_path: Path) -> None:
    path = tmp_path / "examples.csv"
    path.write_text("item,attribute,order,level,train_item,similarity,rank\n0,good,,0,1,0.5,0\n")
    with pytest.raises(UserError, match=r"examples.csv: has no example for item 1$"):
        read_examples(path, [*ASKED, item("other", 0.0)], TRAIN, GOOD, CORRECTED)
    path.write_text("item,attribute,order,level,train_item,similarity,rank\n0,good,,0,0,0.5,0\n")
    with pytest.raises(UserError, match=r"row 2: train item 0 has the prompt of item 0, expected another"):
        read_examples(path, [TRAIN[0]], TRAIN, GOOD, CORRECTED)
    only = [item("other", 0.0)]  # its own prompt, which is never shown
    path.write_text("item,attribute,order,level,train_item,similarity,rank\n")
    assert read_examples(path, only, only, GOOD, CORRECTED) == {}


def with_few_shot(few_shot: Any, adm: str = "proposed_spm") -> dict[str, Any]:
    """The paper's config with one ADM's few-shot options replaced."""
    values = copy.deepcopy(PAPER)
    values["adms"][adm]["few_shot"] = few_shot
    return values


def test_the_paper_retrieves_as_the_published_method() -> None:
    config = read_config(PAPER)
    expected = Similarity("bertscore", "turn", {"encoder": "roberta-large", "layer": 17})
    for adm, select, shots in (
        ("proposed_spm", "one_per_level", None),
        ("fewshot_prompt_aligned_spm", "most_similar", 5),
    ):
        few_shot = config.adm(adm).few_shot
        assert few_shot is not None
        assert (few_shot.select, few_shot.shots, few_shot.measure) == (select, shots, expected)
    assert config.adm("zeroshot_comparative_regression").few_shot is None
    study = Study(config)
    turns = [
        f"bertscore_roberta-large_layer17_turn_{words}_published"
        for words in ("choice_question", "comparative_question")
    ]
    assert list(study.similarities) == turns
    assert list(study.selections) == [f"most_similar_5_{turns[0]}", f"one_per_level_{turns[1]}"]


def test_corrected_items_are_compared_once_for_all_adms() -> None:
    study = Study(read_config(PAPER | {"protocol": "corrected"}))
    assert list(study.similarities) == ["bertscore_roberta-large_layer17"]
    assert len(study.selections) == 2


def test_what_is_compared_can_be_chosen_whatever_the_protocol() -> None:
    for match, name in (
        ("question", "tfidf_question"),
        ("responses", "tfidf"),
        (None, "tfidf_turn_comparative_question_published"),
    ):
        values = with_few_shot({"similarity": "tfidf", "match": match})
        assert Study(read_config(values)).examples_of["proposed_spm"].similarity == name


def test_defaults_are_filled_in() -> None:
    config = read_config(with_few_shot({}))
    few_shot = config.adm("proposed_spm").few_shot
    assert few_shot == FewShot(select="one_per_level", similarity="bertscore", match="turn")
    assert FewShot(select="random", shots=3).measure is None
    with pytest.raises(ValueError, match="frozen"):
        few_shot.shots = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("few_shot", "message"),
    [
        (
            {"selct": "random"},
            "few_shot.selct: unknown key 'selct'; allowed: select, shots, similarity, match, encoder, layer",
        ),
        (
            {"select": "nearest"},
            "few_shot.select: Input should be 'one_per_level', 'most_similar', 'random' or 'least_similar', "
            "found 'nearest'",
        ),
        (
            {"similarity": "bert"},
            "few_shot.similarity: unknown similarity 'bert'; allowed: bertscore, embedding",
        ),
        ({"match": "all"}, "few_shot.match: Input should be 'turn', 'responses' or 'question', found 'all'"),
        ({"shots": 3}, "shots: a count goes with select: most_similar, random or least_similar"),
        ({"select": "random"}, "shots: select: random needs a count of at least 1"),
        ({"select": "random", "shots": 0}, "few_shot.shots: Input should be greater than or equal to 1, found 0"),
        (
            {"similarity": "tfidf", "encoder": "x"},
            "few_shot.encoder: unknown key 'encoder'; allowed: ",
        ),
        (
            {"similarity": "embedding", "layer": 3},
            "few_shot.layer: unknown key 'layer'; allowed: ",
        ),
        ({"layer": 0}, "few_shot.layer: Input should be greater than or equal to 1, found 0"),
        ("random", "few_shot: expected keys and values, such as {key: value}, found 'random'"),
        ({"shots": [1, "all"]}, "few_shot.shots: found 'all'; allowed in the list: counts from 0 and one_per_level"),
        ({"shots": [1, -1]}, "few_shot.shots: found -1; allowed in the list: counts from 0 and one_per_level"),
        ({"shots": [1, 3, 1]}, "few_shot.shots: 1 is there twice"),
        ({"shots": []}, "few_shot.shots: the list is empty; allowed in it: counts from 0 and one_per_level"),
    ],
)
def test_a_fault_in_the_options_is_one_line_with_what_is_allowed(few_shot: Any, message: str) -> None:
    with pytest.raises(UserError) as fault:
        read_config(with_few_shot(few_shot))
    assert str(fault.value).startswith("config: adms.proposed_spm.few_shot")
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


def test_an_adm_that_shows_no_examples_takes_no_options_for_them() -> None:
    with pytest.raises(UserError, match=r"^config: adms.regression.few_shot: an ADM of this kind shows no"):
        read_config(with_few_shot({}, adm="regression"))
    with pytest.raises(UserError, match=r"takes most_similar, random or least_similar examples"):
        read_config(with_few_shot({}, adm="fewshot_prompt_aligned_spm"))


def names_and_options(config: Config) -> dict[str, Any]:
    """The sweep's ADMs, with select and shots."""
    return {
        name: entry.few_shot and (entry.few_shot.select, entry.few_shot.shots)
        for name, entry in config.adms.items()
        if name.startswith("proposed_spm")
    }


def test_a_sweep_over_shots_is_an_adm_of_each() -> None:
    config = read_config(with_few_shot({"shots": [0, 1, 3, "one_per_level"], "similarity": "tfidf"}))
    assert names_and_options(config) == {
        "proposed_spm_0shots": None,
        "proposed_spm_1shots": ("most_similar", 1),
        "proposed_spm_3shots": ("most_similar", 3),
        "proposed_spm_one_per_level": ("one_per_level", None),
    }
    assert [(adm.name, adm.sweep.adm, adm.sweep.shots) for adm in config.names().adms if adm.sweep] == [
        ("proposed_spm_0shots", "proposed_spm", 0),
        ("proposed_spm_1shots", "proposed_spm", 1),
        ("proposed_spm_3shots", "proposed_spm", 3),
        ("proposed_spm_one_per_level", "proposed_spm", "one_per_level"),
    ]
    labels = [adm.label for adm in config.names().adms if adm.sweep]
    assert labels[2:] == [f"Comparative, few-shot (proposed), {words}" for words in ("3 shots", "one shot per level")]
    assert config.compare_with == "proposed_spm_one_per_level"
    swept = [adm for _, experiment, adm in config.cells() if experiment == "sampling_llama_70b" and "proposed" in adm]
    assert swept == list(names_and_options(config))
    swept_files = [name for name in Study(config).selections if "tfidf" in name]
    assert swept_files == [
        f"{chosen}_tfidf_turn_comparative_question_published"
        for chosen in ("most_similar_1", "most_similar_3", "one_per_level")
    ]
    assert read_config(config.model_dump(mode="json")) == config


def test_a_sweep_chooses_its_counts_as_it_is_told_and_keeps_the_adms_other_options() -> None:
    values = with_few_shot({"shots": [2, "one_per_level"], "select": "random"})
    values["adms"]["proposed_spm"]["reasoning_length"] = 33
    config = read_config(values)
    assert names_and_options(config) == {
        "proposed_spm_2shots": ("random", 2),
        "proposed_spm_one_per_level": ("one_per_level", None),
    }
    assert config.adms["proposed_spm_2shots"].options["reasoning_length"] == 33


def test_a_sweep_takes_no_name_that_is_there() -> None:
    values = with_few_shot({"shots": [0]})
    values["adms"]["proposed_spm_0shots"] = {"kind": "regression"}
    with pytest.raises(UserError, match=r"adms.proposed_spm_0shots: a sweep over shots makes an ADM of this name"):
        read_config(values)
