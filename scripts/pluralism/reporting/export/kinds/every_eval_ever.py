"""Every Eval Ever: the schema in which EvalEval gathers results of evaluations, with a line per decision.

A log is an ADM of an experiment on a dataset. Its numbers are those of the tables `accuracy` and `skill`.
https://github.com/evaleval/every_eval_ever, version 0.3.0 of its schema.
"""

import json
import math
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd

from pluralism.engines.models import Line
from pluralism.errors import UserError
from pluralism.reporting.export.asked import asked_model, decoding_facts
from pluralism.reporting.export.exporting import EXPORTS, Exporter
from pluralism.reporting.export.material import Material, text_digest
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.table_columns import SIGNIFICANCE
from pluralism.study.grid import Cell, make_cell

SCHEMA_VERSION = "0.3.0"
HUB = "https://huggingface.co/datasets/"
INTERVAL = "over prompts, the targets fixed: docs/reference/numbers.md#intervals of pluralism"


@dataclass(frozen=True)
class Measure:
    """A number of a target set: the table that has it, and how to read it."""

    name: str
    table: str
    id: str
    unit: str
    meaning: str
    lowest: float | Literal["-Infinity"] = 0.0
    highest: float = 100.0
    lower_is_better: bool = False

    @property
    def config(self) -> dict[str, Any]:
        """As the schema has it."""
        return {
            **{"metric_id": self.id, "metric_name": self.name.replace("_", " "), "metric_kind": self.name},
            **{"metric_unit": self.unit, "evaluation_description": self.meaning, "score_type": "continuous"},
            **{"lower_is_better": self.lower_is_better, "min_score": self.lowest, "max_score": self.highest},
        }


MEASURES = (
    Measure(
        *("accuracy", "accuracy", "accuracy", "percent"),
        "Decisions where no response is nearer to the alignment target by label than the one picked; items whose "
        "responses are all equally near are left out.",
    ),
    Measure(
        *("alignment_score", "accuracy", "pluralism.alignment_score", "points"),
        "100 * (1 - distance of the pick from the target / largest distance of the item's responses), mean.",
    ),
    Measure(
        *("steering_error", "accuracy", "pluralism.steering_error", "proportion"),
        "Where the pick stands between the nearest (0) and the farthest response of its item (1), mean.",
        highest=1.0,
        lower_is_better=True,
    ),
    Measure(
        *("skill", "skill", "pluralism.skill", "proportion"),
        "(accuracy - that of random picks) / (that of an oracle - that of random picks).",
        lowest="-Infinity",
        highest=1.0,
    ),
)
BY_DECISION = MEASURES[0]
"""The measure that the lines of single decisions belong to."""
COUNTS = ("n_targets", "n_items", "n_scored", "n_tied", "random_accuracy", "oracle_accuracy")
"""Columns that stand beside a number."""


@EXPORTS.register("every-eval-ever")
class EveryEvalEver(Exporter):
    """Logs and their decisions, in the folders of EvalEval's datastore."""

    summary: ClassVar[str] = "results by the schema of Every Eval Ever"
    next_step: ClassVar[str] = "check them, with the package every-eval-ever and Python 3.12, in {place}: " + (
        "python -m every_eval_ever validate 'data/*/*/*/*.json*'"
    )

    organization: Line = "unknown"
    relationship: Literal["first_party", "third_party", "collaborative", "other"] = "third_party"

    def write(self, material: Material, folder: Path) -> None:
        """A log, and its decisions, per ADM of an experiment on a dataset."""
        now = f"{time.time():.3f}"
        logs = [Log(material, cell, self, now) for cell in material.results.folder.cells]
        if not any(log.results for log in logs):
            raise UserError("no statistics yet, which are what is exported; run the study first")
        for log in logs:
            if log.results:
                log.write(folder)


