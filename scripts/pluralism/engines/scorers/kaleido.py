"""Kaleido: a sequence-to-sequence model that says whether an action supports or opposes a value, or may do either.

Sorensen et al., Value Kaleidoscope (AAAI 2024). Its prompts come with the checkpoint, in config.json.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from typing import Any, ClassVar

import torch
from transformers import AutoModelForSeq2SeqLM, GenerationConfig

from pluralism.engines.base import requests_of_kind
from pluralism.engines.encoding import control_token_cutter, encode_pieces, encode_whole
from pluralism.engines.loading import CheckpointEngine
from pluralism.engines.models import weights_identity
from pluralism.engines.scorers.batches import Answer, EncodedRequest, answer_all, checked_finite, padded, run_model
from pluralism.errors import UserError, foreign_code, shown
from pluralism.requests import AnyRequest, Generation, ValueRequest, digest, request_key

KIND = "Value"
"""Kaleido distinguishes values, rights and duties; an attribute is a value."""
VALENCES = ("Supports", "Either", "Opposes")
EXPLANATION_TOKENS = 127
"""The most that an explanation may take, as in the published code, which counts the decoder's first token, too."""
PUBLISHED_TOKENS = 128
"""Of a prompt, in the published code; what follows is cut."""


@dataclass(frozen=True)
class Template:
    """A prompt with three placeholders, for the action, the kind of value and the value."""

    text: str
    placeholders: tuple[str, ...]

    def fill(self, action: str, value: str, *, in_turn: bool = False) -> str:
        """The prompt. All places are filled at once, so that a placeholder's name within the action stays as it is.

        With `in_turn`, they are filled one after another, also within what was filled in.
        """
        texts = dict(zip(self.placeholders, (action, KIND, value), strict=True))
        if in_turn:
            return reduce(lambda text, place: text.replace(*place), texts.items(), self.text)
        return re.sub("|".join(map(re.escape, texts)), lambda match: texts[match[0]], self.text)


