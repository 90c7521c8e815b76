"""The paper's grid, counted: how many generations and how much reading of prompts, ours and by the published way."""

from pathlib import Path

from pluralism.files import read_yaml
from pluralism.planning.counting import grid_figures
from pluralism.planning.plan import make_plan
from pluralism.planning.pricing import Pricing
from pluralism.study.reading import read_config
from pluralism.study.study import Study

DEMO = Path("data/demo")


def grid(config: Path = Path("config.yaml")) -> dict[str, float]:
    """Count a config's grid on the toy data: ratios depend on targets and attributes, and hardly on the texts.

    What looks at the target is asked once per target either way, so the ADMs that do not look at it have ratios of
    their own.
    """
    values = read_yaml(config)
    values["datasets"]["mic"]["raw"] = str(DEMO / "mic" / "MIC.csv")
    values["datasets"]["helpsteer2"]["raw"] = str(DEMO / "helpsteer2")
    study = Study(read_config(values))
    rows = [row for row in make_plan(study, Pricing(), with_journals=False).rows if row.count is not None]
    target_free = {name for name in study.config.adms if not study.config.adm(name).target_bound}
    free = [row for row in rows if row.adm in target_free]
    figures = grid_figures(row.count for row in rows if row.count is not None)
    of_free = grid_figures(row.count for row in free if row.count is not None)
    return figures | {name.replace("grid_", "grid_target_free_"): value for name, value in of_free.items()}
