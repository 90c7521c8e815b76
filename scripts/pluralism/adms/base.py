"""What an automatic decision maker (ADM) is: a pure step from items to requests, and from answers to predictions."""

import json
import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from string import ascii_uppercase
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pluralism.adms.shots import examples_for as examples_for  # noqa: PLC0414  # ADMs import it from here
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.roles import Role
from pluralism.few_shot.examples import FewShot, Shots
from pluralism.few_shot.questions import Order
from pluralism.predictions import Prediction
from pluralism.prompts.rendering import Prompts, Templates
from pluralism.protocols import CORRECTED, PUBLISHED, Protocol
from pluralism.registry import ClassRegistry
from pluralism.requests import (
    AnyRequest,
    ChatQuirks,
    Generation,
    Request,
    RequestKind,
    RewardQuirks,
    ValueQuirks,
    canonical,
    parse_answer,
)
from pluralism.targets.target import Target

AnyQuirks = TypeVar("AnyQuirks", ChatQuirks, ValueQuirks, RewardQuirks)
Reasoning = Literal["stored", "template", "none"]
LONGEST_REASONING = 10_000
"""Characters; a grammar of a longer text becomes slow."""
# A blank or none at each place of JSON's grammar, and no escapes but of quotes and backslashes.
LOOSE_FORM = {
    "whitespace_flexible": True,
    "whitespace_pattern": "[ ]?",
    "item_separator": ",",
    "key_separator": ":",
    "json_allowed_escapes": '"\\',
}
"""The form of answers of the published grammar, as options of llguidance."""
TOKENS_BESIDE_REASONING = 24
"""Room for the keys, the score or the letter, and the punctuation of one answer, in addition to its reasoning."""


@dataclass(frozen=True)
class Stored:
    """What another ADM predicted.

    Attributes:
        name: how the config names it, in `reads`.
        table: its predictions, from `read_predictions`.
        aggregate: how it combines its samples.
    """

    name: str
    table: pd.DataFrame
    aggregate: Aggregate = "mean"


@dataclass(frozen=True)
class Task:
    """All that an ADM may use.

    Attributes:
        items: the items to decide.
        attributes: what their labels measure.
        samples: independent answers per question; with `swap`, in each order of the responses.
        temperature: of decoding; 0 is greedy.
        shuffle: whether each sample shows the responses in a new random order.
        protocol: the published method, or its corrections.
        seed: the run's seed.
        targets: the alignment targets; empty for ADMs that are not target-bound, unless their decoding stops.
        train: train items, for few-shot examples.
        shots: which of them precede which question.
        prompts: what words the questions.
        predictions: those of the ADMs that it reads, in the order of `Adm.reads`.
    """

    items: Sequence[Item]
    attributes: AttributeSet
    samples: int = 1
    temperature: float = 0.0
    shuffle: bool = False
    protocol: Protocol = PUBLISHED
    seed: int = 0
    targets: Sequence[Target] = ()
    train: Sequence[Item] = ()
    shots: Shots = field(default_factory=dict)
    prompts: Prompts = field(default_factory=Templates)
    predictions: Sequence[Stored] = ()

    def quirks(self, kind: type[AnyQuirks]) -> AnyQuirks:
        """The protocol's flags that act in the engine, for requests of a kind."""
        return kind(**{flag.name: getattr(self.protocol, flag.name) for flag in fields(kind)})


@dataclass(frozen=True)
class Query:
    """A request, and where its answer belongs.

    Attributes:
        request: for the engine.
        item: index of the item, among the eval items unless `train` is set.
        sample: index of the sample, among all samples of all orders that are shown.
        order: the responses shown, by their index in the item, in the order shown.
        attribute: what is scored; None where a response is picked outright.
        target: the target's name, for target-bound ADMs.
        train: whether `item` is an index of the train items, whose answers only serve to compare.
    """

    request: AnyRequest
    item: int
    sample: int
    order: Order
    attribute: str | None = None
    target: str | None = None
    train: bool = False

    @property
    def chat(self) -> Request:
        """The request of an ADM that asks a chat model."""
        assert isinstance(self.request, Request)
        return self.request

    @property
    def examples(self) -> tuple[int, ...]:
        """The train items shown as few-shot examples, by their index, in the order shown."""
        shown = self.request.examples if isinstance(self.request, Request) else ()
        return tuple(example.train_item for example in shown if example.train_item is not None)


