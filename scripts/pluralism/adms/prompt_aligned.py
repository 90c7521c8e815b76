"""Prompt alignment: the system prompt states the target in words, and the model picks a response. Target-bound."""

from collections.abc import Iterator
from string import ascii_uppercase
from typing import ClassVar

from pydantic import field_validator

from pluralism.adms.base import ADMS, Query, Task, answer_text
from pluralism.adms.choices import ChoosingAdm, choice_question
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.decisions.selection import nearest_response
from pluralism.few_shot.examples import FewShot
from pluralism.targets.target import Target


@ADMS.register("prompt_aligned")
class PromptAligned(ChoosingAdm):
    """Picks for a target that its system prompt states in words.

    Options:
        few_shot: examples, each answered for the target, so not one per level of an attribute; none for zero-shot.

    Class variables:
        system: the template that states the target; a class that derives from this one may have another.
    """

    target_bound: ClassVar[bool] = True
    templates: ClassVar[tuple[str, ...]] = ("aligned_system", "choice_question")
    turn: ClassVar[str | None] = "choice_question"
    system: ClassVar[str] = "aligned_system"

    @field_validator("few_shot")
    @classmethod
    def _chosen_for_the_item(cls, few_shot: FewShot | None) -> FewShot | None:
        if few_shot is not None and few_shot.select == "one_per_level":
            raise ValueError("select: a prompt-aligned ADM takes most_similar, random or least_similar examples")
        return few_shot

    def queries(self, task: Task) -> list[Query]:
        """One per target, item and sample, in each order shown."""
        return [
            query
            for target in task.targets
            for item in range(len(task.items))
            for query in self._about(task, target, item)
        ]

    def _about(self, task: Task, target: Target, index: int) -> Iterator[Query]:
        phrases, levels = phrases_of(target, task.attributes), list(target.levels.items())
        system = task.prompts.render(self.system, phrases=phrases, levels=levels, reasoning=self.reasons)
        return self.ask(
            task, index, system, target=target.name, write=lambda example: self._example(task, example, target)
        )

    def _example(self, task: Task, item: Item, target: Target) -> tuple[str, str]:
        protocol, picked = task.protocol, nearest_response(item.labels, target)
        equal = [place for place, text in enumerate(item.responses) if text == item.responses[picked]]
        letter = ascii_uppercase[equal[-1] if protocol.equal_responses_by_text else picked]
        answer = self.example_answer(
            item, picked, target.levels, task.attributes, {"choice": letter}, protocol=protocol
        )
        return choice_question(task, item, range(len(item.responses))), answer_text(answer, protocol)


def phrases_of(target: Target, attributes: AttributeSet) -> list[str]:
    """What the person wants of each attribute, and how much it counts where the target gives weights."""
    phrases = {name: attributes.phrase(name, level) for name, level in target.levels.items()}
    if not target.is_weighted:
        return list(phrases.values())
    return [f"{phrase} (weight {target.weights[name]:g})" for name, phrase in phrases.items()]
