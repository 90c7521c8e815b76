"""Automatic decision makers."""

from collections.abc import Mapping
from typing import Any

from pluralism.adms.base import ADMS, Adm

KEYS_OF_EVERY_KIND = ("kind", "label", "prompts", "aggregate")
"""Keys of an ADM's entry in the config that are not its kind's options."""


def make_adm(kind: str, options: Mapping[str, Any], place: str) -> Adm:
    """Construct an ADM from its entry in the config.

    Raises:
        UserError: an unknown kind, or an option that the kind does not take; names `place` and what is allowed.
    """
    return ADMS.make(kind, options, place, KEYS_OF_EVERY_KIND)
