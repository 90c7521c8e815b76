"""Write the results of a study in a form that others read.

every-eval-ever: the schema of evaluation results of EvalEval, with every decision. ro-crate: the run with its config,
code version, checksums of its inputs and its results. huggingface: a dataset folder with a card. Prompts, responses
and reasonings are left out unless --with-texts asks for those that may be passed on.
"""

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pluralism.errors import one_line

EXAMPLE = "pluralism export studies/mine --to huggingface --output shared/mine"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the study, the form and where to write."""
    study = "the study's folder, `output` in its config; default: this folder"
    parser.add_argument("study", nargs="?", type=Path, default=Path(), metavar="RESULTS", help=study)
    form = "every-eval-ever, ro-crate, huggingface, or one that a package adds"
    parser.add_argument("--to", required=True, metavar="FORM", help=form)
    output = "a new folder, or a new file that ends in .zip"
    parser.add_argument("--output", required=True, type=Path, metavar="FOLDER", help=output)
    texts = "with the prompts, responses and reasonings of the datasets whose texts may be passed on"
    parser.add_argument("--with-texts", action="store_true", help=texts)
    keys = """the form's own keys, as JSON: '{"organization": "My university"}'"""
    parser.add_argument("--options", default="{}", metavar="JSON", help=keys)


def run(arguments: Namespace) -> None:
    """Write the export; raises a `UserError` for an unknown form or option, and where there is nothing to export."""
    from pluralism import load_results
    from pluralism.registry import options
    from pluralism.reporting.export.exporting import ARCHIVE, EXPORTS, export
    from pluralism.reporting.export.material import Material

    exporter = EXPORTS.make(arguments.to, options(arguments.options), place="")
    material = Material(load_results(arguments.study), with_texts=arguments.with_texts)
    lines = list(material.said())
    with EXPORTS.guarded(arguments.to):
        files = export(exporter, material, arguments.output)

    print(f"{arguments.output}: {len(files):,} files, {exporter.summary}")
    for line in lines:
        print(one_line(line))
    for what, found in (("missing", material.results.missing), ("note", material.results.misfits)):
        for line in found:
            print(one_line(f"{what}: {line}"))
    if exporter.next_step:
        archived = arguments.output.suffix == ARCHIVE
        place = shlex.quote(str(arguments.output.with_suffix("") if archived else arguments.output))
        print((f"unpacked as {place}, " if archived else "") + exporter.next_step.format(place=place))
