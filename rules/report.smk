# Which files the report shows, and where: a category per dataset, in it figures and tables; a caption for each.
from pluralism.reporting.figures.figure_names import OF_A_DATASET, OF_AN_EXPERIMENT


def in_report(path, caption, kind, title, dataset, **labels):
    """A file that the report shows, among the figures or tables of its dataset; `labels` tell it from its like."""
    labels = {kind: title, **labels}
    return report(
        path, caption=f"captions/{caption}.rst", category=dataset, subcategory=f"{kind}s".title(), labels=labels
    )


def figure(path, caption, title, dataset="{dataset}", **labels):
    """A figure in the report."""
    return in_report(path, caption, "figure", title, dataset, **labels)


def table_pages(folder, tables):
    """The pages of tables (name -> title) of all datasets, each in the report; `folder` names the dataset."""
    return [
        in_report(f"{folder.format(dataset=dataset)}{name}.html", f"table_{name}", "table", title, dataset)
        for dataset in study.datasets
        for name, title in tables.items()
    ]


def predicted_levels_figures(dataset):
    """The files of the figures, those of an ADM next to each other."""
    for cell in study.level_cells(dataset):
        experiment, adm = cell.split("/")
        path, title = f"figures/{dataset}/{cell}/predicted_levels", "Predicted against true levels"
        yield figure(f"{path}.png", "predicted_levels", title, dataset, experiment=experiment, ADM=adm)
        yield from (f"{path}.{format}" for format in ("pdf", "csv"))


def statistics_figures(dataset):
    """The PNG files of the figures of a dataset's statistics, some of them an experiment's."""
    for name in study.statistics_figures(dataset):
        experiment, _, drawn = name.rpartition("/")
        title = (OF_AN_EXPERIMENT if experiment else OF_A_DATASET)[drawn]
        labels = {"experiment": experiment} if experiment else {}
        yield figure(f"figures/{dataset}/{name}.png", drawn, title, dataset, **labels)
