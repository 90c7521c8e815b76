"""Prompt alignment by a persona: the model is told to be the person whom the target describes.

Giving a model a persona in the second person is how Argyle et al. 2023 ("Out of One, Many: Using Language Models to
Simulate Human Samples") and Santurkar et al. 2023 ("Whose Opinions Do Language Models Reflect?") steer it to a group.
"""

from typing import ClassVar

from pluralism.adms.base import ADMS
from pluralism.adms.prompt_aligned import PromptAligned


@ADMS.register("prompt_aligned_persona")
class PromptAlignedPersona(PromptAligned):
    """Picks as the person whose likings are the target's levels, in words; all else is as in `PromptAligned`."""

    templates: ClassVar[tuple[str, ...]] = ("persona_system", "choice_question")
    turn: ClassVar[str | None] = "choice_question"
    system: ClassVar[str] = "persona_system"
