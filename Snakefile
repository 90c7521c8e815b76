# The study, from raw data to figures. Each file in rules/ is a chapter; this is the table of contents.
# The config is read and checked, and the grid that it describes is laid out as files.
include: "rules/study.smk"


# For Snakemake's own records: the rules use what was checked, read by our own reader.
configfile: located("config.yaml")


# What the report says of the whole study.
report: "rules/captions/workflow.rst"


# How a run begins after one that was killed, and how it ends.
include: "rules/running.smk"
# What figures are drawn from, and what `make report` shows of what the chapters below make.
include: "rules/report.smk"
# Raw data of any format -> items: prompts, responses and labels, in two splits.
include: "rules/items.smk"
# The values to steer to: high, low, sampled, and the user's own.
include: "rules/targets.smk"
# Few-shot examples; then each ADM of each experiment predicts all items, once for all targets.
include: "rules/predictions.smk"
# Predictions -> a decision per item and target -> scores.
include: "rules/decisions.smk"
# Intervals, comparisons, errors, order effects, cost, and numbers reported elsewhere beside ours.
include: "rules/statistics.smk"
# Scores and statistics -> tables.
include: "rules/tables.smk"
# Items, targets, predictions and statistics -> figures.
include: "rules/figures.smk"
# All of it, item by item -> the explorer.
include: "rules/explorer.smk"


rule all:
    default_target: True
    input:
        paths.config("yaml"),
        rules.statistics.input,
        rules.tables.input,
        rules.figures.input,
        paths.explorer(),
    message:
        "all is made"
