"""The faults that `python -m dev.mutate` puts into a module, and the tests that it looks for them with."""

import ast
from pathlib import Path

from dev.mutants import mutants
from dev.mutate import TESTS, chosen_tests
from tests.conftest import ROOT


def faults(source: str) -> set[str]:
    """What replaces what, in each mutant; all of them are Python."""
    found = list(mutants(source))
    assert all(ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(source)) for mutant in found)
    return {f"{mutant.before} -> {mutant.after}" for mutant in found}


def test_operators_numbers_conditions_and_names_change() -> None:
    assert faults("ok = a < b and not c") == {
        *("a < b and (not c) -> a < b or not c", "a < b -> a <= b", "a < b -> a >= b", "not c -> c"),
    }
    assert faults("x = min(y[0], 2) * z") == {
        *("min(y[0], 2) * z -> min(y[0], 2) / z", "min -> max", "0 -> 1", "2 -> 3", "2 -> 1"),
    }
    assert faults("def f(x):\n    return [y for y in x if y]") == {
        *("return [y for y in x if y] -> return None", "[y for y in x if y] -> [y for y in x]"),
    }
    assert faults("if x:\n    x -= 1\n    run(flag=True)") == {
        *("if x: -> if not x:", "x -= 1 -> x += 1", "1 -> 2", "1 -> 0", "run(flag=True) -> pass", "True -> False"),
    }


def test_what_only_people_or_types_read_stays() -> None:
    source = '"""A text of 1."""\nlog.info("%d", 1)\n@cache\ndef f(x: int | None) -> int | None:\n    """2."""\n'
    source += '    assert x > 1\n    zip(x, strict=True)\n    raise ValueError(f"{1 + x}")\n'
    assert faults(source) == {"zip(x, strict=True) -> pass"}


def test_a_mutant_says_where_its_fault_is_and_differs_there_alone() -> None:
    (first, *_, last) = mutants("a = 1\n\nb = 2  # two\n")
    assert (first.line, last.line) == (1, 3)
    assert (first.source, last.source) == ("a = 2\nb = 2\n", "a = 1\nb = 1\n")


def test_every_room_with_tests_is_there_and_a_module_is_tried_by_what_imports_it_first() -> None:
    package = ROOT / "scripts" / "pluralism"
    for room, patterns in TESTS.items():
        assert (package / room).exists(), room
        for pattern in patterns:
            assert list((ROOT / "tests").glob(f"{pattern}.py")), pattern
    found = [path.stem for path in chosen_tests(Path("scripts/pluralism/targets/sampling.py"))]
    assert {"test_seeds", "test_targets"} <= set(found)
    of_scores = [path.stem for path in chosen_tests(Path("scripts/pluralism/decisions/score_files.py"))]
    assert of_scores.index("test_tables") < of_scores.index("test_selection_and_scoring")
    assert len(of_scores) == len(set(of_scores))
