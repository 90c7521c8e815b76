# Items, targets, predictions and accuracies -> figures; beside each figure the CSV that it draws.


rule draw_label_distribution:
    input:
        train="data/{dataset}/train.json",
        eval="data/{dataset}/eval.json",
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
    output:
        figure("figures/{dataset}/label_distribution.png", "label_distribution", "Labels of the items"),
        multiext("figures/{dataset}/label_distribution", ".pdf", ".csv"),
    log:
        "results/logs/{dataset}/draw_label_distribution.log",
    benchmark:
        "results/benchmarks/{dataset}/draw_label_distribution.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        note=NOTE,
        code=code_digest("draw_label_distribution.py"),
    message:
        "{wildcards.dataset}: figure of the label distribution"
    shell:
        "python scripts/draw_label_distribution.py --train {input.train} --eval {input.eval}"
        " --attributes {input.attributes:q} --note={params.note:q} --output {output} 2> {log}"


rule draw_targets:
    input:
        targets=lambda wildcards: study.targets(wildcards.dataset),
        attributes=lambda wildcards: study.attributes(wildcards.dataset),
    output:
        figure("figures/{dataset}/targets.png", "targets", "Targets"),
        multiext("figures/{dataset}/targets", ".pdf", ".csv"),
    log:
        "results/logs/{dataset}/draw_targets.log",
    benchmark:
        "results/benchmarks/{dataset}/draw_targets.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        note=NOTE,
        code=code_digest("draw_targets.py"),
    message:
        "{wildcards.dataset}: figure of the targets"
    shell:
        "python scripts/draw_targets.py --targets {input.targets} --attributes {input.attributes:q}"
        " --note={params.note:q} --output {output} 2> {log}"


rule draw_accuracy:
    input:
        accuracy="results/{dataset}/statistics/accuracy.csv",
    output:
        figure("figures/{dataset}/accuracy.png", "accuracy", "Accuracy at high and low"),
        multiext("figures/{dataset}/accuracy", ".pdf", ".csv"),
    log:
        "results/logs/{dataset}/draw_accuracy.log",
    benchmark:
        "results/benchmarks/{dataset}/draw_accuracy.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        statistics=subpath(input.accuracy, parent=True),
        note=NOTE,
        code=code_digest("draw_accuracy.py"),
    message:
        "{wildcards.dataset}: figure of the accuracy at high and low"
    shell:
        "python scripts/draw_accuracy.py --statistics {params.statistics} --note={params.note:q}"
        " --output {output} 2> {log}"


rule draw_accuracy_by_attributes:
    input:
        accuracy="results/{dataset}/statistics/accuracy.csv",
    output:
        figure(
            "figures/{dataset}/accuracy_by_attributes.png",
            "accuracy_by_attributes",
            "Accuracy by number of attributes",
        ),
        multiext("figures/{dataset}/accuracy_by_attributes", ".pdf", ".csv"),
    log:
        "results/logs/{dataset}/draw_accuracy_by_attributes.log",
    benchmark:
        "results/benchmarks/{dataset}/draw_accuracy_by_attributes.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        statistics=subpath(input.accuracy, parent=True),
        note=NOTE,
        code=code_digest("draw_accuracy_by_attributes.py"),
    message:
        "{wildcards.dataset}: figure of the accuracy by number of attributes"
    shell:
        "python scripts/draw_accuracy_by_attributes.py --statistics {params.statistics} --note={params.note:q}"
        " --output {output} 2> {log}"


# One job for all ADMs that predict levels: a figure takes less time than the start of Python.
for dataset in study.datasets:

    rule:
        name:
            f"draw_predicted_levels_{dataset}"
        input:
            eval=f"data/{dataset}/eval.json",
            predictions=[f"results/{dataset}/{cell}/predictions.parquet" for cell in study.level_cells(dataset)],
            attributes=study.attributes(dataset),
        output:
            list(predicted_levels_figures(dataset)),
        log:
            f"results/logs/{dataset}/draw_predicted_levels.log",
        benchmark:
            f"results/benchmarks/{dataset}/draw_predicted_levels.tsv"
        conda:
            "../envs/analysis.yaml"
        params:
            aggregates=[study.aggregate(Path(cell).name) for cell in study.level_cells(dataset)],
            note=NOTE,
            code=code_digest("draw_predicted_levels.py"),
        message:
            f"{dataset}: figures of the predicted levels"
        shell:
            "python scripts/draw_predicted_levels.py --eval {input.eval} --predictions {input.predictions}"
            " --aggregates {params.aggregates} --attributes {input.attributes:q} --note={params.note:q} --output {output} 2> {log}"


rule figures:
    input:
        expand(
            "figures/{dataset}/{figure}.png",
            dataset=study.datasets,
            figure=["label_distribution", "targets", "accuracy", "accuracy_by_attributes"],
        ),
        [
            f"figures/{dataset}/{cell}/predicted_levels.png"
            for dataset in study.datasets
            for cell in study.level_cells(dataset)
        ],
