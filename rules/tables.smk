# Scores -> the paper's tables.


rule make_tables:
    input:
        scores="results/{dataset}/scores.csv",
    output:
        "results/tables/{dataset}_scores.csv",
        "results/tables/{dataset}_scores.md",
    log:
        "results/logs/{dataset}/make_tables.log",
    benchmark:
        "results/benchmarks/{dataset}/make_tables.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        note=NOTE,
        code=code_digest("make_tables.py"),
    message:
        "{wildcards.dataset}: tables"
    shell:
        "python scripts/make_tables.py --scores {input.scores} --note={params.note:q} --output {output} 2> {log}"


PAPER_TABLE_FILES = expand(
    "results/tables/{dataset}_{table}.{format}", dataset=study.datasets, table=PAPER_TABLES, format=PAPER_FORMATS
)
STATISTICS_PAGES = expand("results/{dataset}/statistics/{table}.html", dataset=study.datasets, table=PAGES)


# One job for all: a table takes less time than the start of Python. The run times of inference are no input: they are
# read where they are there.
rule make_paper_tables:
    input:
        expand("results/{dataset}/statistics/{table}.csv", dataset=study.datasets, table=PAPER_SOURCES),
        template=PAGE_TEMPLATES,
    output:
        [path for path in PAPER_TABLE_FILES if not path.endswith(".html")],
        table_pages("results/tables/{dataset}_", PAPER_TABLES),
    log:
        "results/logs/make_paper_tables.log",
    benchmark:
        "results/benchmarks/make_paper_tables.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        statistics=[f"results/{dataset}/statistics" for dataset in study.datasets],
        ablation=study.ablation(),
        folder=subpath(output[0], parent=True),
        note=NOTE,
        code=code_digest("make_paper_tables.py"),
    message:
        "the paper's tables"
    shell:
        "python scripts/make_paper_tables.py --statistics {params.statistics} --ablation {params.ablation}"
        " --benchmarks results/benchmarks --note={params.note:q} --output {params.folder} 2> {log}"


# The other tables of the statistics, to read and sort.
rule make_statistics_pages:
    input:
        expand("results/{dataset}/statistics/{table}.csv", dataset=study.datasets, table=PAGES),
        template=PAGE_TEMPLATES,
    output:
        table_pages("results/{dataset}/statistics/", PAGES),
    log:
        "results/logs/make_statistics_pages.log",
    benchmark:
        "results/benchmarks/make_statistics_pages.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        statistics=[f"results/{dataset}/statistics" for dataset in study.datasets],
        note=NOTE,
        code=code_digest("make_statistics_pages.py"),
    message:
        "pages of the statistics"
    shell:
        "python scripts/make_statistics_pages.py --statistics {params.statistics} --note={params.note:q} 2> {log}"


rule tables:
    input:
        expand("results/tables/{dataset}_scores.{format}", dataset=study.datasets, format=["csv", "md"]),
        PAPER_TABLE_FILES,
        STATISTICS_PAGES,
