"""What the documentation has beside its pages: the explorer of the demo, where this folder has the demo's results."""

from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
EXPLORER, CONFIG = ROOT / "results" / "explorer", ROOT / "results" / "config.yaml"
SHOWN_AT = "explorer"
"""The folder of the site that it is shown in."""
MARK = "<!-- the demo's explorer -->"
"""What a page has in its place."""
MISSING = "*(Here the documentation has the demo's explorer, if `make demo` ran before it was built.)*"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files of the explorer."""
    for path in sorted(EXPLORER.rglob("*")) if has_demo() else []:
        if path.is_file():
            name = f"{SHOWN_AT}/{path.relative_to(EXPLORER).as_posix()}"
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, files: Files, **_: Any) -> str:
    """Show it, or say that it is not there, where a page has a mark for it."""
    shown = f"[**Open the demo's explorer**](../{SHOWN_AT}/index.html){{ target=_blank }}"
    return markdown.replace(MARK, shown if files.get_file_from_path(f"{SHOWN_AT}/index.html") else MISSING)


def has_demo() -> bool:
    """Whether results are there, and of the demo: those of a study of one's own are not to be published by accident."""
    if not (EXPLORER / "index.html").is_file() or not CONFIG.is_file():
        return False
    datasets = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["datasets"].values()
    return all(str(dataset.get("raw")).startswith("data/demo/") for dataset in datasets)
