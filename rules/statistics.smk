# Predictions and decisions of all ADMs of a dataset -> its statistics, in one job.

for dataset in study.datasets:

    rule:
        name:
            f"analyse_{dataset}"
        input:
            eval=f"data/{dataset}/eval.json",
            attributes=study.attributes(dataset),
            targets=study.targets(dataset),
            predictions=[
                f"results/{dataset}/{experiment}/{adm}/predictions.parquet" for experiment, adm in study.cells(dataset)
            ],
            decisions=[
                f"results/{dataset}/{experiment}/{adm}/decisions.parquet" for experiment, adm in study.cells(dataset)
            ],
            references="data/reference_numbers.csv",
        output:
            [f"results/{dataset}/statistics/{table}.csv" for table in STATISTICS],
        log:
            f"results/logs/{dataset}/analyse.log",
        benchmark:
            f"results/benchmarks/{dataset}/analyse.tsv"
        priority: 1
        conda:
            "../envs/analysis.yaml"
        resources:
            mem_mb=lambda wildcards, attempt: attempt * 1500,
        params:
            dataset=dataset,
            cells=[f"results/{dataset}/{experiment}/{adm}" for experiment, adm in study.cells(dataset)],
            aggregates=[study.aggregate(adm) for _, adm in study.cells(dataset)],
            roles=[study.config.adm(adm).role.value for _, adm in study.cells(dataset)],
            protocol=study.config.protocol,
            greedy=study.greedy_experiments(),
            seed=study.config.seed,
            folder=subpath(output[0], parent=True),
            code=code_digest("analyse.py"),
        message:
            "{params.dataset}: statistics"
        shell:
            "python scripts/analyse.py --dataset {params.dataset} --eval {input.eval}"
            " --attributes {input.attributes:q} --targets {input.targets} --cells {params.cells}"
            " --aggregates {params.aggregates} --roles {params.roles} --greedy {params.greedy}"
            " --references {input.references} --protocol {params.protocol} --seed {params.seed}"
            " --output {params.folder} 2> {log}"


rule statistics:
    input:
        expand("results/{dataset}/statistics/{table}.csv", dataset=study.datasets, table=STATISTICS),
