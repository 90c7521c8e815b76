"""What the ADMs share that ask how likely given texts are as the model's answer; nothing is written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pluralism.adms.base import Query, Task, object_schema, schema_text
from pluralism.adms.choices import choice_rows
from pluralism.predictions import Prediction
from pluralism.requests import Generation, Request, parse_answer

Asked = tuple[int, Query, Generation]
"""A question with its index, and the answer."""


@dataclass(frozen=True)
class TextLikelihood:
    """How likely a text is as an answer.

    Attributes:
        log_probability: natural logarithm, of the whole text.
        tokens: its length.
    """

    log_probability: float
    tokens: int

    @property
    def per_token(self) -> float:
        """The mean over its tokens."""
        return self.log_probability / max(self.tokens, 1)


def asking_for(request: Request, texts: Sequence[str]) -> Request:
    """The same conversation, which asks how likely each of these texts is as the answer."""
    schema = likelihood_schema(len(texts))
    return replace(request, texts=tuple(texts), schema=schema, answer_tokens=0, temperature=0.0)


def likelihood_schema(texts: int) -> str:
    """The form of the answer about so many texts."""
    number = {"minItems": texts, "maxItems": texts}
    log_probabilities = {"type": "array", "items": {"type": "number", "maximum": 0}, **number}
    tokens = {"type": "array", "items": {"type": "integer", "minimum": 0}, **number}
    return schema_text(object_schema({"log_probabilities": log_probabilities, "tokens": tokens}))


def likelihoods(generation: Generation) -> list[TextLikelihood]:
    """Of each text that was asked about."""
    answer = parse_answer(generation.text)
    return [
        TextLikelihood(log_probability, tokens)
        for log_probability, tokens in zip(answer["log_probabilities"], answer["tokens"], strict=True)
    ]


def by_decision(
    queries: Sequence[Query], generations: Sequence[Generation]
) -> Mapping[tuple[str | None, int], list[Asked]]:
    """(target, item) -> what was asked about it."""
    found: dict[tuple[str | None, int], list[Asked]] = defaultdict(list)
    for index, (query, generation) in enumerate(zip(queries, generations, strict=True)):
        found[query.target, query.item].append((index, query, generation))
    return found


def pick_rows(task: Task, asked: Sequence[Asked], scores: Sequence[float], words: str) -> list[Prediction]:
    """The response with the highest score, the first if several have it, as predictions.

    Args:
        task: with the items.
        asked: about the item; the rows name the first question, and have the tokens of all.
        scores: of the item's responses.
        words: what the scores are.
    """
    index, query, _ = asked[0]
    picked = max(range(len(scores)), key=scores.__getitem__)
    if task.protocol.equal_responses_by_text:
        picked = task.items[query.item].first_equal[picked]
    return choice_rows(
        item=query.item,
        order=query.order,
        picked=picked,
        query=index,
        target=query.target,
        reasoning=f"{words}: {', '.join(f'{score:.3f}' for score in scores)}.",
        generation=together([generation for _, _, generation in asked]),
    )


def together(generations: Sequence[Generation]) -> Generation:
    """The first, with the tokens of all."""
    return replace(
        generations[0],
        prompt_tokens=sum(generation.prompt_tokens for generation in generations),
        output_tokens=sum(generation.output_tokens for generation in generations),
    )
