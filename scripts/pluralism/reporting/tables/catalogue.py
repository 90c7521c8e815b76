"""Which tables there are. Imports nothing, so that planning is quick."""

PAPER_TABLES = {
    "skill": "Skill",
    "high_low": "Accuracy at high and low",
    "by_attributes": "Accuracy by number of attributes that the targets name",
    "ablation": "Ablation: responses alone, responses compared, and with examples",
    "models": "Accuracy by model and decoding",
    "cost": "Cost of inference, in tokens and seconds",
    "reproduction": "Numbers reported elsewhere, next to ours",
    "protocol_flags": "What each flag of the protocol changes when flipped alone",
}
"""Table -> its title. They are `results/tables/{dataset}_{table}`, in each of `PAPER_FORMS`."""

PAPER_SOURCES = ("skill", "accuracy", "comparisons", "between_experiments", "cost", "reproduction", "protocol_flags")
"""The tables of `results/{dataset}/statistics/` that they are made from."""

PAPER_FORMS = ("csv", "md", "tex", "html")

FRONT_PAGE = "skill"
"""The one of them with which the report opens; it has the form rst, too."""

SCORE_FORMS = ("csv", "md")
"""Of `results/tables/{dataset}_scores`, which is made from the scores."""

PAGES = {
    "accuracy": "Accuracy, alignment score and steering error, with intervals",
    "skill": "Skill: accuracy from chance, 0, to the oracle, 1",
    "comparisons": "ADM against ADM",
    "baselines": "ADM against the ADMs that ran alone",
    "between_experiments": "An ADM in one experiment against itself in another",
    "side_effects": "Side effects",
    "steerability": "Steerability by dose",
    "dose_slopes": "Steerability by dose: slopes of all attributes on the wanted level of one",
    "people": "People: picks foreseen, by the number of choices that a target is inferred from",
    "noise_ceiling": "Noise ceiling: what a perfect predictor could reach",
    "levels": "Errors of predicted levels",
    "calibration": "Calibration",
    "spread": "Spread against error",
    "order_bias": "Order bias",
    "flips": "Flips with the order",
    "by_samples": "How many samples are enough",
    "stopping": "What a decoding that stops saves, and the decisions that it changes",
    "variance": "Where the variance comes from",
    "typical_differences": "Two ADMs next to two wordings, models and decodings",
}
"""Table of `results/{dataset}/statistics/` -> its title, of those that become pages of the report. The others are among
the paper's tables, name people, or are too long to read (the target confusion and the dose response, which have
figures)."""
