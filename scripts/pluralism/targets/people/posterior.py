"""What people want, drawn given their choices: a level and a weight of each attribute, with uncertainty.

The choice model. A person with the wanted levels t and the weights w picks a response with the levels x with a
probability in proportion to exp(u), where

    u = - sum over attributes of  w (x - t)^2

This is a conditional logit (McFadden, Frontiers in Econometrics, 1974) of an ideal point (Coombs, A Theory of Data,
1964) with the quadratic utility of Clinton, Jackman and Rivers (American Political Science Review, 2004). The most
probable response is the one nearest to the target, which is what selection picks. How large all weights are together
says how consistent the choices are.

But for what is the same for all responses, w (x - t)^2 is w t (1 - x)^2 + w (1 - t) x^2: a pull w t towards 1 and a
pull w (1 - t) towards 0. In these 2 pulls per attribute, u is linear and the likelihood log-concave.

The prior. All pulls are exponential with the same mean. So each wanted level is uniform from 0 to 1, each weight is
Gamma with shape 2, and all are independent. The posterior is log-concave in the pulls. What choices cannot tell, the
prior does: the level of an attribute without weight; both pulls apart where the items have two levels of an attribute
only, as then just their difference acts; how large the weights are where all choices are consistent; and all of an
attribute in which the responses do not differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pluralism.targets.people.hamiltonian import Array, draw

MEAN_PULL = 4.0
"""Of the prior. A person drawn from it picks the nearest of three responses with random levels in 5 of 6 choices."""
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Choice:
    """A choice among the responses of an item.

    Attributes:
        levels: of the responses, shape (responses, attributes).
        picked: the index of the response.
    """

    levels: Array
    picked: int


@dataclass(frozen=True)
class Posterior:
    """Draws of what people want; all arrays have shape (draws, people, attributes).

    Attributes:
        up: pulls towards 1.
        down: pulls towards 0.
    """

    up: Array
    down: Array

    @cached_property
    def weights(self) -> Array:
        """How much the squared distance from the wanted level counts."""
        return self.up + self.down

    @cached_property
    def levels(self) -> Array:
        """The wanted levels."""
        return self.up / self.weights

    @cached_property
    def best(self) -> tuple[Array, Array]:
        """(levels, weights), each of shape (people, attributes), under which the expected utility of a pick is highest.

        Utility is linear in the pulls; so these are the target of the mean pulls.
        """
        up, down = self.up.mean(axis=0), self.down.mean(axis=0)
        return up / (up + down), up + down


def interval(draws: Array) -> tuple[Array, Array]:
    """Both ends of the 95% interval, with equal tails, over the first axis."""
    low, high = np.quantile(draws, INTERVAL, axis=0)
    return low, high


def infer(people: Sequence[Sequence[Choice]], attributes: int, seed: int) -> Posterior:
    """Draw what each person wants given their choices; one without any has the prior. `attributes`: their number."""
    likelihood = _Likelihood(*_against_picked(people, attributes))
    pulls = MEAN_PULL * np.exp(draw(likelihood, seed))
    return Posterior(pulls[..., :attributes], pulls[..., attributes:])


def _against_picked(people: Sequence[Sequence[Choice]], attributes: int) -> tuple[Array, Array]:
    """What a pull adds to the utility of each response, less what it adds to that of the picked one.

    Returns:
        (that, shape (people, choices, responses, pulls); 0 for a response, -inf for a place where there is none, shape
        (people, choices, responses)).
    """
    most = max((len(choices) for choices in people), default=0)
    widest = max((len(choice.levels) for choices in people for choice in choices), default=1)
    added = np.zeros((len(people), most, widest, 2 * attributes))
    absent = np.full(added.shape[:3], -np.inf)
    absent[:, :, 0] = 0  # a choice that a person did not make is one among one response
    for person, choices in enumerate(people):
        for place, choice in enumerate(choices):
            utility = -np.concatenate([(1 - choice.levels) ** 2, choice.levels**2], axis=1)
            added[person, place, : len(utility)] = utility - utility[choice.picked]
            absent[person, place, : len(utility)] = 0
    return added, absent


@dataclass(frozen=True)
class _Likelihood:
    """The posterior density of the logarithms of the pulls, in units of `MEAN_PULL`; arguments: `_against_picked`."""

    added: Array
    absent: Array

    @property
    def shape(self) -> tuple[int, int]:
        """(people, pulls)."""
        return self.added.shape[0], self.added.shape[3]

    def __call__(self, state: Array) -> tuple[Array, Array]:
        """As `Densities`; the state is the logarithms of the pulls."""
        pulls = np.exp(state)
        total, chosen = self._chosen(MEAN_PULL * pulls)
        people, choices, responses, count = self.added.shape
        flat = self.added.reshape(people, choices * responses, count)
        mean = (chosen.reshape(people, 1, -1) @ flat)[:, 0]
        return (state - pulls).sum(axis=1) - total, 1 - pulls - MEAN_PULL * pulls * mean

    def curvature(self, state: Array) -> Array:
        """The negative second derivatives, expected under the choice model."""
        pulls = np.exp(state)
        _, chosen = self._chosen(MEAN_PULL * pulls)
        mean = np.einsum("pnr,pnrk->pnk", chosen, self.added)
        spread = np.einsum("pnr,pnrk,pnrl->pkl", chosen, self.added, self.added, optimize=True)
        spread -= np.einsum("pnk,pnl->pkl", mean, mean)
        scaled = MEAN_PULL**2 * spread * pulls[:, :, None] * pulls[:, None, :]
        found: Array = scaled + np.eye(self.shape[1]) * pulls[:, None, :]
        return found

    def _chosen(self, pulls: Array) -> tuple[Array, Array]:
        """(minus the log-likelihood, shape (people,); the chance of each response, as `absent`)."""
        people, choices, responses, count = self.added.shape
        utility = (self.added.reshape(people, -1, count) @ pulls[:, :, None]).reshape(people, choices, responses)
        utility = utility + self.absent
        largest = utility.max(axis=2, keepdims=True, initial=0)
        chances = np.exp(utility - largest)
        sums = chances.sum(axis=2, keepdims=True)
        return (largest + np.log(sums)).sum(axis=(1, 2)), chances / sums
