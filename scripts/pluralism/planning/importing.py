"""Runs of other code on their way into a study: which target each serves, where it is put, and the overlay for it.

The files keep their content, and are matched with the items whenever the study runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pluralism.adms.base import Adm
from pluralism.datasets.items import Item
from pluralism.decisions.picking import combine, pick
from pluralism.errors import UserError, shown
from pluralism.files import read_yaml, replacing
from pluralism.inference.imported import FILE_NAME, Match, imported_predictions, match_items
from pluralism.planning.foreign.runs import Run
from pluralism.planning.inputs import Inputs
from pluralism.predictions import checked_predictions, prediction_table
from pluralism.protocols import Protocol
from pluralism.study.config import Config

FOLDER = Path("data/imported")
NAMED = 3
"""Entries that a line names."""
KINDS = {True: "imported_levels", False: "imported_choice"}
"""Whether an ADM that is none of ours predicts levels -> its kind."""


def placed(runs: Sequence[Run], given: str | None, adm: Adm | None, protocol: Protocol) -> dict[str | None, Run]:
    """The target that each run serves -> the run; None for one that serves every target.

    Several runs serve a target each. One serves every target, unless a target is given or its picks are for one.

    Args:
        runs: of one ADM.
        given: the target that the user names.
        adm: the ADM; None for one that is none of ours.
        protocol: of the study.

    Raises:
        UserError: the target of a run is not known, or two have the same.
    """
    if len(runs) == 1:
        (run,) = runs
        target = given or run.made_for
        is_bound = adm.sees_targets(protocol) if adm is not None else target is not None
        if given is None and (run.predicts_levels or not is_bound):
            return {None: run}
        if target is None:
            raise UserError(f"{run.path}: the ADM picks for a target, and nothing tells which; expected --target")
        return {target: run}
    if given is not None:
        raise UserError(f"--target: there are {len(runs)} runs, expected one")
    found: dict[str | None, Run] = {}
    for run in runs:
        if run.made_for is None:
            raise UserError(f"{run.path}: nothing tells its target, neither .hydra/config.yaml nor the folder's name")
        if (other := found.setdefault(run.made_for, run)) is not run:
            raise UserError(f"{run.path}: for the target {run.made_for}, as {other.path} is; expected one run of each")
    return found


@dataclass(frozen=True)
class Check:
    """What a run turned out to be.

    Attributes:
        run: the run.
        serves: the target that it serves; None for every target.
        items: the number of eval items.
        labels_differ: how many of them have other labels than the entry.
        picks_differ: how many have another pick than is decided here; None where its target is not known.
        left_out: the places of the entries about no eval item.
    """

    run: Run
    serves: str | None
    items: int
    labels_differ: int
    picks_differ: int | None
    left_out: Sequence[str] = ()

    @property
    def words(self) -> str:
        """As a line."""
        known = self.picks_differ is not None
        every = "every target whose attributes it has" if self.run.predicts_levels else "every target"
        return (
            f"{self.run.path}: serves {self.serves or every}; "
            f"{self.items} of its {len(self.run.entries)} entries match the {self.items} eval items by text, "
            f"{self.labels_differ} with other labels"
            + (f"; {self.picks_differ} stored picks differ from those decided here" if known else "")
            + (f"; {len(self.left_out)} left out, about none of them: {self._named}" if self.left_out else "")
        )

    @property
    def _named(self) -> str:
        """The first of the entries that are left out, by the part of their place behind the file."""
        names = [place.removeprefix(f"{self.run.path}: ") for place in self.left_out]
        return ", ".join(names[:NAMED]) + (", .." if len(names) > NAMED else "")


def check_runs(runs: Mapping[str | None, Run], inputs: Inputs, protocol: Protocol) -> list[Check]:
    """Make predictions of the runs, and decide with them.

    Raises:
        UserError: an item has no entry, or the predictions have a fault.
    """
    items, attributes = inputs.evaluation, inputs.attributes
    targets = {target.name: target for target in inputs.targets}
    checks = []
    for serves, run in runs.items():
        matches = match_items(run.entries, items)
        rows = imported_predictions({serves: matches}, attributes.names)
        differing = None
        try:
            counts = [len(item.responses) for item in items]
            checked_predictions(rows, counts, attributes.names, bounded=protocol.bounds_scores)
            if (target := targets.get(serves or run.made_for or "")) is not None:
                combined = combine(prediction_table(rows), items, first_vote_wins=protocol.first_vote_wins)
                picks = pick(combined, target, None if protocol.float_ties else attributes.steps).tolist()
                differing = sum(match.picked != picked for match, picked in zip(matches, picks, strict=True))
        except UserError as error:
            place = f"{run.path}: "
            raise UserError(f"{place}{str(error).removeprefix(place)}") from None
        labels = sum(_labels_differ(match, items[match.item]) for match in matches)
        used = {match.entry.place for match in matches}
        others = [entry.place for entry in run.entries if entry.place not in used]
        checks.append(Check(run, serves, len(items), labels, differing, others))
    return checks


def _labels_differ(match: Match, item: Item) -> bool:
    return any(
        match.entry.labels[place].get(name, level) != level
        for place, levels in zip(match.places, item.labels, strict=True)
        for name, level in levels.items()
    )


def overlay(
    config: Config,
    before: Mapping[str, Any],
    names: tuple[str, str, str],
    *,
    levels: bool,
    model: str | None,
    decoding: str | None,
) -> dict[str, Any]:
    """The values that make an import part of a study.

    Args:
        config: of the study.
        before: an earlier overlay of the same experiment, to which the import is added.
        names: dataset, experiment and ADM.
        levels: whether levels are imported, for an ADM that the config does not have.
        model: what the run asked, a name in models; None: as before.
        decoding: how, a name in decodings; None: as before.
    """
    dataset, experiment, adm = names
    entry = dict(before.get("experiments", {}).get(experiment, {}))
    entry |= {"imported": str(FOLDER / experiment)}
    entry |= {key: value for key, value in (("model", model), ("decoding", decoding)) if value is not None}
    entry |= {"adms": _with(entry.get("adms", []), adm), "datasets": _with(entry.get("datasets", []), dataset)}
    adms = dict(before.get("adms", {}))
    if adm not in config.adms:
        adms[adm] = {"kind": KINDS[levels]}
    grid = {
        "datasets": _with(config.grid.datasets, dataset),
        "experiments": _with(config.grid.experiments, experiment),
    }
    return {**({"adms": adms} if adms else {}), "experiments": {experiment: entry}, "grid": grid}


def _with(names: Iterable[str], name: str) -> list[str]:
    return list(dict.fromkeys([*names, name]))


def put(
    runs: Mapping[str | None, Run],
    names: tuple[str, str, str],
    config: Config,
    *,
    model: str | None = None,
    decoding: str | None = None,
) -> Path:
    """Copy runs of one kind to where a study looks for them, in place of earlier ones, and write their overlay.

    Args:
        runs: the target that each serves -> the run.
        names: dataset, experiment and ADM.
        config: of the study.
        model: as for `overlay`.
        decoding: as for `overlay`.

    Returns:
        The overlay.
    """
    dataset, experiment, adm = names
    folder, written = FOLDER / experiment / dataset / adm, FOLDER / f"{experiment}.yaml"
    before = _earlier(written, experiment)
    levels = any(run.predicts_levels for run in runs.values())
    values = overlay(config, before, names, levels=levels, model=model, decoding=decoding)
    copies = {folder / (serves or "") / FILE_NAME: run.content for serves, run in runs.items()}
    with replacing(*copies, written) as drafts:
        for draft, content in zip(drafts, copies.values(), strict=False):
            draft.write_bytes(content)
        drafts[-1].write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for old in {*folder.rglob(FILE_NAME)} - {*copies}:
        old.unlink()
    return written


def _earlier(path: Path, experiment: str) -> dict[str, Any]:
    """An earlier overlay; a `UserError` where an edit has made it none."""
    values = read_yaml(path) if path.is_file() else {}
    experiments, adms = values.get("experiments", {}), values.get("adms", {})
    entry = experiments.get(experiment, {}) if isinstance(experiments, Mapping) else None
    lists = [entry.get(key, []) for key in ("adms", "datasets")] if isinstance(entry, Mapping) else [None]
    if not (isinstance(adms, Mapping) and all(isinstance(names, list) for names in lists)):
        raise UserError(f"{path}: not an overlay that an import has made; mend it or move it away")
    return values


def check_kind(adm: Adm | None, run: Run) -> None:
    """Raise a `UserError` unless a run has what its ADM predicts; a reference and an unknown one may have anything."""
    if adm is not None and not adm.role.is_reference and adm.predicts_levels != run.predicts_levels:
        found, expected = ("levels", "picks") if run.predicts_levels else ("picks", "levels")
        raise UserError(f"{run.path}: holds {found}, and the ADM {shown(type(adm).__name__)} predicts {expected}")
