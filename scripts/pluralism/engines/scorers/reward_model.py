"""Reward models: sequence classifiers that score a response to a prompt, with one head or several."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import torch
from transformers import AutoModelForSequenceClassification
from transformers.modeling_layers import GenericForSequenceClassification

from pluralism.engines.base import requests_of_kind
from pluralism.engines.chat_template import ChatTemplate
from pluralism.engines.encoding import encode_whole
from pluralism.engines.loading import CheckpointEngine
from pluralism.engines.models import LanguageModel, weights_identity
from pluralism.engines.scorers.batches import Answer, EncodedRequest, answer_all, checked_finite, padded, run_model
from pluralism.errors import UserError, foreign_code
from pluralism.requests import AnyRequest, ChatQuirks, Generation, RewardRequest, digest, request_key


class RewardModelEngine(CheckpointEngine):
    """Answers reward requests."""

    auto_class: ClassVar[Any] = AutoModelForSequenceClassification
    expected: ClassVar[str] = "a reward model (sequence classification)"

    def __init__(self, model: LanguageModel, reward_head: str | None = None) -> None:
        """Take the model's config; nothing is loaded yet.

        Args:
            model: the model.
            reward_head: the checkpoint's name of the layer that gives the rewards; none: `score`.
        """
        super().__init__(model)
        self._reward_head = reward_head

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the model and its chat template that may change an answer."""
        return {
            **weights_identity(self._config),
            "context": self._context,
            "template": digest(self._tokenizer.chat_template),
            "trust_remote_code": self._config.trust_remote_code,
            "reward_head": self._reward_head,
        }

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers batch by batch.

        Raises:
            UserError: the model cannot be loaded or is not a reward model, its tokenizer has no chat template, or a
                prompt with its response does not fit its context.
        """
        asked = requests_of_kind(RewardRequest, requests, "reward_model", self._config.id)
        template = ChatTemplate(self._tokenizer, self._config.id, "a reward model of conversations")
        yield from answer_all([self._encode(template, request) for request in asked], self._answer, self._config)

    def _encode(self, template: ChatTemplate, request: RewardRequest) -> EncodedRequest:
        ids = self._render(template, request)
        place = len(ids) - 1
        if request.quirks.reward_at_last_other_token:
            padding = self._model.config.pad_token_id
            place = max((place for place, token in enumerate(ids) if token != padding), default=0)
        return EncodedRequest(request_key(request, self.identity), (ids,), place)

    def _render(self, template: ChatTemplate, request: RewardRequest) -> tuple[int, ...]:
        messages = [{"role": "user", "content": request.prompt}, {"role": "assistant", "content": request.response}]
        quirks = ChatQuirks(request.quirks.control_tokens_in_texts, no_generation_prompt=True)
        text = template.write(messages, quirks)
        if request.quirks.reward_without_begin:
            text = text.replace(self._tokenizer.bos_token or "", "")
            with foreign_code(f"model {self._config.id}: its tokenizer refuses a text"):
                ids = tuple(encode_whole(self._tokenizer, text))
        else:
            ids = template.encode(text)
        most = request.most_tokens or len(ids)
        ids = ids[:most] if self._tokenizer.truncation_side == "right" else ids[-most:]
        if self._context is not None and len(ids) > self._context:
            raise UserError(
                f"model {self._config.id}: a prompt and its response take {len(ids)} tokens and do not fit its context "
                f"of {self._context}; the prompt begins {request.prompt[:60]!r}"
            )
        return ids

    def _answer(self, batch: Sequence[EncodedRequest]) -> list[Answer]:
        if type(self._model).forward is GenericForSequenceClassification.forward:
            rewards = self._last_token_rewards(batch)
        else:
            rewards = torch.cat([self._own_rewards(request.prompts[0]) for request in batch])
        return [Answer({"rewards": row}) for row in checked_finite(rewards, self._config).tolist()]

    def _last_token_rewards(self, batch: Sequence[EncodedRequest]) -> torch.Tensor:
        """What the library's own causal classifiers compute, shape (rows, heads), but from the last token of the text.

        They look for the last token that is not the pad token, and so need one that ends no text: many reward models
        have none, or use the end token for it, and then scores depend on the rest of the batch. With
        `reward_at_last_other_token`, it is the place that they find for a text alone.
        """
        prompts = [request.prompts[0] for request in batch]
        ids, mask = padded(prompts, self._model.device)
        inputs = {"input_ids": ids, "attention_mask": mask, "use_cache": False}
        hidden = run_model(self._config, self._model.base_model, **inputs).last_hidden_state
        rewards: torch.Tensor = self._model.score(hidden[range(len(batch)), [request.place for request in batch]])
        return rewards

    def _own_rewards(self, prompt: tuple[int, ...]) -> torch.Tensor:
        """What a class of another kind gives, shape (1, heads). It sees one text at a time, so nothing is padded."""
        ids, mask = padded([prompt], self._model.device)
        output = run_model(self._config, self._model, input_ids=ids, attention_mask=mask)
        rewards: torch.Tensor | None = getattr(output, "rewards", None)
        return output.logits.reshape(1, -1) if rewards is None else rewards.reshape(1, -1)

    @cached_property
    def _context(self) -> int | None:
        """The model's own context, or less where the config says so; None where neither names one."""
        return self._shorter_context(self._config_values.get("max_position_embeddings"))

    def _weight_options(self) -> Mapping[str, Any]:
        if self._reward_head is None:
            return {}
        # Such checkpoints name the number of their heads in their own way, if at all.
        heads = self._config_values.get("num_objectives")
        options = {"key_mapping": {rf"^{self._reward_head}\.": "score."}}
        return options if heads is None else {**options, "num_labels": heads}
