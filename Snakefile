# The study, from raw data to figures. Each file in rules/ is a chapter; this is the table of contents.


configfile: "config.yaml"


# What the report says of the whole study.
report: "rules/captions/workflow.rst"


# The config is checked, and the grid that it describes is laid out as files.
include: "rules/study.smk"
# What `make report` shows of what the chapters below make.
include: "rules/report.smk"
# Raw MIC and HelpSteer2 -> items: prompts, responses and labels, in two splits.
include: "rules/items.smk"
# The values to steer to: high, low, sampled, and the user's own.
include: "rules/targets.smk"
# Few-shot examples; then each ADM of each experiment predicts all items, once for all targets.
include: "rules/predictions.smk"
# Predictions -> a decision per item and target -> scores.
include: "rules/decisions.smk"
# Intervals, comparisons, errors, order effects, cost, and numbers reported elsewhere beside ours.
include: "rules/statistics.smk"
# Scores -> tables and figures.
include: "rules/tables.smk"
include: "rules/figures.smk"
# Statistics -> figures: who differs from whom, calibration, order effects, confusion of targets, cost.
include: "rules/statistics_figures.smk"


rule all:
    default_target: True
    input:
        "results/config.yaml",
        rules.statistics.input,
        rules.tables.input,
        rules.figures.input,
        rules.statistics_figures.input,
