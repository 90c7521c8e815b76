"""Automatic decision makers, one module per kind."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pluralism.adms.base import Adm
from pluralism.errors import UserError

SHARED_MODULES = {"__init__", "base", "choices", "rewards", "scores"}


def kinds() -> list[str]:
    """The kinds of ADM that a config can name: the modules of this package that define one."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in SHARED_MODULES)


def make_adm(kind: str, options: Mapping[str, Any], place: str) -> Adm:
    """Construct an ADM from its entry in the config.

    Raises:
        UserError: an unknown kind, or an option that the kind does not take; names `place` and what is allowed.
    """
    if kind not in kinds():
        raise UserError(f"{place}.kind: unknown ADM kind '{kind}'; allowed: {', '.join(kinds())}")
    adm_class: type[Adm] = import_module(f"pluralism.adms.{kind}").ADM
    try:
        return adm_class(**options)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        allowed = ", ".join(adm_class.model_fields)
        message = "unknown option" if fault["type"] == "extra_forbidden" else fault["msg"]
        raise UserError(f"{place}.{key}: {message}; options of {kind}: {allowed}") from None
