"""Prediction jobs on the scripted engine, run as commands, for the tests of all that may befall them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.inference.settings import Settings
from pluralism.inference.shards import sibling_journals
from tests.conftest import ROOT, run_module

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
ATTRIBUTE_FILE = str(attribute_file("helpsteer2"))
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass
class Job:
    """A job of predictions in a folder: 12 items of HelpSteer2's attributes, two of them equal, and two targets."""

    folder: Path
    adm: dict[str, Any] = field(default_factory=lambda: {"kind": "regression"})
    seed: int = 0
    prompts: str | None = None
    samples: int = 2
    temperature: float = 0.7
    stop: str | None = None
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the inputs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, items in (("eval", [*map(item, range(11)), item(0)]), ("train", list(map(item, range(20, 24))))):
            (self.folder / f"{name}.json").write_text(json.dumps(items))
        for name, level in (("high", 1.0), ("low", 0.0)):
            target = dict.fromkeys(ATTRIBUTES.names, level)
            (self.folder / f"target_{name}.json").write_text(json.dumps(target))

    @property
    def settings(self) -> Settings:
        """What predict.py is given as JSON."""
        return Settings.model_validate(
            {
                "seed": self.seed,
                "protocol": "published",
                "prompts": self.prompts,
                "adm": self.adm,
                "decoding": {"samples": self.samples, "temperature": self.temperature, "stop": self.stop},
                "model": {"id": "script", "engine": "scripted", **self.model},
            }
        )

    def predict_arguments(self, *options: str) -> list[str]:
        """What predict.py is called with; `options` come last, and win."""
        arguments = ["--settings", self.settings.model_dump_json(), "--attributes", ATTRIBUTE_FILE]
        arguments += ["--train", "train.json", "--eval", "eval.json"]
        if self.adm["kind"] == "prompt_aligned" or self.stop is not None:
            arguments += ["--targets", "target_high.json", "target_low.json"]
        return [*arguments, "--journal", "journal.jsonl", "--output", "predictions.parquet", *options]

    @property
    def decide_arguments(self) -> list[str]:
        """What decide.py is called with."""
        arguments = ["--dataset", "helpsteer2", "--experiment", "e", "--adm", "a", "--attributes", ATTRIBUTE_FILE]
        arguments += ["--eval", "eval.json", "--predictions", "predictions.parquet", "--output", "decided"]
        return [*arguments, "--targets", "target_high.json", "target_low.json"]

    def start(self, *options: str, seconds: float = 0) -> subprocess.Popen[str]:
        """Start predict.py; each answer takes `seconds`."""
        command = [sys.executable, str(ROOT / "scripts/predict.py"), *self.predict_arguments(*options)]
        environment = {**os.environ, "PLURALISM_SCRIPTED_SECONDS": str(seconds), "PLURALISM_DEVICES": ""}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run predict.py to its end, good or bad."""
        process = self.start(*options)
        printed, complaints = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, printed, complaints)

    def made(self, *options: str) -> int:
        """Run predict.py to its good end, and tell how many generations it made."""
        result = self.run(*options)
        assert result.returncode == 0, result.stderr
        lines = [line for line in result.stderr.splitlines() if " made " in line and " generations in " in line]
        return sum(int(line.split(" made ")[1].split()[0]) for line in lines)

    def predictions(self) -> pd.DataFrame:
        """What the job wrote."""
        return pd.read_parquet(self.folder / "predictions.parquet")

    def decide(self) -> subprocess.CompletedProcess[str]:
        """Decide and score by the command."""
        command = [sys.executable, str(ROOT / "scripts/decide.py"), *self.decide_arguments]
        return subprocess.run(command, cwd=self.folder, check=False, capture_output=True, text=True)

    def tables(self) -> Mapping[str, str]:
        """What was decided and scored, as text."""
        decided = self.folder / "decided"
        files = sorted([decided / "scores.csv", *decided.glob("*/input_output.json")])
        return {str(path.relative_to(decided)): path.read_text() for path in files}

    def plan(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run `pluralism plan` on the study of this one job."""
        settings = self.settings.model_dump(mode="json")
        study = {
            **{name: settings[name] for name in ("seed", "protocol", "prompts")},
            "datasets": {"helpsteer2": {"format": "items", "attributes": ATTRIBUTE_FILE}},
            "models": {"m": settings["model"]},
            "decodings": {"d": settings["decoding"]},
            "adms": {"a": settings["adm"]},
            "experiments": {"e": {"model": "m", "decoding": "d", "adms": ["a"]}},
            "grid": {"datasets": ["helpsteer2"], "experiments": ["e"]},
        }
        (self.folder / "config.yaml").write_text(json.dumps(study))
        self._link("data/helpsteer2", self.folder)
        for path in sibling_journals(self.folder / "journal.jsonl"):
            self._link(f"results/journals/helpsteer2/e/{path.name.replace('journal', 'a', 1)}", path)
        return run_module(self.folder, "pluralism", "plan", *options)

    def _link(self, name: str, place: Path) -> None:
        link = self.folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(place)


def item(number: int) -> dict[str, Any]:
    """An item with two responses; its number stands in every text."""
    responses = [f"Response {letter} to question {number}." for letter in "AB"]
    labels = [
        {name: LEVELS[(number * (place + 2) + shift) % 5] for shift, name in enumerate(ATTRIBUTES.names)}
        for place in range(2)
    ]
    return {"prompt": f"Question {number}?", "responses": responses, "labels": labels}
