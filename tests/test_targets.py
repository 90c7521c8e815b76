"""Alignment targets."""

import json
import random
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluralism.datasets.attributes import Attribute, AttributeSet, attribute_file, level_grid, read_attributes
from pluralism.errors import UserError
from pluralism.files import is_name, on_any_disk
from pluralism.targets.doses import dose_targets
from pluralism.targets.sampling import candidate_count, sampled_targets
from pluralism.targets.sets import is_dose, is_own, target_set
from pluralism.targets.target import Target, extreme_targets, read_target, target_name
from tests.conftest import Run, error_line

MIC = read_attributes(attribute_file("mic"))
HELPSTEER2 = read_attributes(attribute_file("helpsteer2"))


@pytest.mark.parametrize("count", [1, 3, 6])
def test_sampled_targets_name_just_so_many_attributes_and_no_neutral_level(count: int) -> None:
    targets = [target.levels for target in sampled_targets(MIC, count, 10)]
    assert len(targets) == len({json.dumps(target) for target in targets}) == 10
    for target in targets:
        assert len(target) == count
        assert set(target.values()) <= {0.0, 0.17, 0.33, 0.67, 0.83, 1.0}
        assert list(target) == [name for name in MIC.names if name in target]


def test_sampling_draws_from_combinations_in_product_order() -> None:
    # One attribute of 4 levels each (0, 0.25, 0.75, 1): in product order the last attribute varies first.
    candidates = [{name: level} for name in reversed(HELPSTEER2.names) for level in (0.0, 0.25)]
    drawn = [target.levels for target in sampled_targets(HELPSTEER2, 1, 20)]
    assert {json.dumps(target) for target in candidates} <= {json.dumps(target) for target in drawn}
    # random.Random(42).sample starts, for 20 candidates, with these three places: 3, 0, 8.
    order = product_order_singles()
    assert drawn[:3] == [order[3], order[0], order[8]]


def product_order_singles() -> list[dict[str, float]]:
    """Targets of one attribute, in the order in which a product over all levels comes upon them."""
    neutral = dict.fromkeys(HELPSTEER2.names, 2)
    ranked = [
        (tuple((neutral | {name: index}).values()), {name: HELPSTEER2.levels[index]})
        for name in HELPSTEER2.names
        for index in (0, 1, 3, 4)
    ]
    return [target for _, target in sorted(ranked, key=lambda entry: entry[0])]


def test_more_targets_than_there_are_is_one_line(command: Run) -> None:
    arguments = ("--dataset", "helpsteer2", "--num_attributes", 1, "--output", "targets")
    assert "expected 1 to 20" in error_line(command("sample_targets", *arguments, "--num_targets", 21))
    assert "--num_attributes: 6, expected 1 to 5" in error_line(
        command("sample_targets", "--dataset", "helpsteer2", "--num_attributes", 6, "--output", "targets")
    )


def test_there_may_be_one_target_to_sample_and_never_more_than_100000() -> None:
    one = AttributeSet((Attribute("good", "", ("no", "so-so")),), (0.0, 0.5))
    assert [target.levels for target in sampled_targets(one, 1, 1)] == [{"good": 0.0}]
    many = AttributeSet(tuple(Attribute(f"a{place}", "", ("no", "yes")) for place in range(17)), (0.0, 1.0))
    assert candidate_count(many, 17) == 131_072
    with pytest.raises(UserError, match="--num_targets: 100001, expected 1 to 100000: more are too many"):
        sampled_targets(many, 17, 100_001)


def test_the_command_numbers_its_files_from_00(tmp_path: Path, command: Run) -> None:
    arguments = ("--dataset", "mic", "--num_targets", 10, "--num_attributes", 3, "--output", "sampled_mic")
    assert command("sample_targets", *arguments).returncode == 0
    paths = sorted((tmp_path / "sampled_mic").iterdir())
    assert [path.name for path in paths] == [f"3attributes_target{index:02d}.json" for index in range(10)]
    assert [read_target(path) for path in paths] == sampled_targets(MIC, 3, 10)


def test_a_target_is_named_by_its_place() -> None:
    assert target_name(Path("alignment_targets/mic/target_high.json")) == "target_high"
    assert (
        target_name(Path("alignment_targets/sampled_mic/3attributes_target07.json")) == "sampled/3attributes_target07"
    )
    assert target_name(Path("alignment_targets/doses_mic/care_0.17.json")) == "doses/care_0.17"
    assert target_name(Path("alignment_targets/custom/mic/mine.json")) == "custom/mine"


