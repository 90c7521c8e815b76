# Items -> predictions. One job per dataset, experiment and ADM; what is in its journal is never asked again. A job that
# has loaded a model answers what the others of the run ask of it, too: each model is loaded once per GPU.

experiments, adms = study.config.experiments, study.config.adms
IMPORTED = one_of(name for name in experiments if experiments[name].imported is not None)
RUN_HERE = [name for name in experiments if experiments[name].imported is None]
WHOLE = one_of(name for name in RUN_HERE if experiments[name].shards == 1)
SHARDED = one_of(name for name in RUN_HERE if experiments[name].shards > 1)
ASKING = one_of(name for name in adms if study.config.adm(name).needs_model)
ASKING_NOTHING = one_of(name for name in adms if not study.config.adm(name).needs_model)


# Only those that are missing: Snakemake removes the output of a rule before it runs, also files that a user has brought.
if study.downloaded_prompts:

    rule download_prompts:
        output:
            study.downloaded_prompts,
        log:
            paths.log("download_prompts"),
        benchmark:
            paths.benchmark("download_prompts")
        localrule: True
        conda:
            "../envs/analysis.yaml"
        params:
            scripts=SCRIPTS,
            code=code_digest("download_prompts.py"),
        message:
            "download of the authors' prompts"
        shell:
            "python {params.scripts:q}/download_prompts.py 2> {log:q}"


# Once per dataset and measure, for all selections by it; of user turns, once for all ADMs that ask in the same words.
rule compare_items:
    input:
        train=lambda wildcards: study.train(wildcards.dataset),
        eval=lambda wildcards: study.whole_eval(wildcards.dataset),
        encoder=lambda wildcards: folder_files(study.similarities[wildcards.similarity].kind.checkpoint),
        attributes=lambda wildcards: [
            study.attributes(cell.dataset) for cell in study.askers(wildcards.dataset, wildcards.similarity)[:1]
        ],
        prompts=lambda wildcards: study.turn_templates(wildcards.dataset, wildcards.similarity),
    output:
        paths.similarity(),
    log:
        paths.log("{dataset}/compare_items/{similarity}"),
    benchmark:
        paths.benchmark("{dataset}/compare_items/{similarity}")
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
        measure=lambda wildcards: similarity_options(study.similarities[wildcards.similarity]),
        askers=lambda wildcards: asking_texts(study.askers(wildcards.dataset, wildcards.similarity)),
        scripts=SCRIPTS,
        code=lambda wildcards: code_digest(
            "compare_items.py",
            SIMILARITIES.file(study.similarities[wildcards.similarity].method),
            *(path for cell in study.askers(wildcards.dataset, wildcards.similarity) for path in cell.code[:1]),
        ),
    message:
        "{wildcards.dataset}: how alike the items are, {wildcards.similarity}"
    shell:
        "python {params.scripts:q}/compare_items.py --train {input.train:q} --eval {input.eval:q} {params.measure:q}"
        " --attributes {input.attributes:q} --askers {params.askers:q} --output {output:q} 2> {log:q}"


