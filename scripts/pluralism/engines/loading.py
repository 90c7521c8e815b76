"""What the engines share that load a checkpoint; what cannot be loaded gives one clear error line."""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from huggingface_hub import hf_hub_download
from transformers import AutoTokenizer, GenerationConfig, PreTrainedConfig

from pluralism.checkpoints import CONFIG, check_folder, check_vocabulary, check_weights, count_fault, without_dropout
from pluralism.engines.devices import processor_name
from pluralism.engines.gguf_cache import read_weights, read_words
from pluralism.engines.models import LanguageModel, is_folder_name, is_gguf, local_gguf
from pluralism.errors import UserError, foreign_code, shown

CPU_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""Instructions that multiply bfloat16, as torch names them; the last are those of ARM."""

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
        """Take the model's config; nothing is loaded yet. The dtype `auto` gives way to what it means here."""
        self._config = model.model_copy(update={"dtype": resolved_dtype(model.dtype)})

    def _load(self, call: Callable[..., Any], **options: Any) -> Any:
        """Call a loader of transformers with the model's id, revision and trust, and more options.

        Raises:
            UserError: it cannot be loaded, or a file of a local folder is faulty.
        """
        if (fault := count_fault(self._config_values)) is not None:  # of a model of the hub
            raise UserError(f"model {self._config.id}: {CONFIG} {fault}")
        return self._call(call, **options)

    def _call(self, call: Callable[..., Any], name: str | None = None, **options: Any) -> Any:
        """As `_load`, for config.json itself. A checkpoint may hold anything, and code: it may raise anything."""
        model, name = self._config, name or self._words
        with foreign_code(self._refused):
            return call(name, revision=model.revision, trust_remote_code=model.trust_remote_code, **options)

    @cached_property
    def _words(self) -> str:
        """What transformers loads config and tokenizer from: a hub id or a folder."""
        return str(read_words(self._gguf)) if is_gguf(self._config) else self._config.id

    @property
    def _weights(self) -> str:
        """As `_words`, for the weights."""
        if not is_gguf(self._config):
            return self._config.id
        return str(read_weights(self._gguf, self.auto_class, getattr(torch, self._config.dtype)))

    @cached_property
    def _gguf(self) -> Path:
        """The model's GGUF file, downloaded if it is one of the hub.

        Raises:
            UserError: it is missing.
        """
        model = self._config
        if (found := local_gguf(model)) is not None:
            return found
        if model.file is None or is_folder_name(model.id):
            raise UserError(f"{Path(model.id, model.file or '')}: no such file, expected a GGUF model")
        with foreign_code(f"model {model.id}: {model.file} cannot be downloaded"):
            return Path(hf_hub_download(model.id, model.file, revision=model.revision))

    @property
    def _refused(self) -> str:
        return f"model {self._config.id}: cannot be loaded, expected a hub id or a folder of {self.expected}"

    def _weight_options(self) -> Mapping[str, Any]:
        """More arguments of `from_pretrained` for the weights."""
        return {}

    @property
    def device(self) -> str:
        """The GPU's name, or that of the processor."""
        return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU {processor_name()}".strip()

    @cached_property
    def _model(self) -> Any:
        """The model, ready for inference, on the GPUs or else on the CPU.

        Nothing that the checkpoint says about generation acts: neither its generation_config.json, which may be
        broken, nor code of its own in place of `generate`, nor such keys in its config.json.

        Raises:
            UserError: it cannot be loaded; the checkpoint lacks a weight, which transformers would draw at random, or
                has one of another shape; or its tokenizer has more tokens than its embedding.
        """
        model = self._config
        log.info("loading %s", model.id)
        loaded, report = self._load(
            self.auto_class.from_pretrained,
            name=self._weights,
            dtype=getattr(torch, model.dtype),
            device_map=model.device_map if torch.cuda.is_available() else None,
            attn_implementation=model.attention,
            generation_config=GenerationConfig(),
            return_dict=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are in the report, too
            **self._weight_options(),
        )
        place = f"model {model.id}"
        check_weights(report, place, f"a hub id or a folder of {self.expected}")
        check_vocabulary(self._tokenizer, loaded, place)
        return loaded.eval()

    @cached_property
    def _tokenizer(self) -> Any:
        return without_dropout(self._load(AutoTokenizer.from_pretrained))

    @cached_property
    def _config_values(self) -> Mapping[str, Any]:
        """The checkpoint's config.json as written: config classes may drop keys that they do not know."""
        if (folder := Path(self._words)).is_dir():
            check_folder(folder, f"model {self._config.id}")
        values: Mapping[str, Any] = self._call(_read_config)
        if not values:  # what transformers gives for a folder or an id without that file
            raise UserError(f"{self._refused}: it has no config.json, or an empty one")
        return values

    def _shorter_context(self, own: object) -> int | None:
        """The context: the model's own, or less where the config says so; None where neither names one.

        Args:
            own: `max_position_embeddings` as the checkpoint gives it. Some that have no limit write -1.

        Raises:
            UserError: it is not a number.
        """
        if own is not None and (isinstance(own, bool) or not isinstance(own, int)):
            place = f"model {self._config.id}: config.json: max_position_embeddings"
            raise UserError(f"{place} is {shown(own)}, expected a whole number")
        limits = (own if own is not None and own > 0 else None, self._config.context)
        return min((limit for limit in limits if limit is not None), default=None)


def resolved_dtype(dtype: str) -> str:
    """What `auto` means on the device that a model is loaded to; another dtype is what it is.

    bfloat16 is for devices that compute in it: others emulate it, slowly.
    """
    if dtype != "auto":
        return dtype
    if torch.cuda.is_available():
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    able = torch.cpu.get_capabilities()
    computes = torch.backends.mkldnn.is_available() and any(able.get(name) for name in CPU_BFLOAT16)
    return "bfloat16" if computes else "float32"


def _read_config(name: str, revision: str, **_: Any) -> Mapping[str, Any]:
    values: Mapping[str, Any] = PreTrainedConfig.get_config_dict(name, revision=revision)[0]
    if not isinstance(values, Mapping):
        raise TypeError(f"config.json is {shown(values)}, expected a JSON object")
    return values