def test_a_dose_wants_one_attribute_at_one_level_of_its_scale(tmp_path: Path, command: Run) -> None:
    doses = dose_targets(HELPSTEER2)
    assert [dict(target.levels) for target in doses] == [
        {name: level} for name in HELPSTEER2.names for level in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert [target.name for target in doses[:5]] == [
        f"doses/helpfulness_{level}" for level in ("0", "0.25", "0.5", "0.75", "1")
    ]
    arguments = ("--attributes", attribute_file("helpsteer2"), "--output", "doses_helpsteer2")
    assert command("make_dose_targets", *arguments).returncode == 0
    paths = sorted((tmp_path / "doses_helpsteer2").iterdir())
    assert [read_target(path) for path in paths] == sorted(doses, key=lambda target: target.file_name)


def test_doses_are_one_set_and_no_targets_of_the_user() -> None:
    names = ["custom/mine", "doses/care_0", "doses/care_1", "sampled/3attributes_target07", "target_high"]
    assert [target_set(name) for name in names] == ["custom/mine", "doses", "doses", "sampled_3", "high"]
    assert [name for name in names if is_own(name)] == ["custom/mine"]
    assert [name for name in names if is_dose(name)] == ["doses/care_0", "doses/care_1"]


@given(st.lists(st.text(min_size=1, max_size=100), min_size=1, max_size=4, unique=True), st.integers(2, 101))
def test_doses_of_attributes_of_any_name_have_files_of_their_own(names: list[str], levels: int) -> None:
    attributes = AttributeSet(tuple(Attribute(name, "d", ("p",) * levels) for name in names), level_grid(levels))
    doses = dose_targets(attributes)
    files = [target.file_name for target in doses]
    assert len({on_any_disk(file) for file in files}) == len(files) == len(names) * levels
    for target, file in zip(doses, files, strict=True):
        assert is_name(file.removesuffix(".json"))
        assert target_name(Path("alignment_targets/doses_mine", file)) == target.name


@pytest.mark.parametrize("names", [("a/b", "c"), ("Care", "care"), ("..", "c"), ("-x", "c"), ("x" * 97, "c")])
def test_where_a_name_is_no_name_of_a_file_attributes_are_numbered(names: tuple[str, str]) -> None:
    attributes = AttributeSet(tuple(Attribute(name, "d", ("p", "q")) for name in names), level_grid(2))
    found = {target.name: dict(target.levels) for target in dose_targets(attributes)}
    assert list(found) == [f"doses/attribute{number}_{level}" for number in (1, 2) for level in (0, 1)]
    assert found["doses/attribute2_1"] == {names[1]: 1.0}


def test_a_target_may_give_weights_beside_levels(tmp_path: Path) -> None:
    path = tmp_path / "target.json"
    path.write_text('{"care": {"level": 1.0, "weight": 2.0}, "fairness": 0.5}')
    target = read_target(path, MIC)
    assert target == Target("target", {"care": 1.0, "fairness": 0.5}, {"care": 2.0})
    assert target.weights == {"care": 2.0, "fairness": 1.0}
    assert target.is_weighted
    path.write_text('{"care": 1.0, "fairness": 0.5}')
    plain = read_target(path, MIC)
    assert plain.levels == {"care": 1.0, "fairness": 0.5}
    assert plain.weights == {"care": 1.0, "fairness": 1.0}
    assert not plain.is_weighted


def test_a_target_knows_its_set_and_its_file() -> None:
    high, low = extreme_targets(MIC)
    sampled = sampled_targets(MIC, 3, 2)[1]
    own = Target("custom/mine", {"care": 0.5})
    assert [target.set for target in (high, low, sampled, own)] == ["high", "low", "sampled_3", "custom/mine"]
    assert [target.file_name for target in (high, sampled, own)] == [
        "target_high.json",
        "3attributes_target01.json",
        "mine.json",
    ]
    assert (high.levels, low.levels) == (dict.fromkeys(MIC.names, 1.0), dict.fromkeys(MIC.names, 0.0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ("{}", "names no attribute"),
        ('{"care": 1.5}', "care is 1.5"),
        ('{"care": "high"}', "care is 'high'"),
        ('{"care": {"level": 1.5, "weight": 2}}', "care is 1.5, expected a number from 0 to 1"),
        ('{"care": {"weight": 1}}', "care has the keys weight, expected level or value and, optionally, weight"),
        ('{"care": {"level": 1, "value": 1}}', "care has the keys level, value, expected level or value"),
        ('{"care": {"value": 1.5}}', "care is 1.5, expected a level from 0 to 1, or a value from 0 to 1"),
        ('{"care": {"level": 1, "wieght": 2}}', "care has the keys level, wieght, expected level or value"),
        ('{"care": {"level": 1, "weight": 0}}', "the weight of care is 0, expected a positive number"),
        ('{"care": {"level": 1, "weight": -1}}', "the weight of care is -1, expected a positive number"),
        ('{"care": {"level": 1, "weight": NaN}}', "the weight of care is nan, expected a positive number"),
        ('{"care": {"level": 1, "weight": 1e999}}', "the weight of care is inf, expected a positive number"),
        (
            '{"care": {"level": 1, "weight": 1e200}}',
            "the weight of care is 1e+200, expected a positive number, from 1e-06",
        ),
        (
            '{"care": {"level": 1, "weight": 1e-200}}',
            "the weight of care is 1e-200, expected a positive number, from 1e",
        ),
        ('{"care": 1, "care": 0}', "the key 'care' is there twice"),
        ('{"care": ' + "9" * 5000 + "}", "a whole number of 5000 digits"),
        ('{"care": ' + "[" * 100_000, "nested too deeply"),
        ('{"care": {"level": 1, "weight": "2"}}', "the weight of care is '2', expected a positive number"),
        ('{"care": {"level": 1, "weight": true}}', "the weight of care is True, expected a positive number"),
        ('{"kindness": {"level": 1, "weight": 2}}', "unknown attribute 'kindness'; allowed: care, fairness"),
        ('{"kindness": 1}', "unknown attribute 'kindness'; allowed: care, fairness"),
    ],
)
def test_a_bad_target_is_one_line_that_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "target.json"
    path.write_text(text)
    with pytest.raises(UserError) as fault:
        read_target(path, MIC)
    assert str(fault.value).startswith(str(path))
    assert message in str(fault.value)


def listed(attributes: AttributeSet, count: int, number: int) -> list[dict[str, float]]:
    """The draw as it is described: all combinations in product order, those that name `count`, and a sample of them."""
    combinations = product(attributes.levels, repeat=len(attributes.names))
    candidates = [levels for levels in combinations if len(levels) - levels.count(0.5) == count]
    return [
        {name: level for name, level in zip(attributes.names, levels, strict=True) if level != 0.5}
        for levels in random.Random(42).sample(candidates, number)
    ]


def attributes_of(names: int, levels: int) -> AttributeSet:
    return AttributeSet(tuple(Attribute(f"a{index}", "", ()) for index in range(names)), level_grid(levels))


@given(st.integers(1, 5), st.integers(2, 6), st.data())
def test_the_draw_is_that_of_all_combinations_without_listing_them(
    names: int, levels: int, data: st.DataObject
) -> None:
    attributes = attributes_of(names, levels)
    count = data.draw(st.integers(1, names)) if levels % 2 else names
    number = data.draw(st.integers(1, min(30, candidate_count(attributes, count))))
    drawn = [dict(target.levels) for target in sampled_targets(attributes, count, number)]
    expected = listed(attributes, count, number)
    assert drawn == expected
    assert [list(target) for target in drawn] == [list(target) for target in expected]


@pytest.mark.parametrize(("attributes", "counts"), [(MIC, range(1, 7)), (HELPSTEER2, range(1, 6))])
def test_the_published_targets_are_drawn(attributes: AttributeSet, counts: range) -> None:
    for count in counts:
        drawn = [target.levels for target in sampled_targets(attributes, count, 10)]
        assert drawn == listed(attributes, count, 10)


@pytest.mark.parametrize(("names", "levels", "count"), [(12, 7, 6), (60, 101, 1), (60, 101, 30), (100, 101, 100)])
def test_any_number_of_combinations_can_be_drawn_from(names: int, levels: int, count: int) -> None:
    drawn = [tuple(target.levels.items()) for target in sampled_targets(attributes_of(names, levels), count, 10)]
    assert len(set(drawn)) == 10
    assert {len(target) for target in drawn} == {count}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--num_targets", 10**9, "--num_targets: 1000000000, expected 1 to 36: there are no more such targets"),
        ("--num_targets", 0, "--num_targets: 0, expected 1 to 36"),
        ("--num_targets", -1, "--num_targets: -1, expected 1 to 36"),
        ("--num_attributes", 99, "--num_attributes: 99, expected 1 to 6"),
        ("--num_attributes", 0, "--num_attributes: 0, expected 1 to 6"),
    ],
)
def test_a_number_of_targets_that_is_not_there_is_one_line(
    tmp_path: Path, command: Run, option: str, value: int, message: str
) -> None:
    options = {"--dataset": "mic", "--num_attributes": 1, "--output": "targets", option: value}
    assert message in error_line(command("sample_targets", *(word for pair in options.items() for word in pair)))
    assert not (tmp_path / "targets").exists()


def test_an_attribute_may_be_left_out_without_a_neutral_level() -> None:
    assert len(sampled_targets(attributes_of(3, 4), 3, 64)) == 64
    # Three pairs of attributes, each with 4 * 4 levels.
    found = [target.levels for target in sampled_targets(attributes_of(3, 4), 2, 48)]
    assert len({tuple(levels.items()) for levels in found}) == 48
    assert {len(levels) for levels in found} == {2}
