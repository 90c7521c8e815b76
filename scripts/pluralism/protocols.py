"""The published method and its corrections, as named flags, so that the effect of each can be measured."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from pluralism.errors import UserError, shown

ProtocolName = Literal["published", "corrected"]


@dataclass(frozen=True)
class Protocol:
    """Where a corrected method differs from the published one, which sets every flag but one.

    Each flag is named for what the published code does; docs/reference/protocol.md says where it does so, what is right
    in its place, and what its effect is.

    Attributes:
        drop_last_pair: HelpSteer2's loader loses the last pair of responses of each file.
        pandas_missing_words: cells of MIC that pandas takes for a missing value, such as "None" and "NA", are missing;
            else questions, answers and rules are text, whatever they read.
        rule_of_thumb_sentences: MIC's reasonings are a sentence per rule of thumb, as the file has it, and eval items
            have them, too; else one sentence quotes them all.
        set_order_split: the split visits a cell's items in the order of CPython's `set`; else in a seeded shuffle.
        second_highest_reads_very: a model that writes reasonings gets the words of the highest level for the second
            highest too, so that 0.75 reads "very helpful"; else each level has its own (`reasonings.level_words`).
        raw_reasoning_completions: a model that writes reasonings completes a raw text, without its chat template, and
            its text is cut at the first full stop; else it is asked in a chat, by a grammar of a sentence.
        similarity_of_turns: few-shot examples are chosen by the similarity of whole user turns, in which attribute and
            responses stand as shown, anew for each order; else by that of the items. An ADM may say which (`match`).
        later_of_equally_similar: of equally similar train items the later comes first; else the earlier.
        levels_without_second_choice: a level whose most similar example was chosen for another level already gets none;
            else it gets the next most similar.
        examples_with_own_prompt: a train item with the prompt of the question may be an example.
        examples_as_python: an example's answer is a Python dict with floats; else it is JSON with whole numbers.
        whole_reasonings: an example's reasonings are as they are stored, never cut, and joined with nothing between;
            else empty ones are replaced, and they are joined by a blank and cut at the length that answers have.
        equal_responses_by_text: of equal responses of an example, all have the reasoning and the score of the first,
            and the letter of the last is the answer; a pick of any is one of the first; else each counts for itself.
        shuffle_greedy: responses are shuffled even where decoding is greedy; else greedy runs keep their order.
        shuffle_per_attribute: responses are shuffled anew for each attribute; else an item's attributes share an order.
            That the published code also shuffles for each target is not followed.
        control_tokens_in_texts: a control token that a text holds, such as </s>, is read as one; else as text. Neither
            protocol sets it: a text of a dataset would act on a model.
        no_generation_prompt: a prompt ends with the user's turn, without the words that begin the model's.
        begin_token_twice: a prompt's tokens become text again, which is tokenized with special tokens, so that BOS
            stands twice.
        blanks_cleaned_up: blanks before punctuation are dropped from a prompt where the tokenizer says so.
        system_joined_by_line: only where a template raises on a system text, this begins the user's turn, with one line
            break between; else also where the template drops it, with two.
        loose_grammar: a score is any whole number, 1,000 and -3, too; a blank may stand at any place of an answer, and
            its texts escape nothing but quotes and backslashes; else scores are from 0 to 100, in one form of JSON.
        kaleido_fills_in_turn: Kaleido's placeholders are filled in one after another, also within what was filled in.
        kaleido_cuts_end: Kaleido's prompts are cut after 128 tokens, whatever that cuts; else the action is cut.
        kaleido_explains: Kaleido's own explanation is the reasoning, always.
        reward_at_last_other_token: a reward model is read at the last token that is not the pad token, which differs
            from the last token where a text ends with it.
        reward_without_begin: the text of the BOS token is dropped wherever it stands in what a reward model reads,
            which is then tokenized with special tokens.
        fixed_reward_levels: a multi-objective reward r means the level (r * 5 - 0.5) / 5, and is that of a text's first
            4,096 tokens; else train items tell what it means.
        float_ties: deciding and scoring compare distances between levels as they are written, rounded to 2 decimals,
            in floating point, so that rounding separates responses that are equally near; else distances are counted in
            steps of the dataset's scale, in whole numbers. Acts after inference (`selection.distances`).
        first_vote_wins: of responses with equally many votes the one voted for first is picked; else the first one.
        random_per_target: the random ADM draws anew for each target; else its pick serves all.
    """

    drop_last_pair: bool
    pandas_missing_words: bool
    rule_of_thumb_sentences: bool
    set_order_split: bool
    second_highest_reads_very: bool
    raw_reasoning_completions: bool
    similarity_of_turns: bool
    later_of_equally_similar: bool
    levels_without_second_choice: bool
    examples_with_own_prompt: bool
    examples_as_python: bool
    whole_reasonings: bool
    equal_responses_by_text: bool
    shuffle_greedy: bool
    shuffle_per_attribute: bool
    control_tokens_in_texts: bool
    no_generation_prompt: bool
    begin_token_twice: bool
    blanks_cleaned_up: bool
    system_joined_by_line: bool
    loose_grammar: bool
    kaleido_fills_in_turn: bool
    kaleido_cuts_end: bool
    kaleido_explains: bool
    reward_at_last_other_token: bool
    reward_without_begin: bool
    fixed_reward_levels: bool
    float_ties: bool
    first_vote_wins: bool
    random_per_target: bool

    def __str__(self) -> str:
        """As a command takes it: `published`, or `published,shuffle_greedy=false`."""
        base, *others = self._words()
        return ",".join([base, *(f"{flag}={str(getattr(self, flag)).lower()}" for flag in others)])

    def as_config(self) -> str | dict[str, str | bool]:
        """As the config has it: `published`, or a base with the flags that differ from it."""
        base, *others = self._words()
        return {"base": base, **{flag: getattr(self, flag) for flag in others}} if others else base

    @property
    def bounds_scores(self) -> bool:
        """Whether every predicted level is from 0 to 1."""
        return not (self.loose_grammar or self.fixed_reward_levels)

    def _words(self) -> list[str]:
        """The base from which fewer flags differ, and these flags."""
        return min(([base, *_different(self, other)] for base, other in PROTOCOLS.items()), key=len)


FLAGS = tuple(flag.name for flag in fields(Protocol))
PROTOCOLS: dict[ProtocolName, Protocol] = {
    # What a dataset's texts hold must not act on a model, so this one flag is followed only where it is asked for.
    "published": Protocol(**(dict.fromkeys(FLAGS, True) | {"control_tokens_in_texts": False})),
    "corrected": Protocol(**dict.fromkeys(FLAGS, False)),
}
PUBLISHED, CORRECTED = PROTOCOLS.values()


def _different(one: Protocol, other: Protocol) -> list[str]:
    flags = asdict(other)
    return [flag for flag, value in asdict(one).items() if value != flags[flag]]


def protocol_of(value: Any) -> Protocol:
    """A protocol from its name, or from a mapping with a `base` (none: published) and single flags.

    Raises:
        ValueError: the name or a flag is unknown, or a flag is not true or false.
    """
    if isinstance(value, Protocol):
        return value
    names = ", ".join(PROTOCOLS)
    base, flags = ("published", value) if isinstance(value, Mapping) else (value, {})
    if isinstance(value, Mapping):
        base, flags = value.get("base", base), {flag: entry for flag, entry in value.items() if flag != "base"}
    if not (isinstance(base, str) and base in PROTOCOLS):
        raise ValueError(f"expected {names}, or a base of these with flags; found {shown(base)}")
    for flag, entry in flags.items():
        if flag not in FLAGS:
            raise ValueError(f"unknown flag {shown(flag)}; allowed: base, {', '.join(FLAGS)}")
        if not isinstance(entry, bool):
            raise ValueError(f"{flag} is {shown(entry)}, expected true or false")
    return replace(PROTOCOLS[base], **flags)


ProtocolChoice = Annotated[
    Protocol,
    PlainValidator(protocol_of),
    PlainSerializer(Protocol.as_config),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(PROTOCOLS)},
                {
                    "type": "object",
                    "properties": {"base": {"enum": list(PROTOCOLS)}, **{flag: {"type": "boolean"} for flag in FLAGS}},
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A protocol in a config or in the settings of a job."""


def parse_protocol(text: str) -> Protocol:
    """A protocol from the word of a command: `published`, or `published,shuffle_greedy=false`.

    Raises:
        UserError: it is no such word.
    """
    base, *others = text.split(",")
    flags = dict(word.partition("=")[::2] for word in others)
    values = {"true": True, "false": False}
    if "base" in flags or len(flags) < len(others):
        raise UserError(f"--protocol: {shown(text)}, expected a base, then each flag at most once")
    try:
        return protocol_of({"base": base, **{flag: values.get(entry, entry) for flag, entry in flags.items()}})
    except ValueError as error:
        raise UserError(f"--protocol: {error}") from None


def add_protocol(parser: ArgumentParser) -> None:
    """Add `--protocol` to a command."""
    parser.add_argument(
        "--protocol",
        type=parse_protocol,
        default=PUBLISHED,
        help="published (the default) or corrected, then single flags: published,shuffle_greedy=false; the flags are "
        "those of pluralism/protocols.py",
    )
