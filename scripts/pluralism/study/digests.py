"""A digest of the code that a command runs, so that Snakemake sees an edit to it.

Snakemake sees a change of a `shell:` line, but not of the script that the line calls, or of the modules that this
imports. A rule with this digest in its `params:` runs again when any of them changes.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parents[2]


def code_digest(*files: str | Path) -> str:
    """SHA-256 over files and all modules that they import, directly or not, of our package and of the files' own.

    Imports inside functions count, those for type checkers alone do not; a module that is only imported by a computed
    name, as a registered kind is, must be among `files`. Formatting and comments do not count, docstrings do.

    Args:
        files: in scripts/, or absolute paths, for example in an installed package.
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


def _root(path: Path) -> Path:
    """The folder from which a file is imported: scripts/, or the parent of its package."""
    if path.is_relative_to(SCRIPTS):
        return SCRIPTS
    return next(folder for folder in path.parents if not (folder / "__init__.py").is_file())


@cache
def _imports(path: Path) -> list[Path]:
    root = _root(path)
    own = path.relative_to(root).with_suffix("").parts[0]
    files = list(_package_files(path))
    for name in _imported_names(path, root):
        files += _module_files(name, SCRIPTS)
        if root != SCRIPTS and name.split(".")[0] == own:
            files += _module_files(name, root)
    return files


def _imported_names(path: Path, root: Path) -> Iterator[str]:
    """The names that a file imports: modules, and what may be one."""
    package = path.relative_to(root).parent.parts
    for node in _running(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all within it, but for what is under `if TYPE_CHECKING`."""
    yield node
    for part in ast.iter_child_nodes(node):
        if not (isinstance(part, ast.If) and isinstance(part.test, ast.Name) and part.test.id == "TYPE_CHECKING"):
            yield from _running(part)


def _module_files(name: str, root: Path) -> Iterator[Path]:
    """The file of a module and those of the packages around it; none if it is not below `root`."""
    base = root.joinpath(*name.split("."))
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
