"""The engines of Kaleido and of reward models, on tiny models with random weights."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from dev.demo.scorers import VALUE_TEMPLATES, edit_json
from pluralism.engines import open_engine
from pluralism.engines.scorers.batches import Answer, EncodedRequest, answer_all
from pluralism.engines.scorers.kaleido import Template
from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Request, RewardRequest, ValueRequest
from tests.scorer_models import answers, library_rewards, model
from tests.tiny_models import save_tiny_kaleido, save_tiny_model, save_tiny_reward_model

VALUES = [ValueRequest("It is kind. " * length, value, False) for length in (1, 4, 20) for value in ("care", "Größe")]
REWARDS = [RewardRequest(f"{'Why ' * length}?", "It is so. " * length) for length in (1, 4, 20, 5)]


@pytest.fixture(scope="module")
def kaleido(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_kaleido(tmp_path_factory.mktemp("kaleido"))


@pytest.fixture(scope="module")
def reward_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_reward_model(tmp_path_factory.mktemp("reward_model"))


@pytest.fixture(scope="module")
def five_heads(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_reward_model(tmp_path_factory.mktemp("five_heads"), heads=5)


def test_kaleido_reads_three_probabilities_after_one_decoder_step_which_the_second_repeats(kaleido: str) -> None:
    """The published code reads the second: its decoder has the start token, which is padding, twice."""
    tokenizer: Any = AutoTokenizer.from_pretrained(kaleido)
    loaded: Any = AutoModelForSeq2SeqLM.from_pretrained(kaleido, dtype=torch.float32)
    words = tokenizer.convert_tokens_to_ids(["▁Supports", "▁Either", "▁Opposes"])
    for request, answer in zip(VALUES, answers(model(kaleido, "kaleido"), VALUES), strict=True):
        text = f"[Valence]: Action: {request.action} Value: {request.value}"
        logits = loaded(**tokenizer(text, return_tensors="pt"), decoder_input_ids=torch.tensor([[0, 0]])).logits[0]
        expected, second = torch.softmax(logits[:, words], dim=1).tolist()
        assert list(answer) == ["supports", "either", "opposes"]
        assert list(answer.values()) == pytest.approx(expected, abs=1e-5)
        assert second == pytest.approx(expected, abs=1e-5)
        assert max(expected) < 0.999  # else any answer would do


def test_kaleido_explains_where_it_is_asked_to_and_padding_changes_nothing(kaleido: str) -> None:
    asked = [ValueRequest(entry.action, entry.value, explain=True) for entry in VALUES]
    together = answers(model(kaleido, "kaleido"), asked + VALUES)
    alone = answers(model(kaleido, "kaleido", batch_tokens=1), asked + VALUES)
    for one, other in zip(together, alone, strict=True):
        assert one.pop("explanation", None) == other.pop("explanation", None)
        assert one == pytest.approx(other, abs=1e-5)
    tokenizer: Any = AutoTokenizer.from_pretrained(kaleido)
    loaded: Any = AutoModelForSeq2SeqLM.from_pretrained(kaleido, dtype=torch.float32)
    text = f"[Explanation]: Action: {asked[0].action} Value: {asked[0].value}"
    written = loaded.generate(**tokenizer(text, return_tensors="pt"), do_sample=False, max_length=128)[0]
    explanation = answers(model(kaleido, "kaleido"), asked[:1])[0]["explanation"]
    assert explanation == tokenizer.decode(written, skip_special_tokens=True).strip() != ""


def test_a_placeholder_within_the_action_is_left_as_it_is() -> None:
    template = Template("Action: ACTION VRD: VALUE", ("ACTION", "VRD", "VALUE"))
    assert template.fill(r"VALUE for \1 money", "care") == r"Action: VALUE for \1 money Value: care"


def test_a_prompt_that_outgrows_the_context_loses_the_end_of_its_action_and_not_its_value(kaleido: str) -> None:
    config = model(kaleido, "kaleido", context=60)
    long = [ValueRequest("It is kind. " * 20 + end, value, False) for value in ("care", "truth") for end in ("A", "B")]
    made = answers(config, long)
    assert made[0] == made[1] != made[2] == made[3]
    assert all(entry.prompt_tokens <= 60 for batch in open_engine(config).generate(long) for entry in batch)
    with pytest.raises(UserError, match="a prompt does not fit its context of 10 tokens"):
        answers(model(kaleido, "kaleido", context=10), long)


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        (None, r"config.json: task_specific_params.valence is missing, expected a Kaleido checkpoint"),
        ({"valence": {"args": ["A"]}}, r"task_specific_params.valence is missing"),
        ({"valence": {"template": "A", "args": ["A"]}}, r"valence.args is \['A'\], expected three placeholders"),
        ({"valence": {"template": "A B", "args": ["A", "B", "C"]}}, r"expected three placeholders of the template"),
        ({"valence": VALUE_TEMPLATES["valence"]}, r"config.json: task_specific_params.explanation is missing"),
    ],
)
def test_a_missing_kaleido_template_is_one_line(tmp_path: Path, templates: Any, message: str) -> None:
    folder = save_tiny_kaleido(tmp_path / "k", templates=templates)
    with pytest.raises(UserError, match=message):
        answers(model(folder, "kaleido"), [ValueRequest("a", "care", explain=True)])


def test_a_tokenizer_that_begins_two_valences_alike_is_one_line(tmp_path: Path) -> None:
    folder = save_tiny_kaleido(tmp_path / "k", words=["Supports"])
    with pytest.raises(UserError, match="expected a different one for each"):
        answers(model(folder, "kaleido"), VALUES)


def test_a_folder_that_holds_no_kaleido_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected a hub id or a folder of a Kaleido checkpoint"):
        answers(model(tmp_path, "kaleido"), VALUES)
    folder = save_tiny_model(tmp_path / "m")
    edit_json(Path(folder) / "config.json", task_specific_params=VALUE_TEMPLATES)
    with pytest.raises(UserError, match="cannot be loaded, expected a hub id or a folder of a Kaleido checkpoint"):
        answers(model(folder, "kaleido"), VALUES)


def test_other_templates_are_other_questions(tmp_path: Path) -> None:
    config = model(save_tiny_kaleido(tmp_path / "k"), "kaleido")
    before = open_engine(config).identity["templates"]
    edit_json(tmp_path / "k" / "config.json", task_specific_params={"valence": {"template": "x"}})
    assert open_engine(config).identity["templates"] != before


@pytest.mark.parametrize("pad_token", [False, True])
@pytest.mark.parametrize("heads", [1, 5])
def test_padding_does_not_change_a_reward(tmp_path: Path, pad_token: bool, heads: int) -> None:
    """Without a pad token, and with the end token for one, where the library itself reads the wrong place."""
    folder = save_tiny_reward_model(tmp_path / "r", heads=heads, pad_token=pad_token)
    together = [entry["rewards"] for entry in answers(model(folder, "reward_model"), REWARDS)]
    alone = [answers(model(folder, "reward_model"), [request])[0]["rewards"] for request in REWARDS]
    expected = library_rewards(folder, REWARDS)
    for rewards in (together, alone):
        assert [pytest.approx(row, abs=1e-3) for row in expected] == rewards
    assert len({round(row[0], 2) for row in expected}) == len(REWARDS)
    assert {len(row) for row in together} == {heads}


def test_a_reward_prompt_begins_with_one_bos_token(tmp_path: Path) -> None:
    folder = Path(save_tiny_reward_model(tmp_path / "r"))
    with_bos = answers(model(folder, "reward_model"), REWARDS)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("<|begin|>", "<|begin|><|begin|>"))
    assert answers(model(folder, "reward_model"), REWARDS) == with_bos


def test_a_causal_language_model_is_no_reward_model(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m")
    with pytest.raises(UserError, match=r"lacks the weights score.weight, expected a hub id or a folder of a reward"):
        answers(model(folder, "reward_model"), REWARDS)
    with pytest.raises(UserError, match="expected a hub id or a folder of a reward model"):
        answers(model(tmp_path, "reward_model"), REWARDS)


def test_a_reward_model_without_a_chat_template_is_one_line(tmp_path: Path) -> None:
    folder = save_tiny_reward_model(tmp_path / "r")
    (tmp_path / "r" / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="its tokenizer has no chat template, expected a reward model of conversations"):
        answers(model(folder, "reward_model"), REWARDS)


def test_a_pair_that_does_not_fit_the_context_is_one_line(reward_model: str) -> None:
    with pytest.raises(UserError, match=r"do not fit its context of 20; the prompt begins 'Why Why"):
        answers(model(reward_model, "reward_model", context=20), REWARDS)


def test_a_reward_that_is_no_number_is_one_line(tmp_path: Path) -> None:
    folder = save_tiny_reward_model(tmp_path / "r")
    weights = load_file(tmp_path / "r" / "model.safetensors")
    save_file({**weights, "score.weight": weights["score.weight"] / 0}, tmp_path / "r" / "model.safetensors")
    with pytest.raises(UserError, match="gives values that are not finite in float32; set another dtype"):
        answers(model(folder, "reward_model"), REWARDS)


OWN_CODE = """
from dataclasses import dataclass
import torch
from transformers import LlamaModel, LlamaPreTrainedModel
from transformers.utils import ModelOutput

