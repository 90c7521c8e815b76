"""Whether the models, encoders and prompt templates of a study are in place.

A model is a folder, or an id to look up in the hub's cache and then on the hub. No weights are read or downloaded.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal

from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

from pluralism.checkpoints import (
    CONFIG,
    INDICES,
    TEMPLATE,
    TOKENIZER_CONFIG,
    TOKENIZERS,
    WEIGHTS,
    Find,
    faulty_files,
    in_folder,
    read_object,
    weight_files,
)
from pluralism.engines.gguf_cache import words_folder
from pluralism.engines.gguf_files import gguf_faults
from pluralism.engines.models import ENGINES, LanguageModel, is_folder_name, is_gguf, local_gguf
from pluralism.errors import UserError
from pluralism.study.grid import Cell
from pluralism.study.study import Study, template_files
from pluralism.study.user_files import is_missing_file, is_missing_folder, models, only_gguf, study_faults

HUB_TIMEOUT = 5
"""Seconds."""


@dataclass(frozen=True)
class Problem:
    """Something that is missing or faulty, or that a user should know.

    Attributes:
        place: where the config names it: models.llama_3b.
        text: what was found there.
        kind: missing: the run would fail. not checked: it may fail, the hub did not answer. note: it would not fail.
    """

    place: str
    text: str
    kind: Literal["error", "not checked", "note"] = "error"


class Checkpoints:
    """Looks for checkpoints; once the hub fails to answer, it is not asked again."""

    def __init__(self, *, ask_hub: bool) -> None:
        """Look for nothing yet; without `ask_hub`, models that are not on this machine are not checked."""
        self._hub, self._silent, self._ask_hub = HfApi(), False, ask_hub

    def check(self, place: str, name: str, revision: str = "main", *, template: bool = False) -> Iterator[Problem]:
        """The problems of a checkpoint.

        Args:
            place: where the config names it.
            name: a hub id or a local folder.
            revision: of the hub.
            template: whether a chat template is needed.
        """
        if is_missing_folder(name):
            yield Problem(place, f"{name}: no such folder")
            return
        find = partial(find_local, name, revision)
        faults, lacks = list(faulty_files(find)), list(_lacks(find, template))
        if lacks and not faults and not is_folder_name(name):
            if self._ask_hub:
                yield from self._ask(place, name, revision)
            return
        yield from (Problem(place, f"{name}: {text}") for text in (*faults, *lacks))

    def check_gguf(self, place: str, model: LanguageModel) -> Iterator[Problem]:
        """The problems of a GGUF model, in the file itself or of the hub; `place` is where the config names it."""
        if (path := local_gguf(model)) is not None:
            try:
                yield from (Problem(place, f"{path}: {fault}") for fault in gguf_faults(path))
            except UserError as error:
                yield Problem(place, str(error))
        elif self._ask_hub and not is_missing_file(model):
            yield from self._ask(place, model.id, model.revision, model.file)

    def _ask(self, place: str, name: str, revision: str, file: str | None = None) -> Iterator[Problem]:
        """Ask the hub whether a model exists, with a file if one is named, and this user may read it."""
        no_answer = f"{name}: not on this machine, and the hub does not answer"
        if self._silent:
            yield Problem(place, no_answer, "not checked")
            return
        try:
            found = self._hub.model_info(name, revision=revision, timeout=HUB_TIMEOUT)
            if found.gated:
                self._hub.auth_check(name)
            if file is not None and file not in [entry.rfilename for entry in found.siblings or ()]:
                yield Problem(place, f"{name}: has no file {file} on the hub")
            else:
                yield Problem(place, f"{name}: not on this machine yet, will be downloaded", "note")
        except GatedRepoError:
            yield Problem(place, f"{name}: needs access: request it on the hub and set HF_TOKEN")
        except RevisionNotFoundError:
            yield Problem(place, f"{name}: revision {revision} not found on the hub")
        except RepositoryNotFoundError:
            yield Problem(place, f"{name}: not found: neither a folder nor a model on the hub that HF_TOKEN may read")
        except Exception as error:  # the network and the hub's own libraries raise many kinds
            self._silent = True
            yield Problem(place, f"{no_answer} ({str(error).strip().partition(chr(10))[0]})", "not checked")


def find_local(name: str, revision: str, file: str) -> Path | None:
    """A file of a checkpoint in its folder or in the hub's cache; None where it is not on this machine."""
    if is_folder_name(name):
        return in_folder(Path(name))(file)
    cached = try_to_load_from_cache(name, file, revision=revision)
    return Path(cached) if isinstance(cached, str) else None


