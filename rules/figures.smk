# Items, targets, predictions and statistics -> figures; each with the CSV that it draws. The figures are defined in
# scripts/pluralism/reporting/figures/.
import shlex

from pluralism.reporting.figure import Stage, planned_figures

try:
    FIGURES = {dataset: planned_figures(study.config, dataset) for dataset in study.datasets}
except UserError as error:  # a package adds a faulty figure
    sys.exit(f"error: {error}")


def figure_files(dataset, planned):
    """Option of draw.py -> the files behind it, for all that some of the figures are drawn from."""
    parts = [entry.part for entry in planned if "predictions" in entry.figure.files]
    tables = sorted({table for entry in planned for table in entry.figure.tables})
    files = {
        "statistics": [paths.statistics(dataset, table) for table in tables],
        "train": [paths.train(dataset)],
        "eval": [paths.eval(dataset)],
        "targets": study.targets(dataset),
        "predictions": list(dict.fromkeys(paths.predictions(dataset, part.experiment, part.adm) for part in parts)),
        "attributes": [study.attributes(dataset)],
    }
    needed = {name for entry in planned for name in entry.figure.files} | {"statistics"}
    return {option: paths for option, paths in files.items() if option in needed and paths}


def figure_options(dataset, planned):
    """The options of draw.py that name what the figures are drawn from."""
    files = figure_files(dataset, planned)
    if "statistics" in files:
        files["statistics"] = [paths.statistics_folder(dataset)]
    if "predictions" in files:
        files["aggregates"] = [study.config.adms[Path(path).parent.name].aggregate for path in files["predictions"]]
    return " ".join(shlex.join([f"--{option}", *paths]) for option, paths in files.items())


# One job for all figures of a dataset that wait for the same: a figure takes less time than the start of Python.
for dataset, stages in FIGURES.items():
    for stage, planned in stages.items():

        rule:
            name:
                f"draw_{stage}_{dataset}"
            input:
                **figure_files(dataset, planned),
            output:
                [figure_in_report(dataset, entry) for entry in planned],
                [paths.figure(dataset, entry.name, form) for entry in planned for form in ("pdf", "csv")],
            log:
                paths.log(f"{dataset}/draw_{stage}"),
            benchmark:
                paths.benchmark(f"{dataset}/draw_{stage}")
            # The longest of what follows the predictions.
            priority: int(stage == Stage.STATISTICS)
            conda:
                "../envs/analysis.yaml"
            params:
                figures=[entry.name for entry in planned],
                options=figure_options(dataset, planned),
                folder=paths.figures_folder(dataset),
                names=literal(NAMES.model_dump_json()),
                note=NOTE,
                code=code_digest("draw.py", *{str(entry.figure.module) for entry in planned}),
            message:
                f"{dataset}: figures of the {stage}"
            shell:
                "python scripts/draw.py {params.figures:q} {params.options} --names {params.names:q}"
                " --note={params.note:q} --output {params.folder:q} 2> {log:q}"


rule figures:
    input:
        [
            paths.figure(dataset, entry.name, "png")
            for dataset, stages in FIGURES.items()
            for planned in stages.values()
            for entry in planned
        ],
