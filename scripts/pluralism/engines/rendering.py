"""Requests -> token ids, by the chat template of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any

from pluralism.engines.chat_template import ChatTemplate, without_system_role
from pluralism.errors import UserError, foreign_code
from pluralism.requests import ChatQuirks, Example, Request


@dataclass(frozen=True)
class Prompt:
    """A rendered request.

    Attributes:
        prefix: tokens up to where the question begins; equal for requests with the same system text and examples.
        suffix: the rest.
        dropped_examples: few-shot examples left out to fit the context.
        texts: the request's texts, as they go on after the prompt.
    """

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    dropped_examples: int
    texts: tuple[tuple[int, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.prefix) + len(self.suffix)

    @property
    def longest_text(self) -> int:
        """Tokens of the longest of its texts."""
        return max(map(len, self.texts), default=0)


def without_least_similar(examples: Sequence[Example]) -> list[Example]:
    """All examples, of which there is at least one, except the one that is least like the question."""
    least = max(examples, key=lambda example: example.similarity_rank)
    return [example for example in examples if example is not least]


def chat_messages(
    system: str, examples: Sequence[Example], question: str, joint: str | None = None
) -> list[Mapping[str, str]]:
    """The conversation that a model continues: examples as earlier turns, the question last.

    Args:
        system: the system prompt.
        examples: as they are shown.
        question: the last user turn.
        joint: for a template that takes no system message: the first user turn begins with it, then comes this text.
    """
    turns = [turn for example in examples for turn in (example.question, example.answer)]
    messages = [{"role": "system", "content": system}] + [
        {"role": "user" if place % 2 == 0 else "assistant", "content": turn}
        for place, turn in enumerate([*turns, question])
    ]
    return [*messages] if joint is None else without_system_role(messages, joint)


class Renderer:
    """Renders requests for one tokenizer and context length."""

    def __init__(self, tokenizer: Any, name: str, context: int) -> None:
        """Take a tokenizer with a chat template.

        Args:
            tokenizer: of transformers.
            name: the model's, for error messages.
            context: tokens that prompt and answer may have together.

        Raises:
            UserError: the tokenizer has no chat template, or one that is not a template.
        """
        self._template, self._name, self._context = ChatTemplate(tokenizer, name), name, context
        self._encode_text = lru_cache(maxsize=4096)(lambda text: tuple(tokenizer.encode(text)))
        self._prefix_text = lru_cache(maxsize=4096)(self._find_prefix_text)
        self._encode_prefix = lru_cache(maxsize=4096)(self._template.encode)

    def render(self, request: Request) -> Prompt:
        """Render a request; the least similar examples are dropped until prompt and answer fit the context.

        A raw text is tokenized as it is, with what the tokenizer adds to every text.

        Raises:
            UserError: it does not fit even without examples, or the template fails.
        """
        examples = list(request.examples)
        while True:
            prompt = self._render(request, examples)
            needed = prompt.longest_text if request.texts else request.answer_tokens if request.stop is None else 1
            if len(prompt) + needed <= self._context:
                return prompt
            if not examples:
                raise UserError(
                    f"model {self._name}: a question of {len(prompt)} tokens and an answer of {needed} "
                    f"do not fit its context of {self._context}; the question begins {request.question[:60]!r}"
                )
            examples = without_least_similar(examples)

    def _render(self, request: Request, examples: Sequence[Example]) -> Prompt:
        quirks, wholes = request.quirks, list[tuple[int, ...]]()
        if request.stop is not None:
            with foreign_code(f"model {self._name}: its tokenizer refuses a text"):
                ids, prefix = map(self._encode_text, (request.system + request.question, request.system))
        else:
            messages = chat_messages(request.system, examples, request.question)
            chat = self._template.write(messages, quirks)
            ids = self._template.encode(chat, quirks)
            answers = [self._template.as_words(text, messages, quirks) for text in request.texts]
            wholes = [self._template.encode(chat + answer, quirks) for answer in answers]
            # Where a tokenizer merges the end of the prompt and what follows, all texts begin with that token.
            ids = ids[: min((_in_common(ids, whole) for whole in wholes), default=len(ids))]
            prefix = self._encode_prefix(self._prefix_text(request.system, tuple(examples), quirks), quirks)
        dropped = len(request.examples) - len(examples)
        # A tokenizer may merge across the boundary; what both tokenizations begin with is surely common.
        shared = _in_common(prefix, ids[:-1])
        return Prompt(ids[:shared], ids[shared:], dropped, tuple(whole[len(ids) :] for whole in wholes))

    def _find_prefix_text(self, system: str, examples: tuple[Example, ...], quirks: ChatQuirks) -> str:
        """What the texts of two different questions have in common at their beginning."""
        first, second = (self._chat(system, examples, question, quirks) for question in ("A", "B"))
        return first[: _in_common(first, second)]

    def _chat(self, system: str, examples: Sequence[Example], question: str, quirks: ChatQuirks) -> str:
        return self._template.write(chat_messages(system, examples, question), quirks)


def _in_common(first: Sequence[Any], second: Sequence[Any]) -> int:
    """How long the common beginning of two sequences is."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
