# Predictions -> decisions and scores, all targets of an ADM in one job.

for dataset in study.datasets:

    rule:
        name:
            f"decide_{dataset}"
        input:
            eval=study.eval(dataset),
            predictions=paths.predictions(dataset),
            targets=study.targets(dataset),
            attributes=study.attributes(dataset),
            made_with=[
                paths.made_with(f"{dataset}/{{experiment}}/{{adm}}/predict"),
                *(record.path for record in provenance.all_targets(dataset)),
            ],
        output:
            decisions=paths.decisions(dataset),
            scores=paths.cell_scores(dataset),
            input_outputs=[paths.input_output(dataset, target=target) for target in study.target_names(dataset)],
            made_with=paths.made_with(f"{dataset}/{{experiment}}/{{adm}}/decide"),
        log:
            paths.log(f"{dataset}/{{experiment}}/{{adm}}/decide"),
        benchmark:
            paths.benchmark(f"{dataset}/{{experiment}}/{{adm}}/decide")
        # All statistics wait for it, and behind them the longest of the figures.
        priority: 1
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            folder=subpath(output.decisions, parent=True),
            protocol=str(study.config.protocol),
            aggregate=lambda wildcards: study.config.adms[wildcards.adm].aggregate,
            # A run of other code may have decided for some targets only.
            partial=lambda wildcards, dataset=dataset: (
                ["--some_targets"] if study.cell(wildcards, dataset).imported else []
            ),
            scripts=SCRIPTS,
            made_with=lambda wildcards, dataset=dataset: provenance.decisions(study.cell(wildcards, dataset)).line,
            code=code_digest("decide.py"),
        message:
            "{params.dataset}, {wildcards.experiment}: {wildcards.adm} decides"
        shell:
            "python {params.scripts:q}/decide.py --dataset {params.dataset:q} --experiment {wildcards.experiment:q}"
            " --adm {wildcards.adm:q} --eval {input.eval:q} --predictions {input.predictions:q}"
            " --targets {input.targets:q} --attributes {input.attributes:q} --protocol {params.protocol:q}"
            " --aggregate {params.aggregate:q} {params.partial:q} --output {params.folder:q} 2> {log:q}"
            " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


rule gather_scores:
    input:
        scores=lambda wildcards: [paths.cell_scores(*cell.names) for cell in study.cells(wildcards.dataset)],
        made_with=lambda wildcards: provenance.scores(wildcards.dataset).inputs,
    output:
        scores=paths.scores(),
        made_with=paths.made_with("{dataset}/gather_scores"),
    log:
        paths.log("{dataset}/gather_scores"),
    benchmark:
        paths.benchmark("{dataset}/gather_scores")
    conda:
        "../envs/analysis.yaml"
    params:
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.scores(wildcards.dataset).line,
        code=code_digest("gather_scores.py"),
    message:
        "{wildcards.dataset}: scores of all ADMs"
    shell:
        "python {params.scripts:q}/gather_scores.py --scores {input.scores:q} --output {output.scores:q} 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"
