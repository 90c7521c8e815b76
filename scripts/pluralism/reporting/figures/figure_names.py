"""The figures that are drawn from a dataset's statistics. Imports nothing, so that planning is quick."""

OF_AN_EXPERIMENT = {
    "paired_differences": "Each ADM against the proposed one",
    "calibration": "Calibration of the predicted levels",
    "confusion_extremes": "Target confusion, high and low",
    "confusion_sampled": "Target confusion, sampled targets",
}
"""Figure -> its title in the report. A figure per experiment, `figures/{dataset}/{experiment}/{figure}`."""

OF_A_DATASET = {
    "order_bias": "Picks by position",
    "decision_flips": "Decisions that flip with the order",
    "accuracy_by_tokens": "Accuracy against tokens spent",
    "shots_sweep": "Accuracy against the number of shots",
}
"""The same for figures of all experiments together, `figures/{dataset}/{figure}`."""

SOURCES = {
    "paired_differences": ("comparisons",),
    "calibration": ("calibration",),
    "confusion_extremes": ("confusion",),
    "confusion_sampled": ("confusion",),
    "order_bias": ("order_bias",),
    "decision_flips": ("flips",),
    "accuracy_by_tokens": ("accuracy", "cost"),
    "shots_sweep": ("accuracy",),
}
"""Figure -> the tables of `results/{dataset}/statistics/` that it is drawn from."""
