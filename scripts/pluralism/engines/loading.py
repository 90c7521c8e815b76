"""Loading models and tokenizers; what cannot be loaded gives one clear error line."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import torch
from transformers import PreTrainedConfig

from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError

log = logging.getLogger(__name__)


def load(call: Callable[..., Any], model: LanguageModel, expected: str, **options: Any) -> Any:
    """Call a loader of transformers with a model's id, revision and trust.

    Args:
        call: such as `AutoTokenizer.from_pretrained`.
        model: what to load.
        expected: what the id is to name, for the error message.
        options: more arguments of the loader.

    Raises:
        UserError: it cannot be loaded.
    """
    try:
        return call(model.id, revision=model.revision, trust_remote_code=model.trust_remote_code, **options)
    # ImportError and AttributeError: a checkpoint's own code may be written for another release of transformers.
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        first = str(error).strip().split("\n")[0]
        raise UserError(
            f"model {model.id}: cannot be loaded, expected a hub id or a folder of {expected}: {first}"
        ) from None


def load_weights(kind: Any, model: LanguageModel, expected: str, **options: Any) -> Any:
    """Load a model, ready for inference, on the GPUs or else on the CPU.

    Args:
        kind: an auto class of transformers.
        model: what to load.
        expected: what the id is to name, for the error message.
        options: more arguments of `from_pretrained`.

    Raises:
        UserError: it cannot be loaded, or the checkpoint lacks a weight, which transformers would draw at random.
    """
    log.info("loading %s", model.id)
    loaded, report = load(
        kind.from_pretrained,
        model,
        expected,
        dtype=getattr(torch, model.dtype),
        device_map=model.device_map if torch.cuda.is_available() else None,
        attn_implementation=model.attention,
        output_loading_info=True,
        **options,
    )
    if missing := sorted(report["missing_keys"]):
        raise UserError(
            f"model {model.id}: lacks the weights {missing[0]}, expected a hub id or a folder of {expected}"
        )
    return loaded.eval()


def config_values(model: LanguageModel, expected: str) -> Mapping[str, Any]:
    """The checkpoint's config.json as written: config classes may drop keys that they do not know."""
    values: Mapping[str, Any] = load(PreTrainedConfig.get_config_dict, model, expected)[0]
    if not values:  # what transformers gives for a folder or an id without that file
        raise UserError(f"model {model.id}: has no config.json, expected a hub id or a folder of {expected}")
    return values
