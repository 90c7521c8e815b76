"""Whose prompts an ADM is asked in, as the config names them: ours, the authors', or a folder of templates."""

from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from pluralism.errors import shown
from pluralism.files import user_path
from pluralism.prompts.published import PublishedPrompts
from pluralism.prompts.rendering import Templates

AnyPrompts = PublishedPrompts | Templates
OWN = Templates()


def prompts_of(value: Any) -> AnyPrompts:
    """The prompts that the config names.

    Args:
        value: own, published, a folder of templates that take the place of ours, or {"published": a folder}; None is
            own.

    Raises:
        ValueError: it is something else, or no path of the form of a config's.
    """
    match value:
        case PublishedPrompts() | Templates():
            return value
        case None | "own":
            return OWN
        case "published":
            return PublishedPrompts()
        case str():
            return Templates(user_path(value))
        case {"published": str(folder), **others} if not others:
            return PublishedPrompts(user_path(folder))
    raise ValueError(f"expected own, published, a folder of templates, or published: FOLDER; found {shown(value)}")


PromptChoice = Annotated[
    AnyPrompts,
    PlainValidator(prompts_of),
    PlainSerializer(lambda prompts: prompts.as_config()),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {"published": {"type": "string", "minLength": 1}},
                    "required": ["published"],
                    "additionalProperties": False,
                },
                {"type": "null"},
            ]
        }
    ),
]
"""Prompts in a config or in the settings of a job."""
