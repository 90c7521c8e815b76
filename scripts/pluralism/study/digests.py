"""A digest of the code that a command runs, so that Snakemake sees an edit to it.

Snakemake notices a changed `shell:` line, but neither the script that the line calls nor the modules that the script
imports. A rule that names this digest in `params:` is run again when any of them changes.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parents[2]


def code_digest(*files: str | Path) -> str:
    """SHA-256 over files and all modules that they import, however deep, of our package and of the files' own.

    Imports inside functions count; a module that is only imported by a computed name must be given in `files`, as is
    the file of a registered kind. Formatting and comments do not count, docstrings do.

    Args:
        files: in scripts/, or absolute paths, also of files that an installed package brings.
    """
    seen: set[Path] = set()
    waiting = [SCRIPTS / file for file in files]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    parts = sorted(f"{path.relative_to(_root(path))}\n{_meaning(path)}" for path in seen)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _meaning(path: Path) -> str:
    return ast.dump(_tree(path))


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    return tuple(_imported_files(path))


def _root(path: Path) -> Path:
    """The folder from which a file is imported: scripts/, or that in which its package lies."""
    if path.is_relative_to(SCRIPTS):
        return SCRIPTS
    return next(folder for folder in path.parents if not (folder / "__init__.py").is_file())


def _imported_files(path: Path) -> Iterator[Path]:
    root = _root(path)
    own, *_ = path.relative_to(root).with_suffix("").parts
    yield from _package_files(path)
    for name in _imported_names(path, root):
        yield from _module_files(name)
        if root != SCRIPTS and name.split(".")[0] == own:
            yield from _module_files(name, root)


def _imported_names(path: Path, root: Path) -> Iterator[str]:
    """The names of modules, and of what may be one, that a file imports."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _module_files(name: str, root: Path | None = None) -> Iterator[Path]:
    """The file of a module and those of the packages that it lies in; none of what is no module there."""
    base = (root or SCRIPTS) / Path(*name.split("."))
    module = base.with_suffix(".py")
    file = module if module.is_file() else base / "__init__.py"
    if file.is_file():
        yield file
        yield from _package_files(base)


def _package_files(path: Path) -> Iterator[Path]:
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            return
        yield folder / "__init__.py"
