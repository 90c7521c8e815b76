"""A Workflow Run RO-Crate: the workflow, its config and code version, checksums of what it read, and its results.

Profiles: https://w3id.org/ro/wfrun/workflow/0.5 and those below it. Items, predictions with reasonings and pages that
show texts are not in it, unless their dataset's texts may be passed on and are asked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import metadata, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from pluralism.engines.models import Line, file_digest
from pluralism.errors import UserError
from pluralism.inference.imported import FILE_NAME as RUN_FILE
from pluralism.reporting.export.asked import HERE, model_identity
from pluralism.reporting.export.checkout import WORKFLOW, commit_of, workflow_folder
from pluralism.reporting.export.crate_page import crate_page
from pluralism.reporting.export.exporting import EXPORTS, Exporter
from pluralism.reporting.export.material import Material
from pluralism.study.grid import make_cell
from pluralism.study.paths import CUSTOM_TARGETS

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

RUN_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
VERSION = "1.1"
"""Of RO-Crate, on which these versions of the profiles stand."""
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
"""Defines `sha256`."""
WORKFLOW_FOLDER = "workflow"
PAGE = "ro-crate-preview.html"
RULES = ("rules/*.smk", "config.yaml")
"""Files of the workflow beside it."""
OF_STUDY = ("results/config.yaml",)
OF_DATASET = (
    *("results/{dataset}/scores.csv", "results/{dataset}/statistics/*.csv", "results/made_with/{dataset}/**/*.jsonl"),
    *(f"alignment_targets/{kind}{{dataset}}/*.json" for kind in ("", "sampled_", "doses_", "people_")),
    *(f"figures/{{dataset}}/**/*.{ending}" for ending in ("png", "pdf", "csv", "txt")),
    "results/tables/{dataset}_*",
)
OF_ADM = ("results/{dataset}/{experiment}/{adm}/scores.csv", "results/{dataset}/{experiment}/{adm}/decisions.parquet")
"""Files of a study, of a dataset and of an ADM on it that hold no text of a dataset."""
TEXTS_OF_DATASET = ("data/{dataset}/train.json", "data/{dataset}/eval.json", "results/{dataset}/eval.json")
TEXTS_OF_ADM = ("results/{dataset}/{experiment}/{adm}/predictions.parquet",)
"""Those that do."""
FORMATS = {
    **{".csv": "text/csv", ".html": "text/html", ".json": "application/json", ".jsonl": "application/jsonl"},
    **{".parquet": "application/vnd.apache.parquet", ".pdf": "application/pdf", ".png": "image/png"},
    **{".md": "text/markdown", ".rst": "text/x-rst", ".tex": "text/x-tex", ".yaml": "application/yaml"},
}
"""Suffix -> form; of others it is that of plain text."""
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
SPDX, HUB = "https://spdx.org/licenses/", "https://huggingface.co/"


@EXPORTS.register("ro-crate")
class RoCrate(Exporter):
    """The crate, as a folder or, by the name, an archive."""

    summary: ClassVar[str] = "a Workflow Run RO-Crate"
    packages: ClassVar[tuple[str, ...]] = ("rocrate",)
    next_step: ClassVar[str] = "check it, with the package roc-validator: rocrate-validator validate {place}"

    title: Line = "A study of steerable pluralism"
    author: Line = ""
    licence: Line = ""

    def write(self, material: Material, folder: Path) -> None:
        """The crate with copies of the results; raises a `UserError` where there are no scores yet."""
        from rocrate.rocrate import ROCrate

        run = Run(material, ROCrate(gen_preview=True, version=VERSION), self)
        run.describe()
        run.crate.write(folder)
        # That of the library takes the study's words for HTML, and does not show checksums or licences.
        (folder / PAGE).write_text(crate_page(run.crate, "#run"), encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """A run that is described in a crate."""

    material: Material
    crate: "ROCrate"
    by: RoCrate

    @cached_property
    def root(self) -> Path:
        """The folder of the study."""
        return self.material.results.folder.root

    @cached_property
    def when(self) -> datetime:
        """When the last of the results was made."""
        return max(map(_time, self._results()))

    def describe(self) -> None:
        """Add all to the crate."""
        found = sorted({*self._results()})
        if not any(path.name == "scores.csv" for path in found):
            raise UserError("no scores yet; run the study first")
        results = [self._file(path, path.relative_to(self.root)) for path in found]
        config = next(entity for entity in results if entity.id == "results/config.yaml")
        crate = self.crate
        crate.metadata.extra_contexts.append(TERMS)
        crate.name, crate.description = self.by.title, "; ".join(self.material.said())
        crate.root_dataset["datePublished"] = self.when.isoformat()
        licences = list(self._licences())
        crate.root_dataset["license"] = licences if len(licences) > 1 else licences[0]
        workflow = self._workflow()
        action = crate.add_action(
            workflow,
            identifier="#run",
            object=[config, *self._inputs(), *self._models()],
            result=[entity for entity in results if entity is not config],
            properties={
                **{"name": "Run of the workflow", "endTime": self.when.isoformat()},
                **{"actionStatus": "http://schema.org/CompletedActionStatus", "description": self._status},
            },
        )
        if self.by.author:
            author = crate.add_jsonld({"@id": "#author", "@type": "Person", "name": self.by.author})
            crate.root_dataset["author"], action["agent"] = author, author
        crate.root_dataset["mentions"] = action
        profiles = [
            crate.add_jsonld({"@id": place, "@type": "CreativeWork", "name": name, "version": number})
            for place, (name, number) in RUN_PROFILES.items()
        ]
        crate.root_dataset["conformsTo"] = profiles

    @property
    def _status(self) -> str:
        said = [*self.material.results.missing, *self.material.results.misfits]
        return "; ".join(["Not all of the study is there", *said]) if said else "The study was run to its end."

    def _results(self) -> Iterator[Path]:
        """What is there of the datasets and ADMs that the config names; a folder may hold those of older ones."""
        shared = {name: self.material.has_texts(name) for name in self.material.datasets}
        patterns = [*OF_STUDY]
        for name, has_texts in shared.items():
            patterns += [each.format(dataset=name) for each in (*OF_DATASET, *(TEXTS_OF_DATASET if has_texts else ()))]
        for dataset, experiment, adm in self.material.results.folder.cells:
            for each in (*OF_ADM, *(TEXTS_OF_ADM if shared[dataset] else ())):
                patterns.append(each.format(dataset=dataset, experiment=experiment, adm=adm))
        for pattern in patterns:
            yield from (path for path in self.root.glob(pattern) if path.is_file())

    def _file(self, source: Path, place: Path, **more: Any) -> "Entity":
        """A copy of a file, with its checksum."""
        return self.crate.add_file(source, dest_path=place.as_posix(), properties={**_facts(source), **more})

    def _licences(self) -> Iterator["Entity"]:
        """That of the crate where it is given, else those of the datasets."""
        named = {self.by.licence: ""} if self.by.licence else self.material.licences_of_all
        for name, words in named.items():
            yield self._licence(name, words or name)

    def _licence(self, name: str, words: str) -> "Entity":
        """A licence, "" where it is not known; one that is there already says what it is of as it did."""
        facts = {"@type": "CreativeWork", "name": name or "not known", "description": words}
        place = _licence_place(name)
        return self.crate.dereference(place) or self.crate.add_jsonld({"@id": place, **facts})

    def _workflow(self) -> "Entity":
        """The Snakefile with its rules, as they are now."""
        checkout, number = workflow_folder(self.material.results.folder.working_folder), version("pluralism")
        commit = commit_of(checkout)
        workflow = self.crate.add_workflow(
            checkout / WORKFLOW,
            dest_path=f"{WORKFLOW_FOLDER}/{WORKFLOW}",
            main=True,
            lang="snakemake",
            lang_version=version("snakemake"),
            properties={
                "name": f"pluralism {number}",
                "version": f"{number}, commit {commit}, when exported" if commit else f"{number}, when exported",
                **_facts(checkout / WORKFLOW),
                "conformsTo": {"@id": BIOSCHEMAS},
                "license": self._licence(metadata("pluralism")["License-Expression"], "of the workflow"),
            },
        )
        parts = [path for pattern in RULES for path in sorted(checkout.glob(pattern))]
        workflow["hasPart"] = [self._file(path, WORKFLOW_FOLDER / path.relative_to(checkout)) for path in parts]
        return workflow

    def _inputs(self) -> Iterator["Entity"]:
        """What the user brought, by checksum; the files themselves are not in the crate.

        That is raw files or items of each dataset, its attributes, targets and people's choices, and the runs of other
        code.
        """
        folder, config = self.material.results.folder, self.material.config
        for dataset in self.material.datasets:
            entry, terms = config.datasets[dataset], self.material.terms(dataset)
            kept = folder.eval(dataset) if not entry.source.makes_items else None
            more = {"license": terms.licence or "not known", **({"url": terms.source_url} if terms.source_url else {})}
            raw = [*entry.source.files, *entry.source.annotation_files, *([kept] if kept is not None else [])]
            people = config.people(dataset)
            own = [entry.attribute_file, *([people.file] if people is not None else [])]
            targets = sorted((folder.working_folder / CUSTOM_TARGETS / dataset).glob("*.json"))
            yield from self._read(dataset, _existing(dict.fromkeys(raw), folder.working_folder), more)
            yield from self._read(dataset, _existing([*own, *targets], folder.working_folder), {})
        for names in folder.cells:
            if (place := make_cell(config, *names).imported) is not None:
                runs = sorted((folder.working_folder / place).rglob(RUN_FILE))
                yield from self._read(f"imported/{'/'.join(names)}", runs, {})

    def _read(self, what: str, paths: Iterable[Path], more: Mapping[str, str]) -> Iterator["Entity"]:
        """Files that are not in the crate; those of one name have their folders' names, too."""
        found = list(paths)
        names = [path.name for path in found]
        for path in found:
            name = f"{what}/{path.name if names.count(path.name) == 1 else path.as_posix()}"
            facts = {"@type": "CreativeWork", "name": name, **_facts(path), **more}
            yield self.crate.add_jsonld({"@id": f"#{quote(name)}", **facts})

    def _models(self) -> Iterator["Entity"]:
        """The models of the grid's experiments, with their revisions."""
        config = self.material.config
        named = dict.fromkeys(config.experiments[name].model for name in config.grid.experiments)
        for model in (config.models[name] for name in named if name is not None):
            identity = model_identity(model)
            yield self.crate.add_jsonld(
                {
                    **{"@id": _model_place(identity), "@type": "CreativeWork", "name": identity},
                    **{"version": model.revision, "description": f"model; engine {model.engine}, {model.dtype}"},
                }
            )


def _existing(paths: Iterable[Path], folder: Path) -> Iterator[Path]:
    """Files where they are named, or below the folder in which the study was run."""
    for path in paths:
        yield from [place for place in (path, folder / path) if place.is_file()][:1]


def _facts(path: Path) -> dict[str, str]:
    """What tells a file from others, and its form."""
    form = FORMATS.get(path.suffix, "text/plain")
    return {"sha256": file_digest(path), "contentSize": str(path.stat().st_size), "encodingFormat": form}


def _licence_place(name: str) -> str:
    """Of a licence in the list of SPDX its page there; of an address itself."""
    if not name:
        return "#licence-not-known"
    if re.fullmatch(r"[\w.+-]+", name, re.ASCII):
        return f"{SPDX}{name}"
    return quote(name, safe="/:?#=&%") if name.startswith(("https://", "http://")) else f"#licence-{quote(name)}"


def _model_place(identity: str) -> str:
    return f"#model/{quote(identity)}" if identity.startswith(f"{HERE}/") else f"{HUB}{quote(identity)}"


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
