"""The page: all of a study's results as HTML that needs no network, alone or in an archive with what it links to."""

import base64
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pluralism.files import replacing
from pluralism.reporting.pages import TEMPLATES
from pluralism.reporting.report import exhibits
from pluralism.reporting.report.behind import Behind, WrongItems, wrong_items
from pluralism.reporting.report.exhibits import Picture, ShownTable, Source
from pluralism.reporting.report.headline import (
    Skills,
    comparisons_in_brief,
    reference_sentences,
    skills,
    who_beats_whom,
)
from pluralism.reporting.report.overview import (
    item_count,
    not_run,
    prompts_words,
    run_experiments,
    study_sentence,
    targets_words,
)
from pluralism.reporting.report.words import listed, name
from pluralism.reporting.tables.table import page_rows
from pluralism.statistics.stored import read_statistics
from pluralism.study.closing import ARCHIVE
from pluralism.study.study import Study
from pluralism.tables import read_csv

LARGEST_PAGE = 20_000_000
"""Bytes of a page that is still one file."""
_HERE = Path(__file__).parent
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of all files of an archive, so that the same results give the same bytes."""


@dataclass(frozen=True)
class DatasetReport:
    """What the report has of a dataset."""

    name: str
    label: str
    items: int
    limit: int | None
    terms: str
    targets: str
    attributes: list[str]
    skills: Skills
    references: list[Markup]
    compared: str
    verdicts: list[tuple[str, list[Markup]]]
    wrong: list[WrongItems]
    pictures: list[Picture]
    tables: list[ShownTable]
    missing: dict[str, list[str]]

    def wrong_of(self, cell: tuple[str, str], target_set: str) -> Behind | None:
        """The items that an ADM of an experiment decides wrongly; None where the set has several targets."""
        return next((of.by_cell[cell] for of in self.wrong if of.target_set == target_set), None)


def read_dataset(study: Study, dataset: str) -> DatasetReport:
    """Read what the report shows of a dataset; raises a `UserError` if a file is missing or has a fault."""
    names, folder = study.config.names(), Path(study.paths.statistics_folder(dataset))
    accuracy, comparisons = read_statistics(folder, "accuracy"), read_statistics(folder, "comparisons")
    pictures, without_data = exhibits.pictures(study, dataset)
    tables, without_rows = exhibits.tables(study, dataset)
    if without_data:
        without_rows["nothing to draw"] = [f"figure {title}" for title in without_data]
    return DatasetReport(
        name=dataset,
        label=names.dataset(dataset),
        items=item_count(accuracy),
        limit=study.config.datasets[dataset].limit,
        terms=study.config.datasets[dataset].terms.words,
        targets=targets_words(study, dataset),
        attributes=list(study.config.attributes(dataset).names),
        skills=skills(read_statistics(folder, "skill"), names),
        references=reference_sentences(accuracy, names),
        compared=comparisons_in_brief(comparisons),
        verdicts=who_beats_whom(comparisons, names),
        wrong=wrong_items(study, dataset),
        pictures=pictures,
        tables=tables,
        missing=without_rows,
    )


def missing_lines(study: Study, datasets: Sequence[DatasetReport]) -> list[Markup]:
    """What the study lacks: parts of its config that were not run; figures and tables that hold nothing, and why."""
    lines = dict[str, list[Markup]]()
    for dataset in datasets:
        for reason, titles in dataset.missing.items():
            lines.setdefault(f"{', '.join(dict.fromkeys(titles))}: {reason}", []).append(name(dataset.label))
    several = len(datasets) > 1
    held = [
        Markup("{}: {}").format(listed(where), name(line)) if several else name(line) for line, where in lines.items()
    ]
    return [*map(name, not_run(study.config)), *held]


def write_report(study: Study, output: Path, *, archive: bool) -> Path:
    """Write the report as one file; as an archive with its figures and the explorer if asked for, or if it is large.

    A large one takes the place of a page that was written before.

    Args:
        study: the study, run to its end.
        output: where, ending in .html or .zip.
        archive: whether to write an archive in any case.

    Returns:
        What was written: `output`, with the ending .zip if it is an archive.
    """
    datasets = [read_dataset(study, dataset) for dataset in study.datasets]
    explorer = Path(study.paths.explorer_folder())
    has_explorer = Path(study.paths.explorer()).is_file()
    if not archive:
        link = quote(os.path.relpath(study.paths.explorer(), output.parent).replace(os.sep, "/"))
        text = render(study, datasets, source=exhibits.embedded, explorer=link if has_explorer else "")
        content = text.encode("utf-8")
        if len(content) <= LARGEST_PAGE:
            with replacing(output) as (draft,):
                draft.write_bytes(content)
            return output
    root = Path(study.paths.figures_folder("x")).parent
    text = render(
        study,
        datasets,
        source=lambda path: quote(f"figures/{path.relative_to(root).as_posix()}"),
        explorer="explorer/index.html" if has_explorer else "",
    )
    files = {f"figures/{path.relative_to(root).as_posix()}": path for path in _all_figures(datasets)}
    if has_explorer:
        found = sorted(path for path in explorer.rglob("*") if path.is_file())
        files |= {f"explorer/{path.relative_to(explorer).as_posix()}": path for path in found}
    written = output.with_suffix(ARCHIVE)
    with replacing(written) as (draft,), zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(_entry("report.html"), text)
        for inside, path in files.items():
            with path.open("rb") as content_of, packed.open(_entry(inside), "w") as into:
                shutil.copyfileobj(content_of, into)
    if not archive:
        output.unlink(missing_ok=True)
    return written


def _entry(inside: str) -> zipfile.ZipInfo:
    """A file of an archive, below one folder, so that unpacking leaves no files about."""
    entry = zipfile.ZipInfo(f"report/{inside}", _EPOCH)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _all_figures(datasets: list[DatasetReport]) -> Iterator[Path]:
    return (picture.path for dataset in datasets for picture in dataset.pictures)


def render(study: Study, datasets: list[DatasetReport], *, source: Source, explorer: str) -> str:
    """The page as HTML.

    Args:
        study: the study.
        datasets: what it has of each dataset.
        source: the address of a picture.
        explorer: the address of the explorer; empty if there is none.
    """
    config = study.config
    environment = Environment(
        loader=FileSystemLoader([_HERE, TEMPLATES[0].parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"listed": listed, "named": name, "page_rows": page_rows, "source": source}
    style, script = ((_HERE / "report.css").read_text("utf-8"), _script())
    return environment.get_template("report.html.jinja").render(
        title=f"Steerable pluralism: {Path(config.output).name}" if config.output else "Steerable pluralism",
        sentence=study_sentence(study, [dataset.items for dataset in datasets]),
        note=config.footnote,
        config=config,
        names=config.names(),
        protocol=str(config.protocol).replace(",", ", "),
        prompts=prompts_words(config),
        experiments=list(run_experiments(config)),
        missing=missing_lines(study, datasets),
        datasets=datasets,
        explorer=explorer,
        config_text=Path(study.paths.config("yaml")).read_text(encoding="utf-8"),
        run_times=run_times(study),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _script() -> str:
    """What sorts tables, as in the pages of the tables, and what filters them."""
    return "".join(path.read_text("utf-8") for path in (TEMPLATES[0].parent / "sort.js", _HERE / "filter.js"))


def _hash(text: str) -> str:
    """The hash by which the page's policy allows a style or a script, and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def run_times(study: Study) -> list[tuple[str, float, float]]:
    """(job, seconds, megabytes of memory at most) of the jobs whose times are kept."""
    folder = Path(study.paths.benchmark("x")).parent
    found = []
    for path in sorted(folder.rglob("*.tsv")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            header, row = (next(lines, "").rstrip("\n").split("\t") for _ in range(2))
        if len(row) == len(header) and {"s", "max_rss"} <= set(header):  # of a job that was killed there may be less
            table = read_csv(path, ["s", "max_rss"], numbers=["s", "max_rss"], separator="\t")
            job = path.relative_to(folder).with_suffix("").as_posix()
            found.append((job, float(table["s"].sum()), float(table["max_rss"].max())))
    return found
