"""The texts that the benchmarks use."""

from pathlib import Path

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.formats.helpsteer2 import load_helpsteer2
from pluralism.datasets.items import Item
from pluralism.protocols import PROTOCOLS


def read_some_items(raw: Path, number: int) -> list[Item]:
    """The first items of a folder of HelpSteer2's files."""
    return load_helpsteer2(raw, read_attributes(attribute_file("helpsteer2")), PROTOCOLS["corrected"])[:number]
