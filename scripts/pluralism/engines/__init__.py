"""Engines know only requests: they take all requests of a job and yield generations as they finish."""

import gc
import os

from pluralism.engines.base import Engine
from pluralism.engines.models import LanguageModel

SHORT_WAITS = {"GOMP_SPINCOUNT": "1000"}
"""Read by the threads of torch as it is imported. By default they wait for each other in a busy loop, and take the
cores from other jobs, and from each other where these are fewer."""


def open_engine(model: LanguageModel) -> Engine:
    """The engine that a model's config names. Heavy libraries are imported here and not before.

    Raises:
        UserError: the model has a key that its engine does not take, or lacks one that it needs.
    """
    for name, value in SHORT_WAITS.items():
        os.environ.setdefault(name, value)
    gc.disable()  # imports leave hardly any garbage, and a fifth of their time would go into looking for it
    try:
        return model.engine_kind().open(model)
    finally:
        gc.freeze()  # what was imported stays
        gc.enable()