def find_of_model(model: LanguageModel, file: str) -> Path | None:
    """As `find_local`; of a GGUF model, what was read of it already."""
    if not is_gguf(model):
        return find_local(model.id, model.revision, file)
    return in_folder(words_folder(path))(file) if (path := local_gguf(model)) is not None else None


def has_tokenizer(model: LanguageModel) -> bool:
    """Whether this machine has the tokenizer of a model."""
    find = partial(find_of_model, model)
    return local_gguf(model) is not None or (find(CONFIG) is not None and any(map(find, TOKENIZERS)))


def _lacks(find: Find, template: bool) -> Iterator[str]:
    if find(CONFIG) is None:
        yield f"has no {CONFIG}"
    if not any(map(find, TOKENIZERS)):
        yield f"has no tokenizer, expected {TOKENIZERS[0]}"
    elif template and find(TEMPLATE) is None and "chat_template" not in read_object(find(TOKENIZER_CONFIG)):
        yield "its tokenizer has no chat template, expected an instruction-tuned model"
    named = weight_files(find)
    if not named and not any(map(find, INDICES)):
        yield f"has no weights, expected {WEIGHTS[0]}"
    elif missing := [name for name in named if find(name) is None]:
        yield f"lacks {len(missing)} of {len(named)} files of weights, {missing[0]}"


def study_problems(study: Study, *, ask_hub: bool = True) -> list[Problem]:
    """The problems of a grid's prompts, models and encoders.

    Args:
        study: a checked config in the working folder.
        ask_hub: whether to ask the hub about the models that are not on this machine; they are skipped otherwise.
    """
    checkpoints = Checkpoints(ask_hub=ask_hub)
    cells = [cell for dataset in study.datasets for cell in study.cells(dataset) if cell.imported is None]
    missing = [Problem(place, fault) for place, fault in study_faults(study)]
    found = (_prompts(study, cells), _engines(study), _models(study, checkpoints), _encoders(study, cells, checkpoints))
    return [*missing, *chain.from_iterable(found)]


def _prompts(study: Study, cells: Sequence[Cell]) -> Iterator[Problem]:
    for adm, cell in {cell.adm: cell for cell in cells}.items():
        for path in template_files(cell.settings.prompts, cell.maker.templates) if not cell.downloads else ():
            if not Path(path).is_file():
                yield Problem(f"adms.{adm}", f"{path}: no such prompt template")


def _engines(study: Study) -> Iterator[Problem]:
    """What engines lack on this machine, told once for all models that lack the same."""
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    for name in models(study.config):
        place = f"models.{name}"
        if (lack := study.config.models[name].engine_kind(place).lacks()) is not None:
            lacking[lack].append(place)
    yield from (Problem(", ".join(places), lack) for lack, places in lacking.items())


def _models(study: Study, checkpoints: Checkpoints) -> Iterator[Problem]:
    for name in models(study.config):
        model = study.config.models[name]
        kind = ENGINES.get(model.engine)
        if is_gguf(model) and kind.reads_gguf:
            yield from checkpoints.check_gguf(f"models.{name}", model)
        elif kind.loads_weights and not (is_gguf(model) or is_missing_folder(model.id) or only_gguf(model.id)):
            template = kind.uses_chat_template
            yield from checkpoints.check(f"models.{name}", model.id, model.revision, template=template)


def _encoders(study: Study, cells: Sequence[Cell], checkpoints: Checkpoints) -> Iterator[Problem]:
    """Those of the encoders that choose few-shot examples, unless the examples are chosen already."""
    encoders: dict[str, str] = {}
    for cell in cells:
        few_shot = cell.few_shot
        if few_shot is None or few_shot.measure is None or all(Path(path).is_file() for path in study.examples(cell)):
            continue
        if (encoder := few_shot.measure.kind.checkpoint) is not None:
            encoders.setdefault(encoder, f"adms.{cell.adm}.few_shot")
    for encoder, place in encoders.items():
        yield from checkpoints.check(place, encoder)
