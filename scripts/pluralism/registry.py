"""The kinds that a config can name: each is one module of ours that registers itself, or comes from another package.

A module of the registry's package registers a class with the decorator `register`; a module that registers nothing is a
helper. An installed package adds a kind through an entry point of the registry's group: the entry point's name is the
kind's, and its object is the class. A kind is a pydantic model, and its fields are the kind's options in the config.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError

from pluralism.errors import UserError
from pluralism.validation import explain

Kind = TypeVar("Kind", bound=BaseModel)
AnyKind = TypeVar("AnyKind", bound=BaseModel)


class Registry(Generic[Kind]):
    """Kinds by name. Our modules are imported when the first kind is asked for, another package's when its own is.

    As the annotation of a text, `Annotated[str, REGISTRY]`, it accepts the names of kinds only.
    """

    def __init__(self, what: str, base: type[Any], package: str, group: str, key: str = "kind") -> None:
        """Describe the registry; nothing is imported yet.

        Args:
            what: what a kind is, for messages, such as "ADM kind".
            base: the class that all kinds derive from.
            package: whose modules register kinds.
            group: the group of entry points that add others.
            key: the key of the config that names a kind.
        """
        self.what, self.key = what, key
        self._base, self._package, self._group = base, package, group
        self._kinds: dict[str, type[Kind]] = {}
        self._added: dict[str, EntryPoint] | None = None

    def register(self, name: str) -> Callable[[type[AnyKind]], type[AnyKind]]:
        """A decorator that makes a class of the registry's package a kind.

        Raises:
            ValueError: the name is taken.
        """

        def add(kind: type[AnyKind]) -> type[AnyKind]:
            if name in self._kinds:
                raise ValueError(f"{self.what} '{name}' is registered twice")
            self._kinds[name] = kind  # type: ignore[assignment]
            return kind

        return add

    def own_names(self) -> list[str]:
        """The names of our own kinds, sorted."""
        added = self._find()
        return sorted(self._kinds.keys() - added.keys())

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted({*self.own_names(), *self._find()})

    def names_where(self, holds: Callable[[type[Kind]], bool]) -> list[str]:
        """The names of the kinds for which something holds, sorted; without those that cannot be imported."""
        found = []
        for name in self.names():
            try:
                if holds(self.get(name)):
                    found.append(name)
            except UserError:
                continue
        return found

    def get(self, name: str, place: str = "") -> type[Kind]:
        """The kind of a name.

        Args:
            name: as the config has it.
            place: where it stands, for the message, such as `adms.mine`.

        Raises:
            UserError: the name is unknown, or the package that adds it cannot be imported.
        """
        added = self._find()
        if name not in self._kinds and name in added:
            self._kinds[name] = self._load(added[name])
        if name not in self._kinds:
            where = f"{place}.{self.key}: " if place else ""
            raise UserError(f"{where}{self._unknown(name)}")
        return self._kinds[name]

    def make(self, name: str, options: Mapping[str, Any], place: str, beside: Iterable[str] = ()) -> Kind:
        """A kind with its options.

        Args:
            name: as the config has it.
            options: the kind's own keys.
            place: where they stand, for the message, such as `adms.mine`.
            beside: keys that every kind may have there, for the message.

        Raises:
            UserError: the name is unknown, or an option is unknown, missing or not allowed.
        """
        kind = self.get(name, place)
        try:
            return kind.model_validate(dict(options))
        except ValidationError as error:
            faults = [explain(fault, kind.model_json_schema(), place, beside) for fault in error.errors()]
            raise UserError("; ".join(faults)) from None

    def file(self, name: str, place: str = "") -> Path:
        """The file that defines a kind, so that an edit to it can be seen."""
        return Path(inspect.getfile(self.get(name, place)))

    def _unknown(self, name: str) -> str:
        return f"unknown {self.what} '{name}'; allowed: {', '.join(self.names())}"

    def _find(self) -> dict[str, EntryPoint]:
        """Import our own modules, once; gives the kinds that other packages add."""
        if self._added is None:
            package = import_module(self._package)
            for module in iter_modules(package.__path__):
                import_module(f"{self._package}.{module.name}")
            added: dict[str, EntryPoint] = {}
            for entry in entry_points(group=self._group):
                other = added.setdefault(entry.name, entry)
                if entry.name in self._kinds or other.value != entry.value:
                    raise UserError(f"package {_owner(entry)}: the {self.what} '{entry.name}' exists already")
            self._added = added
        return self._added

    def _load(self, entry: EntryPoint) -> type[Kind]:
        place = f"package {_owner(entry)}: the {self.what} '{entry.name}'"
        try:
            kind: Any = entry.load()
        except Exception as error:  # another package's module may raise whatever it likes
            raise UserError(f"{place}: {entry.value} cannot be imported: {error}") from None
        if not inspect.isclass(kind) or not issubclass(kind, self._base):
            raise UserError(f"{place}: {entry.value} is no subclass of {self._base.__module__}.{self._base.__name__}")
        found: type[Kind] = kind
        return found

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """A text that names a kind."""

        def check(name: str) -> str:
            if name not in self.names():
                raise ValueError(self._unknown(name))
            return name

        return AfterValidator(check).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Editors offer our own kinds and accept others."""
        return {"anyOf": [{"enum": self.own_names()}, handler(schema)]}


def _owner(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "?"