@dataclass(frozen=True)
class Log:
    """The log of an ADM of an experiment on a dataset."""

    material: Material
    names: tuple[str, str, str]
    by: EveryEvalEver
    now: str

    @cached_property
    def cell(self) -> Cell:
        """The ADM with its settings."""
        return make_cell(self.material.config, *self.names)

    @cached_property
    def id(self) -> str:
        """Tells this log from all others."""
        return f"{self.collection}.{self.cell.experiment}.{self.cell.adm}/{self.model['id']}/{self.now}"

    @property
    def collection(self) -> str:
        """The folder of all logs about the dataset."""
        return f"pluralism.{self.cell.dataset}"

    @cached_property
    def model(self) -> dict[str, Any]:
        """What was asked."""
        return asked_model(self.material.config, self.cell)

    def write(self, folder: Path) -> None:
        """Write the log and its decisions below a folder."""
        place = Path("data", self.collection, *self.model["id"].split("/", 1))
        name = uuid.UUID(bytes=sha256(self.id.encode()).digest()[:16], version=4)
        lines = place / f"{name}_samples.jsonl"
        (folder / place).mkdir(parents=True, exist_ok=True)
        count, checksum = self._write_decisions(folder / lines)
        value = self._head | {"evaluation_results": self.results}
        if count:
            value["detailed_evaluation_results"] = {
                **{"format": "jsonl", "file_path": lines.as_posix(), "total_rows": count},
                **{"hash_algorithm": "sha256", "checksum": checksum},
            }
        text = json.dumps(value, indent=1, allow_nan=False)
        (folder / place / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    def _write_decisions(self, path: Path) -> tuple[int, str]:
        """Write a line per decision that counts; gives their number, and the checksum of the file."""
        count, digest = 0, sha256()
        with path.open("wb") as stream:
            for decision in self._decisions():
                # Escaped, for who reads lines may end them at U+2028, too.
                line = json.dumps(decision, allow_nan=False).encode() + b"\n"
                stream.write(line)
                digest.update(line)
                count += 1
        if not count:
            path.unlink()
        return count, digest.hexdigest()

    @property
    def _head(self) -> dict[str, Any]:
        config = self.material.config
        return {
            "schema_version": SCHEMA_VERSION,
            "evaluation_id": self.id,
            "retrieved_timestamp": self.now,
            "source_metadata": {
                "source_name": "pluralism",
                "source_type": "evaluation_run",
                "source_organization_name": self.by.organization,
                "evaluator_relationship": self.by.relationship,
            },
            "eval_library": {
                "name": "pluralism",
                "version": version("pluralism"),
                "additional_details": {"protocol": str(config.protocol), "seed": str(config.seed)},
            },
            "model_info": self.model,
        }

    @cached_property
    def results(self) -> list[dict[str, Any]]:
        """Each measure of each target set."""
        return [
            self._result(measure, row)
            for measure in MEASURES
            for row in self._rows(measure.table)
            if math.isfinite(row[measure.name])
        ]

    def _rows(self, table: str) -> list[dict[str, Any]]:
        frame = self.material.results.statistics[table]
        keys = ("dataset", "experiment", "adm")
        here = frame[[*keys]].astype(str).eq(list(self.names)).all(axis=1)
        return [{str(name): value for name, value in row.items()} for row in frame[here].to_dict("records")]

    def _result(self, measure: Measure, row: Mapping[str, Any]) -> dict[str, Any]:
        score, low, high = (float(row[f"{measure.name}{end}"]) for end in ("", "_low", "_high"))
        scored = int(row["n_scored"])
        uncertainty: dict[str, Any] = {"num_samples": scored}
        if math.isfinite(low) and math.isfinite(high):
            level = 1 - SIGNIFICANCE
            uncertainty["confidence_interval"] = {
                **{"lower": low, "upper": high, "confidence_level": level, "method": INTERVAL}
            }
        return {
            "evaluation_result_id": _result_id(row["target_set"], measure),
            "evaluation_name": f"{self.collection}.{row['target_set']}",
            "source_data": self._source_data,
            "metric_config": measure.config,
            "score_details": {
                "score": score,
                "details": {name: f"{row[name]:g}" for name in COUNTS if math.isfinite(row.get(name, math.nan))},
                "uncertainty": uncertainty,
            },
            "generation_config": self._generation,
        }

    @cached_property
    def _source_data(self) -> dict[str, Any]:
        """The dataset; as one of the hub, where it is there."""
        terms = self.material.terms(self.cell.dataset)
        items = self.material.results.eval_items.get(self.cell.dataset, [])
        url = terms.source_url
        found: dict[str, Any] = {"dataset_name": self.cell.dataset, "source_type": "url" if url else "other"}
        if url.startswith(HUB):
            found |= {"source_type": "hf_dataset", "hf_repo": url.removeprefix(HUB), "samples_number": len(items)}
        elif url:
            found["url"] = [url]
        details = {"items": f"{len(items)} eval items", "licence": terms.licence or "not known", "source": url}
        return found | {"additional_details": {name: value for name, value in details.items() if value}}

    @cached_property
    def _generation(self) -> dict[str, Any]:
        """How answers were drawn, and by which ADM."""
        arguments, details = decoding_facts(self.cell)
        return {**({"generation_args": arguments} if arguments else {}), "additional_details": details}

    def _decisions(self) -> Iterator[dict[str, Any]]:
        benchmark = self.material.results.benchmarks[self.cell.dataset]
        if isinstance(benchmark, str):
            return
        table = self.material.results.decisions
        here = table[(table["experiment"] == self.cell.experiment) & (table["adm"] == self.cell.adm)]
        here = here[(here["dataset"] == self.cell.dataset) & here["correct"].notna()]
        known = {result["evaluation_result_id"] for result in self.results}
        targets = {name: place for place, name in enumerate(benchmark.names)}
        for row in here.astype({"target": str, "target_set": str}).itertuples(index=False):
            if (of := _result_id(str(row.target_set), BY_DECISION)) in known:
                yield self._decision(row, of, benchmark, targets[str(row.target)])

    def _decision(self, row: Any, of: str, benchmark: Benchmark, target: int) -> dict[str, Any]:
        item, right = self.material.results.eval_items[self.cell.dataset][row.item], bool(row.correct)
        has_texts = self.material.has_texts(self.cell.dataset)
        names = [f"response {place}" for place in range(len(item.responses))]
        texts = item.responses if has_texts else names
        best = [texts[place] for place in range(len(texts)) if benchmark.by_label.right[target, row.item, place]]
        prompt = item.prompt if has_texts else f"left out; SHA-256 {text_digest(item.prompt)}"
        given = json.dumps([item.prompt, list(item.responses), best])
        wanted = benchmark.targets[target]
        return {
            "schema_version": SCHEMA_VERSION,
            "evaluation_id": self.id,
            "model_id": self.model["id"],
            "evaluation_name": f"{self.collection}.{row.target_set}",
            "evaluation_result_id": of,
            "sample_id": f"{self.cell.dataset}/eval/{row.item}/{row.target}",
            "sample_hash": text_digest(given),
            "interaction_type": "single_turn",
            "input": {"raw": prompt, "reference": best, **({"choices": list(texts)} if has_texts else {})},
            "output": {"raw": [texts[row.response]]},
            "answer_attribution": [
                {
                    **{"turn_idx": 0, "source": "output.raw", "extracted_value": names[row.response]},
                    "extraction_method": "nearest predicted levels" if self.cell.predicts_levels else "pick",
                    "is_terminal": True,
                }
            ],
            "evaluation": {"score": float(right), "is_correct": right},
            "metadata": {
                **{"target": str(row.target), "levels": json.dumps(wanted.levels)},
                **{"weights": json.dumps(wanted.weights), "alignment_score": _number(row.alignment_score)},
            },
        }


def _result_id(target_set: str, measure: Measure) -> str:
    return f"{target_set}/{measure.name}"


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.4f}"
