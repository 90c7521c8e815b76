"""How many tokens a text has: by the model's own tokenizer where its file is at hand, else by rule of thumb."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.planning.checkpoints import find_local
from pluralism.planning.counting import CHARACTERS_PER_TOKEN, prompt_texts
from pluralism.requests import AnyRequest

PROMPTS_MEASURED = 16
"""So many prompts tell how many tokens a character is."""


def tokens_per_character(model: LanguageModel, requests: Sequence[AnyRequest]) -> tuple[float, bool]:
    """Tokens per character of these prompts, and whether the model's tokenizer has counted them.

    Only a file on this machine is read, and neither torch nor transformers is loaded for it.

    Raises:
        UserError: the file is no tokenizer.
    """
    path = find_local(model.id, model.revision, "tokenizer.json")
    step = max(len(requests) // PROMPTS_MEASURED, 1)
    texts = [text for request in requests[::step] for text in prompt_texts(request)]
    if path is None or not any(texts):
        return 1 / CHARACTERS_PER_TOKEN, False
    encoded = _tokenizer(path).encode_batch(texts, add_special_tokens=False)
    return sum(map(len, encoded)) / sum(map(len, texts)), True


@cache
def _tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no other
        raise UserError(f"{path}: not a readable tokenizer: {error}") from None
