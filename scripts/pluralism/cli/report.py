"""Write the report of a study: a page that opens with the answer, in one file, without a network.

It runs nothing, and fails if a result is missing, or was made with other settings than the config of the run,
results/config.yaml, has. Larger than 20 MB, it becomes a zip file with its figures and the explorer.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError

if TYPE_CHECKING:
    from pluralism.study.study import Study

EXAMPLE = "pluralism report studies/mine"
ENDINGS = (".html", ".zip")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the study and the file to write."""
    folder = "the study's folder, `output` in its config; default: this folder"
    parser.add_argument("study", nargs="?", type=Path, default=Path(), metavar="FOLDER", help=folder)
    file = "where to write it (.html, or .zip); default: results/report.html of the study"
    parser.add_argument("--output", type=Path, help=file)
    archive = "write a zip file with the page, its figures and the explorer, to send all of it"
    parser.add_argument("--zip", action="store_true", help=archive)


def run(arguments: Namespace) -> None:
    """Write the report; raises a `UserError` if results are missing, or do not fit the config."""
    from pluralism.reporting.report.page import write_report
    from pluralism.study.paths import Paths, study_folder

    folder = study_folder(arguments.study)
    config = folder / Paths().config("yaml")
    output = arguments.output or folder / Paths().report()
    if output.suffix not in ENDINGS:
        raise UserError(f"{output}: expected a name that ends in {' or '.join(ENDINGS)}")
    study = _checked_study(config, folder)
    if not output.parent.is_dir():
        raise UserError(f"{output.parent}: no such folder")
    written = write_report(study, output, archive=arguments.zip or output.suffix == ".zip")
    print(f"{written}: the report of the study in {config}, {written.stat().st_size / 1e6:.1f} MB")


def _checked_study(config: Path, folder: Path) -> "Study":
    """The study in a folder: where it lies now, since it may have been moved."""
    from pluralism.files import read_yaml
    from pluralism.reporting.records import study_records
    from pluralism.reporting.report.exhibits import check_results
    from pluralism.study.provenance import check_fit
    from pluralism.study.reading import read_config
    from pluralism.study.study import Study

    if not config.is_file():
        raise UserError(f"{config}: no such file; name a study's folder, and run it to its end first")
    study = Study(read_config({**read_yaml(config), "output": str(folder)}, str(config)))
    records = list(study_records(study))
    # Of a study that is not finished, results that are mixed are told before those that are missing.
    check_fit([record for record in records if Path(record.path).is_file()], config)
    check_results(study)
    check_fit(records, config)
    return study
