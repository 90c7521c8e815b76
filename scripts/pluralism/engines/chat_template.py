"""The chat template of a checkpoint: conversations -> text -> token ids.

A template is a program by a stranger: it may fail, never end, or read the clock. It runs in the sandbox of
transformers, within bounds of time and memory, on a fixed date.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import dropwhile
from typing import Any

from jinja2 import Template, TemplateSyntaxError

from pluralism.engines.encoding import CUT, control_token_cutter, encode_pieces, encode_whole, without_blanks
from pluralism.engines.limits import limited
from pluralism.errors import UserError, foreign_code, shown
from pluralism.requests import NO_QUIRKS, ChatQuirks

# Some templates print today's date into the system turn, and so give another prompt every day. This is the date that
# Llama's own template falls back on.
TEMPLATE_DATE = "26 Jul 2024"
FIXED_TIME = datetime(2024, 7, 26)
LONGEST_SOURCE = 2**20
"""Characters of a template."""
ADDED_BY_TEMPLATE = 2**20
"""Characters that a template may write for a conversation of no words; the words count four times."""
SECONDS, MEMORY = 10, 2**30
"""That a template may take for one conversation."""
LARGEST_IN_POWER = 10_000
CHANGES = "its chat template leaves out or changes"

Message = Mapping[str, Any]
"""A turn of a conversation: its role, and its content."""


@dataclass(frozen=True)
class Form:
    """How a template takes a conversation.

    Attributes:
        system_role: whether it takes a system message; else the first user turn begins with that text.
        parts: the roles whose content it wants as a list of parts.
        joint: what stands between the system text and the first user turn that begins with it.
    """

    system_role: bool = True
    parts: frozenset[str] = frozenset()
    joint: str = "\n\n"

    def shape(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The conversation in this form."""
        shaped = messages if self.system_role else without_system_role(messages, self.joint)
        return [
            {**one, "content": [{"type": "text", "text": one["content"]}]} if one["role"] in self.parts else {**one}
            for one in shaped
        ]


OF_PARTS = [
    Form(system_role, frozenset(parts))
    for parts in (("system", "user", "assistant"), ("system", "user"))
    for system_role in (True, False)
]
FORMS = [Form(), Form(system_role=False), *OF_PARTS]
"""The first that shows all texts is taken."""
PUBLISHED_FORMS = [Form(), Form(system_role=False, joint="\n"), *OF_PARTS]
"""The first that does not fail, and shows all texts but the system's, is taken: with `system_joined_by_line`."""


class TemplateError(UserError):
    """The template itself fails."""


def without_system_role(messages: Sequence[Message], joint: str) -> list[Message]:
    """The conversation with the system text, and `joint` after it, at the beginning of its first user turn."""
    first, *others = messages
    if first["role"] != "system":
        return [first, *others]
    return [{**others[0], "content": f"{first['content']}{joint}{others[0]['content']}"}, *others[1:]]


