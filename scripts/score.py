#!/usr/bin/env python3
"""Score an input_output.json against an alignment target.

Where the file holds predictions, it is decided again from these, as the code of the paper does.
"""

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.decisions.outputs import decide_again, read_outputs, score_outputs
from pluralism.errors import UserError
from pluralism.targets.target import read_target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=Path, required=True, help="alignment target (JSON)")
    parser.add_argument("--input_outputs", type=Path, required=True, help="input_output.json of any ADM")
    steps = "attribute file (YAML): count distances in steps of its scale, as `protocol: corrected` does"
    parser.add_argument("--exact_ties", type=Path, metavar="ATTRIBUTES", help=steps)
    whose = "attribute file (YAML) of the dataset, for a target with values on its scale"
    parser.add_argument("--attributes", type=Path, help=whose)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    in_steps, path = arguments.exact_ties is not None, arguments.exact_ties or arguments.attributes
    attributes = read_attributes(path) if path is not None else None
    target = read_target(arguments.target, attributes)
    scale = attributes.steps if attributes is not None and in_steps else None
    stored = read_outputs(arguments.input_outputs, target.attributes)
    try:
        outputs = decide_again(stored, target, scale)
    except UserError as error:
        raise UserError(f"{arguments.input_outputs}: {error}") from None
    if changed := sum(one.picked != other.picked for one, other in zip(stored, outputs, strict=True)):
        text = f"{changed} of {len(stored)} stored picks differ from those that the predictions give; these are scored"
        print(f"note: {arguments.input_outputs}: {text}", file=sys.stderr)
    score, errors = score_outputs(outputs, target, scale)
    values = {
        "accuracy": score.accuracy,
        "n_scored": score.n_scored,
        "n_tied": score.n_tied,
        "alignment_score": score.alignment_score,
        **(asdict(errors) if not math.isnan(errors.mse) else {}),
    }
    if arguments.json:
        print(json.dumps({name: None if math.isnan(value) else value for name, value in values.items()}))
    else:
        print("\n".join(f"{name}: {_shown(value)}" for name, value in values.items()))


def _shown(value: float) -> str:
    if math.isnan(value):
        return "none (no item is scored)"
    return str(value) if isinstance(value, int) else f"{value:.4f}"


if __name__ == "__main__":
    run(main)
