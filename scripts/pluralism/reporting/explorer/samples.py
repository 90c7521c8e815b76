"""What each sample of an ADM gave: its scores or its pick, and the order in which it showed the responses."""

from typing import Any

import numpy as np

from pluralism.decisions.selection import Array, Bools, Indices
from pluralism.reporting.explorer.answers import Answers, Numbered
from pluralism.reporting.explorer.payloads import letters, numbers
from pluralism.statistics.samples import NONE


def sample_scores(found: Answers, shape: tuple[int, ...], attributes: Indices) -> Array:
    """Scores, shape (samples, items, responses, attributes); NaN where there is none.

    Args:
        found: the answers of an ADM that predicts levels for every target.
        shape: samples, items and the most responses of an item.
        attributes: the places of those that it predicts, ascending.
    """
    scores = np.full((*shape, len(attributes)), np.nan)
    rows = found.rows
    place = np.searchsorted(attributes, rows["attribute"].to_numpy())
    scores[rows["sample"], rows["item"], rows["response"], place] = rows["score"]
    return scores


def sample_votes(found: Answers, shape: tuple[int, ...]) -> Indices:
    """The response that each sample picked, shape (targets, samples, items), where one target is all; else NONE."""
    votes = np.full(shape, NONE)
    picked = found.rows[found.rows["score"] == 1]
    target = np.maximum(picked["target"].to_numpy(), 0)
    votes[target, picked["sample"], picked["item"]] = picked["response"]
    return votes


def shown_orders(found: Answers, shape: tuple[int, ...], by: str) -> tuple[list[tuple[int, ...]], Indices]:
    """The distinct orders in which responses were shown, and which of them each sample showed, NONE where unknown.

    Args:
        found: the answers of an ADM.
        shape: of the numbers: (by, samples, items).
        by: target or attribute.
    """
    orders = Numbered[tuple[int, ...]]()
    shown = np.full(shape, NONE)
    keys = zip(*(found.column(name).tolist() for name in (by, "sample", "item")), strict=True)
    for key, responses, together in zip(keys, found.responses, found.shown_together, strict=True):
        if together:
            shown[max(key[0], 0), *key[1:]] = orders(responses)
    return orders.values, shown


def level_samples(found: Answers, counts: Indices, attributes: Indices) -> dict[str, Any]:
    """The samples of an ADM that predicts levels for every target.

    Args:
        found: its answers.
        counts: the number of responses of each item.
        attributes: the places of those that it predicts, ascending.
    """
    samples = int(found.rows["sample"].max()) + 1
    scores = sample_scores(found, (samples, len(counts), int(counts.max())), attributes)
    orders, shown = shown_orders(found, (int(attributes.max()) + 1, samples, len(counts)), "attribute")
    there: Bools = np.asarray((~np.isnan(scores)).any(axis=(2, 3)))
    by_item = np.moveaxis(shown[attributes], 0, 2)
    places = [[(sample, item) for item in range(len(counts))] for sample in range(samples)]
    return {
        "orders": orders,
        "scores": [
            [numbers(scores[place][: counts[place[1]]]) if there[place] else None for place in of_sample]
            for of_sample in places
        ],
        "shown": [[by_item[place].tolist() if there[place] else None for place in of_sample] for of_sample in places],
    }


def choice_samples(found: Answers, items: int) -> dict[str, Any]:
    """The samples of an ADM that picks a response for every target."""
    samples = int(found.rows["sample"].max()) + 1
    votes = sample_votes(found, (1, samples, items))[0]
    orders, shown = shown_orders(found, (1, samples, items), "target")
    return {"orders": orders, "votes": list(map(letters, votes)), "shown": shown[0].tolist()}


def target_samples(found: Answers, targets: int, items: int) -> dict[str, Any]:
    """The samples of an ADM that picks for each target; none of one that predicts levels for each."""
    if (found.rows["attribute"] != NONE).any():
        return {"orders": [], "votes": None, "shown": None}
    shape = (targets, int(found.rows["sample"].max()) + 1, items)
    votes = sample_votes(found, shape)
    orders, shown = shown_orders(found, shape, "target")
    served = set(found.column("target").tolist())
    return {
        "orders": orders,
        "votes": [list(map(letters, votes[place])) if place in served else None for place in range(targets)],
        "shown": [shown[place].tolist() if place in served else None for place in range(targets)],
    }
