# Raw data -> data/{dataset}/{train,eval}.json. A dataset of format "items" brings these two files itself. All else waits
# for them, so these jobs go first.


rule prepare_mic:
    input:
        raw=lambda wildcards: study.mic_file(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
    output:
        train="data/{dataset}/train.json",
        eval="data/{dataset}/eval.json",
    log:
        "results/logs/{dataset}/prepare_mic.log",
    benchmark:
        "results/benchmarks/{dataset}/prepare_mic.tsv"
    wildcard_constraints:
        dataset=study.pattern("mic"),
    priority: 3
    conda:
        "../envs/analysis.yaml"
    # 114,000 annotations with all their text.
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
    params:
        protocol=study.config.protocol,
        code=code_digest("prepare_mic.py"),
    message:
        "{wildcards.dataset}: items from {input.raw}"
    shell:
        "python scripts/prepare_mic.py --raw {input.raw:q} --attributes {input.attributes:q}"
        " --protocol {params.protocol} --train {output.train} --eval {output.eval} 2> {log}"


rule prepare_helpsteer2:
    input:
        raw=lambda wildcards: [f"{study.raw(wildcards.dataset)}/{name}" for name in HELPSTEER2_FILES],
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
    output:
        train="data/{dataset}/train.json",
        eval="data/{dataset}/eval.json",
    log:
        "results/logs/{dataset}/prepare_helpsteer2.log",
    benchmark:
        "results/benchmarks/{dataset}/prepare_helpsteer2.tsv"
    wildcard_constraints:
        dataset=study.pattern("helpsteer2", written=False),
    priority: 3
    conda:
        "../envs/analysis.yaml"
    params:
        raw=lambda wildcards: study.raw(wildcards.dataset),
        protocol=study.config.protocol,
        code=code_digest("prepare_helpsteer2.py"),
    message:
        "{wildcards.dataset}: items from {params.raw}"
    shell:
        "python scripts/prepare_helpsteer2.py --raw {params.raw:q} --attributes {input.attributes:q}"
        " --protocol {params.protocol} --train {output.train} --eval {output.eval} 2> {log}"


# Where a model writes the reasonings, train items are a draft at first, ...
use rule prepare_helpsteer2 as draft_helpsteer2 with:
    output:
        train="results/{dataset}/train_draft.json",
        eval="data/{dataset}/eval.json",
    log:
        "results/logs/{dataset}/draft_helpsteer2.log",
    benchmark:
        "results/benchmarks/{dataset}/draft_helpsteer2.tsv"
    wildcard_constraints:
        dataset=study.pattern("helpsteer2", written=True),


# ... in which it replaces those of the template.
rule write_reasonings:
    input:
        train="results/{dataset}/train_draft.json",
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        prompts=study.template_files(REASONING_TEMPLATES),
        model=lambda wildcards: study.writer_files(wildcards.dataset),
    output:
        "data/{dataset}/train.json",
    log:
        "results/logs/{dataset}/write_reasonings.log",
    benchmark:
        "results/benchmarks/{dataset}/write_reasonings.tsv"
    wildcard_constraints:
        dataset=study.pattern("helpsteer2", written=True),
    priority: 3
    conda:
        "../envs/inference.yaml"
    threads: 8
    resources:
        gpu=lambda wildcards: study.config.reasoning_settings(wildcards.dataset).model.local_gpus,
    params:
        settings=lambda wildcards: study.reasoning_settings(wildcards.dataset),
        journal=REASONINGS_JOURNAL,
        code=lambda wildcards: code_digest("write_reasonings.py", *study.writer_code(wildcards.dataset)),
    message:
        "{wildcards.dataset}: a model writes the reasonings of train items"
    shell:
        "python scripts/write_reasonings.py --settings {params.settings:q} --attributes {input.attributes:q}"
        " --train {input.train} --journal {params.journal} --output {output} 2> {log}"


# Only where a file is missing: a rule that named files which a user has put there would lay claim to them.
rule download_helpsteer2:
    output:
        [f"{{folder}}/{name}" for name in HELPSTEER2_FILES],
    log:
        "results/logs/download_helpsteer2/{folder}.log",
    benchmark:
        "results/benchmarks/download_helpsteer2/{folder}.tsv"
    wildcard_constraints:
        folder=one_of(study.missing_helpsteer2()),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_digest("download_helpsteer2.py"),
    message:
        "HelpSteer2: download to {wildcards.folder}"
    shell:
        "python scripts/download_helpsteer2.py --output {wildcards.folder:q} 2> {log}"