rule select_examples:
    input:
        train=lambda wildcards: study.train(wildcards.dataset),
        eval=lambda wildcards: study.whole_eval(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        similarity=lambda wildcards: study.similarity(wildcards.dataset, wildcards.selection),
    output:
        paths.examples(),
    log:
        paths.log("{dataset}/select_examples/{selection}"),
    benchmark:
        paths.benchmark("{dataset}/select_examples/{selection}")
    wildcard_constraints:
        selection=one_of(study.selections),
    priority: 3
    conda:
        "../envs/analysis.yaml"
    params:
        select=lambda wildcards: selection_options(
            study.selections[wildcards.selection].few_shot, study.config.protocol, study.config.seed
        ),
        scripts=SCRIPTS,
        code=code_digest("select_examples.py"),
    message:
        "{wildcards.dataset}: few-shot examples, {wildcards.selection}"
    shell:
        "python {params.scripts:q}/select_examples.py --train {input.train:q} --eval {input.eval:q}"
        " --attributes {input.attributes:q} {params.select:q} --similarity {input.similarity:q}"
        " --output {output:q} 2> {log:q}"


rule predict:
    input:
        # Items and attributes; the examples, targets, templates and model files that the ADM uses.
        unpack(lambda wildcards: study.prediction_inputs(study.cell(wildcards))),
        made_with=lambda wildcards: provenance.predictions(study.cell(wildcards)).inputs,
    output:
        result=paths.predictions(),
        made_with=paths.made_with("{dataset}/{experiment}/{adm}/predict"),
    log:
        paths.log("{dataset}/{experiment}/{adm}/predict"),
    benchmark:
        paths.benchmark("{dataset}/{experiment}/{adm}/predict")
    wildcard_constraints:
        experiment=WHOLE,
        adm=ASKING,
    # Predictions take longest, and longest of all those with examples, whose prompts are long. They start first, so that
    # no other job has to wait for the last of them.
    priority: lambda wildcards: 2 if study.cell(wildcards).few_shot else 1
    conda:
        "../envs/inference.yaml"
    # For the tokenizer and the grammar if there is a GPU, else for the model, too.
    threads: 8
    # One model at a time on each GPU, or on the CPU in its place: a model uses all of it.
    resources:
        gpu=lambda wildcards: study.cell(wildcards).gpus,
    params:
        # All that the job takes from the config, so that no other edit runs it again.
        settings=lambda wildcards: settings_text(study.cell(wildcards).settings),
        journal=paths.journal(),
        seconds=paths.benchmark("{dataset}/{experiment}/{adm}/answers"),
        part="",
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.predictions(study.cell(wildcards)).line,
        code=lambda wildcards: code_digest("predict.py", *study.cell(wildcards).code),
    message:
        "{wildcards.dataset}, {wildcards.experiment}: {wildcards.adm} predicts"
    shell:
        "python {params.scripts:q}/predict.py --settings {params.settings:q} --attributes {input.attributes:q}"
        " --train {input.train:q} --eval {input.eval:q} --examples {input.examples:q}"
        " --whole_eval {input.whole_eval:q} --targets {input.targets:q} --predictions {input.predictions:q}"
        " --journal {params.journal:q} {params.part} --output {output.result:q} --seconds {params.seconds:q} 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


# ADMs that ask no model, for example random and oracle, need less.
use rule predict as predict_without_model with:
    wildcard_constraints:
        experiment=one_of(RUN_HERE),
        adm=ASKING_NOTHING,
    threads: 1
    resources:
        gpu=0,


# An experiment that other code ran.
rule import_predictions:
    input:
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
        eval=lambda wildcards: study.eval(wildcards.dataset),
        targets=lambda wildcards: study.targets(wildcards.dataset),
        files=lambda wildcards: study.imported_files(study.cell(wildcards)),
        made_with=lambda wildcards: provenance.predictions(study.cell(wildcards)).inputs,
    output:
        result=paths.predictions(),
        made_with=paths.made_with("{dataset}/{experiment}/{adm}/predict"),
    log:
        paths.log("{dataset}/{experiment}/{adm}/predict"),
    benchmark:
        paths.benchmark("{dataset}/{experiment}/{adm}/predict")
    wildcard_constraints:
        experiment=IMPORTED,
    conda:
        "../envs/analysis.yaml"
    params:
        folder=lambda wildcards: str(study.cell(wildcards).imported),
        scripts=SCRIPTS,
        made_with=lambda wildcards: provenance.predictions(study.cell(wildcards)).line,
        code=code_digest("import_predictions.py"),
    message:
        "{wildcards.dataset}, {wildcards.experiment}: predictions of {wildcards.adm} are imported"
    shell:
        "python {params.scripts:q}/import_predictions.py --attributes {input.attributes:q} --eval {input.eval:q}"
        " --targets {input.targets:q} --files {input.files:q} --folder {params.folder:q} --output {output.result:q}"
        " 2> {log:q}"
        " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


# An experiment with `shards: n`: n jobs, each of which answers the requests about a part of the items, ...
use rule predict as predict_shard with:
    output:
        result=paths.shard(),
        made_with=paths.made_with("{dataset}/{experiment}/{adm}/predict_shard/{shard}"),
    log:
        paths.log("{dataset}/{experiment}/{adm}/predict_shard/{shard}"),
    benchmark:
        paths.benchmark("{dataset}/{experiment}/{adm}/predict_shard/{shard}")
    wildcard_constraints:
        experiment=SHARDED,
        shard=r"\d+of\d+",
    params:
        part="--shard {shard}",
    message:
        "{wildcards.dataset}, {wildcards.experiment}: {wildcards.adm} predicts, part {wildcards.shard}"


# ... and one that gathers the answers.
use rule predict as gather_shards with:
    input:
        unpack(lambda wildcards: study.prediction_inputs(study.cell(wildcards))),
        made_with=lambda wildcards: provenance.predictions(study.cell(wildcards)).inputs,
        shards=lambda wildcards: [
            paths.shard(*study.cell(wildcards).names, shard) for shard in study.cell(wildcards).shards
        ],
    log:
        paths.log("{dataset}/{experiment}/{adm}/gather_shards"),
    benchmark:
        paths.benchmark("{dataset}/{experiment}/{adm}/gather_shards")
    wildcard_constraints:
        experiment=SHARDED,
        adm=ASKING,
    threads: 1
    resources:
        gpu=0,
    params:
        part="--gather",
    message:
        "{wildcards.dataset}, {wildcards.experiment}: the shards of {wildcards.adm} are gathered"


onstart:
    list_jobs(study, workflow.dag, {rules.predict.rule.name, rules.predict_shard.rule.name})
