"""What the tables of results hold: their columns, types and meaning, as the documentation has them.

Imports nothing heavy, so that the command line can show it at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pluralism.statistics.table_columns import COLUMNS, TEXT

Type = Literal["category", "str", "int64", "float64", "boolean"]
"""Of pandas. Values of `float64`, `category` and `boolean` may be missing; the others are there in every row."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its type, and what it holds in words."""

    name: str
    type: Type
    meaning: str


@dataclass(frozen=True)
class DataTable:
    """A table of results.

    Attributes:
        name: how it is asked for.
        rows: what a row is.
        columns: in order.
    """

    name: str
    rows: str
    columns: tuple[Column, ...]

    @property
    def types(self) -> dict[str, Type]:
        """Column -> type."""
        return {column.name: column.type for column in self.columns}


_DATASET = Column("dataset", "category", "its name in the config, which is also the order of the categories")
_CELL = (
    _DATASET,
    Column("experiment", "category", "its name in the config, which is also the order of the categories"),
    Column("adm", "category", "its name in the config, which is also the order of the categories"),
)
_ITEM = Column("item", "int64", "the place of the eval item, from 0")
_RESPONSE = Column("response", "int64", "the place of the response in the item, from 0")
_ATTRIBUTE = Column("attribute", "category", "what a level is of")
_TARGETS = (
    Column("target", "category", "such as `target_high` or `sampled/3attributes_target07`"),
    Column(
        "target_set",
        "category",
        "the set that it is reported in: `high`, `low`, `sampled_3`, `doses`, `people`, `custom/mine`",
    ),
)

OWN_TABLES = (
    DataTable(
        "items",
        "a response of an eval item",
        (
            *(_DATASET, _ITEM, _RESPONSE),
            Column("prompt", "str", "what the responses answer"),
            Column("text", "str", "of the response"),
        ),
    ),
    DataTable(
        "labels",
        "a response of an eval item and an attribute",
        (
            *(_DATASET, _ITEM, _RESPONSE, _ATTRIBUTE),
            Column("level", "float64", "the true level, 0 to 1"),
        ),
    ),
    DataTable(
        "targets",
        "a target and an attribute that it names",
        (
            *(_DATASET, *_TARGETS, _ATTRIBUTE),
            Column("level", "float64", "the wanted level, 0 to 1"),
            Column("weight", "float64", "how much its squared distance counts; 1 where the target names none"),
        ),
    ),
    DataTable(
        "predictions",
        "an ADM, a response in one sample, and an attribute where levels are predicted",
        (
            *(*_CELL, _ITEM, _RESPONSE),
            Column("attribute", "category", "what the score is of; missing where the ADM picks a response outright"),
            Column("sample", "int64", "which of several answers, from 0"),
            Column("target", "category", "that the prediction is for; missing where it serves all targets"),
            Column(
                "score", "float64", "the predicted level; of a pick 1 for the response picked, and 0 for the others"
            ),
            Column("spread", "float64", "its standard deviation, where the model's own distribution gives it"),
            Column("reasoning", "str", "the text that came with the score"),
            Column("position", "int64", "where the response stood in the order shown, from 0"),
            Column("query", "int64", "rows of one question share this number, and its tokens"),
            Column("prompt_tokens", "int64", "of the question"),
            Column("output_tokens", "int64", "of the answer"),
        ),
    ),
    DataTable(
        "decisions",
        "an ADM, a target and an eval item",
        (
            *(*_CELL, *_TARGETS, _ITEM),
            Column("response", "int64", "the place of the response that the ADM picked"),
            Column("correct", "boolean", "whether none is nearer by label; missing where all are equally near (tied)"),
            Column("alignment_score", "float64", "0 to 100; missing where tied"),
        ),
    ),
    DataTable(
        "scores",
        "an ADM and a target",
        (
            *(*_CELL, *_TARGETS),
            Column("n_scored", "int64", "items that count"),
            Column("n_tied", "int64", "items whose responses are all equally near to the target, which do not"),
            Column("accuracy", "float64", "percent of the scored items; missing where none is"),
            Column("alignment_score", "float64", "0 to 100, mean over the scored items; missing where none is"),
            Column("mse", "float64", "mean squared error of predicted levels; missing for picks"),
            Column("mae", "float64", "mean absolute error of predicted levels; missing for picks"),
        ),
    ),
)
"""In the order of the data."""

_ADM_AND_SET = "an ADM and a target set"
STATISTICS_ROWS = {
    **dict.fromkeys(("accuracy", "skill"), _ADM_AND_SET),
    "side_effects": f"{_ADM_AND_SET}, and an attribute that its targets leave out",
    "comparisons": "two ADMs of an experiment, and a target set",
    "baselines": "an ADM, one that ran alone in another experiment, and a target set",
    "between_experiments": "an ADM in two experiments, and a target set",
    **dict.fromkeys(("levels", "spread", "steerability"), "an ADM and an attribute"),
    "calibration": "an ADM, an attribute and a bin of predicted levels",
    "order_bias": "an ADM, a number of responses and a position",
    "by_samples": f"{_ADM_AND_SET}, and a number of samples",
    "stopping": f"{_ADM_AND_SET}, and a rule that stops",
    "variance": f"{_ADM_AND_SET}, and a source of variance",
    "typical_differences": "what a group differs in, the group, and a target set",
    "confusion": "an ADM, the target steered to and the one scored on",
    "noise_ceiling": "a target set",
    **dict.fromkeys(("flips", "cost"), "an ADM"),
    "reproduction": "a number reported elsewhere",
    "dose_response": "an ADM, an attribute and its wanted level",
    "dose_slopes": "an ADM, the attribute steered, and one",
    "people": "an ADM, a number of choices, and whose target it decides under",
    "people_targets": "the target of a person or of everyone, a number of choices, and an attribute",
    "protocol_flags": "an ADM and a flag of the protocol",
}
"""Table of statistics -> what a row is."""

STATISTICS = tuple(
    DataTable(
        name,
        STATISTICS_ROWS.get(name, "statistics"),
        (_DATASET, *(Column(entry, "str" if entry in TEXT else "float64", "") for entry in columns)),
    )
    for name, columns in COLUMNS.items()
)
"""Of all datasets together. Numbers are `float64`, counts too, since each may be missing; missing text is empty."""

TABLES: Mapping[str, DataTable] = {table.name: table for table in (*OWN_TABLES, *STATISTICS)}
"""Name -> table."""
