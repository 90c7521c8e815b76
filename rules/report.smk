# What figures are drawn from, and which files the report shows and where: a category per dataset, in it figures and
# tables; a caption for each.
from pluralism.reporting.figure import FORMS, Stage, planned_figures
from pluralism.reporting.records import figures_record

with one_line_errors():  # a package may add a faulty figure
    FIGURES = {dataset: planned_figures(study.config, dataset) for dataset in study.datasets}


def figure_files(dataset, planned):
    """Option of draw.py -> the files behind it, for all that some of the figures are drawn from."""
    parts = [entry.part for entry in planned if "predictions" in entry.figure.files]
    tables = sorted({table for entry in planned for table in entry.figure.tables})
    files = {
        "statistics": [paths.statistics(dataset, table) for table in tables],
        "train": [study.train(dataset)],
        "eval": [study.eval(dataset)],
        "targets": study.targets(dataset),
        "predictions": list(dict.fromkeys(paths.predictions(dataset, part.experiment, part.adm) for part in parts)),
        "attributes": [study.attributes(dataset)],
    }
    needed = {name for entry in planned for name in entry.figure.files} | {"statistics"}
    return {option: found for option, found in files.items() if option in needed and found}


def figure_options(dataset, planned):
    """The options of draw.py that name what the figures are drawn from."""
    files = figure_files(dataset, planned)
    if "statistics" in files:
        files["statistics"] = [paths.statistics_folder(dataset)]
    if "predictions" in files:
        files["aggregates"] = [study.config.adms[Path(path).parent.name].aggregate for path in files["predictions"]]
    return [word for option, values in files.items() for word in (f"--{option}", *values)]


def shown(text):
    """A text of the user's for the report, which takes {braces} for wildcards unless a mark without width parts them."""
    return text.replace("{", "{\N{WORD JOINER}")


def in_report(path, caption, kind, title, dataset, **labels):
    """A file that the report shows, among the figures or tables of its dataset; `labels` distinguish it.

    A figure of another package has no caption here.
    """
    labels = {key: shown(text) for key, text in {kind: title, **labels}.items()}
    has_caption = (CHECKOUT / "rules" / "captions" / f"{caption}.rst").is_file()
    return report(
        path,
        caption=f"captions/{caption}.rst" if has_caption else None,
        category=shown(NAMES.dataset(dataset)),
        subcategory=f"{kind}s".title(),
        labels=labels,
    )


def figure_in_report(dataset, planned):
    """The PNG file of a figure, which the report shows."""
    part = planned.part
    labels = {"experiment": NAMES.experiment(part.experiment)} if part.experiment else {}
    labels |= {"ADM": NAMES.adm(part.adm)} if part.adm else {}
    path = paths.figure(dataset, planned.name, "png")
    return in_report(path, planned.kind, "figure", planned.figure.title, dataset, **labels)


def table_page(path, name, title, dataset):
    """The page of a table, which the report shows."""
    return in_report(path, f"table_{name}", "table", title, dataset)
