"""Few-shot examples: which train items, and in which order."""

from pathlib import Path

import numpy as np

from pluralism.attributes import Attribute, AttributeSet
from pluralism.few_shot import (
    FewShot,
    Shot,
    choose_examples,
    one_per_level,
    read_examples,
    tfidf_similarity,
    write_examples,
)
from pluralism.items import Item

GOOD = AttributeSet((Attribute("good", "", ("no", "so-so", "yes")),), (0.0, 0.5, 1.0))


def item(prompt: str, *levels: float) -> Item:
    return Item(prompt, tuple("r" for _ in levels), tuple({"good": level} for level in levels))


TRAIN = [item("a", 0.0, 1.0), item("b", 0.0, 0.0), item("c", 1.0, 0.5), item("d", 1.0, 1.0)]


def test_each_level_takes_the_most_similar_item_with_a_response_at_it() -> None:
    assert one_per_level([3, 2, 1, 0], TRAIN, "good", GOOD.levels) == [(0.0, 1), (0.5, 2), (1.0, 3)]


def test_no_item_stands_for_two_levels() -> None:
    # Item 0 is the most similar for level 0 and for level 1; it serves level 0, and level 1 takes the next.
    assert one_per_level([0, 1, 2, 3], TRAIN, "good", GOOD.levels) == [(0.0, 0), (0.5, 2), (1.0, 3)]


def test_a_level_that_no_train_item_has_is_left_out() -> None:
    assert one_per_level([0, 1], TRAIN, "good", GOOD.levels) == [(0.0, 0)]


def test_the_most_similar_come_in_order_and_earlier_items_first_among_equals() -> None:
    table = choose_examples(FewShot("most_similar", 3), np.array([[0.1, 0.9, 0.1, 0.5]]), TRAIN, GOOD)
    assert table["train_item"].tolist() == [1, 3, 0]
    assert table["attribute"].isna().all()


def test_what_is_written_is_read_back_with_ranks(tmp_path: Path) -> None:
    table = choose_examples(FewShot("one_per_level"), np.array([[0.1, 0.2, 0.9, 0.3]]), TRAIN, GOOD)
    write_examples(table, tmp_path / "examples.csv")
    assert read_examples(tmp_path / "examples.csv") == {
        (0, "good"): [Shot(1, 0.2, 2), Shot(2, 0.9, 0), Shot(3, 0.3, 1)],
    }


def test_similarity_finds_the_train_item_that_shares_words() -> None:
    train = [item("How do I bake bread at home?", 0.0), item("Who won the football match?", 0.0)]
    similarity = tfidf_similarity([item("Which team won the match?", 0.0)], train)
    assert similarity.shape == (1, 2)
    assert similarity[0, 1] > similarity[0, 0]
