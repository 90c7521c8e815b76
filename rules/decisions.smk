# Predictions -> decisions and scores, all targets of an ADM in one job.

for dataset in study.datasets:

    rule:
        name:
            f"decide_{dataset}"
        input:
            eval=f"data/{dataset}/eval.json",
            predictions=f"results/{dataset}/{{experiment}}/{{adm}}/predictions.parquet",
            targets=study.targets(dataset),
            attributes=study.attributes(dataset),
        output:
            decisions=f"results/{dataset}/{{experiment}}/{{adm}}/decisions.parquet",
            scores=f"results/{dataset}/{{experiment}}/{{adm}}/scores.csv",
            input_outputs=[
                f"results/{dataset}/{{experiment}}/{{adm}}/{target}/input_output.json"
                for target in study.target_names(dataset)
            ],
        log:
            f"results/logs/{dataset}/{{experiment}}/{{adm}}/decide.log",
        benchmark:
            f"results/benchmarks/{dataset}/{{experiment}}/{{adm}}/decide.tsv"
        # All statistics wait for it, and behind them the longest of the figures.
        priority: 1
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            folder=subpath(output.decisions, parent=True),
            protocol=study.config.protocol,
            aggregate=lambda wildcards: study.aggregate(wildcards.adm),
            code=code_digest("decide.py"),
        message:
            "{params.dataset}, {wildcards.experiment}: {wildcards.adm} decides"
        shell:
            "python scripts/decide.py --dataset {params.dataset} --experiment {wildcards.experiment}"
            " --adm {wildcards.adm} --eval {input.eval} --predictions {input.predictions}"
            " --targets {input.targets} --attributes {input.attributes:q} --protocol {params.protocol}"
            " --aggregate {params.aggregate} --output {params.folder} 2> {log}"


rule gather_scores:
    input:
        lambda wildcards: [
            f"results/{wildcards.dataset}/{experiment}/{adm}/scores.csv"
            for experiment, adm in study.cells(wildcards.dataset)
        ],
    output:
        "results/{dataset}/scores.csv",
    log:
        "results/logs/{dataset}/gather_scores.log",
    benchmark:
        "results/benchmarks/{dataset}/gather_scores.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_digest("gather_scores.py"),
    message:
        "{wildcards.dataset}: scores of all ADMs"
    shell:
        "python scripts/gather_scores.py --scores {input} --output {output} 2> {log}"
