# Raw data of any format -> data/{dataset}/{train,eval}.json. A dataset of format "items" brings these two files itself.
# All other jobs wait for them, so these go first.


rule prepare_items:
    input:
        raw=lambda wildcards: one_line_errors()(raw_data.files)(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        made_with=[],
    output:
        train=paths.train(),
        eval=paths.eval(),
        made_with=paths.made_with("{dataset}/prepare_items"),
    log:
        paths.log("{dataset}/prepare_items"),
    benchmark:
        paths.benchmark("{dataset}/prepare_items")
    wildcard_constraints:
        dataset=raw_data.pattern(written=False),
    priority: 3
    conda:
        "../envs/analysis.yaml"
    # Of MIC, 114,000 annotations with all their text.
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
    params:
        source=lambda wildcards: raw_data.options(wildcards.dataset),
        protocol=str(study.config.protocol),
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.prepared(wildcards.dataset).line,
        code=lambda wildcards: code_digest("prepare_items.py", raw_data.code(wildcards.dataset)),
    message:
        "{wildcards.dataset}: items from {input.raw}"
    shell:
        "python {params.scripts:q}/prepare_items.py {params.source:q} --attributes {input.attributes:q}"
        " --protocol {params.protocol:q} --train {output.train:q} --eval {output.eval:q} 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


# What each annotator gave to the eval items, where the raw data says it.
rule prepare_annotations:
    input:
        raw=lambda wildcards: raw_data.annotation_files(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        eval=paths.eval(),
        made_with=lambda wildcards: provenance.annotated(wildcards.dataset).inputs,
    output:
        annotations=paths.annotations(),
        made_with=paths.made_with("{dataset}/prepare_annotations"),
    log:
        paths.log("{dataset}/prepare_annotations"),
    benchmark:
        paths.benchmark("{dataset}/prepare_annotations")
    wildcard_constraints:
        dataset=one_of(raw_data.annotated),
    conda:
        "../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
    params:
        source=lambda wildcards: raw_data.options(wildcards.dataset),
        protocol=str(study.config.protocol),
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.annotated(wildcards.dataset).line,
        code=lambda wildcards: code_digest("prepare_annotations.py", raw_data.code(wildcards.dataset)),
    message:
        "{wildcards.dataset}: what each annotator gave, from {input.raw}"
    shell:
        "python {params.scripts:q}/prepare_annotations.py {params.source:q} --attributes {input.attributes:q} --eval {input.eval:q}"
        " --protocol {params.protocol:q} --output {output.annotations:q} 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


# The first eval items of a dataset with a limit, of any format. What chooses few-shot examples reads all of them, so that
# an item has the same examples whatever the limit.
rule limit_items:
    input:
        eval=lambda wildcards: study.whole_eval(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        made_with=lambda wildcards: provenance.limited(wildcards.dataset).inputs,
    output:
        first=paths.limited_eval(),
        made_with=paths.made_with("{dataset}/limit_items"),
    log:
        paths.log("{dataset}/limit_items"),
    benchmark:
        paths.benchmark("{dataset}/limit_items")
    wildcard_constraints:
        dataset=one_of(study.limited),
    priority: 3
    conda:
        "../envs/analysis.yaml"
    params:
        annotations="",
        limit=lambda wildcards: study.config.datasets[wildcards.dataset].limit,
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.limited(wildcards.dataset).line,
        code=code_digest("limit_items.py"),
    message:
        "{wildcards.dataset}: the first {params.limit} of {input.eval}"
    shell:
        "python {params.scripts:q}/limit_items.py --eval {input.eval:q} --attributes {input.attributes:q}"
        " {params.annotations} --limit {params.limit:q} --output {output.first:q} 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


# What each annotator gave to these.
use rule limit_items as limit_annotations with:
    input:
        eval=lambda wildcards: study.whole_eval(wildcards.dataset),
        annotations=lambda wildcards: study.whole_annotations(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        made_with=lambda wildcards: provenance.limited_annotations(wildcards.dataset).inputs,
    output:
        first=paths.limited_annotations(),
        made_with=paths.made_with("{dataset}/limit_annotations"),
    log:
        paths.log("{dataset}/limit_annotations"),
    benchmark:
        paths.benchmark("{dataset}/limit_annotations")
    params:
        annotations=lambda wildcards, input: f"--annotations {shlex.quote(input.annotations[0])}",
        limit=lambda wildcards: study.config.datasets[wildcards.dataset].limit,
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.limited_annotations(wildcards.dataset).line,
        code=code_digest("limit_items.py"),
    message:
        "{wildcards.dataset}: the first {params.limit} of {input.annotations}"


# Where a model writes the reasonings, train items are first a draft, ...
use rule prepare_items as draft_items with:
    output:
        train=paths.train_draft(),
        eval=paths.eval(),
        made_with=paths.made_with("{dataset}/prepare_items"),
    log:
        paths.log("{dataset}/draft_items"),
    benchmark:
        paths.benchmark("{dataset}/draft_items")
    wildcard_constraints:
        dataset=raw_data.pattern(written=True),


# ... in which it replaces those of the format.
rule write_reasonings:
    input:
        train=paths.train_draft(),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        prompts=study.reasoning_templates,
        model=lambda wildcards: model_files(study.writer(wildcards.dataset)),
        made_with=lambda wildcards: provenance.reasoned(wildcards.dataset).inputs,
    output:
        train=paths.train(),
        made_with=paths.made_with("{dataset}/write_reasonings"),
    log:
        paths.log("{dataset}/write_reasonings"),
    benchmark:
        paths.benchmark("{dataset}/write_reasonings")
    wildcard_constraints:
        dataset=raw_data.pattern(written=True),
    priority: 3
    conda:
        "../envs/inference.yaml"
    threads: 8
    resources:
        gpu=lambda wildcards: study.writer(wildcards.dataset).local_gpus,
    params:
        settings=lambda wildcards: study.reasoning_settings(wildcards.dataset),
        journal=paths.reasonings_journal(),
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.reasoned(wildcards.dataset).line,
        code=lambda wildcards: code_digest("write_reasonings.py", ENGINES.file(study.writer(wildcards.dataset).engine)),
    message:
        "{wildcards.dataset}: a model writes the reasonings of train items"
    shell:
        "python {params.scripts:q}/write_reasonings.py --settings {params.settings:q} --attributes {input.attributes:q}"
        " --train {input.train:q} --journal {params.journal:q} --output {output.train:q} 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


# Only where a raw file is missing.
for dataset, files in raw_data.downloads().items():

    rule:
        name:
            f"download_{dataset}"
        output:
            files,
        log:
            paths.log(f"{dataset}/download"),
        benchmark:
            paths.benchmark(f"{dataset}/download")
        localrule: True
        conda:
            "../envs/analysis.yaml"
        params:
            source=literal(raw_data.options(dataset)),
            scripts=SCRIPTS,
            code=code_digest("download_raw.py", raw_data.code(dataset)),
        message:
            f"{dataset}: download of raw files"
        shell:
            "python {params.scripts:q}/download_raw.py {params.source:q} 2> {log:q}"
