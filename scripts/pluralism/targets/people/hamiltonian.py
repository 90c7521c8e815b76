"""Hamiltonian Monte Carlo for several densities at once (Duane et al. 1987; Neal, Handbook of MCMC, 2011).

Libraries draw from one density at a time, and those that draw fast compile it first (PyMC, NumPyro); here thousands of
small ones are drawn from together in numpy. Proposals follow the density's slope in a space that its curvature near the
mode scales. All chains share the random numbers: what is drawn from one density does not depend on which others there
are.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DRAWS, BURN_IN = 600, 200
"""Kept draws, and those before, in which the length of steps is found."""
LEAPS, ACCEPTED, FIRST_STEP = 8, 0.8, 0.4
"""Leapfrog steps of a draw, the share of draws to accept, and the length of a step before it is found."""
NEWTON_STEPS, DAMPING = 15, 0.1


class Densities(Protocol):
    """Densities of as many numbers each."""

    @property
    def shape(self) -> tuple[int, int]:
        """(densities, numbers)."""

    def __call__(self, state: Array) -> tuple[Array, Array]:
        """(logarithm of each density but for a constant, shape (densities,); its gradient, as `state`) at `state`."""

    def curvature(self, state: Array) -> Array:
        """About the negative second derivatives, shape (densities, numbers, numbers), positive definite."""


def draw(densities: Densities, seed: int) -> Array:
    """Draws of the numbers, shape (draws, densities, numbers)."""
    random = np.random.default_rng(seed)
    count, numbers = densities.shape
    state = mode(densities)
    scale = np.linalg.cholesky(np.linalg.inv(densities.curvature(state) + DAMPING / 2 * np.eye(numbers)))
    step = np.full(count, FIRST_STEP)
    point = _Point(state, *densities(state))
    kept = np.empty((DRAWS, count, numbers))
    for place in range(-BURN_IN, DRAWS):
        momentum = np.broadcast_to(random.standard_normal(numbers), (count, numbers))
        # A step that is too long for a density leads where it is 0; the proposal is refused.
        with np.errstate(over="ignore", invalid="ignore"):
            moved, end = _moved(densities, point, momentum, scale * (step * random.uniform(0.8, 1.2))[:, None, None])
            energy = moved.value - point.value + ((momentum**2).sum(axis=1) - (end**2).sum(axis=1)) / 2
        chance = np.exp(np.minimum(np.nan_to_num(energy, nan=-np.inf), 0))
        point = moved.where(random.random() < chance, point)
        if place < 0:  # Robbins and Monro (1951)
            step = step * np.exp(2 * (chance - ACCEPTED) / np.sqrt(place + BURN_IN + 6))
        else:
            kept[place] = point.state
    return kept


def mode(densities: Densities) -> Array:
    """About where each density is highest, by damped steps of Newton's method from 0; shape (densities, numbers)."""
    state = np.zeros(densities.shape)
    for _ in range(NEWTON_STEPS):
        curvature = densities.curvature(state) + DAMPING * np.eye(densities.shape[1])
        state = state + np.clip(np.linalg.solve(curvature, densities(state)[1][..., None])[..., 0], -1, 1)
    return state


@dataclass(frozen=True)
class _Point:
    """Where chains are.

    Attributes:
        state: shape (densities, numbers).
        value: the logarithm of each density there.
        slope: its gradient.
    """

    state: Array
    value: Array
    slope: Array

    def where(self, chosen: NDArray[np.bool_], other: "_Point") -> "_Point":
        """The chains that are chosen, of `other` the rest."""
        by_row = chosen[:, None]
        return _Point(
            np.where(by_row, self.state, other.state),
            np.where(chosen, self.value, other.value),
            np.where(by_row, self.slope, other.slope),
        )


def _moved(densities: Densities, point: _Point, momentum: Array, step: Array) -> tuple[_Point, Array]:
    """Where the chains and their momentum are after `LEAPS` steps, each as a matrix of shape (numbers, numbers)."""
    momentum = momentum + np.einsum("plk,pl->pk", step, point.slope) / 2
    for leap in range(LEAPS):
        state = point.state + np.einsum("pkl,pl->pk", step, momentum)
        point = _Point(state, *densities(state))
        part = 1 if leap < LEAPS - 1 else 0.5
        momentum = momentum + part * np.einsum("plk,pl->pk", step, point.slope)
    return point, momentum
