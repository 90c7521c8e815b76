"""The plan before GPU hours: what is counted, what it takes, and what is missing."""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from pluralism.adms.base import Query, Task
from pluralism.adms.prompt_aligned import PromptAligned
from pluralism.datasets.items import Item
from pluralism.engines.models import LanguageModel
from pluralism.planning.counting import Count, count_queries, grid_figures, some_queries, tokens_per_character
from pluralism.planning.differences import differences, in_words
from pluralism.requests import Request
from pluralism.targets.target import Target
from tests.conftest import ROOT, error_line
from tests.jobs import ATTRIBUTES, Job, item

TARGETS = [Target("high", {"care": 1.0, "liberty": 1.0}), Target("mine", {"care": 0.0})]


def query(question: str, attribute: str | None, sample: int = 0, target: str | None = None) -> Query:
    """A query with a system text of 10 characters and an answer of at most 80 tokens."""
    request = Request("0123456789", (), question, "{}", 0.7, sample, 42, answer_tokens=80)
    return Query(request, 0, sample, (0, 1), attribute, target)


def test_the_published_way_predicts_an_attribute_for_each_target_that_names_it() -> None:
    queries = [
        query("ab", "care", sample=0),  # two samples, shown in the same order: one prompt
        query("ab", "care", sample=1),
        query("abc", "liberty"),
        query("abcd", None),  # a pick: for each target
        query("abcde", None, target="high"),  # told of the target: for that one only
        query("abc", "liberty"),  # of an equal item: answered once, by the published way again
    ]
    assert count_queries(queries, TARGETS) == Count(
        generations=5,
        prompt_characters=12 + 12 + 13 + 14 + 15,
        prefilled_characters=10 + 2 + 3 + 4 + 5,
        output_tokens=5 * 20,
        published_generations=2 + 2 + 1 + 2 + 1 + 1,
        published_prefilled_characters=2 * 12 + 2 * 12 + 13 + 2 * 14 + 15 + 13,
    )


def test_the_grids_ratios_are_of_the_sums() -> None:
    counts = [Count(2, 0, 10, 0, 20, 70), Count(8, 0, 10, 0, 10, 30)]
    assert grid_figures(counts) == {
        "grid_generations": 10,
        "grid_generations_published": 30,
        "grid_generations_ratio": 3.0,
        "grid_prefill_ratio": 5.0,
    }


def test_a_few_targets_stand_for_all() -> None:
    pairs = product((0.0, 0.5, 1.0), repeat=2)
    targets = [
        Target(f"target{place}", {"helpfulness": one, "verbosity": two}) for place, (one, two) in enumerate(pairs)
    ]
    items = [Item(entry["prompt"], tuple(entry["responses"]), tuple(entry["labels"])) for entry in map(item, range(6))]
    task = Task(items, ATTRIBUTES, samples=2, temperature=0.7, shuffle=True, targets=targets)
    adm = PromptAligned()
    whole = count_queries(adm.queries(task), targets)
    queries, stands_for = some_queries(adm, task)
    assert len({entry.target for entry in queries}) == 4
    estimate = count_queries(queries, targets).times(stands_for)
    assert estimate.generations == whole.generations == 9 * 6 * 2
    assert estimate.prompt_characters == pytest.approx(whole.prompt_characters, rel=0.02)


def test_tokens_are_counted_by_the_models_own_tokenizer_where_it_is_at_hand() -> None:
    folder = ROOT / "data" / "demo" / "model"
    requests = [query(text, None).request for text in ("What do you say to that?", "Nothing, really.")]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    lengths = [
        len(tokenizer.encode(text, add_special_tokens=False))
        for text in ("What do you say to that?", "Nothing, really.")
    ]
    system = len(tokenizer.encode("0123456789", add_special_tokens=False))
    rate, counted = tokens_per_character(LanguageModel(id=str(folder)), requests)
    assert (rate, counted) == ((2 * system + sum(lengths)) / (20 + 24 + 16), True)
    assert tokens_per_character(LanguageModel(id="nobody/nothing"), requests) == (1 / 4, False)


def test_an_answer_has_one_successor_that_differs_from_it_least() -> None:
    def parts(question: str, seed: str, sample: str = "0") -> dict[str, str]:
        return {"question": question, "seed": seed, "sample": sample}

    missing = [parts("a", "2"), parts("b", "2"), parts("c", "2"), parts("a", "1", sample="1")]
    past = [parts("a", "1"), parts("old", "2"), parts("b", "1")]
    assert differences(missing, past) == Counter({("seed",): 1, ("question",): 1, ("sample",): 1, (): 1})
    assert differences(missing, []) == Counter({(): 4})
    assert differences([{**parts("a", "1"), "engine.template": "t"}], past) == Counter({("engine.template",): 1})


def test_the_reasons_are_put_in_words() -> None:
    assert in_words(Counter({("seed",): 1200, (): 3})) == [
        "1,200 replace answers in the journal that differ in: seed",
        "3 are new",
    ]


def row(text: str, adm: str) -> list[str]:
    """The numbers in an ADM's row, without blanks between a number and its unit."""
    line = next(line for line in text.splitlines() if line.startswith(f"  {adm} "))
    return line.replace(" k", "k").replace(" M", "M").split()[1:]


