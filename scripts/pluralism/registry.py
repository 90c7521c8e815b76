"""The kinds that a config can name: each is one module of ours, or comes from another installed package.

A module of the registry's package registers what it defines with the decorator `register`; a module that registers
nothing is a helper. Another package adds a kind by an entry point of the registry's group: its name is the kind's, its
object what the decorator would get.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)

from pluralism.errors import UserError, explain, foreign_code, shown
from pluralism.files import NAME_FORM, is_name, parse_json

Kind = TypeVar("Kind")
AnyKind = TypeVar("AnyKind")
Made = TypeVar("Made", bound=BaseModel)


class Registry(Generic[Kind]):
    """Kinds by name. The first look-up imports all our modules; another package is imported for its own kind only."""

    def __init__(self, what: str, base: type[Any], package: str, group: str) -> None:
        """Imports nothing yet.

        Args:
            what: the word for a kind in messages, for example "ADM kind".
            base: the class of all kinds.
            package: its modules register kinds.
            group: the group of entry points that add others.
        """
        self.what, self._base, self._package, self._group = what, base, package, group
        self._kinds: dict[str, Kind] = {}
        self._added: dict[str, EntryPoint] | None = None

    def register(self, name: str) -> Callable[[AnyKind], AnyKind]:
        """A decorator that makes a class or an object of the registry's package a kind.

        Raises:
            ValueError: the name is taken.
        """

        def add(kind: AnyKind) -> AnyKind:
            if name in self._kinds:
                raise ValueError(f"{self.what} '{name}' is registered twice")
            self._kinds[name] = kind  # type: ignore[assignment]
            return kind

        return add

    def own_names(self) -> list[str]:
        """The names of our own kinds, sorted."""
        added = self._find()
        return sorted(self._kinds.keys() - added)

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted({*self.own_names(), *self._find()})

    def names_where(self, condition: Callable[[Kind], bool]) -> list[str]:
        """The names of the kinds that meet a condition, sorted; without those that cannot be imported."""
        found = []
        for name in self.names():
            with suppress(UserError):
                if condition(self.get(name)):
                    found.append(name)
        return found

    def get(self, name: str, place: str = "") -> Kind:
        """The kind of a name; messages begin with `place`, the key of the config.

        Raises:
            UserError: the name is unknown, or the package that adds it cannot be imported.
        """
        added = self._find()
        if name not in self._kinds and name in added:
            self._kinds[name] = self._load(added[name], f"{place}: " if place else "")
        if name not in self._kinds:
            raise UserError(f"{place}: {self._unknown(name)}" if place else self._unknown(name))
        return self._kinds[name]

    def file(self, name: str) -> Path:
        """The file that defines a kind."""
        kind = self.get(name)
        with self.guarded(name):
            return Path(inspect.getfile(kind if inspect.isclass(kind) else type(kind)))

    @contextmanager
    def guarded(self, name: str, place: str = "") -> Iterator[None]:
        """Around a call of a kind: what the code of another package raises becomes a `UserError` that names it."""
        if (entry := self._find().get(name)) is None:
            yield
            return
        at = f"{place}: " if place else ""
        with foreign_code(f"{at}package {_owner(entry)}: the {self.what} '{name}'", ValidationError):
            yield

    def _unknown(self, name: str) -> str:
        return f"unknown {self.what} {shown(name)}; allowed: {', '.join(self.names())}"

    def _find(self) -> dict[str, EntryPoint]:
        """The kinds that other packages add; imports our own modules, once."""
        if self._added is None:
            package = import_module(self._package)
            for module in iter_modules(package.__path__):
                import_module(f"{self._package}.{module.name}")
            added: dict[str, EntryPoint] = {}
            for entry in entry_points(group=self._group):
                if not is_name(entry.name):
                    raise UserError(
                        f"package {_owner(entry)}: {self.what} {entry.name!r}: invalid name, expected {NAME_FORM}"
                    )
                other = added.setdefault(entry.name, entry)
                if entry.name in self._kinds or other.value != entry.value:
                    raise UserError(f"package {_owner(entry)}: the {self.what} '{entry.name}' exists already")
            self._added = added
        return self._added

    def _load(self, entry: EntryPoint, place: str) -> Kind:
        place += f"package {_owner(entry)}: the {self.what} '{entry.name}'"
        try:
            kind: Any = entry.load()
        except Exception as error:  # another package's module may raise anything
            raise UserError(f"{place}: {entry.value} cannot be imported: {error}") from None
        if fault := self._fault(kind):
            raise UserError(f"{place}: {entry.value} {fault}")
        found: Kind = kind
        return found

    def _fault(self, kind: Any) -> str | None:
        """What is wrong with an object that another package adds; None if it is a kind."""
        return None if isinstance(kind, self._base) else f"is not a {self._base.__module__}.{self._base.__name__}"


class ClassRegistry(Registry[type[Made]], Generic[Made]):
    """Kinds that are pydantic models, whose fields are a kind's options in the config.

    As the annotation of a text, `Annotated[str, REGISTRY]`, it accepts the names of kinds only.
    """

    def __init__(self, what: str, base: type[Any], package: str, group: str, key: str = "kind") -> None:
        """As a `Registry`, with the base class of all kinds, and the key of the config that names a kind."""
        super().__init__(what, base, package, group)
        self._key = key

    def make(self, name: str, options: Mapping[str, Any], place: str, others: Iterable[str] = ()) -> Made:
        """A kind with its options.

        Args:
            name: a kind's.
            options: the kind's own keys; null for a key that the kind does not have is none, so that an overlay can
                remove what another kind needed.
            place: where they are in the config, for messages: for example `adms.mine`.
            others: keys that are allowed there for every kind, for messages.

        Raises:
            UserError: the name is unknown, or an option is unknown, missing or not allowed.
        """
        kind = self.get(name, f"{place}.{self._key}" if place else self._key)
        known = kind.model_fields
        given = {key: value for key, value in options.items() if value is not None or key in known}
        with self.guarded(name, place):
            try:
                return kind.model_validate(given)
            except ValidationError as error:
                raise UserError(explain(error, kind, place, others)) from None

    def with_options(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The JSON Schema of a section that names a kind; its properties include the options of our own kinds."""
        section = handler(schema)
        properties = handler.resolve_ref_schema(section)["properties"]
        for name in self.own_names():
            options = handler.resolve_ref_schema(handler(self.get(name).__pydantic_core_schema__))
            for key, option in options.get("properties", {}).items():
                if properties.setdefault(key, option).get("default") != option.get("default"):
                    properties[key].pop("default", None)  # it is another one in each
        return section

    def _fault(self, kind: Any) -> str | None:
        if not (inspect.isclass(kind) and issubclass(kind, self._base)):
            return f"is not a subclass of {self._base.__module__}.{self._base.__name__}"
        if missing := ", ".join(sorted(getattr(kind, "__abstractmethods__", ()))):
            return f"does not define: {missing}"
        annotations: dict[str, Any] = self._base.__annotations__
        for name, annotation in annotations.items():
            origin: Any = get_origin(annotation)
            if origin is ClassVar and not _fits(value := getattr(kind, name), *get_args(annotation)):
                return f"has {name} = {shown(value)}, expected {inspect.formatannotation(*get_args(annotation))}"
        return None

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


def options(text: str) -> dict[str, Any]:
    """The options of a kind from JSON text, as the type of `--options`; a `UserError` unless it is an object."""
    value = parse_json(text, "--options")
    if not isinstance(value, dict):
        raise UserError(f"--options: {shown(value)}, expected an object of the kind's keys")
    return value


def _fits(value: Any, expected: Any) -> bool:
    """Whether a value is of a type; a list may stand for a tuple, a set for a frozen one."""
    if isinstance(value, list | set):
        value = tuple(value) if isinstance(value, list) else frozenset(value)
    try:
        TypeAdapter(expected).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _owner(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "?"
