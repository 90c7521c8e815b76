"""The kinds that a config can name: each is one module of ours that registers itself, or comes from another package.

A module of the registry's package registers what it defines with the decorator `register`; a module that registers
nothing is a helper. An installed package adds a kind through an entry point of the registry's group: the entry point's
name is the kind's, and its object is what the decorator would have been given.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Generic, TypeVar

from pluralism.errors import UserError

Kind = TypeVar("Kind")
AnyKind = TypeVar("AnyKind")


class Registry(Generic[Kind]):
    """Kinds by name. Modules are imported when the first kind is asked for, other packages' when theirs is."""

    def __init__(self, what: str, package: str) -> None:
        """Name the registry; nothing is imported yet.

        Args:
            what: what a kind is, for messages, such as "ADM kind".
            package: whose modules register kinds, and the group of entry points that add others.
        """
        self.what, self._package = what, package
        self._kinds: dict[str, Kind] = {}
        self._added: dict[str, EntryPoint] | None = None

    def register(self, name: str) -> Callable[[AnyKind], AnyKind]:
        """A decorator that makes a class or an object of this package a kind.

        Raises:
            ValueError: the name is taken.
        """

        def add(kind: AnyKind) -> AnyKind:
            if name in self._kinds:
                raise ValueError(f"{self.what} '{name}' is registered twice")
            self._kinds[name] = kind  # type: ignore[assignment]
            return kind

        return add

    def names(self) -> list[str]:
        """All names, sorted."""
        added = self._find()
        return sorted({*self._kinds, *added})

    def get(self, name: str, place: str) -> Kind:
        """The kind of a name.

        Args:
            name: as the config has it.
            place: where it stands, for the message.

        Raises:
            UserError: the name is unknown, or the package that adds it cannot be imported.
        """
        added = self._find()
        if name not in self._kinds and name in added:
            self._kinds[name] = self._load(added[name])
        if name not in self._kinds:
            raise UserError(f"{place}: unknown {self.what} '{name}'; allowed: {', '.join(self.names())}")
        return self._kinds[name]

    def file(self, name: str, place: str) -> Path:
        """The file that defines a kind, so that an edit to it can be noticed."""
        kind = self.get(name, place)
        return Path(inspect.getfile(kind if inspect.isclass(kind) else type(kind)))

    def _find(self) -> dict[str, EntryPoint]:
        """Import our own modules, once; gives the kinds that other packages add."""
        if self._added is None:
            package = import_module(self._package)
            for module in iter_modules(package.__path__):
                import_module(f"{self._package}.{module.name}")
            self._added = {entry.name: entry for entry in entry_points(group=self._package)}
            if taken := sorted(self._added.keys() & self._kinds.keys()):
                owner = self._added[taken[0]].dist
                raise UserError(f"package {owner.name if owner else '?'}: {self.what} '{taken[0]}' exists already")
        return self._added

    def _load(self, entry: EntryPoint) -> Kind:
        try:
            kind: Kind = entry.load()
        except (ImportError, AttributeError) as error:
            raise UserError(f"{self.what} '{entry.name}': {entry.value} cannot be imported: {error}") from None
        return kind
