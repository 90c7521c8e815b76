# Predictions and decisions of all ADMs of a dataset -> its statistics, in one job.

for dataset in study.datasets:
    cells = study.cells(dataset)

    rule:
        name:
            f"analyse_{dataset}"
        input:
            eval=study.eval(dataset),
            annotations=study.annotations(dataset),
            people=study.people_tables(dataset),
            attributes=study.attributes(dataset),
            targets=study.targets(dataset),
            predictions=[paths.predictions(*cell.names) for cell in cells],
            decisions=[paths.decisions(*cell.names) for cell in cells],
            references=located("data/reference_numbers.csv"),
            made_with=provenance.statistics(dataset).inputs,
        output:
            [paths.statistics(dataset, table) for table in STATISTICS],
            made_with=paths.made_with(f"{dataset}/analyse"),
        log:
            paths.log(f"{dataset}/analyse"),
        benchmark:
            paths.benchmark(f"{dataset}/analyse")
        priority: 1
        conda:
            "../envs/analysis.yaml"
        resources:
            mem_mb=lambda wildcards, attempt: attempt * 1500,
        params:
            dataset=dataset,
            cells=[paths.cell(*cell.names) for cell in cells],
            annotations=[word for path in study.annotations(dataset) for word in ("--annotations", path)],
            people=[word for path in study.people_folder(dataset) for word in ("--people", path)],
            aggregates=[cell.aggregate for cell in cells],
            roles=[cell.maker.role.value for cell in cells],
            protocol=str(study.config.protocol),
            samples=[cell.settings.decoding.samples if cell.decoded else "none" for cell in cells],
            temperatures=[cell.settings.decoding.temperature if cell.decoded else "none" for cell in cells],
            stops=[cell.stop or "none" for cell in cells],
            imported=[paths.cell(*cell.names) for cell in cells if cell.imported],
            prompts=literal([cell.prompts for cell in cells]),
            designs=literal([cell.design for cell in cells]),
            models=literal([cell.asked for cell in cells]),
            margin=study.config.statistics.equivalence_margin,
            seed=study.config.seed,
            folder=literal(paths.statistics_folder(dataset)),
            scripts=SCRIPTS,
            made_with=literal(provenance.statistics(dataset).line),
            code=code_digest("analyse.py"),
        message:
            "{params.dataset}: statistics"
        shell:
            "python {params.scripts:q}/analyse.py --dataset {params.dataset:q} --eval {input.eval:q}"
            " {params.annotations:q} {params.people:q} --attributes {input.attributes:q} --targets {input.targets:q} --cells {params.cells:q}"
            " --aggregates {params.aggregates:q} --roles {params.roles:q} --samples {params.samples:q}"
            " --temperatures {params.temperatures:q} --prompts {params.prompts:q}"
            " --designs {params.designs:q} --models {params.models:q}"
            " --stops {params.stops:q}"
            " --imported {params.imported:q}"
            " --equivalence_margin {params.margin:q} --references {input.references:q} --protocol {params.protocol:q} --seed {params.seed:q}"
            " --output {params.folder:q} 2> {log:q}"
            " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


rule statistics:
    input:
        [paths.statistics(dataset, table) for dataset in study.datasets for table in STATISTICS],
