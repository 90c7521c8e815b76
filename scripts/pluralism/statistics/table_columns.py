"""The tables of `results/{dataset}/statistics/` and their columns. Imports nothing, so that planning is quick."""

TableRow = dict[str, object]
"""Column -> value."""

_INTERVAL = ("", "_low", "_high")
_DIFFERENCE = (
    *("n_scored", *(f"difference{end}" for end in _INTERVAL)),
    *("p_value", "test", "p_holm", "smallest_detectable_difference"),
)

COLUMNS: dict[str, list[str]] = {
    "accuracy": [
        *("experiment", "adm", "target_set", "n_targets", "n_items", "n_scored", "n_tied", "tie_rate"),
        *(f"accuracy{end}" for end in _INTERVAL),
        *("random_accuracy", "oracle_accuracy"),
        *(f"{name}{end}" for name in ("alignment_score", "steering_error") for end in _INTERVAL),
    ],
    "side_effects": [
        *("experiment", "adm", "target_set", "attribute", "n"),
        *(f"{name}{end}" for name in ("movement", "absolute_movement") for end in _INTERVAL),
    ],
    "comparisons": ["experiment", "target_set", "adm_a", "adm_b", *_DIFFERENCE],
    "baselines": ["experiment", "target_set", "adm", "baseline_experiment", "baseline", *_DIFFERENCE],
    "levels": ["experiment", "adm", "attribute", "n", "mse", "mae", "spearman"],
    "calibration": [
        *("experiment", "adm", "attribute", "bin_low", "bin_high", "n", "mean_predicted"),
        *(f"mean_true{end}" for end in _INTERVAL),
    ],
    "spread": ["experiment", "adm", "attribute", "n", "mean_spread", "spearman"],
    "order_bias": [
        *("experiment", "adm", "n_responses", "position", "n"),
        *(f"picked{end}" for end in _INTERVAL),
        "expected",
    ],
    "flips": ["experiment", "adm", "n", *(f"flipped{end}" for end in _INTERVAL)],
    "confusion": [
        *("experiment", "adm", "steered_to", "scored_on", "n_scored"),
        *(f"accuracy{end}" for end in _INTERVAL),
        "alignment_score",
    ],
    "noise_ceiling": [
        *("target_set", "n_targets", "n_items", "n_scored", "annotations", "same_label"),
        *(*(f"ceiling{end}" for end in _INTERVAL), "lower_bound", "upper_bound"),
    ],
    "cost": ["experiment", "adm", "generations", "prompt_tokens", "output_tokens"],
    "reproduction": [
        *("source", "experiment", "adm", "target_set", "measure", "reference"),
        *(f"ours{end}" for end in _INTERVAL),
        *("difference", "margin", "p_equivalence", "verdict", "basis"),
    ],
    "protocol_flags": [
        *("experiment", "adm", "flag", "n_decisions", "decisions_changed", "items_changed", "outcomes_changed"),
        "note",
    ],
}
"""Table -> columns. A table is a file of `results/{dataset}/statistics/`."""

TEXT = frozenset(
    (
        *("source", "experiment", "adm", "adm_a", "adm_b", "baseline_experiment", "baseline", "target_set"),
        *("attribute", "measure", "verdict", "basis", "flag", "note", "test", "steered_to", "scored_on"),
    )
)
"""The columns of text; all others are of numbers."""

WHY_EMPTY = {
    "comparisons": "no experiment runs two ADMs that can be compared",
    "baselines": "no ADM ran alone in its experiment, or all did",
    "side_effects": "no experiment runs an unaligned ADM with others, on targets that leave an attribute free",
    "levels": "no ADM predicts levels",
    "calibration": "no ADM predicts levels",
    "spread": "no ADM predicts levels with several samples",
    "order_bias": "no ADM sees the responses together",
    "flips": "no ADM saw the same responses in two orders",
    "noise_ceiling": "it is not known what each of several annotators gave to the eval items",
}
"""Table -> why it may have no rows."""
