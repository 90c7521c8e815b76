"""What the engines share that word the prompts of a causal language model by its own tokenizer."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from transformers import AutoConfig, AutoModelForCausalLM

from pluralism.engines.base import PromptText
from pluralism.engines.loading import CheckpointEngine
from pluralism.engines.models import weights_identity
from pluralism.engines.rendering import Renderer
from pluralism.errors import UserError
from pluralism.requests import Request, digest


class CausalEngine(CheckpointEngine):
    """Renders requests, by the checkpoint's chat template and within its context."""

    auto_class: ClassVar[Any] = AutoModelForCausalLM
    expected: ClassVar[str] = "a causal language model"

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the model that may change an answer; what is local counts by its content, not its name."""
        context = self._context  # first: a GGUF file of the hub is downloaded, and then counts by its content
        return {
            **weights_identity(self._config),
            "context": context,
            "template": digest(self._tokenizer.chat_template),
        }

    def prompt_text(self, request: Request) -> PromptText:
        """What the model reads of a request; no weights are loaded.

        Raises:
            UserError: the request does not fit its context, or the template fails.
        """
        prompt = self._renderer.render(request)
        text: str = self._tokenizer.decode([*prompt.prefix, *prompt.suffix], clean_up_tokenization_spaces=False)
        return PromptText(text, len(prompt), prompt.dropped_examples)

    @cached_property
    def _renderer(self) -> Renderer:
        return Renderer(self._tokenizer, self._config.id, self._context)

    @cached_property
    def _context(self) -> int:
        """The model's own context, or less where the config says so."""
        context = self._shorter_context(self._load(_own_context))
        if context is None:
            raise UserError(f"model {self._config.id}: its config names no context length; set `context`")
        return context


def _own_context(name: str, **options: Any) -> object:
    """What a checkpoint's config gives as its context, by the name of its class."""
    return getattr(AutoConfig.from_pretrained(name, **options).get_text_config(), "max_position_embeddings", None)
