# Alignment targets: the levels that a person wants of each attribute. Predictions wait for these, too.


rule make_extreme_targets:
    input:
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
    output:
        high=paths.extreme_target(end="high"),
        low=paths.extreme_target(end="low"),
    log:
        paths.log("{dataset}/make_extreme_targets"),
    benchmark:
        paths.benchmark("{dataset}/make_extreme_targets")
    priority: 3
    conda:
        "../envs/analysis.yaml"
    params:
        scripts=SCRIPTS,
        code=code_digest("make_extreme_targets.py"),
    message:
        "{wildcards.dataset}: targets high and low"
    shell:
        "python {params.scripts:q}/make_extreme_targets.py --attributes {input.attributes:q}"
        " --high {output.high:q} --low {output.low:q} 2> {log:q}"


for dataset in study.datasets:

    rule:
        name:
            f"sample_targets_{dataset}"
        input:
            attributes=study.attributes(dataset),
            made_with=[],
        output:
            study.sampled_targets(dataset),
            made_with=paths.made_with(f"{dataset}/sample_targets"),
        log:
            paths.log(f"{dataset}/sample_targets"),
        benchmark:
            paths.benchmark(f"{dataset}/sample_targets")
        priority: 3
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            number=study.config.targets.number,
            counts=study.config.attribute_counts(dataset),
            folder=subpath(output[0], parent=True),
            scripts=SCRIPTS,
            made_with=literal(provenance.targets(dataset).line),
            code=code_digest("sample_targets.py"),
        message:
            "{params.dataset}: {params.number} sampled targets for each of {params.counts} attributes"
        shell:
            "python {params.scripts:q}/sample_targets.py --dataset {params.dataset:q} --attributes {input.attributes:q}"
            " --num_targets {params.number:q} --num_attributes {params.counts:q} --output {params.folder:q} 2> {log:q}"
            " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"

    # A target for each level of each attribute; only a study with `targets: {doses: true}` asks for them.
    rule:
        name:
            f"make_dose_targets_{dataset}"
        input:
            attributes=study.attributes(dataset),
        output:
            study.dose_targets(dataset),
        log:
            paths.log(f"{dataset}/make_dose_targets"),
        benchmark:
            paths.benchmark(f"{dataset}/make_dose_targets")
        priority: 3
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            folder=subpath(output[0], parent=True),
            scripts=SCRIPTS,
            code=code_digest("make_dose_targets.py"),
        message:
            "{params.dataset}: targets at each level of each attribute"
        shell:
            "python {params.scripts:q}/make_dose_targets.py --attributes {input.attributes:q}"
            " --output {params.folder:q} 2> {log:q}"

    # The targets of people, inferred from their choices in the eval items, whatever the limit.
    if source := study.config.people(dataset):

        rule:
            name:
                f"infer_people_{dataset}"
            input:
                choices=from_here(source.file),
                eval=study.whole_eval(dataset),
                attributes=study.attributes(dataset),
                made_with=[record.path for record in provenance.whole_items(dataset)],
            output:
                study.people_targets(dataset),
                tables=study.people_tables(dataset),
                made_with=paths.made_with(f"{dataset}/infer_people"),
            log:
                paths.log(f"{dataset}/infer_people"),
            benchmark:
                paths.benchmark(f"{dataset}/infer_people")
            priority: 3
            conda:
                "../envs/analysis.yaml"
            params:
                dataset=dataset,
                columns=literal(people_options(source)),
                numbers=study.config.targets.choices,
                seed=study.config.seed,
                folder=subpath(output[0], parent=True),
                tables=literal(paths.people_folder(dataset)),
                scripts=SCRIPTS,
                made_with=literal(provenance.people(dataset)[0].line),
                code=code_digest("infer_people.py"),
            message:
                "{params.dataset}: targets of people, from their choices"
            shell:
                "python {params.scripts:q}/infer_people.py --choices {input.choices:q} {params.columns:q}"
                " --eval {input.eval:q} --attributes {input.attributes:q} --numbers {params.numbers:q} --seed {params.seed:q}"
                " --targets {params.folder:q} --output {params.tables:q} 2> {log:q}"
                " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"
