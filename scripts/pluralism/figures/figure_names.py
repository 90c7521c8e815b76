"""The figures that are drawn from a dataset's statistics. Imports nothing, so that planning is quick."""

OF_AN_EXPERIMENT = {
    "paired_differences": "each ADM against the proposed one",
    "calibration": "calibration of the predicted levels",
    "confusion_extremes": "target confusion, high and low",
    "confusion_sampled": "target confusion, sampled targets",
}
"""Figure -> the words for it. A figure per experiment, `figures/{dataset}/{experiment}/{figure}`."""

OF_A_DATASET = {
    "order_bias": "picks by position",
    "decision_flips": "decisions that flip with the order",
    "accuracy_by_tokens": "accuracy against tokens spent",
    "shots_sweep": "accuracy against the number of shots",
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
