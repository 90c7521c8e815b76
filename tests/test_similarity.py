"""How alike items are: each method against numbers by hand, and BERTScore against the bert-score package."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.questions import Question
from pluralism.few_shot.similarity.bertscore import all_pairs, bertscore
from pluralism.few_shot.similarity.encoder import Encoded, Encoder
from pluralism.few_shot.similarity.kinds.embedding import Embedding
from pluralism.few_shot.similarity.kinds.tfidf import Tfidf
from pluralism.few_shot.similarity.matrix import Comparison, read_comparison, similarity_matrix, write_comparison
from pluralism.few_shot.similarity.settings import Similarity, matched_text
from pluralism.files import write_json
from tests.conftest import ROOT, Run, error_line
from tests.tiny_models import save_tiny_encoder, save_tiny_kaleido, save_tiny_model

LONG = "Where is the river that runs through Paris, and who was it named for? " * 12
TEXTS = ["Where is Paris?", "In France, kind of.", " Größe ", LONG, "It is kind. " * 9, "a", LONG + "And so on."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny RoBERTa with texts of 64 tokens and three layers."""
    return save_tiny_encoder(tmp_path_factory.mktemp("encoder"))


def item(prompt: str, *responses: str) -> Item:
    return Item(prompt, responses, tuple({"good": 1.0} for _ in responses))


ONE = item("one", "a", "b")


def encoded(vectors: Sequence[Sequence[float]], weights: Sequence[float]) -> Encoded:
    return Encoded(torch.tensor(vectors), torch.tensor(weights))


def package_f1(folder: str, layer: int, asked: Sequence[str], known: Sequence[str]) -> Any:
    """What the bert-score package gives for every pair."""
    import bert_score

    scorer = bert_score.BERTScorer(model_type=folder, num_layers=layer, device="cpu")
    # The package asks `encode` for the space before the first word, which transformers 5 takes here only.
    scorer._tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    pairs = [(one, other) for one in asked for other in known]
    # One pair at a time: in larger batches, the package takes padding for a token with a cosine of 0, which a token
    # whose best cosine is below that then finds.
    scores = scorer.score([one for one, _ in pairs], [other for _, other in pairs], batch_size=1)[2]
    return scores.reshape(len(asked), len(known)).numpy()


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_bertscore_is_that_of_the_package(folder: str, layer: int) -> None:
    assert len(AutoTokenizer.from_pretrained(folder).encode(LONG)) > 2 * 64
    ours = bertscore(TEXTS, TEXTS[1:], folder, layer)
    np.testing.assert_allclose(ours, package_f1(folder, layer, TEXTS, TEXTS[1:]), atol=1e-4)
    assert np.ptp(ours) > 0.1


def test_bertscore_by_hand() -> None:
    # Cosines 1 and 0.6 of the asked text's counted tokens to the best of the known one's: P = 0.8. Of the known
    # text's three counted tokens the best are 1, 0.6 and 0.6: R = 2.2 / 3. The first token of each is not counted,
    # but may be what another finds: it is what the second token of the asked text, (0.6, 0.8), likes best.
    asked = encoded([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8]], [0.0, 0.5, 0.5])
    known = encoded([[0.0, -1.0], [1.0, 0.0], [0.6, -0.8], [0.6, -0.8]], [0.0, 1 / 3, 1 / 3, 1 / 3])
    precision, recall = (1 + 0.6) / 2, (1 + 0.6 + 0.6) / 3
    f1 = 2 * precision * recall / (precision + recall)
    assert all_pairs([asked], [known])[0, 0] == pytest.approx(f1)
    # Beside a longer text, which pads it, it scores the same; a text without tokens of its own scores 0.
    longer = encoded([[1.0, 0.0]] * 7, [1 / 7] * 7)
    empty = encoded([[0.0, 1.0], [0.0, 1.0]], [0.0, 0.0])
    assert all_pairs([asked, empty], [longer, known, empty])[:, 1:].tolist() == pytest.approx(
        np.array([[f1, 0.0], [0.0, 0.0]])
    )


