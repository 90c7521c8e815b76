"""The page of a crate for people: what was read and made, with licences and checksums; it opens offline.

That of the library takes the study's words for HTML, and shows neither.
"""

from typing import TYPE_CHECKING

from pluralism.reporting.pages import PageCell, page

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

COLUMNS = ("part", "name", "version", "licence", "bytes", "SHA-256")
NOTHING = "-"


def crate_page(crate: "ROCrate", action: str) -> str:
    """The page about the action of a crate, by its id."""
    run = crate.dereference(action)
    licences = crate.root_dataset["license"]
    about = "; ".join(
        f"{one['name']}: {one['description']}" for one in (licences if isinstance(licences, list) else [licences])
    )
    parts = {"workflow": [run["instrument"]], "read": run["object"], "made": run["result"]}
    return page(
        f"{crate.name}. {crate.description}. Licences: {about}.",
        note=f"{run['endTime']}: {run['description']}",
        header=COLUMNS,
        rows=[[PageCell(text, None) for text in _row(part, one)] for part, found in parts.items() for one in found],
    )


def _row(part: str, entity: "Entity") -> tuple[str, ...]:
    """What the columns have about a file or a model; the name of what is in the crate is its place there."""
    has_place = not entity.id.startswith(("#", "http"))
    licence = entity.get("license", NOTHING)
    return (
        *(part, entity.id if has_place else entity["name"], entity.get("version", NOTHING)),
        *(licence if isinstance(licence, str) else licence.id, entity.get("contentSize", NOTHING)),
        entity.get("sha256", NOTHING),
    )
