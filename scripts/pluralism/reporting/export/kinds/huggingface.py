"""A dataset folder for the hub of Hugging Face: every table of results as Parquet, and a card."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from pluralism.engines.models import Line
from pluralism.errors import UserError
from pluralism.reporting.data.columns import TABLES, DataTable
from pluralism.reporting.export.exporting import EXPORTS, Exporter
from pluralism.reporting.export.material import Material, text_digest
from pluralism.reporting.tables.table import plain_markdown

FOLDER = "data"
TYPES = {"category": "string", "str": "string", "int64": "int64", "float64": "float64", "boolean": "bool"}
"""Type of a column of ours -> as the hub calls it."""
TEXTS = {"items": ("prompt", "text"), "predictions": ("reasoning",)}
"""Table -> its columns that hold a dataset's texts, or a model's words about them."""
DIGESTS = {"prompt": "prompt_sha256", "text": "text_sha256"}
"""Column -> the column that says which text it is where the text is left out."""
LICENCES = frozenset(
    (
        *("apache-2.0", "mit", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0"),
        *("cc-by-nd-4.0", "cc-by-nc-nd-4.0", "cc-by-3.0", "cc-by-sa-3.0", "bsd-3-clause", "gpl-3.0", "odbl", "pddl"),
    )
)
"""Those whose name on the hub is their SPDX identifier in small letters."""
SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M", 10_000_000: "1M<n<10M"}
LARGER = "10M<n<100M"
FIRST = "decisions"
"""The table that the hub shows first."""


@EXPORTS.register("huggingface")
class HuggingFace(Exporter):
    """The tables of `pluralism data`, each a configuration of the dataset."""

    summary: ClassVar[str] = "a dataset for the hub of Hugging Face"
    next_step: ClassVar[str] = (
        "give it to others: hf upload NAME/DATASET {place} --repo-type dataset; read {place}/README.md first"
    )

    title: Line = "Decisions of a study of steerable pluralism"

    def write(self, material: Material, folder: Path) -> None:
        """A file per table that has rows, and README.md."""
        (folder / FOLDER).mkdir()
        written: dict[str, pd.DataFrame] = {}
        for name in TABLES:
            if len(table := shared_table(material, name)):
                table.to_parquet(folder / FOLDER / f"{name}.parquet", index=False)
                written[name] = table
        if FIRST not in written:
            raise UserError("no decisions yet; run the study first")
        (folder / "README.md").write_text(card(material, self.title, written), encoding="utf-8")


def shared_table(material: Material, name: str) -> pd.DataFrame:
    """A table of results with plain texts for categories, and without the texts that are not to be passed on.

    Those columns are empty there; digests beside them say which text it is.
    """
    table = material.results.table(name)
    with_texts = table["dataset"].map({dataset: material.has_texts(dataset) for dataset in material.datasets})
    columns: dict[str, Any] = {}
    for column, kind in TABLES[name].types.items():
        values = table[column].astype("str") if kind == "category" else table[column]
        if column in TEXTS.get(name, ()):
            if column in DIGESTS:
                columns[DIGESTS[column]] = values.map(text_digest)
            values = values.where(with_texts.astype(bool))
        columns[column] = values
    return pd.DataFrame(columns)


def card(material: Material, title: str, written: Mapping[str, pd.DataFrame]) -> str:
    """README.md: its metadata for the hub, and what is in the folder."""
    from huggingface_hub import DatasetCardData

    rows = sum(map(len, written.values()))
    data = DatasetCardData(
        license=_hub_licence(material),
        pretty_name=title,
        tags=["pluralism", "alignment", "evaluation"],
        size_categories=next((size for most, size in SIZES.items() if rows < most), LARGER),
        configs=[
            {
                "config_name": name,
                "data_files": [{"split": "train", "path": f"{FOLDER}/{name}.parquet"}],
                **({"default": True} if name == FIRST else {}),
            }
            for name in written
        ],
        dataset_info=[
            {
                "config_name": name,
                "features": [{"name": column, "dtype": _hub_type(name, column)} for column in table.columns],
            }
            for name, table in written.items()
        ],
    )
    return f"---\n{data.to_yaml()}\n---\n\n" + "\n".join(_body(material, title, written)) + "\n"


def _hub_type(table: str, column: str) -> str:
    return TYPES[TABLES[table].types.get(column, "str")]


def _hub_licence(material: Material) -> str | list[str]:
    """That of the datasets; all of them, where they differ."""
    known = [material.terms(dataset).licence.casefold() for dataset in material.datasets]
    if not all(known):
        return "unknown"
    names = list(dict.fromkeys(name if name in LICENCES else "other" for name in known))
    return names[0] if len(names) == 1 else names


def _body(material: Material, title: str, written: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    config = material.config
    yield f"# {plain_markdown(title)}\n"
    yield (
        "Automatic decision makers (ADMs) picked, for prompts with several responses, the response that best fits an "
        "alignment target: the level that a person wants of each attribute. "
        f"Made by pluralism {version('pluralism')}, "
        f"protocol {config.protocol}." + (f" {plain_markdown(config.note)}." if config.note else "")
    )
    yield '\n```python\nfrom datasets import load_dataset\n\nload_dataset("NAME/DATASET", "decisions")["train"]\n```'
    yield "\n## Licences and texts\n"
    yield "| dataset | licence | source | prompts, responses, reasonings |\n|---|---|---|---|"
    for dataset, licence in material.licences.items():
        texts = "included" if material.has_texts(dataset) else "left out; SHA-256 of prompts and responses instead"
        cells = (dataset, licence, material.terms(dataset).source_url or "not known")
        yield f"| {' | '.join(map(plain_markdown, cells))} | {texts} |"
    yield "\nLabels are made of the annotations of these datasets; their licences hold for them, too."
    if material.results.missing:
        yield "\n## Not finished\n"
        yield from (f"- {plain_markdown(line)}" for line in material.results.missing)
    yield "\n## Tables"
    for name, table in written.items():
        yield f"\n### {name}\n\n{len(table):,} rows, each {TABLES[name].rows}.\n"
        yield from _columns(TABLES[name], table)


def _columns(table: DataTable, found: pd.DataFrame) -> Iterator[str]:
    """What the columns mean; of statistics their names, which the documentation explains."""
    meanings = {column.name: column.meaning for column in table.columns}
    meanings |= {digest: f"SHA-256 of `{column}`" for column, digest in DIGESTS.items()}
    if not all(meanings[name] for name in found.columns):
        yield "Columns: " + ", ".join(f"`{name}`" for name in found.columns)
        return
    yield "| column | what |\n|---|---|"
    yield from (f"| `{name}` | {meanings[name]} |" for name in found.columns)
