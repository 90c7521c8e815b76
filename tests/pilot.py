"""The pilot's model and real text, where they are on this machine."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from dev.make_pilot import MODEL, package_file
from tests.conftest import ROOT

SAMPLE = ROOT.parent / "shared" / "data" / "helpsteer2_sample"


def pilot_model() -> Path:
    """The GGUF file; skips the test where its package is not installed."""
    if find_spec(MODEL[0]) is None:
        pytest.skip(f"the package {MODEL[0]} is not installed; `make pilot` installs it")
    return package_file(*MODEL)


def real_text() -> Path:
    """The folder of a part of HelpSteer2; skips the test where it is not beside the project."""
    if not SAMPLE.is_dir():
        pytest.skip(f"there is no {SAMPLE}, and the full release is nothing for a test")
    return SAMPLE
