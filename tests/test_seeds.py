"""What is drawn at random, of a given seed: the very draws, so that a study of today can be made again tomorrow.

A test that fails here says that new results differ from stored ones: that is a change to announce.
"""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from pluralism.adms import make_adm
from pluralism.adms.base import Task, shown_order
from pluralism.datasets.attributes import Attribute, AttributeSet, attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.datasets.split import cell_order, split_items
from pluralism.engines.base import sampling_key
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.rows import RenderedRequest, start_row
from pluralism.engines.rendering import Prompt
from pluralism.engines.server.chat_api import PendingRequest, body
from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.selection import choose_examples
from pluralism.protocols import CORRECTED, PROTOCOLS
from pluralism.requests import Example, Request, request_key
from pluralism.targets.sampling import sampled_targets
from pluralism.targets.target import Target
from tests.tiny_models import save_tiny_model

PUBLISHED = PROTOCOLS["published"]
GOOD = AttributeSet((Attribute("good", "", ("no", "yes")),), (0.0, 1.0))
PARIS = Item("Where is Paris?", ("In France.", "Far.", "Here.", "There."), ({"good": 1.0},) * 4)
WHY = Item("Why?", ("So.", "No.", "Yes."), ({"good": 1.0},) * 3)
TARGETS = [Target("target_high", {"good": 1.0}), Target("target_low", {"good": 0.0})]
ASKED = Request("system", (Example("q", "a", 0),), "question", "{}", 0.7, 1, 2, 16)
KEY = "9f017669f16d9d6ebe63f42636d1a6d8ed33979ab227be2e46395abb479ad283"
AGAIN = "a525f97b3e9d37d486653c471f8d38aa9a24df696f6d2507e5b8555c6df31ff3"


def test_a_cell_is_shuffled_by_the_seed_42() -> None:
    assert cell_order([70, 3, 64, 8, 3], CORRECTED) == [64, 8, 70, 3]
    assert cell_order(range(10), CORRECTED) == [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]


def test_a_corrected_split_is_always_the_same() -> None:
    items = [Item(f"p{place}", ("r",), ({"good": float(place % 3 == 0)},)) for place in range(12)]
    # Cells: good = 1 has the items 0, 3, 6, 9, and n = 4; good = 0 the other 8.
    # Shuffled, the cells are 6, 3, 9, 0 and 5, 7, 10, 11, 4, 8, 1, 2.
    assert split_items(items, GOOD, CORRECTED) == ([6, 3, 9, 0, 5, 7, 10, 11], [4, 8, 1, 2])


@pytest.mark.parametrize(
    ("dataset", "count", "first", "second"),
    [
        (
            "mic",
            3,
            {"care": 0.33, "authority": 1.0, "sanctity": 0.0},
            {"care": 0.0, "loyalty": 0.67, "sanctity": 0.67},
        ),
        ("helpsteer2", 2, {"helpfulness": 0.25, "coherence": 0.75}, {"helpfulness": 0.0, "verbosity": 0.0}),
    ],
)
def test_sampled_targets_are_always_the_same(dataset: str, count: int, first: Any, second: Any) -> None:
    targets = sampled_targets(read_attributes(attribute_file(dataset)), count, 10)
    assert [target.levels for target in targets[:2]] == [first, second]


def task(seed: int, **changes: Any) -> Task:
    made = Task([PARIS, WHY], GOOD, samples=5, temperature=0.7, shuffle=True, protocol=CORRECTED, seed=seed)
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("seed", "picks"), [(0, [[2, 1, 3, 2, 0], [0, 0, 1, 2, 2]]), (7, [[0, 0, 0, 2, 1], [0, 1, 1, 0, 2]])]
)
def test_the_random_adm_picks_by_seed_item_and_sample(seed: int, picks: list[list[int]]) -> None:
    rows = make_adm("random_choice", {}, "").read(task(seed), [], [])
    assert [[row.response for row in rows if row.item == item and row.score == 1] for item in (0, 1)] == picks


def test_published_it_picks_by_target_too() -> None:
    rows = make_adm("random_choice", {}, "").read(task(7, protocol=PUBLISHED, samples=1, targets=TARGETS), [], [])
    picks = {
        target.name: [row.response for row in rows if row.target == target.name and row.score] for target in TARGETS
    }
    assert picks == {"target_high": [0, 0], "target_low": [1, 1]}


def test_responses_are_shown_in_an_order_drawn_from_seed_sample_and_texts() -> None:
    assert [shown_order(task(0), PARIS, sample) for sample in range(3)] == [(0, 2, 3, 1), (1, 3, 2, 0), (0, 3, 2, 1)]
    order = list(range(4))
    random.Random('[7,1,"Where is Paris?",["In France.","Far.","Here.","There."]]').shuffle(order)
    assert shown_order(task(7), PARIS, 1) == tuple(order) == (1, 3, 2, 0)
    of_good = [shown_order(task(7, protocol=PUBLISHED), PARIS, sample, "good") for sample in range(2)]
    assert of_good == [(2, 3, 0, 1), (3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("seed", "chosen"),
    [(0, [[7, 4, 0], [2, 4, 6], [3, 1, 7], [0, 4, 1]]), (7, [[4, 3, 1], [6, 4, 2], [5, 2, 7], [6, 1, 3]])],
)
def test_examples_by_chance_are_drawn_from_seed_item_and_attribute(seed: int, chosen: list[list[int]]) -> None:
    train = [Item(f"t{place}", ("a", "b"), ({"good": 1.0}, {"good": 0.0})) for place in range(8)]
    few_shot = FewShot(select="random", shots=3)
    table = choose_examples(few_shot, [PARIS, WHY], train, GOOD, protocol=CORRECTED, seed=seed)
    # Of each item first those of the item as a whole, then those of the attribute.
    assert table["train_item"].to_numpy().reshape(4, 3).tolist() == chosen
    assert table["attribute"].fillna("").tolist() == ["", "", "", "good", "good", "good"] * 2


def test_an_answer_is_sampled_by_the_key_of_its_request_and_the_attempt(tmp_path: Path) -> None:
    assert request_key(ASKED, {"model": "m"}) == KEY
    assert [sampling_key(KEY, attempt) for attempt in (0, 1)] == [KEY, AGAIN]
    seeds = [body(PendingRequest(ASKED, KEY, (), attempt), "m", system_role=True)["seed"] for attempt in (0, 1)]
    assert seeds == [0x9F017669 // 2, 0xA525F97B // 2] == [1333836596, 1385364669]
    tokenizer = AutoTokenizer.from_pretrained(save_tiny_model(tmp_path))
    grammars = Grammars(tokenizer, len(tokenizer))
    request = RenderedRequest(KEY, Prompt((), (1,), 0), replace(ASKED, stop="."))
    rows = [start_row(entry, grammars, 100) for entry in (request, request.retry())]
    assert [row.random.random() for row in rows] == pytest.approx([0.74063612, 0.24899685], abs=1e-8)
