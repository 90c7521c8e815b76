"""When enough samples of an item are seen: its picks would stand, whatever the samples that are still to come.

Self-consistency (Wang et al. 2022, arXiv 2203.11171) decides by many samples; Aggarwal et al. 2023 (adaptive
consistency, arXiv 2305.11860) end it early by a posterior of the votes. The rule here assumes less, and keeps its word
also where a model is torn: as in stochastic curtailment (Lan, Simon and Halperin 1982), the chance that a pick changes
is what it would be if the samples to come preferred neither it nor its rival.

- Picks: each sample to come is the toss of a coin between the response with most votes and the next. The chance that
  this one catches up is a binomial's.
- Scores: a rival is behind by the difference of the squared distances to the target, times the samples seen. Those to
  come add nothing to this but noise, of the size that those seen have along the gradient of the difference; one more
  sample with noise of `NOISE` counts as seen, since few may be alike by chance. The chance is that of Student's t.
  Of fewer samples than a vote would need if all agreed, noise is not known: all may be of one camp of two.
- Scores of which not the mean counts but the median, or a trimmed mean: where samples fall into two camps, a few more
  of one may move these from camp to camp. So the samples must be decided as picks, too, of pick and rival.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pluralism.decisions.aggregation import Aggregate, over_samples
from pluralism.decisions.selection import Array, Bools, Scale, distances
from pluralism.targets.target import Target

Stop = Literal["decided", "mostly_decided"]
"""decided: each target's pick changes with a chance below `CHANCE`; mostly_decided: on the mean over the targets."""

CHANCE = 0.05
NOISE = 0.1
"""Of a score."""


@dataclass(frozen=True)
class StopRule:
    """Tells from the samples seen which items need no more.

    Attributes:
        stop: how sure the picks must be.
        attributes: what was scored; empty where samples are picks.
        targets: of scores, whose picks matter.
        aggregate: how scores are combined.
        scale: as for `distances`.
    """

    stop: Stop
    attributes: Sequence[str]
    targets: Sequence[Target]
    aggregate: Aggregate = "mean"
    scale: Scale | None = None

    def decided(self, seen: Array, allowed: int) -> Bools:
        """Which items are decided, shape (items,).

        Args:
            seen: shape (askings, samples of an asking, items, responses, attributes), with 1 in place of the attributes
                where samples are picks: 1 for the response picked, 0 for others. NaN where an item has no response.
            allowed: number of askings after which no more are asked.
        """
        chances = self.chances(seen, allowed)
        decided: Bools = (chances.max(axis=0) if self.stop == "decided" else chances.mean(axis=0)) < CHANCE
        few = _of_tosses(np.array(len(seen)), allowed - len(seen)) >= CHANCE  # even if all of them agreed
        return decided & ~few

    def chances(self, seen: Array, allowed: int) -> Array:
        """The chance that a pick is another one after all samples, shape (targets, items); of picks, (1, items)."""
        left = allowed - len(seen)
        if left <= 0:
            return np.zeros((1, seen.shape[2]))
        if not self.attributes:
            return _of_votes(seen[..., 0], left)[None]
        of_askings = seen.mean(axis=1)
        levels = over_samples(seen.reshape(len(seen) * seen.shape[1], *seen.shape[2:]), self.aggregate)
        return np.stack([self._of_scores(of_askings, levels, target, left) for target in self.targets])

    def _of_scores(self, askings: Array, levels: Array, target: Target, left: int) -> Array:
        """For a target; `askings` of shape (askings, items, responses, attributes), `levels` all of them combined."""
        from scipy.stats import t as student

        columns = [self.attributes.index(name) for name in target.levels]
        wanted, weights = np.array(list(target.levels.values())), np.array(list(target.weights.values()))
        behind = distances(levels, self.attributes, target, self.scale) ** 2
        gradient = 2 * weights * (levels[..., columns] - wanted)
        noise = ((askings - askings.mean(axis=0))[..., columns] * gradient).sum(axis=-1)
        expected = NOISE**2 * (gradient**2).sum(axis=-1)
        place = (np.arange(len(behind)), np.nanargmin(behind, axis=1))
        behind = behind - behind[place][:, None]
        against = noise - noise[:, *place][..., None]
        spread = np.sqrt(((against**2).sum(axis=0) + expected + expected[place][:, None]) / len(askings))
        size = np.divide(len(askings) * behind, np.sqrt(left) * spread, out=np.zeros_like(behind), where=spread > 0)
        changes = student.sf(size, df=len(askings))
        if self.aggregate != "mean":
            nearer = distances(askings, self.attributes, target, self.scale)
            preferred = np.sign(nearer - nearer[:, *place][..., None]).sum(axis=0)
            changes = np.fmax(changes, _of_tosses(preferred, left))
        changes[place] = 0
        chances: Array = np.nan_to_num(changes).max(axis=1)
        return chances


def _of_votes(votes: Array, left: int) -> Array:
    """`votes` of shape (askings, samples of an asking, items, responses)."""
    counts = np.sort(np.nan_to_num(votes).sum(axis=(0, 1)), axis=-1)
    return _of_tosses(counts[:, -1] - counts[:, -2], left * votes.shape[1])


def _of_tosses(lead: Array, tosses: int) -> Array:
    """The chance that the tosses of a coin make up for a lead, or more."""
    from scipy.stats import binom

    chances: Array = binom.sf(np.ceil((lead + tosses) / 2) - 1, tosses, 0.5)
    return chances
