# Items, targets, predictions and statistics -> figures; each with the CSV that it draws and its words. The figures are defined in
# scripts/pluralism/reporting/figures/.

# One job for all figures of a dataset that wait for the same: a figure takes less time than the start of Python.
for dataset, stages in FIGURES.items():
    for stage, planned in stages.items():

        rule:
            name:
                f"draw_{stage}_{dataset}"
            input:
                **figure_files(dataset, planned),
                made_with=figures_record(study, dataset, stage, planned).inputs,
            output:
                [figure_in_report(dataset, entry) for entry in planned],
                [paths.figure(dataset, entry.name, form) for entry in planned for form in FORMS if form != "png"],
                made_with=paths.made_with(f"{dataset}/draw_{stage}"),
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
                folder=literal(paths.figures_folder(dataset)),
                names=literal(NAMES.model_dump_json()),
                note=NOTE,
                scripts=SCRIPTS,
                made_with=literal(figures_record(study, dataset, stage, planned).line),
                code=code_digest("draw.py", *{str(entry.figure.module) for entry in planned}),
            message:
                f"{dataset}: figures of the {stage}"
            shell:
                "python {params.scripts:q}/draw.py {params.figures:q} {params.options:q} --names {params.names:q}"
                " --note={params.note:q} --output {params.folder:q} 2> {log:q}"
                " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


rule figures:
    input:
        [
            paths.figure(dataset, entry.name, "png")
            for dataset, stages in FIGURES.items()
            for planned in stages.values()
            for entry in planned
        ],
