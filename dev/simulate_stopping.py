"""What a decoding that stops saves, and how many decisions it changes, in simulated samples. Prints Markdown tables."""

import argparse
from collections.abc import Iterator, Sequence
from typing import get_args

import numpy as np

from pluralism.commands import run
from pluralism.decisions.aggregation import most_voted, over_samples
from pluralism.decisions.selection import Array, Indices, nearest_responses
from pluralism.decisions.stopping import Stop, StopRule
from pluralism.targets.target import Target

ATTRIBUTES = ("a", "b", "c", "d", "e")
ALLOWED = (5, 20, 50)
RESPONSES = (2, 4)


def drawn_targets(draw: np.random.Generator, number: int = 20) -> list[Target]:
    """High, low, and others that name some attributes."""
    ends = [Target(name, dict.fromkeys(ATTRIBUTES, level)) for name, level in (("high", 1.0), ("low", 0.0))]
    named = [draw.choice(5, size=draw.integers(1, 6), replace=False) for _ in range(number)]
    wanted = [{ATTRIBUTES[place]: float(draw.integers(5)) / 4 for place in of_target} for of_target in named]
    return [*ends, *(Target(f"t{place}", levels) for place, levels in enumerate(wanted))]


def simulated_votes(draw: np.random.Generator, allowed: int, responses: int, items: int) -> Iterator[tuple[str, Array]]:
    """(what they are like, samples as `StopRule` takes them) of picks."""
    slight = np.array([0.6, *[0.4 / (responses - 1)] * (responses - 1)])
    kinds = {
        "tossed": np.full((items, responses), 1 / responses),
        "one preferred, 60 %": np.tile(slight, (items, 1)),
        "any preference": draw.dirichlet(np.ones(responses), items),
        "mostly clear": draw.dirichlet(np.full(responses, 0.3), items),
    }
    for kind, chances in kinds.items():
        picked = (draw.random((allowed, items, 1)) > chances.cumsum(axis=1)).sum(axis=2).clip(max=responses - 1)
        yield kind, np.eye(responses)[picked][:, None, :, :, None]


def simulated_scores(
    draw: np.random.Generator, allowed: int, responses: int, items: int
) -> Iterator[tuple[str, Array]]:
    """(what they are like, samples as `StopRule` takes them) of scores, in steps of 0.05."""
    shape, levels = (allowed, items, responses, 5), draw.integers(5, size=(items, responses, 5)) / 4
    noise = draw.normal(size=shape)
    alike = 0.5 + draw.normal(0, 0.05, size=(items, responses, 5))
    kinds = {
        "noise 0.1": levels + 0.1 * noise,
        "noise 0.3": levels + 0.3 * noise,
        "noise of each item": levels + draw.gamma(2, 0.08, size=(items, 1, 5)) * noise,
        "responses nearly alike": alike + 0.15 * noise,
        "15 % at random": np.where(draw.random(shape) < 0.15, draw.random(shape), levels + 0.05 * noise),
    }
    for kind, found in kinds.items():
        yield kind, (np.rint(20 * found.clip(0, 1)) / 20)[:, None]


def picks_after(rule: StopRule, seen: Array) -> Indices:
    """The picks from samples, shape (targets, items)."""
    flat = seen.reshape(len(seen) * seen.shape[1], *seen.shape[2:])
    if not rule.attributes:
        return most_voted(flat[..., 0].argmax(axis=2), first_vote_wins=True)[None]
    levels = over_samples(flat, rule.aggregate)
    return np.stack([nearest_responses(levels, rule.attributes, target) for target in rule.targets])


def play(rule: StopRule, every: Array) -> tuple[float, float]:
    """The share of samples that is saved, and of decisions that differ from those with all samples."""
    allowed, _, items, *_ = every.shape
    needed, going = np.full(items, allowed), np.arange(items)
    for number in range(1, allowed):
        decided = rule.decided(every[:number, :, going], allowed)
        needed[going[decided]], going = number, going[~decided]
    of_all = picks_after(rule, every)
    early = np.empty_like(of_all)
    for number in np.unique(needed):
        early[:, needed == number] = picks_after(rule, every[:number, :, needed == number])
    return 1 - needed.mean() / allowed, float((early != of_all).mean())


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join([f"**{title}**", "", *(f"| {' | '.join(line)} |" for line in lines), ""])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=400, help="of each kind; default: %(default)s")
    arguments = parser.parse_args()
    draw = np.random.default_rng(1)
    targets = drawn_targets(draw)
    settings = [(allowed, responses) for allowed in ALLOWED for responses in RESPONSES]
    header = ["", *(f"{allowed} samples, {responses} responses" for allowed, responses in settings)]
    for title, simulated, rule in [
        ("picks", simulated_votes, StopRule("decided", (), ())),
        *((f"scores, {stop}", simulated_scores, StopRule(stop, ATTRIBUTES, targets)) for stop in get_args(Stop)),
    ]:
        columns = [
            {kind: play(rule, every) for kind, every in simulated(draw, *setting, arguments.items)}
            for setting in settings
        ]
        rows = [[kind, *("{:.0%}, {:.1%}".format(*column[kind]) for column in columns)] for kind in columns[0]]
        print(table(f"{title}: saved, differ", header, rows), flush=True)


if __name__ == "__main__":
    run(main)