def test_a_token_may_find_the_one_that_begins_the_other_text() -> None:
    asked = encoded([[1.0, 0.0], [0.0, 1.0]], [0.0, 1.0])
    known = encoded([[0.0, 1.0], [0.8, 0.6]], [0.0, 1.0])
    # Precision: the asked token finds the known text's beginning, 1. Recall: the known token finds 0.8, a beginning.
    assert all_pairs([asked], [known])[0, 0] == pytest.approx(2 * 0.8 / 1.8)


def test_a_text_scores_1_with_itself_and_only_what_fits_the_encoder_counts(folder: str) -> None:
    scores = bertscore([LONG, "Where is Paris?"], [LONG + "And so on.", "Where is Paris?"], folder, 2)
    assert np.diagonal(scores).tolist() == pytest.approx([1.0, 1.0])
    assert scores[0, 1] < 0.99


def test_an_empty_text_is_like_none(folder: str) -> None:
    assert bertscore(["", "a"], ["", "Where is Paris?"], folder, 2)[[0, 0, 1], [0, 1, 0]].tolist() == [0.0, 0.0, 0.0]


def test_a_text_is_encoded_alike_alone_and_beside_longer_ones(folder: str) -> None:
    encoder = Encoder(folder, 2)
    beside = encoder.encode([LONG, "a", "Where is Paris?", "a"])
    alone = encoder.encode(["Where is Paris?"])[0]
    assert beside[1] is beside[3]
    assert beside[0].vectors.shape == (64, 32)
    assert torch.allclose(beside[2].vectors, alone.vectors, atol=1e-5)
    assert beside[2].weights.sum() == pytest.approx(1.0)
    assert beside[2].weights[[0, -1]].tolist() == [0.0, 0.0]


def test_embedding_is_the_cosine_of_sentence_embeddings(folder: str) -> None:
    # A folder without sentence-transformers' own files is read as the mean of the last layer's token embeddings.
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    with torch.no_grad():
        one, other = (model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0) for text in TEXTS[:2])
    cosine = torch.nn.functional.cosine_similarity(one, other, dim=0).item()
    similarity = Embedding(encoder=folder).compare(TEXTS[:1], TEXTS[:2])
    assert similarity.tolist() == [pytest.approx([1.0, cosine], abs=1e-5)]


def test_tfidf_by_hand() -> None:
    # Over two known texts, "bread" is in both and weighs 1, "match" and "oven" weigh 1 + ln(3/2).
    rare = 1 + math.log(3 / 2)
    similarity = Tfidf().compare(["The match?", "bread"], ["bread oven", "bread match"])
    expected = [[0.0, rare / math.hypot(1, rare)], [1 / math.hypot(1, rare)] * 2]
    assert similarity.tolist() == [pytest.approx(row) for row in expected]


def test_the_question_is_matched_with_its_responses_in_their_order_or_alone() -> None:
    asked = item("Which oven?", "The old one.", "None.")
    assert matched_text(asked, "responses") == "Which oven?\nThe old one.\nNone."
    assert matched_text(asked, "question") == "Which oven?"
    train = [item("Which oven?", "Yes."), item("Who?", "The old one.", "None.")]
    by_question = similarity_matrix(Similarity("tfidf", "question"), [asked], train)
    assert by_question.tolist() == [pytest.approx([1.0, 0.0])]
    by_responses = similarity_matrix(Similarity("tfidf"), [asked], train)
    assert by_responses[0, 1] > by_responses[0, 0]


def test_every_setting_has_a_file_of_its_own() -> None:
    settings = [
        Similarity("bertscore"),
        Similarity("bertscore", options={"layer": 3}),
        Similarity("bertscore", "question"),
        Similarity("bertscore", options={"encoder": "models/mine"}),
        Similarity("embedding"),
        Similarity("tfidf"),
    ]
    assert Similarity("bertscore").name == "bertscore_roberta-large_layer17"
    assert len({setting.name for setting in settings}) == len(settings)
    assert "/" not in "".join(setting.name for setting in settings)


