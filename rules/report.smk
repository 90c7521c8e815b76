# Which files the report shows, and where: a category per dataset, in it figures and tables; a caption for each.


def shown(text):
    """A text of the user's for the report, which takes {braces} for wildcards unless a mark without width parts them."""
    return text.replace("{", "{\N{WORD JOINER}")


def in_report(path, caption, kind, title, dataset, **labels):
    """A file that the report shows, among the figures or tables of its dataset; `labels` distinguish it.

    A figure of another package has no caption here.
    """
    labels = {key: shown(text) for key, text in {kind: title, **labels}.items()}
    has_caption = Path(workflow.basedir, "rules", "captions", f"{caption}.rst").is_file()
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
