"""Prompt alignment by a chain of thought: step by step over what the person wants, and then the letter.

The steps before the answer are those of Wei et al. 2022 ("Chain-of-Thought Prompting Elicits Reasoning in Large
Language Models"), asked for without examples, as by Kojima et al. 2022 ("Large Language Models are Zero-Shot
Reasoners").
"""

from typing import ClassVar, Literal

from pydantic import Field

from pluralism.adms.base import ADMS, LONGEST_REASONING
from pluralism.adms.prompt_aligned import PromptAligned


@ADMS.register("prompt_aligned_chain_of_thought")
class PromptAlignedChainOfThought(PromptAligned):
    """Picks for a target after a reasoning that takes its attributes one by one.

    Options:
        reasoning_length: the most characters of the reasoning.
    """

    templates: ClassVar[tuple[str, ...]] = ("chain_of_thought_system", "choice_question")
    turn: ClassVar[str | None] = "choice_question"
    system: ClassVar[str] = "chain_of_thought_system"

    reasoning: Literal["stored", "template"] = "stored"
    reasoning_length: int = Field(2048, strict=True, ge=1, le=LONGEST_REASONING)
