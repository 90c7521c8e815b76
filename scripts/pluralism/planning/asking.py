"""What the ADMs of a study ask: the messages and the schema of each request, and the text that a model reads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pluralism.adms.base import Query
from pluralism.engines import open_engine
from pluralism.engines.base import PromptText, ShowsPrompts
from pluralism.engines.models import LanguageModel
from pluralism.engines.rendering import chat_messages
from pluralism.errors import UserError, shown
from pluralism.inference.jobs import task_of
from pluralism.planning.checks import has_tokenizer
from pluralism.planning.inputs import read_inputs, read_shots
from pluralism.requests import AnyRequest, Request, RewardRequest, ValueRequest
from pluralism.study.grid import Cell
from pluralism.study.study import Study


@dataclass(frozen=True)
class Selection:
    """Which questions of an ADM to show.

    Attributes:
        items: indices of eval items; None: all.
        attribute: about this one; None: all.
        target: for this one, of a target-bound ADM; None: all.
    """

    items: Sequence[int] | None = None
    attribute: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class Asked:
    """A query of a cell.

    Attributes:
        cell: its dataset, experiment and ADM.
        query: what is asked.
        prompt: what the model reads; None where its tokenizer is not on this machine, or no chat is rendered here.
    """

    cell: Cell
    query: Query
    prompt: PromptText | None

    @property
    def messages(self) -> list[Mapping[str, str]]:
        """The conversation that the model continues, or rates."""
        return messages_of(self.query.request)

    @property
    def texts(self) -> tuple[str, ...]:
        """The answers that the model is asked the likelihood of, in place of writing one."""
        return self.query.request.texts if isinstance(self.query.request, Request) else ()

    def as_json(self) -> dict[str, Any]:
        """As `pluralism requests --format json` prints it."""
        dataset, experiment, adm = self.cell.names
        query, prompt = self.query, self.prompt
        values: dict[str, Any] = {
            "dataset": dataset,
            "experiment": experiment,
            "adm": adm,
            "item": query.item,
            "attribute": query.attribute,
            "target": query.target,
            "sample": query.sample,
            "order": list(query.order),
            "examples": list(query.examples),
            "messages": self.messages,
            "schema": json.loads(query.request.schema) if isinstance(query.request, Request) else None,
        }
        if query.train:
            values["train"] = True
        if self.texts:
            values["texts"] = list(self.texts)
        if prompt is not None:
            values |= {"prompt": prompt.text, "tokens": prompt.tokens, "dropped_examples": prompt.dropped_examples}
        return values


def messages_of(request: AnyRequest) -> list[Mapping[str, str]]:
    """The turns of a request; those of a scorer are what it reads, not what it answers."""
    match request:
        case Request():
            return chat_messages(request.system, request.examples, request.question)
        case RewardRequest():
            turns = {"user": request.prompt, "assistant": request.response}
            return [{"role": role, "content": text} for role, text in turns.items()]
        case ValueRequest():
            return [{"role": "user", "content": f"{request.action}\n{request.value}"}]


def asked(study: Study, cell: Cell, selection: Selection) -> tuple[Iterator[Asked], bool]:
    """What a cell asks, and whether its few-shot examples are final.

    Args:
        study: a checked config in the working folder.
        cell: one of it.
        selection: what of it to show.

    Raises:
        UserError: the ADM asks no model, an input is missing or faulty, or an item, attribute or target is unknown.
    """
    if cell.imported is not None:
        raise UserError(f"--experiment {cell.experiment}: other code ran it, so nothing is asked")
    if not cell.needs_model:
        raise UserError(f"--adm {cell.adm}: an ADM of the kind {cell.settings.adm.kind} asks no model")
    if cell.downloads:
        raise UserError(f"{cell.downloads[0]} is missing: `snakemake {cell.downloads[0]} --cores 1` downloads it")
    if cell.maker.templates:
        cell.settings.prompts.check()  # without its folder, ours would be shown under its name
    inputs, problems = read_inputs(study, cell.dataset)
    if inputs is None:
        raise UserError("; ".join(f"{problem.place}: {problem.text}" for problem in problems))
    items = _known_items(selection.items, len(inputs.evaluation))
    targets = inputs.targets if cell.sees_targets else []
    if selection.target is not None:
        names = [target.name for target in targets]
        expected = f"one of {', '.join(names)}" if names else f"none: {cell.adm} asks the same for every target"
        _check("--target", selection.target, names, expected)
        targets = [target for target in targets if target.name == selection.target]
    if selection.attribute is not None:
        names = list(inputs.attributes.names) if cell.maker.predicts_levels else []
        expected = f"one of {', '.join(names)}" if names else f"none: {cell.adm} asks for no single attribute"
        _check("--attribute", selection.attribute, names, expected)
    shots, final = read_shots(study, cell, inputs)
    places = {item: place for place, item in enumerate(items)}
    task = task_of(
        cell.settings,
        attributes=inputs.attributes,
        train=inputs.train,
        evaluation=[inputs.evaluation[item] for item in items],
        shots={(places[item], name): found for (item, name), found in shots.items() if item in places},
        targets=targets,
    )
    engine = _engine_that_shows(cell.settings.model)

    def found() -> Iterator[Asked]:
        for query in cell.maker.queries(task):
            if selection.attribute in (None, query.attribute):
                there = replace(query, item=query.item if query.train else items[query.item])
                yield Asked(cell, there, engine.prompt_text(query.chat) if engine is not None else None)

    return found(), final


def _engine_that_shows(model: LanguageModel | None) -> ShowsPrompts | None:
    """What renders the model's prompts, where its tokenizer is on this machine; no weights are loaded."""
    if model is None or not has_tokenizer(model):
        return None
    engine = open_engine(model)
    return engine if isinstance(engine, ShowsPrompts) else None


def _known_items(items: Sequence[int] | None, count: int) -> list[int]:
    if items is None:
        return list(range(count))
    if unknown := [item for item in items if item >= count]:
        raise UserError(f"--items: {unknown[0]}, expected indices of eval items, 0 to {count - 1}")
    return list(items)


def _check(option: str, value: str, known: Sequence[str], expected: str) -> None:
    if value not in known:
        raise UserError(f"{option}: {shown(value)}, expected {expected}")
