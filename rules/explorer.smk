# Items, predictions, decisions and messages -> the explorer: a page that opens from its folder, without a server.
from pluralism.reporting.explorer.folder import page_files, question_files

for dataset in study.datasets:
    cells = study.cells(dataset)

    rule:
        name:
            f"make_explorer_{dataset}"
        input:
            train=study.train(dataset),
            eval=study.eval(dataset),
            attributes=study.attributes(dataset),
            targets=study.targets(dataset),
            asked_with=question_files(study, dataset),
            predictions=[paths.predictions(*cell.names) for cell in cells],
            decisions=[paths.decisions(*cell.names) for cell in cells],
            scores=paths.scores(dataset),
            # The data are of this config, and not made again where it only changes in other parts.
            config=ancient(paths.config("yaml")),
            made_with=provenance.explorer(dataset).inputs,
        output:
            folder=directory(paths.explorer_data(dataset)),
            made_with=paths.made_with(f"{dataset}/make_explorer"),
        log:
            paths.log(f"{dataset}/make_explorer"),
        benchmark:
            paths.benchmark(f"{dataset}/make_explorer")
        conda:
            "../envs/analysis.yaml"
        resources:
            mem_mb=lambda wildcards, attempt: attempt * 2000,
        params:
            dataset=dataset,
            # Labels and colours.
            names=literal(NAMES.model_dump_json()),
            scripts=SCRIPTS,
            made_with=literal(provenance.explorer(dataset).line),
            code=code_digest("make_explorer.py"),
        message:
            f"{dataset}: data of the explorer"
        shell:
            "python {params.scripts:q}/make_explorer.py --config {input.config:q} --dataset {params.dataset:q}"
            " --output {output.folder:q} 2> {log:q}"
            " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


rule explorer:
    input:
        data=[paths.explorer_data(dataset) for dataset in study.datasets],
        page=[from_here(path) for path in page_files()],
        config=ancient(paths.config("yaml")),
    output:
        [f"{paths.explorer_folder()}/{path.name}" for path in page_files()],
        paths.explorer_study(),
    log:
        paths.log("explorer"),
    benchmark:
        paths.benchmark("explorer")
    conda:
        "../envs/analysis.yaml"
    params:
        folder=literal(paths.explorer_folder()),
        names=literal(NAMES.model_dump_json()),
        note=NOTE,
        scripts=SCRIPTS,
        code=code_digest("make_explorer.py"),
    message:
        f"the explorer: {paths.explorer()}"
    shell:
        "python {params.scripts:q}/make_explorer.py --config {input.config:q} --output {params.folder:q} 2> {log:q}"
