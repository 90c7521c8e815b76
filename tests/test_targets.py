"""Alignment targets."""

import json
from pathlib import Path

import pytest

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.errors import UserError
from pluralism.targets.sampling import sampled_targets
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
    assert target_name(Path("alignment_targets/custom/mic/mine.json")) == "custom/mine"


def test_a_target_may_give_weights_beside_levels(tmp_path: Path) -> None:
    path = tmp_path / "target.json"
    path.write_text('{"care": {"level": 1.0, "weight": 2.0}, "fairness": 0.5}')
    target = read_target(path, MIC.names)
    assert target == Target("target", {"care": 1.0, "fairness": 0.5}, {"care": 2.0})
    assert target.weights == {"care": 2.0, "fairness": 1.0}
    assert target.is_weighted
    path.write_text('{"care": 1.0, "fairness": 0.5}')
    plain = read_target(path, MIC.names)
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
        ('{"care": {"level": 1}}', "care has the keys level, expected level and weight"),
        ('{"care": {"level": 1, "wieght": 2}}', "care has the keys level, wieght, expected level and weight"),
        ('{"care": {"level": 1, "weight": 0}}', "the weight of care is 0, expected a positive number"),
        ('{"care": {"level": 1, "weight": -1}}', "the weight of care is -1, expected a positive number"),
        ('{"care": {"level": 1, "weight": NaN}}', "the weight of care is nan, expected a positive number"),
        ('{"care": {"level": 1, "weight": 1e999}}', "the weight of care is inf, expected a positive number"),
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
        read_target(path, MIC.names)
    assert str(fault.value).startswith(str(path))
    assert message in str(fault.value)
