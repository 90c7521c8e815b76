# What all chapters use: the checked config, the study's paths, and digests of the code that a rule runs.
import shlex
import sys
from pathlib import Path


# Where this checkout is, also where another Snakefile uses this one as a module.
include: "checkout.smk"


# The package of this checkout, also where our profile has imported another that is installed.
for module in [name for name in sys.modules if name.partition(".")[0] == "pluralism"]:
    del sys.modules[module]
sys.path.insert(0, f"{CHECKOUT}/scripts")
try:
    import pluralism.study.study
except ModuleNotFoundError as error:  # Snakemake is there alone, as for a workflow that conda brings the rest of
    sys.exit(f"error: Python has no {error.name}: the config is read with it; pip install {shlex.quote(str(CHECKOUT))}")

from pluralism.commands import one_line_errors, put_this_python_first
from pluralism.engines.models import ENGINES
from pluralism.files import from_here, located
from pluralism.few_shot.similarity.settings import SIMILARITIES
from pluralism.inference.settings import settings_text
from pluralism.reporting.pages import TEMPLATES
from pluralism.reporting.tables.catalogue import (
    FRONT_PAGE,
    PAGES,
    PAPER_FORMS,
    PAPER_SOURCES,
    PAPER_TABLES,
    SCORE_FORMS,
)
from pluralism.statistics.table_columns import COLUMNS as STATISTICS
from pluralism.study.digests import code_digest
from pluralism.study.listing import list_jobs
from pluralism.study.provenance import Provenance
from pluralism.study.raw_data import RawData
from pluralism.study.reading import read_config, workflow_values
from pluralism.study.study import (
    Study,
    asking_texts,
    folder_files,
    literal,
    model_files,
    one_of,
    people_options,
    selection_options,
    similarity_options,
)
from pluralism.study.user_files import check_files, check_folders

# Rules call "python": the one that runs Snakemake, unless a conda environment replaces it.
put_this_python_first()

# The folder of the commands. As it takes `input`, Snakemake runs nothing again when the folder moves.
SCRIPTS = lambda wildcards, input: from_here(CHECKOUT / "scripts")

with one_line_errors():
    check_folders(CHECKOUT)
    study = Study(read_config(workflow_values(workflow, CHECKOUT, config)))
    # A job is a Snakemake of its own on a cluster; what started it has checked them, and its command reads them anyway.
    if workflow.is_main_process:
        check_files(study)

paths = study.paths
provenance = Provenance(study)
raw_data = RawData(study.config)
NAMES = study.config.names()
PAGE_TEMPLATES = list(map(from_here, TEMPLATES))
NOTE = literal(study.config.footnote)


wildcard_constraints:
    dataset=one_of(study.config.datasets),
    experiment=one_of(study.config.experiments),
    adm=one_of(study.config.adms),


# Jobs that run where Snakemake runs, on a cluster, too: those that take no time, and downloads, which need the internet.
localrules:
    all,
    save_config,


# The config of the run, with overlays and defaults, next to the results.
rule save_config:
    input:
        template=PAGE_TEMPLATES,
    output:
        config=paths.config("yaml"),
        page=report(
            paths.config("html"),
            caption="captions/config.rst",
            category="configuration",
            labels={"page": "The config of the run"},
        ),
    log:
        paths.log("save_config"),
    benchmark:
        paths.benchmark("save_config")
    # What lies in a folder of results, and what is missing there, is known from it before the run ends.
    priority: 4
    conda:
        "../envs/analysis.yaml"
    params:
        config=literal(study.config.model_dump_json()),
        scripts=SCRIPTS,
        code=code_digest("save_config.py"),
    shell:
        "python {params.scripts:q}/save_config.py --config {params.config:q} --output {output.config:q}"
        " --page {output.page:q} 2> {log:q}"
