"""A user's own items: nothing is made of raw files."""

from typing import ClassVar

from pluralism.datasets.source import FORMATS, Source


@FORMATS.register("items")
class OwnItems(Source):
    """The user puts data/{dataset}/train.json and eval.json there, and describes the attributes."""

    makes_items: ClassVar[bool] = False
