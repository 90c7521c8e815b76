# Scores and statistics -> the paper's tables, and pages to read and sort.

# One job for all tables of a dataset: a table takes less time than the start of Python. The run times of inference are not
# inputs: they are read where they exist.
for dataset in study.datasets:

    rule:
        name:
            f"make_tables_{dataset}"
        input:
            scores=paths.scores(dataset),
            statistics=[paths.statistics(dataset, table) for table in sorted({*PAPER_SOURCES, *PAGES})],
            template=PAGE_TEMPLATES,
            # The tables are of this config, and not made again where it only changes in other parts.
            config=ancient(paths.config("yaml")),
            made_with=provenance.tables(dataset).inputs,
        output:
            [paths.table(dataset, "scores", form) for form in SCORE_FORMS],
            [paths.table(dataset, table, form) for table in PAPER_TABLES for form in ("csv", "md", "tex")],
            paths.table(dataset, FRONT_PAGE, "rst"),
            [
                table_page(paths.table(dataset, table, "html"), table, title, dataset)
                for table, title in PAPER_TABLES.items()
            ],
            [table_page(paths.page(dataset, table), table, title, dataset) for table, title in PAGES.items()],
            made_with=paths.made_with(f"{dataset}/make_tables"),
        log:
            paths.log(f"{dataset}/make_tables"),
        benchmark:
            paths.benchmark(f"{dataset}/make_tables")
        conda:
            "../envs/analysis.yaml"
        params:
            dataset=dataset,
            statistics=literal(paths.statistics_folder(dataset)),
            benchmarks=paths.benchmarks_folder(dataset),
            ablation=study.ablation(),
            folder=literal(paths.tables_folder()),
            names=literal(NAMES.model_dump_json()),
            note=NOTE,
            scripts=SCRIPTS,
            made_with=literal(provenance.tables(dataset).line),
            code=code_digest("make_tables.py"),
        message:
            f"{dataset}: tables"
        shell:
            "python {params.scripts:q}/make_tables.py --dataset {params.dataset:q} --scores {input.scores:q}"
            " --statistics {params.statistics:q} --ablation {params.ablation:q} --benchmarks {params.benchmarks:q}"
            " --config {input.config:q} --names {params.names:q} --note={params.note:q} --output {params.folder:q}"
            " 2> {log:q}"
            " && cat {input.made_with:q} - <<< {params.made_with:q} | LC_ALL=C sort -u > {output.made_with:q}"


rule tables:
    input:
        [paths.table(dataset, "scores", form) for dataset in study.datasets for form in SCORE_FORMS],
        [
            paths.table(dataset, table, form)
            for dataset in study.datasets
            for table in PAPER_TABLES
            for form in PAPER_FORMS
        ],
        [paths.page(dataset, table) for dataset in study.datasets for table in PAGES],