@dataclass
class Output(ModelOutput):
    rewards: torch.Tensor = None
    logits: torch.Tensor = None

class OwnRewardModel(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.regression_layer = torch.nn.Linear(config.hidden_size, config.num_objectives, bias=False)
        self.gate = torch.nn.Parameter(torch.ones(1))
        self.post_init()

    def forward(self, input_ids, attention_mask):
        assert len(input_ids) == 1 and bool(attention_mask.all())
        rewards = self.regression_layer(self.model(input_ids).last_hidden_state[:, -1])
        return Output(rewards=rewards, logits=rewards.sum(dim=-1))
"""


@pytest.fixture
def own_code(five_heads: str, tmp_path: Path) -> Path:
    """A checkpoint as ArmoRM's: a class of its own, and the weights of `five_heads` under other names."""
    folder = Path(save_tiny_reward_model(tmp_path / "own", heads=5))
    weights = load_file(folder / "model.safetensors")
    weights["regression_layer.weight"] = weights.pop("score.weight")
    save_file({**weights, "gate": torch.ones(1)}, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    for name in ("id2label", "label2id"):
        config.pop(name, None)
    (folder / "config.json").write_text(json.dumps(config))
    auto_map = {"AutoModelForSequenceClassification": "modeling.OwnRewardModel"}
    edit_json(folder / "config.json", auto_map=auto_map, num_objectives=5, architectures=["OwnRewardModel"])
    (folder / "modeling.py").write_text(OWN_CODE)
    return folder


def test_a_head_of_another_name_is_read_without_the_checkpoints_own_code(own_code: Path, five_heads: str) -> None:
    made = answers(model(own_code, "reward_model", reward_head="regression_layer"), REWARDS)
    assert [entry["rewards"] for entry in made] == [
        pytest.approx(row, abs=1e-4) for row in library_rewards(five_heads, REWARDS)
    ]


def test_the_checkpoints_own_code_runs_only_where_it_is_trusted(
    own_code: Path, five_heads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"lacks the weights score.weight"):
        answers(model(own_code, "reward_model"), REWARDS)
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(own_code / "cache"))
    made = answers(model(own_code, "reward_model", trust_remote_code=True), REWARDS)
    assert [entry["rewards"] for entry in made] == [
        pytest.approx(row, abs=1e-4) for row in library_rewards(five_heads, REWARDS)
    ]


def test_out_of_memory_halves_the_batch_and_loses_nothing() -> None:
    sizes: list[int] = []

    def small_memory(batch: Sequence[EncodedRequest]) -> list[Answer]:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("no room")
        return [Answer({"length": request.length}) for request in batch]

    requests = [EncodedRequest(str(length), ((0,) * length,)) for length in range(1, 9)]
    made = {
        entry.key: json.loads(entry.text)
        for batch in answer_all(requests, small_memory, model("m", "scripted"))
        for entry in batch
    }
    assert made == {str(length): {"length": length} for length in range(1, 9)}
    assert sizes[:3] == [8, 4, 2]

    def no_memory(batch: Sequence[EncodedRequest]) -> list[Answer]:
        raise torch.OutOfMemoryError("no room")

    with pytest.raises(UserError, match="a single text of 8 tokens does not fit into memory"):
        list(answer_all(requests, no_memory, model("m", "scripted")))


@pytest.mark.parametrize("engine", ["kaleido", "reward_model", "transformers"])
def test_an_engine_that_is_asked_something_else_is_one_line(
    kaleido: str, reward_model: str, tmp_path: Path, engine: str
) -> None:
    folders = {"kaleido": kaleido, "reward_model": reward_model, "transformers": ""}
    folders["transformers"] = save_tiny_model(tmp_path / "m") if engine == "transformers" else ""
    chat = Request("s", (), "q", "{}", 0.0, 0, 0, 4)
    wrong: AnyRequest = VALUES[0] if engine == "transformers" else chat
    with pytest.raises(UserError, match=f"the engine {engine} does not answer what this ADM asks"):
        answers(model(folders[engine], engine), [wrong])
