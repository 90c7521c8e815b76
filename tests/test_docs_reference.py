"""The reference pages name every column, key, option and flag that the code has."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pluralism import predictions
from pluralism.adms.base import ADMS
from pluralism.decisions import score_files
from pluralism.few_shot import examples
from pluralism.planning.devices import GPUS
from pluralism.protocols import Protocol
from pluralism.reporting.figure import FIGURES
from pluralism.reporting.tables.catalogue import PAPER_TABLES
from pluralism.requests import Generation
from pluralism.statistics import reproduction
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.config import Config
from tests.conftest import ROOT

FILES, CONFIG, KINDS, PROTOCOL, AUDIT = (
    (ROOT / f"docs/reference/{name}.md").read_text() for name in ("files", "config", "adms", "protocol", "audit")
)


def section(page: str, heading: str) -> str:
    """The text below the one heading that mentions something."""
    parts = re.split(r"^(#{2,3} .+)$", page, flags=re.MULTILINE)
    found = [body for title, body in zip(parts[1::2], parts[2::2], strict=True) if f"`{heading}`" in title]
    assert len(found) == 1, heading
    return found[0]


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        *COLUMNS.items(),
        ("results/{dataset}/{experiment}/{adm}/predictions.parquet", predictions.COLUMNS),
        ("results/{dataset}/{experiment}/{adm}/decisions.parquet", ["target", "item", "response"]),
        ("results/{dataset}/{experiment}/{adm}/scores.csv", score_files.KEYS + score_files.MEASURES),
        ("results/{dataset}/few_shot_examples/{selection}.csv", examples.COLUMNS),
        ("data/reference_numbers.csv", reproduction.COLUMNS),
        (
            "results/journals/{dataset}/{experiment}/{adm}.jsonl",
            [*(entry.name for entry in fields(Generation)), "parts"],
        ),
    ],
)
def test_every_column_of_a_file_is_described(heading: str, columns: list[str]) -> None:
    text = section(FILES, heading)
    assert [name for name in columns if f"`{name}`" not in text] == []


def test_every_table_of_the_paper_and_every_figure_is_named() -> None:
    assert [name for name in (*PAPER_TABLES, *FIGURES.own_names()) if f"`{name}`" not in FILES] == []


def test_every_key_of_the_config_is_described() -> None:
    schema = Config.model_json_schema()
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", {})}
    assert sorted(key for key in keys if f"`{key}`" not in CONFIG + KINDS) == []


def test_every_device_that_a_plan_knows_is_named() -> None:
    page = " ".join((ROOT / "docs/run/paper-grid.md").read_text().split())
    assert [device.name for device in GPUS if f"`{device.name}`" not in page] == []


@pytest.mark.parametrize("kind", ADMS.own_names())
def test_every_kind_of_adm_is_described_with_its_options(kind: str) -> None:
    names = [kind, *ADMS.get(kind).model_fields]
    assert [name for name in names if f"`{name}`" not in KINDS] == []


def test_every_flag_of_the_protocol_is_described() -> None:
    for flag in fields(Protocol):
        assert section(PROTOCOL, flag.name).strip()


def test_every_flag_has_a_row_in_the_audit_of_the_papers_code() -> None:
    rows = [line for line in AUDIT.splitlines() if line.startswith("| ")]
    assert [flag.name for flag in fields(Protocol) if not any(f"protocol.md#{flag.name})" in row for row in rows)] == []


def test_rows_of_the_audit_are_whole() -> None:
    tables = [part for part in AUDIT.split("\n\n") if part.startswith("| ")]
    assert all(
        len({line.count(" | ") for line in table.strip().splitlines()[:1] + table.strip().splitlines()[2:]}) == 1
        for table in tables
    )


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_footnote_is_defined_once_and_used(page: Path) -> None:
    text = page.read_text()
    defined = re.findall(r"^\[\^(\w+)\]:", text, flags=re.MULTILINE)
    used = re.findall(r"^\[\^\w+\]:|\[\^(\w+)\]", text, flags=re.MULTILINE)
    assert sorted(defined) == sorted({*used} - {""})