def _no_examples(value: object) -> None:
    if value is not None:
        raise ValueError("an ADM of this kind shows no examples, expected no few_shot")


NoExamples = Annotated[None, BeforeValidator(_no_examples)]
"""The type of `few_shot` for ADMs that show no examples."""


class Adm(BaseModel, ABC):
    """Base of all ADMs; the fields of a subclass are its options in the config.

    A new ADM is a module in `pluralism.adms`, or of a package of your own, that registers its class (`ADMS`), and an
    entry of that kind in the config.

    Class variables:
        role: its role in a study.
        asks: the kind of its requests; None for an ADM that needs no model.
        predicts_levels: whether it predicts a level per attribute; otherwise it picks a response outright.
        target_bound: whether it uses the target, so that its predictions serve that target only; see `sees_targets`.
        templates: the prompt templates that it renders; an edit to one of them runs the ADM again.
        turn: of these, the one that alone words its user turns, each with all responses of an item; None where there is
            no such one, so that its few-shot examples are never chosen by the similarity of turns. A class that derives
            from another may word them otherwise, and so names its own (`own_turn`).
        in_ablation: whether the ablation shows it: what comparing responses and giving examples are worth.
        unbounded_with: the flag of the protocol with which its levels may be beyond 0 to 1; None where they never are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: ClassVar[Role] = Role.CONTENDER
    asks: ClassVar[RequestKind | None] = RequestKind.CHAT
    predicts_levels: ClassVar[bool] = True
    target_bound: ClassVar[bool] = False
    templates: ClassVar[tuple[str, ...]] = ()
    turn: ClassVar[str | None] = None
    in_ablation: ClassVar[bool] = False
    unbounded_with: ClassVar[str | None] = None

    few_shot: FewShot | None = None

    @property
    def own_turn(self) -> str | None:
        """`turn`, if the class itself names it."""
        turn: str | None = vars(type(self)).get("turn")
        return turn

    @property
    def reads(self) -> tuple[str, ...]:
        """The ADMs whose predictions it reads: names of its own experiment, or `experiment/adm`."""
        return ()

    @property
    def needs_model(self) -> bool:
        """Whether it asks an engine."""
        return self.asks is not None

    def sees_targets(self, protocol: Protocol) -> bool:
        """Whether it is target-bound under a protocol."""
        return self.target_bound

    @abstractmethod
    def queries(self, task: Task) -> list[Query]:
        """All queries in one list; empty for an ADM that needs no model."""

    @abstractmethod
    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """Turn the answers, one per query and in the same order, into predictions."""


ADMS = ClassRegistry[Adm]("ADM kind", Adm, package="pluralism.adms", group="pluralism.adms")
"""The kinds of ADM: register yours with `@ADMS.register("its_name")`."""


class ReasoningAdm(Adm, ABC):
    """Base of the ADMs whose answers give a reasoning before a score or a choice.

    Options:
        reasoning: the reasoning of a few-shot example: the train item's own text (stored), or a phrase of its level
            (template); with none, neither examples nor answers reason.
        reasoning_length: the most characters of a reasoning.
    """

    reasoning: Reasoning = "stored"
    reasoning_length: int = Field(512, strict=True, ge=0, le=LONGEST_REASONING)

    @property
    def reasons(self) -> bool:
        """Whether answers have a reasoning; `reasoning` in the prompts' templates."""
        return self.reasoning != "none"

    @property
    def longest_reasoning(self) -> int | None:
        """The most characters of a reasoning; None where answers have no reasoning."""
        return self.reasoning_length if self.reasons else None

    def answer_tokens(self, answers: int = 1) -> int:
        """Tokens to keep free for that many scores or letters, each with its reasoning."""
        return answers * (TOKENS_BESIDE_REASONING + (self.longest_reasoning or 0))

    def example_answer(
        self,
        item: Item,
        response: int,
        named: Iterable[str],
        attributes: AttributeSet,
        answer: Mapping[str, Any],
        *,
        protocol: Protocol = CORRECTED,
    ) -> dict[str, Any]:
        """An example's answer about a response, with its reasonings: whole, or joined by a blank and cut to the length.

        Args:
            item: a train item.
            response: index of the response.
            named: the attributes to reason about.
            attributes: with the phrases that replace a stored text where there is none, or none is wanted.
            answer: the score or the letter.
            protocol: says whether reasonings are whole, and are then taken as they are stored, also where empty.
        """
        if not self.reasons:
            return dict(answer)
        stored = item.reasonings[response] if item.reasonings is not None and self.reasoning == "stored" else {}
        kept = {name: text for name, text in stored.items() if text or protocol.whole_reasonings}
        texts = [
            kept[name] if name in kept else attributes.sentence(name, item.labels[response][name]) for name in named
        ]
        reasoning = "".join(texts) if protocol.whole_reasonings else " ".join(texts)[: self.reasoning_length]
        return {"reasoning": reasoning, **answer}