class ChatTemplate:
    """Writes conversations for one tokenizer."""

    def __init__(self, tokenizer: Any, name: str, expected: str = "an instruction-tuned model") -> None:
        """Take a tokenizer of transformers.

        Args:
            tokenizer: with a chat template.
            name: the model's, for error messages.
            expected: what has a template, for error messages.

        Raises:
            UserError: it has no chat template, or one that is not a template.
        """
        self._tokenizer, self._place = tokenizer, f"model {name}"
        self._source = self._find_source(expected)
        self._template = self._bounded(lambda: _compile(self._source))
        self._find_form = lru_cache(maxsize=None)(self._first_form)

    def _find_source(self, expected: str) -> str:
        found = self._tokenizer.chat_template
        if isinstance(found, Mapping):
            found = found.get("default") or (next(iter(found.values())) if len(found) == 1 else found)
        if isinstance(found, Mapping) and found:
            raise UserError(
                f"{self._place}: has the chat templates {shown(', '.join(map(str, found)))}, expected one named default"
            )
        if not found:
            raise UserError(f"{self._place}: its tokenizer has no chat template, expected {expected}")
        if not isinstance(found, str) or len(found) > LONGEST_SOURCE:
            raise UserError(f"{self._place}: its chat template is no text of at most {LONGEST_SOURCE} characters")
        return found

    def write(self, messages: Sequence[Message], quirks: ChatQuirks = NO_QUIRKS) -> str:
        """The text of a conversation, for `encode`. It ends where the model's answer begins.

        Args:
            messages: its turns, each with a role and a text; a system message may come first.
            quirks: `no_generation_prompt`: the text ends with the last turn; and others.

        Raises:
            UserError: the template fails, or does not write what the messages say.
        """
        form, cut = self._find_form(tuple(message["role"] for message in messages), quirks)
        safe = [{**message, "content": cut(message["content"])} for message in messages]
        text = self._write(form, safe, quirks)
        if (changed := _first_changed(_needed(safe, quirks), text)) is not None:
            begins = changed["content"].replace(CUT, "")[:60]
            raise UserError(f"{self._place}: {CHANGES} the text of the {changed['role']} that begins {begins!r}")
        return text

    def as_words(self, text: str, messages: Sequence[Message], quirks: ChatQuirks = NO_QUIRKS) -> str:
        """An answer to a conversation, to stand after it for `encode`: a control token within it is a word."""
        _, cut = self._find_form(tuple(message["role"] for message in messages), quirks)
        return cut(text)

    def encode(self, text: str, quirks: ChatQuirks = NO_QUIRKS) -> tuple[int, ...]:
        """The tokens of what `write` gave: with one BOS token, if the template or the tokenizer writes any.

        Args:
            text: what it gave.
            quirks: `begin_token_twice`: the tokens become text again, which is tokenized with what the tokenizer adds
                to every text; `blanks_cleaned_up`: some blanks of the text are left out, if the tokenizer says so.

        Raises:
            UserError: the tokenizer refuses the text, or drops all of it.
        """
        begin, twice = self._tokenizer.bos_token_id, quirks.begin_token_twice
        with foreign_code(f"{self._place}: its tokenizer refuses a text"):
            if twice and CUT not in text:
                read = encode_pieces(self._tokenizer, text)
                text = self._tokenizer.decode(read, clean_up_tokenization_spaces=False)
            if quirks.blanks_cleaned_up and self._tokenizer.clean_up_tokenization_spaces:
                text = without_blanks(text)
            ids = (encode_whole if twice else encode_pieces)(self._tokenizer, text)
            has_begin = begin is not None and (ids[:1] == [begin] or self._tokenizer.encode("A")[:1] == [begin])
        if text and not ids:
            raise UserError(f"{self._place}: its tokenizer knows no letter of a text that begins {text[:60]!r}")
        if twice or not has_begin:
            return tuple(ids)
        return (begin, *dropwhile(lambda token: token == begin, ids))

    def _first_form(self, roles: Sequence[str], quirks: ChatQuirks) -> tuple[Form, Callable[[str], str]]:
        """The first form in which a probe of the same roles is written in full; and what cuts control tokens."""
        probes = [
            {"role": role, "content": f'probe {place} of the {role}\'s "words"'} for place, role in enumerate(roles)
        ]
        forms = PUBLISHED_FORMS if quirks.system_joined_by_line else FORMS
        faults = {}
        for form in forms:
            try:
                text = self._write(form, probes, quirks)
            except TemplateError as fault:
                faults[form] = fault
                continue
            if (changed := _first_changed(_needed(probes, quirks), text)) is None:
                if quirks.control_tokens_in_texts:
                    return form, str
                return form, control_token_cutter(self._tokenizer, self._source + text)
            faults[form] = TemplateError(
                f"{self._place}: {CHANGES} the text of the {changed['role']}, given as text and as a list of parts"
            )
        raise faults[forms[1]]

    def _write(self, form: Form, messages: Sequence[Message], quirks: ChatQuirks) -> str:
        values = {**self._tokenizer.special_tokens_map, "date_string": TEMPLATE_DATE}
        text: str = self._bounded(
            lambda: self._template.render(
                messages=form.shape(messages),
                tools=None,
                documents=None,
                add_generation_prompt=not quirks.no_generation_prompt,
                **values,
            )
        )
        if len(text) > ADDED_BY_TEMPLATE + 4 * sum(len(message["content"]) for message in messages):
            raise UserError(f"{self._place}: its chat template writes a text of {len(text)} characters")
        return text

    def _bounded(self, run: Callable[[], Any]) -> Any:
        """Run code of the template."""
        try:
            with limited(SECONDS, MEMORY):
                return run()
        except TimeoutError:
            raise UserError(f"{self._place}: its chat template takes longer than {SECONDS} s") from None
        except MemoryError:
            raise UserError(f"{self._place}: its chat template takes more than {MEMORY >> 20} MiB") from None
        except Exception as error:  # templates raise whatever their author chose
            raise TemplateError(f"{self._place}: its chat template fails: {_message(error)}") from None


def _compile(source: str) -> Template:
    """The template in the sandbox of transformers, with another clock and without random words."""
    from transformers.utils.chat_template_utils import _cached_compile_jinja_template

    environment = _cached_compile_jinja_template("").environment
    environment.globals["strftime_now"] = FIXED_TIME.strftime
    del environment.globals["lipsum"], environment.filters["random"]
    # Python computes it in one step, which no time limit stops: 10 ** 10 ** 9 takes days.
    environment.intercepted_binops = frozenset(["**"])
    environment.call_binop = _power
    template: Template = environment.from_string(source)
    return template


def _power(_: object, operator: str, left: Any, right: Any) -> Any:
    """The operator `**` of a template, within bounds."""
    if max(abs(left), abs(right)) > LARGEST_IN_POWER:
        raise ValueError(f"a power of numbers larger than {LARGEST_IN_POWER}")
    return left**right


def _message(error: Exception) -> str:
    place = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
    return place + (str(error)[:300] or type(error).__name__)


def _needed(messages: Sequence[Message], quirks: ChatQuirks) -> Sequence[Message]:
    """The messages that must stand in what a template writes."""
    return [message for message in messages if not (quirks.system_joined_by_line and message["role"] == "system")]


def _first_changed(messages: Sequence[Message], text: str) -> Message | None:
    """The first message that is not in what a template wrote, with other white space or as a string of JSON, too."""
    dense = None
    for message in messages:
        content = message["content"]
        if content.strip() in text or json.dumps(content, ensure_ascii=False)[1:-1] in text:
            continue
        dense = dense or "".join(text.split())
        if "".join(content.split()) not in dense:
            return message
    return None