def read_template(config: Mapping[str, Any], task: str, model: str) -> Template:
    """Read a task's `template` and `args`, the placeholders in the order action, kind of value, value.

    Args:
        config: the checkpoint's config.json.
        task: valence or explanation.
        model: its name, for error messages.

    Raises:
        UserError: the task is missing, or is of another form.
    """
    place = f"model {model}: config.json: task_specific_params.{task}"
    params = config.get("task_specific_params")
    entry = params.get(task) if isinstance(params, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(entry.get("template"), str):
        raise UserError(f"{place} is missing, expected a Kaleido checkpoint with a `template` and its `args`")
    placeholders = entry.get("args")
    if (
        not isinstance(placeholders, list)
        or not len(placeholders) == len(set(map(str, placeholders))) == 3
        or not all(isinstance(name, str) and name and name in entry["template"] for name in placeholders)
    ):
        raise UserError(f"{place}.args is {shown(placeholders)}, expected three placeholders of the template")
    return Template(entry["template"], tuple(placeholders))


class KaleidoEngine(CheckpointEngine):
    """Answers value requests. Only config.json is read for the identity."""

    auto_class: ClassVar[Any] = AutoModelForSeq2SeqLM
    expected: ClassVar[str] = "a Kaleido checkpoint (sequence to sequence)"

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the model and its prompts that may change an answer."""
        return {
            **weights_identity(self._config),
            "context": self._config.context,
            "templates": digest(self._config_values.get("task_specific_params")),
        }

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers batch by batch.

        Raises:
            UserError: the model cannot be loaded or is not a Kaleido, or a text does not fit.
        """
        values = requests_of_kind(ValueRequest, requests, "kaleido", self._config.id)
        yield from answer_all([self._encode_request(request) for request in values], self._answer, self._config)

    def _encode_request(self, request: ValueRequest) -> EncodedRequest:
        tasks = ("valence", "explanation") if request.explain else ("valence",)
        templates = (read_template(self._config_values, task, self._config.id) for task in tasks)
        prompts = tuple(self._encode(template, request) for template in templates)
        return EncodedRequest(request_key(request, self.identity), prompts)

    def _encode(self, template: Template, request: ValueRequest) -> tuple[int, ...]:
        """The prompt's tokens; where they outgrow the context, the action loses its end, and never the value.

        With `kaleido_cuts_end`, the prompt loses what follows its first 128 tokens, and then ends as every text does.
        """
        quirks = request.quirks
        cut = str if quirks.control_tokens_in_texts else self._cut
        fill = partial(template.fill, in_turn=quirks.kaleido_fills_in_turn)
        with foreign_code(f"model {self._config.id}: its tokenizer refuses a text"):
            ids = encode_whole(self._tokenizer, fill(cut(request.action), cut(request.value)))
            if quirks.kaleido_cuts_end:
                end = encode_whole(self._tokenizer, "")
                ids = ids if len(ids) <= PUBLISHED_TOKENS else [*ids[: PUBLISHED_TOKENS - len(end)], *end]
            action = encode_pieces(self._tokenizer, cut(request.action))
            context = self._config.context
            while context is not None and len(ids) > context:
                action = action[: context - len(ids)]
                if not action:
                    raise UserError(f"model {self._config.id}: a prompt does not fit its context of {context} tokens")
                text = cut(self._tokenizer.decode(action, skip_special_tokens=True))
                ids = encode_whole(self._tokenizer, fill(text, cut(request.value)))
        return tuple(ids)

    @cached_property
    def _cut(self) -> Callable[[str], str]:
        return control_token_cutter(self._tokenizer)

    def _answer(self, batch: Sequence[EncodedRequest]) -> list[Answer]:
        explanations = iter(self._explanations([prompt for request in batch for prompt in request.prompts[1:]]))
        answers = []
        for request, row in zip(
            batch, self._probabilities([request.prompts[0] for request in batch]).tolist(), strict=True
        ):
            valences = dict(zip(map(str.lower, VALENCES), row, strict=True))
            explanation, length = next(explanations) if request.prompts[1:] else (None, 0)
            value = valences if explanation is None else {**valences, "explanation": explanation}
            answers.append(Answer(value, 1 + length))
        return answers

    def _probabilities(self, prompts: Sequence[tuple[int, ...]]) -> torch.Tensor:
        """Probabilities of the three valences after one decoder step, shape (rows, 3), among themselves."""
        ids, mask = padded(prompts, self._model.device)
        start = torch.full((len(prompts), 1), self._start, device=ids.device)
        inputs = {"input_ids": ids, "attention_mask": mask, "decoder_input_ids": start}
        logits = run_model(self._config, self._model, **inputs).logits[:, 0]
        return torch.softmax(checked_finite(logits[:, self._valence_tokens], self._config), dim=-1)

    def _explanations(self, prompts: Sequence[tuple[int, ...]]) -> list[tuple[str, int]]:
        """(text, tokens written) of the greedy continuations."""
        if not prompts:
            return []
        ids, mask = padded(prompts, self._model.device)
        padding = self._tokenizer.pad_token_id or 0
        greedy = GenerationConfig(
            max_new_tokens=EXPLANATION_TOKENS,
            decoder_start_token_id=self._start,
            eos_token_id=self._model.config.eos_token_id,
            pad_token_id=padding,
        )
        inputs = {"input_ids": ids, "attention_mask": mask, "generation_config": greedy}
        written = run_model(self._config, self._model.generate, **inputs)
        written = written[:, 1:]  # without the start token
        texts = self._tokenizer.batch_decode(written, skip_special_tokens=True)
        lengths = (written != padding).sum(dim=-1).tolist()
        return [(text.strip(), length) for text, length in zip(texts, lengths, strict=True)]

    @cached_property
    def _valence_tokens(self) -> list[int]:
        """The first token of each valence."""
        first: list[int] = [self._tokenizer.encode(word, add_special_tokens=False)[0] for word in VALENCES]
        if len(set(first)) < len(first) or self._tokenizer.unk_token_id in first:
            raise UserError(
                f"model {self._config.id}: its tokenizer begins {', '.join(VALENCES)} with the tokens {first}, "
                "expected a different one for each"
            )
        return first

    @cached_property
    def _start(self) -> int:
        """The token that the decoder begins with."""
        start = self._config_values.get("decoder_start_token_id")
        if type(start) is not int or not 0 <= start < len(self._model.get_input_embeddings().weight):
            raise UserError(
                f"model {self._config.id}: config.json: decoder_start_token_id is {shown(start)}, "
                "expected a token of the model"
            )
        return start
