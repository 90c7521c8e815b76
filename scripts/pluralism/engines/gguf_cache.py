"""GGUF models as folders that transformers loads, converted once and kept.

A folder is named by the file's content, so that a changed file is converted again, and a moved one is not. A job that
converts holds a lock, for which others wait, and renames a finished folder into place, so that none ever sees a half.
"""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from pluralism.checkpoints import TOKENIZER_CONFIG
from pluralism.engines.gguf_files import gguf_faults, read_gguf, scaled_positions, values_of
from pluralism.engines.models import GGUF_CONVERSION, file_digest
from pluralism.errors import UserError, foreign_code, shown

CACHE_VARIABLE = "PLURALISM_CACHE"
EXPECTED = "expected a GGUF file of a causal language model that transformers can read"
OF_SINGLE_DIGITS = ("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone")
OF_GPT2 = ("gpt-2", "phi-2", "olmo", "mpt", "jais", "jina-es", "jina-de", "default")
"""How a file says that a text is cut before its tokens are looked up, beside what transformers knows: by GPT-2's rule,
the first after each digit stands alone. Many old files say nothing, and mean GPT-2's."""
UNUSED = 5
"""The kind of such a token, as llama.cpp numbers them."""

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """PLURALISM_CACHE, else the folder pluralism of the user's cache. What is in it may be deleted at any time."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pluralism"


def words_folder(path: Path) -> Path:
    """Where config, tokenizer and chat template of a GGUF file are, once it was read."""
    return _folder(path) / "words"


def read_words(path: Path) -> Path:
    """The folder of a GGUF file's config, tokenizer and chat template; no weights are converted.

    Raises:
        UserError: the file is missing or faulty, or the cache cannot be written.
    """
    return _made(path, words_folder(path), _write_words)


def read_weights(path: Path, loader: Any, dtype: Any) -> Path:
    """The folder of a whole GGUF model, its weights without quantisation, beside what `read_words` gives.

    Args:
        path: of the file.
        loader: the class of transformers that loads the weights, such as `AutoModelForCausalLM`.
        dtype: of torch, in which weights are kept.

    Raises:
        UserError: the file is missing or faulty, or the cache cannot be written.
    """

    def write(alone: Path, draft: Path) -> None:
        _write_weights(alone, draft, loader, dtype)
        shutil.copytree(read_words(path), draft, dirs_exist_ok=True)

    return _made(path, _folder(path) / str(dtype).removeprefix("torch."), write)


def _folder(path: Path) -> Path:
    """The same content is another folder for another transformers, and after a change of how we convert it."""
    return cache_folder() / "gguf" / f"{file_digest(path)[:32]}-{version('transformers')}-{GGUF_CONVERSION}"


def _made(path: Path, folder: Path, write: Callable[[Path, Path], None]) -> Path:
    """A folder of the cache, which `write` makes of the file and of a draft of the folder where it is missing."""
    if folder.is_dir():
        return folder
    for fault in gguf_faults(path):
        raise UserError(f"{path}: {fault}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not folder.is_dir():
                _make(path, folder, write)
    except OSError as error:
        what = f"{folder}: {error.strerror or error}"
        raise UserError(f"{what}; set {CACHE_VARIABLE} to a folder that can be written to") from None
    return folder


def _make(path: Path, folder: Path, write: Callable[[Path, Path], None]) -> None:
    digest, draft = file_digest(path), folder.with_name(f".{folder.name}.part")
    log.info("%s: reading it for transformers into %s", path, folder)
    shutil.rmtree(draft, ignore_errors=True)  # of a job that was killed: we hold the lock
    draft.mkdir()
    try:
        with _alone(path) as alone:
            write(alone, draft)
        if file_digest(path) != digest:
            raise UserError(f"{path}: was changed while it was read")
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """A link to the file in a folder of its own: transformers would take a tokenizer that lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder, "model.gguf")
        link.symlink_to(path.absolute())
        yield link


def _write_words(path: Path, draft: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer

    reader = read_gguf(path)
    with _reading(path):
        config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
        values = values_of(reader)
        if (scaled := scaled_positions(reader, values)) is not None:
            config.rope_parameters = scaled
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        _cut_texts(tokenizer, values)
        config.save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        _keep_words_of_file(draft, reader)


def _cut_texts(tokenizer: Any, values: dict[str, Any]) -> None:
    """Cut texts as the file says, where transformers does not; else they would get other tokens, without a word.

    Raises:
        UserError: the file says what is not known here.
    """
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

    cut = values.get("tokenizer.ggml.pre", "default")
    if values.get("tokenizer.ggml.model") != "gpt2" or cut in (*GGUF_PRE_TOKENIZER_SPLITS, *OF_GPT2):
        return
    if cut not in OF_SINGLE_DIGITS:
        raise UserError(f"its tokenizer cuts texts as {shown(cut)}, which is not known here; take a model server")
    tokenizer.backend_tokenizer.pre_tokenizer = Sequence(
        [Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]
    )


def _keep_words_of_file(folder: Path, reader: Any) -> None:
    """Take tokens out of a saved tokenizer that the model's own does not have.

    transformers adds GPT-2's own, for which a model has no embedding; llama.cpp fills an embedding up with words.
    """
    words = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = (
        reader.fields["tokenizer.ggml.token_type"].contents() if "tokenizer.ggml.token_type" in reader.fields else []
    )
    unused = {number for number, kind in enumerate(kinds) if kind == UNUSED}
    path, config = folder / "tokenizer.json", folder / TOKENIZER_CONFIG
    tokenizer, values = (json.loads(file.read_text(encoding="utf-8")) for file in (path, config))
    tokenizer["added_tokens"] = [entry for entry in tokenizer["added_tokens"] if entry["id"] < len(words)]
    known = {*words, *(entry["content"] for entry in tokenizer["added_tokens"])}
    if isinstance(vocabulary := tokenizer["model"].get("vocab"), dict):
        kept = {word: number for word, number in vocabulary.items() if number < len(words) and number not in unused}
        tokenizer["model"]["vocab"] = kept
        if tokenizer["model"].get("unk_token") not in kept:
            tokenizer["model"]["unk_token"] = None
    values = {name: word for name, word in values.items() if not name.endswith("_token") or word in known}
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    config.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")


def _write_weights(path: Path, draft: Path, loader: Any, dtype: Any) -> None:
    from transformers import GenerationConfig, GgufConfig

    with _reading(path):
        model, report = loader.from_pretrained(
            path.parent,
            gguf_file=path.name,
            dtype=dtype,
            quantization_config=GgufConfig(dequantize=True),
            generation_config=GenerationConfig(),
            output_loading_info=True,
        )
        if missing := sorted(report["missing_keys"]):
            raise UserError(f"lacks the weights {missing[0]}, {EXPECTED}")
        model.hf_quantizer = None  # it is quantised no more, and may be saved
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(draft)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Around a library that reads a file by a link to it; faults name the file."""
    place = path.resolve()
    try:
        with foreign_code(f"cannot be read, {EXPECTED}"):
            yield
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
