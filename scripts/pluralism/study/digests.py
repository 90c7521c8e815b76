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


def code_digest(*files: str) -> str:
    """SHA-256 over files in scripts/ and all modules of the package that they import, however deep.

    Imports inside functions count; a module that is only imported by a computed name must be given in `files`.
    Formatting and comments do not count, docstrings do.
    """
    seen: set[Path] = set()
    waiting = [SCRIPTS / file for file in files]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    parts = [f"{path.relative_to(SCRIPTS)}\n{_meaning(path)}" for path in sorted(seen)]
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


def _imported_files(path: Path) -> Iterator[Path]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            yield from _module_files(name)


def _module_files(name: str) -> Iterator[Path]:
    base = SCRIPTS / Path(*name.split("."))
    if base.with_suffix(".py").is_file():
        yield base.with_suffix(".py")
        yield from (parent / "__init__.py" for parent in base.parents if (parent / "__init__.py").is_file())
    elif (base / "__init__.py").is_file():
        yield base / "__init__.py"
