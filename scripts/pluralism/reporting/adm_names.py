"""The ADMs' names in tables and figures: their order, and the words for those of the paper."""

from collections.abc import Iterable

LABELS = {
    "random": "Random",
    "unaligned_baseline": "Unaligned",
    "reward_model_baseline": "Reward model",
    "prompt_aligned_spm": "Prompt-aligned, zero-shot",
    "fewshot_prompt_aligned_spm": "Prompt-aligned, few-shot",
    "kaleido_spm": "Kaleido",
    "multi_objective_reward_model": "Multi-objective reward",
    "regression": "Regression",
    "expected_regression": "Regression, expected score",
    "zeroshot_comparative_regression": "Comparative, zero-shot",
    "proposed_spm": "Comparative, few-shot (proposed)",
    "swapped_spm": "Comparative, every order",
    "expected_comparative_regression": "Comparative, zero-shot, expected score",
    "expected_proposed_spm": "Comparative, few-shot, expected score",
    "oracle": "Oracle",
}
"""Name in the config -> label, in the order in which tables and figures show them: from chance to the best possible."""

PROPOSED = "proposed_spm"
"""The ADM that the paper proposes."""

REFERENCES = ("random", "oracle")
"""ADMs that ask no model; their scores say how to read the others'."""


def in_order(names: Iterable[str]) -> list[str]:
    """The different names of `names`: those of the paper in its order, a user's own as they came, the oracle last."""
    ranks = {name: rank for rank, name in enumerate(LABELS)}
    just_before_last = len(LABELS) - 1.5
    return sorted(dict.fromkeys(names), key=lambda name: ranks.get(name, just_before_last))


def held_against(names: Iterable[str]) -> str:
    """The ADM of `names` that the others are compared with: the paper's, or else the last that is no reference."""
    compared = [name for name in in_order(names) if name not in REFERENCES]
    return PROPOSED if PROPOSED in compared else compared[-1]


def label(name: str) -> str:
    """The words for an ADM; an ADM that a user added goes by its name in the config."""
    return LABELS.get(name, name)
