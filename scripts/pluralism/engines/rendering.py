"""Requests -> token ids, by the chat template of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import takewhile
from typing import Any

from pluralism.errors import UserError
from pluralism.requests import Example, Request

# Some templates print today's date into the system turn, and so give another prompt every day. This is the date that
# Llama's own template falls back on.
TEMPLATE_DATE = "26 Jul 2024"
PROBE = "probe of the system role"


@dataclass(frozen=True)
class Prompt:
    """A rendered request.

    Attributes:
        prefix: tokens up to where the question begins; equal for requests with the same system text and examples.
        suffix: the rest.
        dropped_examples: few-shot examples left out to fit the context.
    """

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    dropped_examples: int

    def __len__(self) -> int:
        return len(self.prefix) + len(self.suffix)


def without_least_similar(examples: Sequence[Example]) -> list[Example]:
    """All examples, of which there is at least one, except the one that is least like the question."""
    least = max(examples, key=lambda example: example.similarity_rank)
    return [example for example in examples if example is not least]


def chat_messages(
    system: str, examples: Sequence[Example], question: str, *, system_role: bool
) -> list[dict[str, str]]:
    """The conversation that a model continues: examples as earlier turns, the question last.

    Args:
        system: the system prompt.
        examples: as they are shown.
        question: the last user turn.
        system_role: whether the model's template takes a system message; else the first user turn begins with it.
    """
    turns = [turn for example in examples for turn in (example.question, example.answer)]
    turns.append(question)
    if not system_role:
        turns[0] = f"{system}\n\n{turns[0]}"
    messages = [
        {"role": "user" if place % 2 == 0 else "assistant", "content": turn} for place, turn in enumerate(turns)
    ]
    return [{"role": "system", "content": system}, *messages] if system_role else messages


def encode_chat(tokenizer: Any, text: str) -> tuple[int, ...]:
    """The tokens of a rendered conversation: with one BOS token, if the template or the tokenizer writes any."""
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
    begin = tokenizer.bos_token_id
    if begin is None or (ids[:1] != [begin] and tokenizer.encode("A")[:1] != [begin]):
        return tuple(ids)
    while ids[:1] == [begin]:
        ids = ids[1:]
    return (begin, *ids)


class Renderer:
    """Renders requests for one tokenizer and context length."""

    def __init__(self, tokenizer: Any, name: str, context: int) -> None:
        """Take a tokenizer with a chat template.

        Args:
            tokenizer: of transformers.
            name: the model's, for error messages.
            context: tokens that prompt and answer may have together.

        Raises:
            UserError: the tokenizer has no chat template.
        """
        if not tokenizer.chat_template:
            raise UserError(f"model {name}: its tokenizer has no chat template, expected an instruction-tuned model")
        self._tokenizer, self._name, self._context = tokenizer, name, context
        self._prefix_text = lru_cache(maxsize=4096)(self._find_prefix_text)
        self._encode_prefix = lru_cache(maxsize=4096)(partial(encode_chat, tokenizer))

    def render(self, request: Request) -> Prompt:
        """Render a request; the least similar examples are dropped until prompt and answer fit the context.

        Raises:
            UserError: it does not fit even without examples.
        """
        examples = list(request.examples)
        while True:
            prompt = self._render(request, examples)
            if len(prompt) + request.answer_tokens <= self._context:
                return prompt
            if not examples:
                raise UserError(
                    f"model {self._name}: a question of {len(prompt)} tokens and an answer of {request.answer_tokens} "
                    f"do not fit its context of {self._context}; the question begins {request.question[:60]!r}"
                )
            examples = without_least_similar(examples)

    def _render(self, request: Request, examples: Sequence[Example]) -> Prompt:
        ids = encode_chat(self._tokenizer, self._chat(request.system, examples, request.question))
        dropped = len(request.examples) - len(examples)
        prefix = self._encode_prefix(self._prefix_text(request.system, tuple(examples)))
        # A tokenizer may merge across the boundary; what both tokenizations begin with is surely common.
        shared = _in_common(prefix, ids[:-1])
        return Prompt(ids[:shared], ids[shared:], dropped)

    def _find_prefix_text(self, system: str, examples: tuple[Example, ...]) -> str:
        """What the texts of two different questions have in common at their beginning."""
        first, second = (self._chat(system, examples, question) for question in ("A", "B"))
        return first[: _in_common(first, second)]

    def _chat(self, system: str, examples: Sequence[Example], question: str) -> str:
        messages = chat_messages(system, examples, question, system_role=self._knows_system_role)
        return self._template(messages)

    @cached_property
    def _knows_system_role(self) -> bool:
        """Some templates refuse a system message, others drop it silently."""
        messages = [{"role": "system", "content": PROBE}, {"role": "user", "content": "A"}]
        try:
            return PROBE in self._template(messages)
        except Exception:  # templates raise whatever their author chose
            return False

    def _template(self, messages: Sequence[dict[str, str]]) -> str:
        text: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, date_string=TEMPLATE_DATE
        )
        return text


def _in_common(first: Sequence[Any], second: Sequence[Any]) -> int:
    """How long the common beginning of two sequences is."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
