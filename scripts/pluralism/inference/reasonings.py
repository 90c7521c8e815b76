"""Reasonings of train items, written by a model that finishes "The response is very helpful because ..."."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from pluralism.adms.base import LONGEST_REASONING, TOKENS_BESIDE_REASONING, object_schema, schema_text
from pluralism.datasets.attributes import Attribute, AttributeSet
from pluralism.datasets.items import Item
from pluralism.engines.encoding import without_blanks
from pluralism.engines.models import ENGINES, LanguageModel
from pluralism.errors import UserError
from pluralism.inference.settings import Section
from pluralism.prompts.source import PromptChoice
from pluralism.protocols import Protocol, ProtocolChoice
from pluralism.requests import Generation, Request, RequestKind, parse_answer

TEXT_SCHEMA = schema_text(object_schema({"text": {"type": "string"}}))
RAW_TOKENS_MORE = 20
TEMPLATES = ("reasoning_system", "reasoning_question", "reasoning_opening")

# A sentence ends at a mark, with quotes and brackets that close after it, before a blank. So 3.5, Node.js and the
# abbreviations below do not end it. Grammars have no look-arounds.
WITHIN = r"[^.!?\r\n\t]"
MARK_WITHIN = r"""[.!?]{1,3}[^.!?\s"')\]]"""
ABBREVIATION = r"(?:e\.g|i\.e|cf|vs|Dr|Mr|Mrs|Ms|Prof)\. "
END = r"""[.!?]{1,3}["')\]]{0,2}"""


class Reasonings(Section):
    """Where a dataset's reasonings of train items come from."""

    model: str | None = Field(
        None, description="A name in models: it writes them. None: a template, with the phrase of each level."
    )
    length: int = Field(
        512,
        strict=True,
        ge=100,
        le=LONGEST_REASONING,
        description="At most about so many characters each, where a model writes them in a chat.",
    )


class ReasoningSettings(Section):
    """What a job of reasonings takes from the config; its other inputs are files."""

    protocol: ProtocolChoice
    prompts: PromptChoice
    length: int
    model: LanguageModel


def asked_kind(protocol: Protocol) -> RequestKind:
    """What the engine of a model that writes reasonings is asked."""
    return RequestKind.COMPLETION if protocol.raw_reasoning_completions else RequestKind.CHAT


def check_engine(settings: ReasoningSettings) -> None:
    """Raise a `UserError` if the model's engine does not answer what is asked."""
    model, kind = settings.model, asked_kind(settings.protocol)
    if kind not in ENGINES.get(model.engine).answers:
        raise UserError(
            f"model {model.id}: the engine {model.engine} is not asked for a {kind}, which writes reasonings here; set "
            "another engine, or the protocol's raw_reasoning_completions"
        )


def reasoning_requests(settings: ReasoningSettings, items: Sequence[Item], attributes: AttributeSet) -> list[Request]:
    """Ask why each response has its levels.

    The response is in the system text, which an engine reads once for all attributes. With the protocol's
    `raw_reasoning_completions`, each request is a raw text to continue.

    Args:
        settings: with the most characters that a reasoning has, about.
        items: train items.
        attributes: with words for each level.

    Returns:
        One greedy request per item, response and attribute, in that order.
    """
    requests = []
    for item in items:
        for response, levels in zip(item.responses, item.labels, strict=True):
            for attribute in attributes.attributes:
                words = level_words(attributes, attribute.name, levels[attribute.name], settings.protocol)
                if settings.protocol.raw_reasoning_completions:
                    opening = settings.prompts.render("reasoning_opening", words=words)
                    requests.append(raw_request(item.prompt, response, opening))
                else:
                    requests.append(_chat_request(settings, item.prompt, response, attribute, words))
    return requests


def _chat_request(settings: ReasoningSettings, prompt: str, response: str, attribute: Attribute, words: str) -> Request:
    prompts, length = settings.prompts, settings.length
    sentence = one_sentence(prompts.render("reasoning_opening", words=words), length)
    return Request(
        system=prompts.render("reasoning_system", prompt=prompt, response=response),
        examples=(),
        question=prompts.render("reasoning_question", attribute=attribute, words=words),
        schema=schema_text(object_schema({"reasoning": {"type": "string", "pattern": sentence}})),
        temperature=0,
        sample=0,
        seed=0,
        answer_tokens=length + TOKENS_BESIDE_REASONING,
    )


def raw_request(prompt: str, response: str, opening: str) -> Request:
    """The published request, whose bound on tokens is the number of the text's characters and some more."""
    passage = f"Question:\n {prompt}\n Response:\n {response}\n "
    return Request(
        system=passage,
        examples=(),
        question=opening,
        schema=TEXT_SCHEMA,
        temperature=0,
        sample=0,
        seed=0,
        answer_tokens=len(passage) + len(opening) + RAW_TOKENS_MORE,
        stop=".",
    )


def level_words(attributes: AttributeSet, name: str, level: float, protocol: Protocol) -> str:
    """The words for a level, for example "somewhat helpful"; published, the second highest reads as the highest."""
    place, highest = attributes.place(level), len(attributes.levels) - 1
    if protocol.second_highest_reads_very and place == highest - 1:
        place = highest
    return attributes[name].words[place]


def one_sentence(opening: str, length: int) -> str:
    """A regular expression of a sentence that begins with `opening` and has about `length` characters at most."""
    literal = re.escape(opening).replace(r"\ ", " ")
    rest = max(1, length - len(opening) - 2)
    return f"^{literal} (?:{WITHIN}|{MARK_WITHIN}|{ABBREVIATION}){{1,{rest}}}{END}$"


def reasoning_of(request: Request, answer: Generation) -> str:
    """The reasoning in the answer to a request; of a raw text up to the first full stop, and with one at its end."""
    value = parse_answer(answer.text)
    if request.stop is None:
        reasoning: str = value["reasoning"]
        return reasoning
    sentence = without_blanks(value["text"]).strip().partition(request.stop)[0]
    return f"{request.question} {sentence}{request.stop}"


def with_reasonings(
    items: Sequence[Item], attributes: AttributeSet, requests: Sequence[Request], answers: Sequence[Generation]
) -> list[Item]:
    """The items with the answers to `reasoning_requests` as their reasonings."""
    texts = map(reasoning_of, requests, answers)
    return [
        replace(item, reasonings=tuple({name: next(texts) for name in attributes.names} for _ in item.responses))
        for item in items
    ]


def check_words(attributes: AttributeSet, path: Path) -> None:
    """Raise a `UserError` if an attribute lacks the words that the prompt needs."""
    if missing := [attribute.name for attribute in attributes.attributes if not attribute.words]:
        raise UserError(
            f"{path}: {missing[0]}: the key words is missing; a model that writes reasonings needs words per level"
        )
