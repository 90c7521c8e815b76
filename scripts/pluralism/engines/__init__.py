"""Engines know only requests: they take all requests of a job and yield generations as they finish."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pluralism.engines.base import Engine
from pluralism.engines.models import LanguageModel


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Imports leave hardly any: to look for it again and again takes a fifth of the time that torch and others load."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was imported stays, and need not be looked through later either
        gc.enable()


@_no_garbage()
def open_engine(model: LanguageModel) -> Engine:
    """The engine that a model's config names. Heavy libraries are imported here and not before.

    Raises:
        UserError: the model has a key that its engine does not take, or lacks one that it needs.
    """
    return model.engine_kind().open(model)
