"""The digest of the code that a rule runs, and the pins in their three places."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from pluralism.engines.kinds.vllm import VERSION
from pluralism.study import digests
from tests.conftest import ROOT


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command that imports a module, which imports another inside a function; and two that it does not."""
    files = {
        "run.py": "from package.near import work\n",
        "package/__init__.py": "",
        "package/near.py": "if TYPE_CHECKING:\n    import package.for_types\n\n\ndef work():\n    import package.far\n",
        "package/far.py": "FACTOR = 2\n",
        "package/beside.py": "FACTOR = 3\n",
        "package/for_types.py": "FACTOR = 3\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(digests, "SCRIPTS", tmp_path)
    return tmp_path


def digest() -> str:
    for cached in (digests._tree, digests._meaning, digests._imports):
        cached.cache_clear()
    return digests.code_digest("run.py")


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("run.py", "from package.near import work\n\nwork()\n", True),
        ("package/far.py", "FACTOR = 4\n", True),
        ("package/__init__.py", "VERSION = 1\n", True),
        ("package/far.py", "FACTOR   = 2  # the same\n", False),
        ("package/beside.py", "FACTOR = 4\n", False),
        ("package/for_types.py", "FACTOR = 4\n", False),
    ],
)
def test_the_digest_sees_what_the_command_runs_and_nothing_else(
    scripts: Path, file: str, text: str, changes: bool
) -> None:
    before = digest()
    (scripts / file).write_text(text)
    assert (digest() != before) is changes


@pytest.mark.parametrize(
    ("file", "changes"), [("far.py", True), ("__init__.py", True), ("beside.py", False), ("../other.py", False)]
)
def test_the_digest_of_a_kind_from_another_package_sees_that_package_only(
    tmp_path: Path, file: str, changes: bool
) -> None:
    package = tmp_path / "theirs"
    package.mkdir()
    texts = {"kind.py": "from . import far\nimport other, pluralism.requests", "far.py": "", "beside.py": ""}
    for name, text in {**texts, "__init__.py": "", "../other.py": ""}.items():
        (package / name).write_text(text)

    def digest_of_the_kind() -> str:
        for cached in (digests._tree, digests._meaning, digests._imports):
            cached.cache_clear()
        return digests.code_digest(package / "kind.py")

    before = digest_of_the_kind()
    (package / file).write_text("FACTOR = 4")
    assert (digest_of_the_kind() != before) is changes


def test_planning_loads_neither_torch_nor_transformers() -> None:
    program = (
        "import sys; import pluralism.study.config, pluralism.study.study, pluralism.study.digests;"
        "print([name for name in ('torch', 'transformers', 'matplotlib', 'sklearn') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "scripts", capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_the_conda_environments_have_the_pins_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = set(project["dependencies"])
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", pin) for pin in pins)
    used: set[str] = set()
    assert environment_pins("vllm.yaml") == {f"vllm=={VERSION}"}, "it is no environment of a job"
    for path in {*(ROOT / "envs").glob("*.yaml")} - {ROOT / "envs/vllm.yaml"}:
        assert environment_pins(path.name) <= pins, path.name
        used |= environment_pins(path.name)
    assert {pin.split("==")[0] for pin in pins - used} == {"docutils", "snakemake"}, "what no job imports"


def environment_pins(file: str) -> set[str]:
    *_, listed = yaml.safe_load((ROOT / "envs" / file).read_text())["dependencies"]
    return set(listed["pip"])


def test_a_rules_environment_has_what_its_command_imports_at_its_start() -> None:
    """What functions import is on top of it: torch and the like, which not every job of a command needs."""
    rules = "".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    jobs = set(re.findall(r'"\.\./envs/(\w+\.yaml)".*?"python {params.scripts:q}/(\w+\.py)', rules, re.DOTALL))
    assert {environment for environment, _ in jobs} == {"analysis.yaml", "inference.yaml"}
    for environment, command in sorted(jobs):
        listed = {pin.split("==")[0] for pin in environment_pins(environment)}
        assert imported_packages(command) <= listed, f"{environment}: {command}"


def imported_packages(command: str) -> set[str]:
    """The packages, by their names in an index, that a command and its modules import outside functions."""
    waiting, seen, names = [ROOT / "scripts" / command], set[Path](), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                found = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            names |= {name.split(".")[0] for name in found}
            waiting += [file for name in found for file in digests._module_files(name, digests.SCRIPTS)]
    packages = packages_distributions()
    outside = names - set(sys.stdlib_module_names) - {"pluralism"}
    return {packages[name][0].lower().replace("_", "-") for name in outside}
