"""Sweeps: an ADM whose `few_shot.shots` is a list stands for one ADM per entry of it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pluralism.errors import UserError, shown
from pluralism.few_shot.examples import MOST_SHOTS
from pluralism.inference.settings import Section

ONE_PER_LEVEL = "one_per_level"
MOST_SWEPT = 100


class Sweep(Section):
    """The origin of an ADM that a sweep made."""

    adm: str = Field(pattern=r"\S", description="The ADM in the config.")
    shots: Annotated[int, Field(strict=True, ge=0, le=MOST_SHOTS)] | Literal["one_per_level"] = Field(
        description="The entry of its list."
    )

    @property
    def words(self) -> str:
        """What follows the label of the sweep: 3 shots, one shot per level."""
        return "one shot per level" if self.shots == ONE_PER_LEVEL else f"{self.shots} shots"


def expand_sweeps(values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace each ADM of a config that is a sweep, and its name in the experiments, by the ADMs that it stands for.

    `adms: {mine: {kind: .., few_shot: {shots: [0, 3, one_per_level]}}}` reads as the ADMs mine_0shots (which has no
    `few_shot`), mine_3shots and mine_one_per_level. Examples of a count are chosen by `select`, or by most_similar
    where it is one_per_level. `compare_with` a sweep means the last of its ADMs.

    Args:
        values: a parsed config.yaml, not checked yet; faults other than those below are left to the check.

    Raises:
        UserError: an entry of the list is neither a count nor one_per_level, or a name is taken.
    """
    adms, experiments = values.get("adms"), values.get("experiments")
    if not isinstance(adms, Mapping):
        return dict(values)
    sweeps = {name: dict(_variants(name, entry)) for name, entry in adms.items() if _is_sweep(entry)}
    if taken := [name for variants in sweeps.values() for name in variants if name in adms]:
        raise UserError(f"config: adms.{taken[0]}: a sweep over shots makes an ADM of this name, choose another")
    expanded: dict[str, Any] = {}
    for name, entry in adms.items():
        expanded |= sweeps.get(name, {name: entry})
    result = {**values, "adms": expanded}
    if isinstance(compared := values.get("compare_with"), str) and compared in sweeps:
        result["compare_with"] = list(sweeps[compared])[-1]
    if isinstance(experiments, Mapping):
        result["experiments"] = {name: _with_names(entry, sweeps) for name, entry in experiments.items()}
    return result


def _is_sweep(entry: Any) -> bool:
    few_shot = entry.get("few_shot") if isinstance(entry, Mapping) else None
    return isinstance(few_shot, Mapping) and isinstance(few_shot.get("shots"), list)


def _variants(name: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    few_shot, shots = entry["few_shot"], entry["few_shot"]["shots"]
    place = f"config: adms.{name}.few_shot.shots"
    allowed = f"counts from 0 and {ONE_PER_LEVEL}; a count is at most {MOST_SHOTS}"
    if not shots:
        raise UserError(f"{place}: the list is empty; allowed in it: {allowed}")
    if len(shots) > MOST_SWEPT:
        raise UserError(f"{place}: a list of {len(shots)} entries, expected at most {MOST_SWEPT}")
    for shot in shots:
        made = {**entry, "sweep": {"adm": name, "shots": shot}}
        if shots.count(shot) > 1:
            raise UserError(f"{place}: {shown(shot)} is there twice")
        if shot == ONE_PER_LEVEL:
            yield f"{name}_{shot}", {**made, "few_shot": {**few_shot, "select": ONE_PER_LEVEL, "shots": None}}
        elif not isinstance(shot, int) or isinstance(shot, bool) or not 0 <= shot <= MOST_SHOTS:
            raise UserError(f"{place}: found {shown(shot)}; allowed in the list: {allowed}")
        elif shot == 0:
            yield f"{name}_0shots", {key: value for key, value in made.items() if key != "few_shot"}
        else:
            select = few_shot.get("select", ONE_PER_LEVEL)
            counted = "most_similar" if select == ONE_PER_LEVEL else select
            yield f"{name}_{shot}shots", {**made, "few_shot": {**few_shot, "select": counted, "shots": shot}}


def _with_names(experiment: Any, sweeps: Mapping[str, Mapping[str, Any]]) -> Any:
    if not isinstance(experiment, Mapping) or not isinstance(experiment.get("adms"), list):
        return experiment
    names = [name for adm in experiment["adms"] for name in (sweeps.get(adm, [adm]) if isinstance(adm, str) else [adm])]
    return {**experiment, "adms": names}
