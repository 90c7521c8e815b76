# The statistics of a dataset -> the figures that show them; beside each figure the CSV that it draws.
from itertools import chain

from pluralism.reporting.figures.figure_names import SOURCES

# One job for all figures of a dataset: a figure takes less time than the start of Python.
for dataset in filter(study.statistics_figures, study.datasets):

    rule:
        name:
            f"draw_statistics_{dataset}"
        input:
            [f"results/{dataset}/statistics/{table}.csv" for table in sorted({*chain(*SOURCES.values())})],
        output:
            list(statistics_figures(dataset)),
            [
                f"figures/{dataset}/{name}.{format}"
                for name in study.statistics_figures(dataset)
                for format in ("pdf", "csv")
            ],
        log:
            f"results/logs/{dataset}/draw_statistics.log",
        benchmark:
            f"results/benchmarks/{dataset}/draw_statistics.tsv"
        # The longest of what follows the predictions.
        priority: 1
        conda:
            "../envs/analysis.yaml"
        params:
            figures=study.statistics_figures(dataset),
            statistics=subpath(input[0], parent=True),
            folder=subpath(output[0], parent=True),
            note=NOTE,
            code=code_digest("draw_statistics.py"),
        message:
            f"{dataset}: figures of the statistics"
        shell:
            "python scripts/draw_statistics.py --statistics {params.statistics} --figures {params.figures}"
            " --note={params.note:q} --output {params.folder} 2> {log}"


rule statistics_figures:
    input:
        [f"figures/{dataset}/{name}.png" for dataset in study.datasets for name in study.statistics_figures(dataset)],
