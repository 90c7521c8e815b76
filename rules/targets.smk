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
