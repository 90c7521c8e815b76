"""Loading an encoder; what cannot be loaded is one clear line."""

from collections.abc import Callable
from typing import Any

from pluralism.errors import UserError


def load(call: Callable[..., Any], encoder: str, expected: str, **options: Any) -> Any:
    """Call a loader with an encoder's name.

    Args:
        call: such as `AutoModel.from_pretrained`.
        encoder: a hub id or a local folder.
        expected: what it is to name, for the error message.
        options: more arguments of the loader.

    Raises:
        UserError: it cannot be loaded.
    """
    try:
        return call(encoder, **options)
    # What a folder or a name that is none of the expected sort raises, through several libraries.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        first = str(error).strip().split("\n")[0]
        raise UserError(
            f"encoder {encoder}: cannot be loaded, expected a hub id or a folder of {expected}: {first}"
        ) from None
