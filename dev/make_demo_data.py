"""Write the raw files of the embedded demo: a toy world in the formats of MIC and HelpSteer2."""

import argparse
from pathlib import Path

from dev.demo.world import annotator_rows, csv_bytes, gzip_bytes, helpsteer2_rows, mic_table
from pluralism.commands import run
from pluralism.datasets.formats.helpsteer2 import RATINGS_FILE
from pluralism.files import replacing


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder for mic/ and helpsteer2/")
    parser.add_argument("--seed", type=int, default=2025)
    arguments = parser.parse_args()
    ratings = helpsteer2_rows(arguments.seed, prompts=500)
    last_train_row = 2 * 460
    contents = {
        arguments.output / "mic" / "MIC.csv": csv_bytes(mic_table(arguments.seed, questions=360)),
        arguments.output / "helpsteer2" / "train.jsonl.gz": gzip_bytes(ratings[:last_train_row]),
        arguments.output / "helpsteer2" / "validation.jsonl.gz": gzip_bytes(ratings[last_train_row:]),
        arguments.output / "helpsteer2" / RATINGS_FILE: gzip_bytes(annotator_rows(arguments.seed, ratings)),
    }
    with replacing(*contents) as drafts:
        for draft, content in zip(drafts, contents.values(), strict=True):
            draft.write_bytes(content)


if __name__ == "__main__":
    run(main)
