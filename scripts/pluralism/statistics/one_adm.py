"""What the statistics say of one ADM in one experiment by itself, and what of it comparisons need."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pluralism.datasets.annotations import ItemAnnotations
from pluralism.decisions.selection import Indices, Scale
from pluralism.protocols import Protocol
from pluralism.statistics.accuracy import accuracy_rows, measures, skill_rows
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.by_samples import by_samples_rows
from pluralism.statistics.comparisons import AdmResult
from pluralism.statistics.confusion import confusion_rows
from pluralism.statistics.cost import cost_row
from pluralism.statistics.flags import first_vote_wins_row, float_ties_row, shuffle_greedy_row
from pluralism.statistics.levels import calibration_rows, error_estimates, level_rows, spread_rows
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.people import Curve, make_curve, people_rows
from pluralism.statistics.reading import Cell, CellSource
from pluralism.statistics.reproduction import Measured, measured_numbers
from pluralism.statistics.steerability import steerability_rows
from pluralism.statistics.stopping import afterwards_rows, mean_askings
from pluralism.statistics.table_columns import TableRow
from pluralism.statistics.variance import Component, components, single_outcomes
from pluralism.targets.people.stored import People


@dataclass(frozen=True)
class Setting:
    """What all ADMs of a dataset have in common.

    Attributes:
        every: items and all targets.
        every_flipped: the same, with the protocol's flag `float_ties` flipped.
        annotations: of each item; none where they are not known.
        levels: all that a label can have, ascending; None where a label may be any mean of annotations.
        protocol: of the study.
        seed: of the choices of samples and annotators, where there are many.
        people: and their targets; None in a study without.
    """

    every: Benchmark
    every_flipped: Benchmark
    annotations: Sequence[ItemAnnotations]
    levels: Scale | None
    protocol: Protocol
    seed: int
    people: People | None = None

    @property
    def places(self) -> Indices:
        """The targets without doses and people's; those have tables of their own."""
        return self.every.compared

    @cached_property
    def benchmark(self) -> Benchmark:
        """Items, and the targets without doses and people's."""
        return self.every.only(self.places)

    @cached_property
    def flipped(self) -> Benchmark:
        """The same, with the protocol's flag `float_ties` flipped."""
        return self.every_flipped.only(self.places)

    @cached_property
    def clusters(self) -> Clusters:
        """The prompts of the items."""
        return Clusters(self.every.prompts)

    @cached_property
    def curve(self) -> Curve | None:
        """What people's choices are compared with; None where there are none."""
        return make_curve(self.people, self.every) if self.people is not None else None


@dataclass(frozen=True)
class Analysed:
    """One ADM in one experiment, without its predictions, so that those of all need not be in memory.

    Attributes:
        source: where it was read.
        result: its outcomes.
        measured: its numbers that may have a reference.
        samples: of an item, on the mean.
        components: of the variance of its outcomes, by target set; none of a reference.
        rows: what is said of it alone, by table.
    """

    source: CellSource
    result: AdmResult
    measured: Measured
    samples: float
    components: list[tuple[str, list[Component]]]
    rows: dict[str, list[TableRow]]


def analyse_adm(whole: Cell, setting: Setting) -> Analysed:
    """Analyse an ADM that was read with all targets, doses and people's too."""
    benchmark, clusters, source = setting.benchmark, setting.clusters, whole.source
    cell = whole.only(setting.every, setting.places)
    own = benchmark.only(cell.targets)
    outcomes = benchmark.by_label.outcomes(cell.picks_or_first(benchmark))
    undecided = frozenset(range(len(benchmark.targets))) - {*cell.targets.tolist()}
    scores = measures(benchmark, clusters, outcomes).only(cell.targets)
    errors = error_estimates(own, clusters, cell.samples, bounded=source.bounded)
    numbers = measured_numbers(own, scores, errors)
    single = (
        []
        if source.role.is_reference
        else components(own, clusters, single_outcomes(own, cell.samples), greedy=source.greedy)
    )
    return Analysed(
        source=source,
        result=AdmResult(outcomes, source.role, undecided),
        measured=Measured(cell.experiment, cell.adm, numbers, source.basis(len(own.prompts))),
        samples=mean_askings(cell.samples),
        components=list(single),
        rows={
            **steerability_rows(setting.every, clusters, whole.picks_or_first(setting.every), whole.targets),
            "people": list(people_rows(setting.curve, setting.every, whole)) if setting.curve is not None else [],
            "accuracy": accuracy_rows(own, scores),
            "skill": skill_rows(own, scores),
            "protocol_flags": _flags(cell, own, setting.flipped.only(cell.targets), setting.protocol),
            "by_samples": by_samples_rows(
                own,
                clusters,
                cell.samples,
                source.samples,
                first_vote_wins=setting.protocol.first_vote_wins,
                seed=setting.seed,
            ),
            "stopping": []
            if source.stop
            else afterwards_rows(
                own,
                clusters,
                cell.samples,
                source.samples,
                setting.every.targets,
                first_vote_wins=setting.protocol.first_vote_wins,
            ),
            "levels": level_rows(own, cell.samples),
            "calibration": calibration_rows(own, clusters, cell.samples),
            "spread": spread_rows(own, cell.samples),
            "order_bias": order_bias_rows(own, clusters, cell.samples),
            "flips": flip_rows(own, clusters, cell.samples),
            "confusion": confusion_rows(own, clusters, cell.picks),
            # What an imported run cost is not known.
            "cost": [] if source.imported else [cost_row(cell.predictions)],
        },
    )


def _flags(cell: Cell, benchmark: Benchmark, flipped: Benchmark, protocol: Protocol) -> list[TableRow]:
    rows = [
        float_ties_row(benchmark, flipped, cell.samples, cell.picks),
        first_vote_wins_row(benchmark, cell.samples, cell.picks, first_vote_wins=protocol.first_vote_wins),
    ]
    if not cell.source.imported:
        greedy, shuffled = cell.source.greedy, protocol.shuffle_greedy
        rows.append(shuffle_greedy_row(benchmark, cell.predictions, greedy=greedy, shuffled=shuffled))
    return rows