def test_a_matrix_is_read_back_and_belongs_to_its_items(tmp_path: Path) -> None:
    path = tmp_path / "matrix.npy"
    write_comparison(Comparison.of_items(np.array([[0.25, 1.0]])), path)
    assert np.load(path).tolist() == [[0.25, 1.0]]
    found = read_comparison(path, [ONE], [ONE, ONE], ["good"])
    assert (found.questions, found.matrix.tolist()) == ([Question(0)], [[0.25, 1.0]])
    with pytest.raises(UserError, match=r"matrix.npy: a matrix of \(1, 2\), expected \(2, 2\) \(eval items"):
        read_comparison(path, [ONE, ONE], [ONE, ONE], ["good"])
    path.write_text("0.25,1.0")
    with pytest.raises(UserError, match=r"matrix.npy: not a similarity matrix"):
        read_comparison(path, [ONE], [ONE, ONE], ["good"])
    with pytest.raises(UserError, match=r"none.npy: no such file"):
        read_comparison(tmp_path / "none.npy", [ONE], [ONE, ONE], ["good"])


TURNS = [Question(0, "good", (1, 0)), Question(0, "good", (0, 1)), Question(0, None, (1,))]


def test_similarities_of_turns_are_read_back_with_attribute_and_order(tmp_path: Path) -> None:
    path = tmp_path / "turns.npy"
    write_comparison(Comparison(TURNS, np.array([[0.5], [1.0], [0.25]])), path)
    found = read_comparison(path, [ONE], [ONE], ["good"])
    assert (found.questions, found.matrix.tolist()) == (TURNS, [[0.5], [1.0], [0.25]])
    assert np.load(path)["similarity"].tolist() == [[0.5], [1.0], [0.25]]
    with pytest.raises(UserError, match=r"turns.npy: row 0: unknown attribute 'good'; allowed: bad"):
        read_comparison(path, [ONE], [ONE], ["bad"])
    with pytest.raises(UserError, match=r"turns.npy: a matrix of \(3,\), expected \(1, 2\)"):
        read_comparison(path, [ONE], [ONE, ONE], ["good"])
    with pytest.raises(UserError, match=r"turns.npy: has no row for item 1"):
        read_comparison(path, [ONE, ONE], [ONE], ["good"])


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (Question(1, "good", (0, 1)), "row 0: item is 1, expected a whole number from 0 to 0"),
        (Question(0, "good", (0, 2)), "row 0: order is '0 2', expected indices of the item's 2 responses, as 1 0"),
        (Question(0, "good", (1, 1)), "row 0: order is '1 1', expected indices"),
    ],
)
def test_similarities_of_turns_that_the_items_have_not_are_one_line(
    tmp_path: Path, turn: Question, message: str
) -> None:
    path = tmp_path / "turns.npy"
    write_comparison(Comparison([turn], np.array([[0.5]])), path)
    with pytest.raises(UserError) as fault:
        read_comparison(path, [ONE], [ONE], ["good"])
    assert str(fault.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.array([[0.5, np.nan]]), "the similarity of item 0 and train item 1 is nan"),
        (np.array([[np.inf, 0.5]]), "the similarity of item 0 and train item 0 is inf"),
        (np.array([["a", "b"]]), "a matrix of <U1, expected numbers"),
        (np.array([[1j, 0]]), "a matrix of complex128, expected numbers"),
        (np.array([0.5, 0.5]), "a matrix of (2,), expected (1, 2)"),
        (np.array([[None, 1]]), "not a similarity matrix in NumPy's format"),
    ],
)
def test_a_matrix_that_holds_no_similarities_is_one_line(tmp_path: Path, matrix: Any, message: str) -> None:
    path = tmp_path / "matrix.npy"
    np.save(path, matrix)
    with pytest.raises(UserError) as fault:
        read_comparison(path, [ONE], [ONE, ONE], ["good"])
    assert str(fault.value).startswith(f"{path}: {message}")


