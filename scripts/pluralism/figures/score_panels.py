"""Scores arranged for figures that have a panel per experiment."""

import pandas as pd

from pluralism.adm_names import REFERENCES


def with_references(scores: pd.DataFrame) -> pd.DataFrame:
    """Add the column `panel`: in which panel a score is drawn.

    That is its experiment; but an experiment that has nothing but references (random, oracle) gets no panel, and its
    scores are drawn in each of the others' instead, where a reader looks for them. So a row may come back repeated.
    """
    is_reference = scores["adm"].isin(REFERENCES)
    compared = list(scores.loc[~is_reference, "experiment"].unique())
    if not compared:
        return scores.assign(panel=scores["experiment"])
    shared = scores[~scores["experiment"].isin(compared)]
    return pd.concat(
        [
            part.assign(panel=experiment)
            for experiment in compared
            for part in (scores[scores["experiment"] == experiment], shared)
        ],
        ignore_index=True,
    )
