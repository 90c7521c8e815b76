"""Checks of ADMs that read what others predicted, such as ensembles."""

from collections.abc import Iterator

from pluralism.study.config import Config
from pluralism.study.grid import read_from

Named = tuple[str, str]
"""An experiment and one of its ADMs."""


def unfit_members(config: Config) -> Iterator[str]:
    """A fault for each ADM of the grid that reads one that is not there, or predicts something else, or reads it."""
    known = {name: config.adm(name) for name in config.adms}
    cells, faults = {*config.cells()}, dict[str, None]()
    for dataset, experiment, adm in config.cells():
        if config.experiments[experiment].imported is not None:
            continue
        place = f"adms.{adm}"
        members = read_from(known[adm], experiment)
        if twice := next((named for number, named in enumerate(members) if named in members[:number]), None):
            faults[f"{place}: it reads {'/'.join(twice)} twice, expected once"] = None
        for other, member in members:
            what = f"{other}/{member}"
            if (dataset, other, member) not in cells:
                faults[f"{place}: it reads {what}, which the grid does not run on {dataset}"] = None
            elif known[member].predicts_levels != known[adm].predicts_levels:
                found, expected = ("levels", "picks") if known[member].predicts_levels else ("picks", "levels")
                faults[f"{place}: its member {what} predicts {found}, expected {expected}"] = None
        if circle := _circle(config, (experiment, adm)):
            faults[f"{place}: it reads itself: {' <- '.join('/'.join(named) for named in circle)}"] = None
    yield from faults


def _circle(config: Config, start: Named) -> list[Named]:
    """The ADMs from one on, each read by the one before, that lead back to it; empty where none do."""
    waiting, seen = [[start]], set[Named]()
    while waiting:
        path = waiting.pop()
        experiment, adm = path[-1]
        if adm not in config.adms:
            continue
        for named in read_from(config.adm(adm), experiment):
            if named == start:
                return [*path, start]
            if named not in seen:
                seen.add(named)
                waiting.append([*path, named])
    return []
