rule tables:
    input:
        expand("results/{dataset}/scores.csv", dataset=study.datasets),
