"""Loading an encoder; a failure is one clear line."""

from collections.abc import Callable
from typing import Any

from pluralism.errors import UserError


def load(call: Callable[..., Any], encoder: str, expected: str, **options: Any) -> Any:
    """Call a loader, for example `AutoModel.from_pretrained`, with an encoder's hub id or folder, and options.

    Raises:
        UserError: it cannot be loaded; says what was `expected`.
    """
    try:
        return call(encoder, **options)
    # Several libraries raise these for a folder or a name of another kind than expected.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        first = str(error).strip().split("\n")[0]
        raise UserError(
            f"encoder {encoder}: cannot be loaded, expected a hub id or a folder of {expected}: {first}"
        ) from None
