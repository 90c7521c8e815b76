"""Loading an encoder; a failure is one clear line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pluralism.checkpoints import check_folder, check_weights
from pluralism.errors import UserError, foreign_code, shown


def load(call: Callable[..., Any], encoder: str, expected: str, **options: Any) -> Any:
    """Call a loader, for example `AutoModel.from_pretrained`, with an encoder's hub id or folder, and options.

    Raises:
        UserError: it cannot be loaded; says what was `expected`.
    """
    if (folder := Path(encoder)).is_dir():
        for part in (folder, *sorted(folder.glob("[0-9]*_*/"))):  # sentence-transformers has a folder per module
            check_folder(part, f"encoder {part}")
    with foreign_code(f"encoder {encoder}: cannot be loaded, expected a hub id or a folder of {expected}"):
        # Else transformers asks, and waits for an answer.
        return call(encoder, trust_remote_code=False, **options)


def check_length(tokenizer: Any, longest: object, place: str) -> None:
    """Raise a `UserError` where the most tokens that an encoder reads of a text leave none for its words."""
    least = tokenizer.num_special_tokens_to_add() + 1
    if not isinstance(longest, int | float) or longest < least:
        raise UserError(f"{place}: reads {shown(longest)} tokens of a text, expected {least} or more")


def check_reader(model: Any, place: str, expected: str) -> None:
    """Raise a `UserError` where a model, loaded by sentence-transformers, lacks weights: it does not tell.

    The model is loaded again, but without reading any weights.
    """
    with foreign_code(f"{place}: cannot be loaded, expected {expected}"):
        _, report = type(model).from_pretrained(
            model.config._name_or_path, device_map="meta", output_loading_info=True, ignore_mismatched_sizes=True
        )
    check_weights(report, place, expected, optional="pooler")