def test_a_matrix_that_says_to_be_huge_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "matrix.npy"
    with path.open("wb") as stream:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
        np.lib.format.write_array_header_1_0(stream, header)
    with pytest.raises(UserError, match=r"matrix.npy: not a similarity matrix"):
        read_comparison(path, [ONE], [ONE, ONE], ["good"])


def test_train_items_without_words_are_one_line() -> None:
    with pytest.raises(UserError, match="similarity tfidf: the texts of the train items have no words"):
        similarity_matrix(Similarity("tfidf"), [item("Why?", "So.")], [item("?", "!", "a")])


def test_an_encoder_that_cannot_be_used_is_one_line(folder: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    causal, kaleido = save_tiny_model(tmp_path / "llama"), save_tiny_kaleido(tmp_path / "t5")
    for encoder, layer, message in (
        (missing, 2, f"encoder {missing}: cannot be loaded, expected a hub id or a folder of an encoder such as"),
        (causal, 2, f"encoder {causal}: is a llama, expected a hub id or a folder of an encoder"),
        (kaleido, 2, f"encoder {kaleido}: is a t5, expected"),
        (folder, 17, f"encoder {folder}: no layer 17, expected 1 to 3"),
    ):
        with pytest.raises(UserError, match=f"^{message}"):
            Encoder(encoder, layer)
    with pytest.raises(UserError, match="expected a hub id or a folder of a sentence-transformers model"):
        Embedding(encoder=missing).compare(["a"], ["b"])


def test_an_encoder_without_its_weights_is_one_line(folder: str, tmp_path: Path) -> None:
    masked = AutoModel.from_pretrained(folder)
    state = {name: value for name, value in masked.state_dict().items() if "layer.1.attention.self.key" not in name}
    masked.save_pretrained(tmp_path, state_dict=state)
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"lacks the weights encoder.layer.1.attention.self.key.bias"):
        Encoder(str(tmp_path), 2)
    assert Encoder(str(tmp_path), 1).encode(["a"])  # a layer below it does not miss it


def test_the_command_writes_the_matrix_and_tells_of_a_missing_encoder(
    folder: str, tmp_path: Path, command: Run
) -> None:
    train = [item("Who?", "I.", "You."), item("Where?", "In Paris.", "Here.")]
    evaluation = [item("Where is it?", "In France.", "There.")]
    write_json(tmp_path / "train.json", [one.as_json() for one in train])
    write_json(tmp_path / "eval.json", [one.as_json() for one in evaluation])
    options = ["--train", "train.json", "--eval", "eval.json", "--similarity", "bertscore"]
    output = ["--output", "matrix.npy"]
    result = command("compare_items", *options, "--options", json.dumps({"encoder": folder, "layer": 2}), *output)
    assert result.returncode == 0, result.stderr
    assert "3 texts of up to 64 tokens" in result.stderr
    known = ["Who?\nI.\nYou.", "Where?\nIn Paris.\nHere."]
    expected = bertscore(["Where is it?\nIn France.\nThere."], known, folder, 2)
    np.testing.assert_allclose(np.load(tmp_path / "matrix.npy"), expected, atol=1e-6)
    assert "cannot be loaded" in error_line(
        command("compare_items", *options, "--options", json.dumps({"encoder": str(tmp_path / "none")}), *output)
    )
    assert "lair: unknown key 'lair'; allowed: encoder, layer" in error_line(
        command("compare_items", *options, "--options", '{"lair": 2}', *output)
    )


def test_planning_and_choosing_load_no_heavy_library() -> None:
    code = "import sys, pluralism.study.study, pluralism.few_shot.selection, pluralism.few_shot.similarity.matrix\n"
    code += "print([name for name in ('torch', 'transformers', 'sklearn') if name in sys.modules])"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "[]", result.stderr
