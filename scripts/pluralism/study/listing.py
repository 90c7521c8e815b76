"""The jobs of a run of Snakemake that ask a model, listed for each other when it begins: see `inference.run`."""

from collections.abc import Collection
from typing import Any

from pluralism.inference.jobs import PredictionJob
from pluralism.inference.run import ListedJob, Run
from pluralism.inference.run_folder import run_folder
from pluralism.study.study import Study


def list_jobs(study: Study, dag: Any, asking: Collection[str]) -> None:
    """Write the list of the jobs that ask a model into the run's folder.

    Args:
        study: that they are of.
        dag: Snakemake's jobs, once it is known which of them are to run.
        asking: the rules whose jobs ask a model.
    """
    needed = set(dag.needrun_jobs())
    # In the order of Snakemake: by priority, and of the same priority as the grid has them.
    jobs = sorted((job for job in needed if job.rule.name in asking), key=lambda job: (-job.priority, job.jobid))

    def made(job: Any) -> list[str]:
        return [file for before, files in dag.dependencies[job].items() if before in needed for file in files]

    if (folder := run_folder()) is not None:
        Run(folder).begin([ListedJob(job=prediction_job(study, job.wildcards), made_before=made(job)) for job in jobs])


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
        predictions=inputs["predictions"],
        journal=study.paths.journal(*cell.names),
        shard=wildcards.get("shard"),
    )
