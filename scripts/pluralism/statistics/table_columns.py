"""The tables of `results/{dataset}/statistics/` and their columns. Imports nothing, so that planning is quick."""

_INTERVAL = ("", "_low", "_high")

COLUMNS: dict[str, list[str]] = {
    "accuracy": [
        *("experiment", "adm", "target_set", "n_targets", "n_items", "n_scored", "n_tied", "tie_rate"),
        *(f"accuracy{end}" for end in _INTERVAL),
        *("random_accuracy", "oracle_accuracy"),
        *(f"{name}{end}" for name in ("alignment_score", "steering_error") for end in _INTERVAL),
    ],
    "side_effects": ["experiment", "adm", "target_set", "attribute", "n", *(f"movement{end}" for end in _INTERVAL)],
    "comparisons": [
        *("experiment", "target_set", "adm_a", "adm_b", "n_scored", *(f"difference{end}" for end in _INTERVAL)),
        *("p_value", "test", "p_holm", "smallest_detectable_difference"),
    ],
    "levels": ["experiment", "adm", "attribute", "n", "mse", "mae", "spearman"],
    "calibration": ["experiment", "adm", "attribute", "bin_low", "bin_high", "n", "mean_predicted", "mean_true"],
    "spread": ["experiment", "adm", "attribute", "n", "mean_spread", "spearman"],
    "order_bias": ["experiment", "adm", "n_responses", "position", "n", "picked", "expected"],
    "flips": ["experiment", "adm", "n", "flipped"],
    "confusion": ["experiment", "adm", "steered_to", "scored_on", "n_scored", "accuracy", "alignment_score"],
    "cost": ["experiment", "adm", "generations", "prompt_tokens", "output_tokens"],
    "reproduction": [
        *("source", "experiment", "adm", "target_set", "measure", "reference"),
        *(f"ours{end}" for end in _INTERVAL),
        "verdict",
    ],
    "protocol_flags": [
        *("experiment", "adm", "flag", "n_decisions", "decisions_changed", "items_changed", "outcomes_changed"),
        "note",
    ],
}
"""Table -> columns. A table is a file of `results/{dataset}/statistics/`."""

PAPER_TABLES = ("high_low", "by_attributes", "ablation", "models", "cost", "reproduction", "protocol_flags")
"""The files `results/tables/{dataset}_{table}` that are made from these."""

PAPER_SOURCES = ("accuracy", "cost", "reproduction", "protocol_flags")
"""What they are made from."""

PAPER_FORMATS = ("csv", "md", "tex")
"""Their forms."""
