# Items -> predictions. One job per dataset, experiment and ADM; what its journal holds is never asked again.


# Once per dataset and measure, whatever is then chosen by it.
rule compare_items:
    input:
        train="data/{dataset}/train.json",
        eval="data/{dataset}/eval.json",
        encoder=lambda wildcards: study.encoder_files(wildcards.similarity),
    output:
        "results/{dataset}/similarity/{similarity}.npy",
    log:
        "results/logs/{dataset}/compare_items/{similarity}.log",
    benchmark:
        "results/benchmarks/{dataset}/compare_items/{similarity}.tsv"
    wildcard_constraints:
        similarity=one_of(study.similarities),
    priority: 3
    conda:
        "../envs/inference.yaml"
    threads: 8
    # BERTScore keeps the embeddings of all tokens; an encoder uses a GPU where there is one.
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 8000,
        gpu=lambda wildcards: int(study.similarities[wildcards.similarity].kind.checkpoint is not None),
    params:
        similarity=lambda wildcards: study.similarity_options(wildcards.similarity),
        code=lambda wildcards: code_digest("compare_items.py", study.similarity_code(wildcards.similarity)),
    message:
        "{wildcards.dataset}: how alike the items are, {wildcards.similarity}"
    shell:
        "python scripts/compare_items.py --train {input.train} --eval {input.eval} {params.similarity}"
        " --output {output} 2> {log}"


rule select_examples:
    input:
        train="data/{dataset}/train.json",
        eval="data/{dataset}/eval.json",
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        similarity=lambda wildcards: study.matrix(wildcards.dataset, wildcards.selection),
    output:
        "results/{dataset}/few_shot_examples/{selection}.csv",
    log:
        "results/logs/{dataset}/select_examples/{selection}.log",
    benchmark:
        "results/benchmarks/{dataset}/select_examples/{selection}.tsv"
    wildcard_constraints:
        selection=one_of(study.selections),
    priority: 3
    conda:
        "../envs/analysis.yaml"
    params:
        select=lambda wildcards: study.selection_options(wildcards.selection),
        similarity=lambda wildcards, input: f"--similarity {input.similarity}" if input.similarity else "",
        code=code_digest("select_examples.py"),
    message:
        "{wildcards.dataset}: few-shot examples, {wildcards.selection}"
    shell:
        "python scripts/select_examples.py --train {input.train} --eval {input.eval}"
        " --attributes {input.attributes:q} {params.select} {params.similarity} --output {output} 2> {log}"


predict_input = dict(
    train="data/{dataset}/train.json",
    eval="data/{dataset}/eval.json",
    attributes=lambda wildcards: study.attributes(wildcards.dataset),
    examples=lambda wildcards: study.examples(wildcards.dataset, wildcards.adm),
    targets=lambda wildcards: study.bound_targets(wildcards.dataset, wildcards.adm),
    prompts=lambda wildcards: study.prompt_files(wildcards.adm),
    model=lambda wildcards: study.model_files(wildcards.experiment, wildcards.adm),
)


rule predict:
    input:
        **predict_input,
    output:
        "results/{dataset}/{experiment}/{adm}/predictions.parquet",
    log:
        "results/logs/{dataset}/{experiment}/{adm}/predict.log",
    benchmark:
        "results/benchmarks/{dataset}/{experiment}/{adm}/predict.tsv"
    wildcard_constraints:
        experiment=study.experiments_pattern(sharded=False),
        adm=study.adms_pattern(needs_model=True),
    # Predictions take longest, and among them those with examples, whose prompts are long: started last, one of these
    # would be waited for alone.
    priority: lambda wildcards: 2 if study.examples(wildcards.dataset, wildcards.adm) else 1
    conda:
        "../envs/inference.yaml"
    # For the tokenizer and the grammar beside a GPU, or for the model itself on a CPU.
    threads: 8
    # One model at a time on each GPU, or on the CPU in its place: a model uses all of it.
    resources:
        gpu=lambda wildcards: study.gpus(wildcards.experiment, wildcards.adm),
    params:
        # All that a job takes from the config, so that no other edit of it runs the job again.
        settings=lambda wildcards: study.settings(wildcards.experiment, wildcards.adm),
        examples=lambda wildcards, input: f"--examples {input.examples}" if input.examples else "",
        targets=lambda wildcards, input: f"--targets {input.targets}" if input.targets else "",
        journal=JOURNAL,
        part="",
        code=lambda wildcards: code_digest("predict.py", *study.job_code(wildcards.experiment, wildcards.adm)),
    message:
        "{wildcards.dataset}, {wildcards.experiment}: {wildcards.adm} predicts"
    shell:
        "python scripts/predict.py --settings {params.settings:q} --attributes {input.attributes:q}"
        " --train {input.train} --eval {input.eval} {params.examples} {params.targets}"
        " --journal {params.journal} {params.part} --output {output} 2> {log}"


# ADMs that only look at the items, random and oracle, need nothing of what a model needs.
use rule predict as predict_without_model with:
    wildcard_constraints:
        adm=study.adms_pattern(needs_model=False),
    threads: 1
    resources:
        gpu=0,


# An experiment with `shards: n`: n jobs that answer the requests about a part of the items each, ...
use rule predict as predict_shard with:
    output:
        "results/{dataset}/{experiment}/{adm}/shards/{shard}.json",
    log:
        "results/logs/{dataset}/{experiment}/{adm}/predict_shard/{shard}.log",
    benchmark:
        "results/benchmarks/{dataset}/{experiment}/{adm}/predict_shard/{shard}.tsv"
    wildcard_constraints:
        experiment=study.experiments_pattern(sharded=True),
        shard=r"\d+of\d+",
    params:
        part="--shard {shard}",
    message:
        "{wildcards.dataset}, {wildcards.experiment}: {wildcards.adm} predicts, part {wildcards.shard}"


# ... and one that takes the answers together.
use rule predict as gather_shards with:
    input:
        **predict_input,
        shards=lambda wildcards: [
            f"results/{wildcards.dataset}/{wildcards.experiment}/{wildcards.adm}/shards/{shard}.json"
            for shard in study.shards(wildcards.experiment, wildcards.adm)
        ],
    log:
        "results/logs/{dataset}/{experiment}/{adm}/gather_shards.log",
    benchmark:
        "results/benchmarks/{dataset}/{experiment}/{adm}/gather_shards.tsv"
    wildcard_constraints:
        experiment=study.experiments_pattern(sharded=True),
        adm=study.adms_pattern(needs_model=True),
    threads: 1
    resources:
        gpu=0,
    params:
        part="--gather",
    message:
        "{wildcards.dataset}, {wildcards.experiment}: {wildcards.adm}'s shards are taken together"
