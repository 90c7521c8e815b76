"""Make a run of other code a part of a study.

Takes input_output.json of the paper's code, of align-system or of this one, logs of Inspect (.eval, .json) and samples
of lm-eval (samples_*.jsonl): a file, or a folder with one per target. .hydra/config.yaml next to a file, the log, or
the name of the folder tells the target. Entries are matched with the eval items by text, or by the number of the item
where a sample has it. What they hold is put into data/imported/EXPERIMENT, and an overlay of the config next to it,
which makes it a cell of the grid.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError, shown
from pluralism.planning.options import add_config_options, read_study, snakemake_command

if TYPE_CHECKING:
    from pluralism.study.config import Config

EXAMPLE = "pluralism import outputs/mic_proposed_spm --dataset mic --experiment authors --adm proposed_spm"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the run, its place in the grid, and the config."""
    parser.add_argument("place", type=Path, metavar="FOLDER|FILE", help="the run, or a folder with runs of one ADM")
    parser.add_argument("--dataset", required=True, help="its dataset, a name in datasets")
    parser.add_argument("--experiment", required=True, help="a name for the experiment that it becomes a part of")
    parser.add_argument("--adm", required=True, help="its ADM: a name in adms, or a new one")
    target = "the target that a single run was made for: a name such as target_high, or a file; it serves no other then"
    parser.add_argument("--target", help=target)
    parser.add_argument("--model", help="the model that it asked, a name in models, for tables")
    parser.add_argument("--decoding", help="how it decoded, a name in decodings, for tables")
    add_config_options(parser)


def run(arguments: Namespace) -> None:
    """Check the run, copy it, and write the overlay; raises a `UserError` for a fault, and writes nothing then."""
    from pluralism.planning.foreign.runs import find_files, read_run
    from pluralism.planning.importing import check_kind, check_runs, placed, put
    from pluralism.planning.inputs import read_inputs

    study, profile = read_study(arguments)
    config = study.config
    _check_names(arguments, config)
    inputs, problems = read_inputs(study, arguments.dataset)
    if inputs is None:
        raise UserError("; ".join(f"{problem.place}: {problem.text}" for problem in problems))
    targets = [target.name for target in inputs.targets]
    adm = config.adm(arguments.adm) if arguments.adm in config.adms else None
    found = [read_run(path, inputs.targets, inputs.evaluation) for path in find_files(arguments.place)]
    for one in found:
        check_kind(adm, one)
    runs = placed(found, _target(arguments.target, targets), adm, config.protocol)
    known = {serves: one for serves, one in runs.items() if serves in (None, *targets)}
    if not known:
        raise UserError(f"{arguments.place}: no run for a target of the study; found: {', '.join(map(str, runs))}")
    checks = check_runs(known, inputs, config.protocol)
    names = (arguments.dataset, arguments.experiment, arguments.adm)
    written = put(known, names, config, model=arguments.model, decoding=arguments.decoding)

    for check in checks:
        print(check.words)
    if left_out := [str(serves) for serves in runs if serves not in known]:
        print(f"left out, since the study has no such targets: {', '.join(left_out)}")
    print(f"{written}: run it by: {snakemake_command(arguments, profile, more=[written])}")


def _check_names(arguments: Namespace, config: "Config") -> None:
    from pluralism.files import NAME_FORM, is_name

    for option in ("experiment", "adm"):
        if not is_name(name := getattr(arguments, option)):
            raise UserError(f"--{option}: invalid name {shown(name)}, expected {NAME_FORM}")
    for option, known in (("dataset", config.datasets), ("model", config.models), ("decoding", config.decodings)):
        if (name := getattr(arguments, option)) is not None and name not in known:
            raise UserError(f"--{option}: unknown name {shown(name)}; allowed: {', '.join(known) or 'none'}")
    experiment = config.experiments.get(arguments.experiment)
    if experiment is not None and experiment.imported is None:
        raise UserError(f"--experiment: {shown(arguments.experiment)} runs here, expected another name")


def _target(given: str | None, known: list[str]) -> str | None:
    """The name of a target that is given by its name or by its file."""
    from pluralism.targets.target import target_name

    if given is None or given in known:
        return given
    if (name := target_name(Path(given))) not in known:
        raise UserError(f"--target: unknown target {shown(given)}; the study has: {', '.join(known)}")
    return name
