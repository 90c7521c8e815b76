"""Predictions as arrays: each response's score and position in each sample of an ADM."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pluralism.decisions.aggregation import Aggregate, over_samples
from pluralism.decisions.selection import Array, Bools, Indices, Scale, distances
from pluralism.errors import UserError
from pluralism.predictions import check_predictions
from pluralism.statistics.benchmark import Benchmark
from pluralism.targets.target import Target

NONE = -1


@dataclass(frozen=True)
class Samples:
    """The samples of an ADM under one target, or under all if it does not use the target.

    Attributes:
        target: the target's name; None where the predictions serve every target.
        attributes: what was scored, under any target; empty where the ADM picks a response outright.
        scores: shape (samples, items, responses, attributes), or 1 in place of the attributes for a pick; NaN where
            there is no score.
        positions: of the response in the order shown, shape (samples, items, responses); NONE where the responses were
            not shown together in one order.
        aggregate: how the samples are combined.
    """

    target: str | None
    attributes: tuple[str, ...]
    scores: Array
    positions: Indices
    orders: Indices
    aggregate: Aggregate

    def levels(self) -> Array:
        """The samples combined, shape (items, responses, attributes); NaN where there is no score."""
        return over_samples(self.scores, self.aggregate)

    def places(self, names: Sequence[str]) -> list[int]:
        """Which of some targets, by name, the predictions are for."""
        return [place for place, name in enumerate(names) if self.target in (None, name)]

    def can_serve(self, target: Target) -> bool:
        """Whether the scores are of this target or of all, and of every attribute that it names."""
        return self.target in (None, target.name) and set(target.attributes) <= set(self.attributes)

    def own_picks(self, target: Target, scale: Scale | None) -> Indices:
        """The pick of each single sample for a target, shape (samples, items); NONE where it lacks a score."""
        return _first_smallest(distances(self.scores, self.attributes, target, scale))

    def own_votes(self) -> Indices:
        """The outright pick of each sample, shape (samples, items); NONE where it picked nothing."""
        return _first_smallest(-self.scores[..., 0])

    def orders_for(self, target: Target) -> Indices:
        """A number for all orders that a target's attributes were asked in, shape (samples, items)."""
        columns = [self.attributes.index(name) for name in target.attributes] if self.attributes else [0]
        orders: Indices = self.orders[..., columns].sum(axis=2)
        return orders

    def in_one_order(self) -> Bools:
        """Where a sample showed all responses of an item in one known order, shape (samples, items)."""
        shown = (~np.isnan(self.scores)).sum(axis=3) > 0
        n_responses = shown.shape[2]
        expected = np.where(
            np.arange(n_responses) < shown.sum(axis=2, keepdims=True), np.arange(n_responses), n_responses
        )
        found = np.sort(np.where(shown, self.positions, n_responses), axis=2)
        whole: Bools = (shown.sum(axis=2) > 0) & (found == expected).all(axis=2)
        return whole


def samples(predictions: pd.DataFrame, benchmark: Benchmark, aggregate: Aggregate = "mean") -> list[Samples]:
    """Predictions (`read_predictions`) as arrays: an entry per target of a target-bound ADM, one entry of another.

    Raises:
        UserError: a prediction is about an unknown item, response, attribute or target, or a score is missing.
    """
    check_predictions(predictions, benchmark.response_counts.tolist(), benchmark.attributes)
    scored = set(predictions["attribute"].dropna().unique())
    attributes = tuple(name for name in benchmark.attributes if name in scored)
    if predictions["target"].isna().all():
        return [_samples(predictions, None, attributes, benchmark, aggregate)]
    if unknown := set(predictions["target"].dropna().unique()) - set(benchmark.names):
        raise UserError(f"predictions for the target {min(unknown)}, which is not among the targets")
    groups = predictions.groupby("target", observed=True)
    return [_samples(frame, str(target), attributes, benchmark, aggregate) for target, frame in groups]


def _first_smallest(values: Array) -> Indices:
    """Index of the first smallest value along the last axis; NONE where all are NaN."""
    picks = np.full(values.shape[:-1], NONE)
    known = ~np.isnan(values).all(axis=-1)
    picks[known] = np.nanargmin(values[known], axis=-1)
    return picks


def _samples(
    frame: pd.DataFrame, target: str | None, attributes: tuple[str, ...], benchmark: Benchmark, aggregate: Aggregate
) -> Samples:
    columns = frame["attribute"].map({name: place for place, name in enumerate(attributes)}).fillna(0).to_numpy(np.intp)
    item, response, sample = (frame[name].to_numpy(dtype=np.intp) for name in ("item", "response", "sample"))
    n_items, n_responses, _ = benchmark.labels.shape
    shape = (int(sample.max(initial=0)) + 1, n_items, n_responses, max(1, len(attributes)))
    flat = np.ravel_multi_index((sample, item, response, columns), shape)
    size = int(np.prod(shape))
    counts = np.bincount(flat, minlength=size)
    sums = np.bincount(flat, weights=frame["score"].to_numpy(dtype=float), minlength=size)
    scores = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0).reshape(shape)
    return Samples(target, attributes, scores, _positions(frame, shape), _orders(frame, columns, shape), aggregate)


def _orders(frame: pd.DataFrame, columns: NDArray[Any], shape: tuple[int, ...]) -> Indices:
    """A number for the order shown to each sample of an item and attribute, shape (samples, items, attributes).

    It is a sum of random numbers, one for each response at each position, so that other orders have others (Zobrist's
    hashing, 1970).
    """
    response, position = (frame[name].to_numpy(dtype=np.intp) for name in ("response", "position"))
    sizes = (shape[2], int(position.max(initial=0)) + 1, shape[3])
    codes = np.random.default_rng(0).integers(2**62, size=sizes)
    orders = np.zeros((shape[0], shape[1], shape[3]), dtype=np.intp)
    places = tuple(frame[name].to_numpy(dtype=np.intp) for name in ("sample", "item"))
    np.add.at(orders, (*places, columns), codes[response, position, columns])
    return orders


def _positions(frame: pd.DataFrame, shape: tuple[int, ...]) -> Indices:
    """The position of each response in each sample; NONE where its rows disagree or there is none."""
    places = tuple(frame[name].to_numpy(dtype=np.intp) for name in ("sample", "item", "response"))
    position = frame["position"].to_numpy(dtype=np.intp)
    first, last = np.full(shape[:3], np.iinfo(np.intp).max), np.full(shape[:3], NONE)
    np.minimum.at(first, places, position)
    np.maximum.at(last, places, position)
    return np.where(first == last, last, NONE)
