"""Loading an encoder; a failure is one clear line."""

from collections.abc import Callable
from typing import Any

from pluralism.errors import foreign_code


def load(call: Callable[..., Any], encoder: str, expected: str, **options: Any) -> Any:
    """Call a loader, for example `AutoModel.from_pretrained`, with an encoder's hub id or folder, and options.

    Raises:
        UserError: it cannot be loaded; says what was `expected`.
    """
    with foreign_code(f"encoder {encoder}: cannot be loaded, expected a hub id or a folder of {expected}"):
        return call(encoder, **options)
