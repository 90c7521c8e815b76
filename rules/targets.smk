# Alignment targets: the levels that a person wants of each attribute. Predictions wait for these, too.


rule make_extreme_targets:
    input:
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
    output:
        high="alignment_targets/{dataset}/target_high.json",
        low="alignment_targets/{dataset}/target_low.json",
    log:
        "results/logs/{dataset}/make_extreme_targets.log",
    benchmark:
        "results/benchmarks/{dataset}/make_extreme_targets.tsv"
    priority: 3
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_digest("make_extreme_targets.py"),
    message:
        "{wildcards.dataset}: targets high and low"
    shell:
        "python scripts/make_extreme_targets.py --attributes {input.attributes:q}"
        " --high {output.high} --low {output.low} 2> {log}"


for dataset in study.datasets:

    rule:
        name:
            f"sample_targets_{dataset}"
        input:
            attributes=study.attributes(dataset),
        output:
            study.sampled_targets(dataset),
        log:
            f"results/logs/{dataset}/sample_targets.log",
        benchmark:
            f"results/benchmarks/{dataset}/sample_targets.tsv"
        priority: 3
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            number=study.config.targets.number,
            counts=study.config.attribute_counts(dataset),
            folder=subpath(output[0], parent=True),
            code=code_digest("sample_targets.py"),
        message:
            "{params.dataset}: {params.number} sampled targets for each of {params.counts} attributes"
        shell:
            "python scripts/sample_targets.py --dataset {params.dataset} --attributes {input.attributes:q}"
            " --num_targets {params.number} --num_attributes {params.counts} --output {params.folder} 2> {log}"
