"""Whether models and encoders are in place: folders by their files, hub ids by the cache or by asking the hub.

No weights are read or downloaded.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

from pluralism.engines.models import LanguageModel, is_folder_name
from pluralism.planning.findings import Finding

SECONDS_TO_ANSWER = 5
"""So long the hub may take for one question."""
CONFIG = "config.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")
TEMPLATES = ("chat_template.jinja", "chat_template.json")
TOKENIZER_CONFIG = "tokenizer_config.json"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
TALKING_ENGINES = ("transformers", "reward_model")
"""Engines that word their prompts by the chat template of the tokenizer."""
LOADING_ENGINES = (*TALKING_ENGINES, "kaleido")
"""Engines that load a checkpoint on this machine."""

Find = Callable[[str], Path | None]


class Checkpoints:
    """Looks for checkpoints; once the hub does not answer, it is asked no more."""

    def __init__(self) -> None:
        """Nothing is looked for yet."""
        self._hub, self._silent = HfApi(), False

    def check_model(self, name: str, model: LanguageModel) -> Iterator[Finding]:
        """What a model of the config lacks."""
        if model.engine in LOADING_ENGINES:
            template = model.engine in TALKING_ENGINES
            yield from self.check(f"models.{name}", model.id, model.revision, template=template)

    def check(self, place: str, name: str, revision: str = "main", *, template: bool = False) -> Iterator[Finding]:
        """What a checkpoint lacks.

        Args:
            place: where the config names it.
            name: a hub id or a local folder.
            revision: of the hub.
            template: whether it needs a chat template.
        """
        lacks = _lacks(partial(find_local, name, revision), template)
        if not is_folder_name(name):
            if any(lacks):
                yield from self._ask(place, name, revision)
        elif not Path(name).is_dir():
            yield Finding(place, f"{name}: no such folder")
        else:
            yield from (Finding(place, f"{name}: {text}") for text in lacks)

    def _ask(self, place: str, name: str, revision: str) -> Iterator[Finding]:
        """Ask the hub whether a model is there and may be had."""
        if self._silent:
            yield Finding(place, f"{name}: not on this machine, and the hub does not answer", "not checked")
            return
        try:
            if self._hub.model_info(name, revision=revision, timeout=SECONDS_TO_ANSWER).gated:
                self._hub.auth_check(name)
            yield Finding(place, f"{name}: is not on this machine yet, will be downloaded", "note")
        except GatedRepoError:
            yield Finding(place, f"{name}: access must be asked for on the hub, and HF_TOKEN set")
        except RevisionNotFoundError:
            yield Finding(place, f"{name}: has no revision {revision}")
        except RepositoryNotFoundError:
            yield Finding(place, f"{name}: neither a folder nor a model of the hub, or one that HF_TOKEN may not read")
        except Exception as error:  # whatever the network and the libraries beneath the hub's raise
            first = str(error).strip().split("\n")[0]
            self._silent = True
            text = f"{name}: not on this machine, and the hub does not answer ({first})"
            yield Finding(place, text, "not checked")


def find_local(name: str, revision: str, file: str) -> Path | None:
    """A file of a checkpoint, of its folder or of the hub's cache; None where it is not on this machine."""
    if is_folder_name(name):
        path = Path(name, file)
        return path if path.is_file() else None
    cached = try_to_load_from_cache(name, file, revision=revision)
    return Path(cached) if isinstance(cached, str) else None


def _lacks(find: Find, template: bool) -> Iterator[str]:
    if find(CONFIG) is None:
        yield f"has no {CONFIG}"
    if not any(find(name) for name in TOKENIZERS):
        yield f"has no tokenizer, such as {TOKENIZERS[0]}"
    elif template and not any(find(name) for name in TEMPLATES) and not _written_template(find):
        yield "its tokenizer has no chat template, expected an instruction-tuned model"
    yield from _missing_weights(find)


def _written_template(find: Find) -> bool:
    path = find(TOKENIZER_CONFIG)
    return path is not None and "chat_template" in json.loads(path.read_text(encoding="utf-8"))


def _missing_weights(find: Find) -> Iterator[str]:
    if any(find(name) for name in WEIGHTS):
        return
    index = next((path for name in WEIGHTS if (path := find(f"{name}.index.json"))), None)
    if index is None:
        yield f"has no weights, such as {WEIGHTS[0]}"
        return
    named = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    if missing := [name for name in named if find(name) is None]:
        yield f"lacks {len(missing)} of {len(named)} files of weights, {missing[0]}"
