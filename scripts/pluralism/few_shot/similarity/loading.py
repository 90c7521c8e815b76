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
    # What several libraries raise for a folder or a name of another sort than expected.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        first = str(error).strip().split("\n")[0]
        raise UserError(
            f"encoder {encoder}: cannot be loaded, expected a hub id or a folder of {expected}: {first}"
        ) from None
