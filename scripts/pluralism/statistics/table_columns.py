"""The tables of `results/{dataset}/statistics/` and their columns. Imports nothing, so that planning is quick."""

TableRow = dict[str, object]
"""Column -> value."""

SIGNIFICANCE = 0.05
"""The level of all tests."""

_INTERVAL = ("", "_low", "_high")
_LIKE_THESE = ("_like_these_low", "_like_these_high")
"""Ends of the interval for targets like these."""
_DIFFERENCE = (
    *("n_scored", *(f"difference{end}" for end in (*_INTERVAL, *_LIKE_THESE))),
    *("p_value", "p_holm", "n_comparisons", "smallest_detectable_difference"),
)

TARGET, ITEM, BOTH, ORDER, SAMPLE = "target", "item", "item under target", "order", "sample"
ADM, WORDING, MODEL, DECODING = "ADM", "wording", "model", "decoding"
SOURCES = (TARGET, ITEM, BOTH, ORDER, SAMPLE, WORDING, MODEL)
"""Where the variance of an outcome comes from, in the table `variance`."""
FACTORS = (ADM, WORDING, MODEL, DECODING)
"""What cells differ in, in the table `typical_differences`."""

PERSON, EVERYONE, BEST_FIXED = "person", "everyone", "best_fixed"
"""Whose target an ADM decides under, in the table `people`."""

COLUMNS: dict[str, list[str]] = {
    "accuracy": [
        *("experiment", "adm", "target_set", "n_targets", "n_items", "n_scored", "n_tied", "tie_rate"),
        *(f"accuracy{end}" for end in (*_INTERVAL, *_LIKE_THESE)),
        *("random_accuracy", "oracle_accuracy"),
        *(f"{name}{end}" for name in ("alignment_score", "steering_error") for end in _INTERVAL),
    ],
    "skill": [
        *("experiment", "adm", "target_set", "n_targets", "n_scored"),
        *(f"skill{end}" for end in (*_INTERVAL, *_LIKE_THESE)),
    ],
    "side_effects": [
        *("experiment", "adm", "target_set", "attribute", "n"),
        *(f"{name}{end}" for name in ("movement", "absolute_movement") for end in _INTERVAL),
    ],
    "comparisons": ["experiment", "target_set", "adm_a", "adm_b", *_DIFFERENCE],
    "baselines": ["experiment", "target_set", "adm", "baseline_experiment", "baseline", *_DIFFERENCE],
    "between_experiments": ["adm", "target_set", "experiment_a", "experiment_b", "differs_in", *_DIFFERENCE],
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
    "by_samples": [
        *("experiment", "adm", "target_set", "samples", "choices"),
        *(f"{name}{end}" for name in ("accuracy", "flipped", "changed") for end in _INTERVAL),
    ],
    "stopping": [
        *("experiment", "adm", "stop", "compared_with", "target_set", "samples", "asked", "saved"),
        *(f"differs{end}" for end in _INTERVAL),
    ],
    "variance": [
        *("experiment", "adm", "target_set", "source", "n"),
        *(f"share{end}" for end in _INTERVAL),
        *("outcome_sd", "accuracy_sd", "note"),
    ],
    "typical_differences": [
        *("factor", "adm", "experiments", "levels", "target_set", "n_scored"),
        *(f"difference{end}" for end in _INTERVAL),
        "note",
    ],
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
    "dose_response": [
        *("experiment", "adm", "attribute", "wanted", "n_items", *(f"level{end}" for end in _INTERVAL)),
        *("oracle_level", "random_level"),
    ],
    "steerability": [
        *("experiment", "adm", "attribute", "n_items", *(f"slope{end}" for end in _INTERVAL), "oracle_slope"),
        *(f"{name}{end}" for name in ("range_reached", "monotonicity", "rising") for end in _INTERVAL),
        *("oracle_rising", *(f"miscalibration{end}" for end in _INTERVAL), "random_miscalibration"),
        *(*(f"orthogonality{end}" for end in _INTERVAL), "oracle_orthogonality"),
    ],
    "dose_slopes": [
        *("experiment", "adm", "steered_attribute", "attribute", "n_items"),
        *(*(f"slope{end}" for end in _INTERVAL), "oracle_slope"),
    ],
    "people": [
        *("experiment", "adm", "choices", "target_of", "n_people", "n_choices"),
        *(f"{name}{end}" for name in ("accuracy", "gain") for end in _INTERVAL),
        *("oracle_accuracy", "random_accuracy"),
    ],
    "people_targets": [
        *("target", "choices", "n_choices", "attribute"),  # without names: exports have this table
        *(f"{name}{end}" for name in ("level", "weight") for end in _INTERVAL),
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
        *("experiment_a", "experiment_b", "differs_in", "factor", "experiments", "levels"),
        *("attribute", "measure", "verdict", "basis", "flag", "note", "steered_to", "scored_on"),
        *("steered_attribute", "target_of", "target", "stop", "compared_with"),
    )
)
"""The columns of text; all others are of numbers."""

_NO_DOSES = "the study has no targets at each level of an attribute, which targets: {doses: true} in the config adds"
WHY_EMPTY = {
    "comparisons": "no experiment runs two ADMs that can be compared",
    "baselines": "no ADM ran alone in its experiment, or all did",
    "between_experiments": "no ADM ran in two experiments that differ in the model or in the decoding alone",
    "side_effects": "no experiment runs an unaligned ADM with others, on targets that leave an attribute free",
    "levels": "no ADM predicts levels",
    "calibration": "no ADM predicts levels",
    "spread": "no ADM predicts levels with several samples",
    "order_bias": "no ADM sees the responses together",
    "by_samples": "no ADM has several samples, equally many of each item",
    "stopping": "no ADM has several samples",
    "variance": "no ADM competes",
    "flips": "no ADM saw the same responses in two orders",
    "steerability": _NO_DOSES,
    "dose_slopes": _NO_DOSES,
    "people": "the study has no people, whose choices targets: {people: ..} in the config names",
    "noise_ceiling": "it is not known what each of several annotators gave to the eval items",
}
"""Table -> why it may have no rows."""