def test_a_plan_counts_what_the_job_then_makes(tmp_path: Path) -> None:
    job = Job(tmp_path)
    before = job.plan("--tokens-per-second", "10")
    assert before.returncode == 0, before.stdout + before.stderr
    answers, made, to_make, *_, minutes = row(before.stdout, "a")
    assert (answers, made, to_make) == ("220", "0", "220")  # two of the 12 items are equal
    # 220 answers of (512 + 24) / 4 tokens at 10 a second at most, and of half as many at least
    most = 220 * 134 / 10 / 60
    assert minutes == f"{most / 2:.0f}-{most:.0f}"
    assert job.made() == 220
    after = job.plan("--why", "--tokens-per-second", "10")
    answers, made, to_make, *_, minutes = row(after.stdout, "a")
    assert (answers, made, to_make, minutes) == ("220", "220", "0", "0")
    assert "journal that differ" not in after.stdout


def test_what_is_answered_by_shards_counts_too(tmp_path: Path) -> None:
    job = Job(tmp_path)
    assert job.made("--shard", "1of2", "--output", "1.json") == 120
    assert row(job.plan().stdout, "a")[:3] == ["220", "120", "100"]


def plan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a clone, without a network."""
    program = (
        "import runpy, sys; sys.argv[1:1] = ['plan']; sys.path.insert(0, 'scripts')\n"
        "try:\n    runpy.run_module('pluralism', run_name='__main__')\n"
        "finally:\n    print('loaded:', *({'torch', 'transformers'} & sys.modules.keys()))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "no_cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_is_planned_from_its_raw_data_without_torch_and_nothing_is_written(clone: Path) -> None:
    before = sorted(clone.rglob("*"))
    result = plan(clone, "--workflow-profile", "profiles/demo")
    assert result.returncode == 0, result.stdout + result.stderr
    helpsteer2 = result.stdout.split("\nhelpsteer2")[1]
    assert row(helpsteer2, "unaligned_baseline")[:3] == ["75", "0", "75"]
    assert row(helpsteer2, "prompt_aligned_spm")[0] == "450"  # 6 targets
    assert row(helpsteer2, "regression")[0] == "750"  # 2 responses, 5 attributes
    assert row(helpsteer2, "regression")[3][0] != "~"
    assert row(helpsteer2, "proposed_spm")[3][0] == "~"  # its examples are not chosen yet
    assert (
        "mic: 84 items, 6 ADMs in deterministic_demo (15 comparisons): differences over 18-26 points at one target, "
        "16-26 on 2 sampled ones are found (power 0.8, after Holm)."
    ) in " ".join(result.stdout.split())
    assert "Nothing is missing." in result.stdout
    assert "loaded:\n" in result.stdout
    assert [path for path in sorted(clone.rglob("*")) if "__pycache__" not in path.parts] == before


OVERLAY = """
prompts: no_prompts
models:
  llama_3b: {id: models/of/mine}
  mistral_7b: {id: half_a_model}
datasets:
  helpsteer2: {raw: data/demo/helpsteer2}
adms:
  proposed_spm: {few_shot: {encoder: encoders/of/mine}}
grid:
  experiments: [deterministic_llama, deterministic_mistral, kaleido]
"""


def test_all_that_is_missing_is_reported_at_once(clone: Path) -> None:
    (clone / "mine.yaml").write_text(OVERLAY)
    (clone / "data/mic").mkdir()  # items that the demo left, say
    for name in ("train", "eval"):
        (clone / f"data/mic/{name}.json").write_text("[]")
    (clone / "half_a_model").mkdir()
    (clone / "half_a_model" / "config.json").write_text("{}")
    (clone / "half_a_model" / "tokenizer.json").write_text("{}")
    index = {"metadata": {}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}
    (clone / "half_a_model" / "model.safetensors.index.json").write_text(json.dumps(index))
    (clone / "half_a_model" / "1.safetensors").write_text("")
    result = plan(clone, "--workflow-profile", "nowhere", "--configfile", "mine.yaml")
    assert result.returncode == 1
    printed = " ".join(result.stdout.split())
    for problem in (
        "error profile nowhere: profiles/nowhere: no such folder; known: default, demo, ",
        "error datasets.mic: data/raw/mic/MIC.csv: no such file",
        "error prompts: no_prompts: no such folder",
        "error models.llama_3b.id: models/of/mine: no such folder",
        "error models.mistral_7b: half_a_model: its tokenizer has no chat template",
        "error models.mistral_7b: half_a_model: lacks 1 of 2 files of weights, 2.safetensors",
        "error models.mistral_7b: half_a_model/tokenizer.json: not a readable tokenizer",
        "error adms.proposed_spm.few_shot: encoders/of/mine: no such folder",
        "not checked models.kaleido_xl: tsor13/kaleido-xl: not on this machine, and the hub does not answer",
        "mic: 13 jobs that ask a model cannot be counted",
    ):
        assert printed.count(problem) == 1, result.stdout
    helpsteer2 = result.stdout.split("\nhelpsteer2")[1]
    assert row(helpsteer2, "kaleido_spm")[0] == "750"
    assert "train items (mistral_7b)" in helpsteer2


def test_a_fault_in_the_config_is_reported(clone: Path) -> None:
    (clone / "mine.yaml").write_text("grid: {datasets: [mick]}")
    result = plan(clone, "--configfile", "mine.yaml")
    assert "config: grid.datasets: unknown name 'mick'" in error_line(result)
    fault = "--tokens-per-second: 'fast', expected numbers above 0, as 800, 20000/800, llama_3b=20000/800"
    assert fault in error_line(plan(clone, "--tokens-per-second", "fast"))
