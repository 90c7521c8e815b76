"""The published method and its corrections, as named flags, so that the effect of each can be measured."""

from dataclasses import dataclass, fields
from typing import Literal

ProtocolName = Literal["published", "corrected"]


@dataclass(frozen=True)
class Protocol:
    """Where a corrected method differs from the published one, which sets every flag.

    Attributes:
        drop_last_pair: HelpSteer2's loader loses the last pair of responses of each file.
        set_order_split: the split visits a cell's items in the order of CPython's `set`; else in a seeded shuffle.
        shuffle_greedy: responses are shuffled even where decoding is greedy; else greedy runs keep their order.
        float_ties: deciding and scoring compare distances between levels as they are written, rounded to 2 decimals,
            in floating point, so that rounding separates responses that are equally near; else distances are counted in
            steps of the dataset's scale, in whole numbers. Acts after inference (`selection.distances`).
        second_highest_reads_very: a model that writes reasonings gets the words of the highest level for the second
            highest too, so that 0.75 reads "very helpful"; else each level has its own (`reasonings.level_words`).
    """

    drop_last_pair: bool
    set_order_split: bool
    shuffle_greedy: bool
    float_ties: bool
    second_highest_reads_very: bool


PROTOCOLS: dict[ProtocolName, Protocol] = {
    "published": Protocol(**{flag.name: True for flag in fields(Protocol)}),
    "corrected": Protocol(**{flag.name: False for flag in fields(Protocol)}),
}
