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
        "python scripts/make_tables.py --scores {input.scores} --note {params.note:q} --output {output} 2> {log}"


rule tables:
    input:
        expand("results/tables/{dataset}_scores.{format}", dataset=study.datasets, format=["csv", "md"]),
