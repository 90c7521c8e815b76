"""The digest of the code that a rule runs, and the pins in their three places."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from pluralism import code_digest
from tests.conftest import ROOT


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command that imports a module, which imports another inside a function; and a module that nobody imports."""
    files = {
        "run.py": "from package.near import work\n",
        "package/__init__.py": "",
        "package/near.py": "def work():\n    import package.far\n",
        "package/far.py": "FACTOR = 2\n",
        "package/beside.py": "FACTOR = 3\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(code_digest, "SCRIPTS", tmp_path)
    return tmp_path


def digest() -> str:
    for cached in (code_digest._tree, code_digest._meaning, code_digest._imports):
        cached.cache_clear()
    return code_digest.code_digest("run.py")


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("run.py", "from package.near import work\n\nwork()\n", True),
        ("package/far.py", "FACTOR = 4\n", True),
        ("package/__init__.py", "VERSION = 1\n", True),
        ("package/far.py", "FACTOR   = 2  # the same\n", False),
        ("package/beside.py", "FACTOR = 4\n", False),
    ],
)
def test_the_digest_sees_what_the_command_runs_and_nothing_else(
    scripts: Path, file: str, text: str, changes: bool
) -> None:
    before = digest()
    (scripts / file).write_text(text)
    assert (digest() != before) is changes


def test_planning_loads_neither_torch_nor_transformers() -> None:
    program = (
        "import sys; import pluralism.config, pluralism.study, pluralism.code_digest;"
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
    for path in sorted((ROOT / "envs").glob("*.yaml")):
        *_, listed = yaml.safe_load(path.read_text())["dependencies"]
        assert set(listed["pip"]) <= pins, path.name
        used |= set(listed["pip"])
    assert {pin.split("==")[0] for pin in pins - used} == {"snakemake"}
