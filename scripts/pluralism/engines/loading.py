"""What the engines share that load a checkpoint; what cannot be loaded gives one clear error line."""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch
from transformers import AutoTokenizer, PreTrainedConfig

from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError

log = logging.getLogger(__name__)


class CheckpointEngine:
    """Loads config and tokenizer when the identity is needed, and the weights at the first answer.

    Class variables:
        auto_class: the class of transformers that loads the weights.
        expected: what a model's id must name, for error messages.
    """

    auto_class: ClassVar[Any]
    expected: ClassVar[str]

    def __init__(self, model: LanguageModel) -> None:
        """Take the model's config; nothing is loaded yet."""
        self._config = model

    def _load(self, call: Callable[..., Any], **options: Any) -> Any:
        """Call a loader of transformers with the model's id, revision and trust, and more options.

        Raises:
            UserError: it cannot be loaded.
        """
        model = self._config
        try:
            return call(model.id, revision=model.revision, trust_remote_code=model.trust_remote_code, **options)
        # ImportError and AttributeError: a checkpoint's own code may be written for another release of transformers.
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
            first = str(error).strip().split("\n")[0]
            raise UserError(
                f"model {model.id}: cannot be loaded, expected a hub id or a folder of {self.expected}: {first}"
            ) from None

    def _weight_options(self) -> Mapping[str, Any]:
        """More arguments of `from_pretrained` for the weights."""
        return {}

    @cached_property
    def _model(self) -> Any:
        """The model, ready for inference, on the GPUs or else on the CPU.

        Raises:
            UserError: it cannot be loaded, or the checkpoint lacks a weight, which transformers would draw at random.
        """
        model = self._config
        log.info("loading %s", model.id)
        loaded, report = self._load(
            self.auto_class.from_pretrained,
            dtype=getattr(torch, model.dtype),
            device_map=model.device_map if torch.cuda.is_available() else None,
            attn_implementation=model.attention,
            output_loading_info=True,
            **self._weight_options(),
        )
        if missing := sorted(report["missing_keys"]):
            raise UserError(
                f"model {model.id}: lacks the weights {missing[0]}, expected a hub id or a folder of {self.expected}"
            )
        return loaded.eval()

    @cached_property
    def _tokenizer(self) -> Any:
        return self._load(AutoTokenizer.from_pretrained)

    @cached_property
    def _config_values(self) -> Mapping[str, Any]:
        """The checkpoint's config.json as written: config classes may drop keys that they do not know."""
        values: Mapping[str, Any] = self._load(PreTrainedConfig.get_config_dict)[0]
        if not values:  # what transformers gives for a folder or an id without that file
            raise UserError(
                f"model {self._config.id}: has no config.json, expected a hub id or a folder of {self.expected}"
            )
        return values
