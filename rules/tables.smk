# Scores and statistics -> the paper's tables, and pages to read and sort.

# One job for all tables of a dataset: a table takes less time than the start of Python. The run times of inference are no
# input: they are read where they are there.
for dataset in study.datasets:

    rule:
        name:
            f"make_tables_{dataset}"
        input:
            scores=paths.scores(dataset),
            statistics=[paths.statistics(table, dataset) for table in sorted({*PAPER_SOURCES, *PAGES})],
            template=PAGE_TEMPLATES,
        output:
            [paths.table("scores", form, dataset) for form in SCORE_FORMS],
            [paths.table(table, form, dataset) for table in PAPER_TABLES for form in ("csv", "md", "tex")],
            [
                table_page(paths.table(table, "html", dataset), table, title, dataset)
                for table, title in PAPER_TABLES.items()
            ],
            [table_page(paths.page(table, dataset), table, title, dataset) for table, title in PAGES.items()],
        log:
            paths.log(f"{dataset}/make_tables"),
        benchmark:
            paths.benchmark(f"{dataset}/make_tables")
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            statistics=str(Path(paths.statistics("accuracy", dataset)).parent),
            benchmarks=str(Path(paths.benchmark(f"{dataset}/make_tables")).parent),
            ablation=study.ablation(),
            folder=subpath(output[0], parent=True),
            names=NAMES.model_dump_json(),
            note=NOTE,
            code=code_digest("make_tables.py"),
        message:
            f"{dataset}: tables"
        shell:
            "python scripts/make_tables.py --dataset {params.dataset:q} --scores {input.scores:q}"
            " --statistics {params.statistics:q} --ablation {params.ablation:q} --benchmarks {params.benchmarks:q}"
            " --names {params.names:q} --note={params.note:q} --output {params.folder:q} 2> {log:q}"


rule tables:
    input:
        [paths.table("scores", form, dataset) for dataset in study.datasets for form in SCORE_FORMS],
        [
            paths.table(table, form, dataset)
            for dataset in study.datasets
            for table in PAPER_TABLES
            for form in PAPER_FORMS
        ],
        [paths.page(table, dataset) for dataset in study.datasets for table in PAGES],
