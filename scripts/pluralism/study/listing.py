"""The jobs of a run of Snakemake that ask a model, listed for each other when it begins: see `inference.run`."""

import atexit
import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import uuid4

from pluralism.inference.jobs import PredictionJob
from pluralism.inference.run import FOLDER, ListedJob, Run
from pluralism.study.study import Study


def list_jobs(study: Study, dag: Any, asking: Collection[str], folder: Path) -> None:
    """Write the list of the jobs that ask a model, and let the jobs of this process find it.

    Args:
        study: that they are of.
        dag: Snakemake's jobs, once it is known which of them are to run.
        asking: the rules whose jobs ask a model.
        folder: for what runs keep; that of this one is removed when the process ends.
    """
    needed = set(dag.needrun_jobs())
    # In the order of Snakemake: by priority, and of the same priority as the grid has them.
    jobs = sorted((job for job in needed if job.rule.name in asking), key=lambda job: (-job.priority, job.jobid))

    def made(job: Any) -> list[str]:
        return [file for before, files in dag.dependencies[job].items() if before in needed for file in files]

    run = Run(folder / uuid4().hex)
    run.begin([ListedJob(job=prediction_job(study, job.wildcards), made_before=made(job)) for job in jobs])
    os.environ[FOLDER] = str(run.folder)
    atexit.register(shutil.rmtree, run.folder, ignore_errors=True)


def prediction_job(study: Study, wildcards: Any) -> PredictionJob:
    """What the job of a rule's wildcards is given."""
    cell = study.cell(wildcards)
    inputs = study.prediction_inputs(cell)
    return PredictionJob(
        settings=cell.settings,
        attributes=inputs["attributes"],
        train=inputs["train"],
        eval=inputs["eval"],
        examples=next(iter(inputs["examples"]), None),
        whole_eval=next(iter(inputs["whole_eval"]), None),
        targets=inputs["targets"],
        journal=study.paths.journal(*cell.names),
        shard=wildcards.get("shard"),
    )