def shown_order(task: Task, item: Item, sample: int, attribute: str | None = None) -> Order:
    """The order in which a sample shows the responses; drawn from the item's text, so its index does not matter.

    Published, another one is drawn for each `attribute` that is asked about.
    """
    order = list(range(len(item.responses)))
    if task.shuffle:
        drawn_for = [attribute] if attribute is not None and task.protocol.shuffle_per_attribute else []
        random.Random(canonical([task.seed, sample, item.prompt, item.responses, *drawn_for])).shuffle(order)
    return tuple(order)


def shown_orders(task: Task, item: Item, *, swap: bool, attribute: str | None = None) -> list[Order]:
    """The order in which each sample shows the responses, by the sample's index.

    With `swap`, every cyclic order instead, `task.samples` times each: each response has each position equally often,
    so that a preference for a position cancels in the mean. An item of n responses then has n * samples samples.
    """
    if not swap:
        return [shown_order(task, item, sample, attribute) for sample in range(task.samples)]
    order = tuple(range(len(item.responses)))
    return task.samples * [order[first:] + order[:first] for first in order]


def lettered(item: Item, order: Sequence[int]) -> list[tuple[str, str]]:
    """(letter, response) for the responses in the order shown."""
    return [(ascii_uppercase[position], item.responses[index]) for position, index in enumerate(order)]


def answer_text(value: Mapping[str, Any], protocol: Protocol = CORRECTED) -> str:
    """An example's answer, as the grammar would write it; published, as Python does."""
    return str(value) if protocol.examples_as_python else json.dumps(value, ensure_ascii=False)


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these properties, in this order."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def reasoned_schema(reasoning_length: int | None, answer: Mapping[str, Any], *, loose: bool = False) -> dict[str, Any]:
    """The schema of an object with the properties of `answer`, and before them, unless None, a bounded reasoning.

    With `loose`, the reasoning is not empty, and has no control characters, as in the published grammar.
    """
    if reasoning_length is None:
        return object_schema(answer)
    text = {"pattern": rf"^[^\x00-\x1F\x7F-\x9F]{{{min(1, reasoning_length)},{reasoning_length}}}$"}
    bounded = text if loose else {"maxLength": reasoning_length}
    return object_schema({"reasoning": {"type": "string", **bounded}, **answer})


def schema_text(schema: Mapping[str, Any], *, loose: bool = False) -> str:
    """A schema as the request carries it. Key order is kept: it is the order in which the answer is written.

    With `loose`, answers are written in the form of the published grammar.
    """
    return json.dumps({**schema, "x-guidance": LOOSE_FORM} if loose else schema, separators=(",", ":"))


def parsed(queries: Sequence[Query], generations: Sequence[Generation]) -> Iterator[tuple[int, Query, Any, Generation]]:
    """(index, query, parsed answer, generation) of each query."""
    for index, (query, generation) in enumerate(zip(queries, generations, strict=True)):
        yield index, query, parse_answer(generation.text), generation
