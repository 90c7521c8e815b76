"""The config: what passes, and what a user is told of a fault."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pluralism.errors import UserError
from pluralism.files import read_yaml
from pluralism.study.config import Config
from pluralism.study.reading import read_config
from tests.conftest import ROOT, Run, error_line

PAPER: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The paper's config with one key set."""
    values = copy.deepcopy(PAPER)
    here = values
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = to
    return values


def test_the_papers_grid_is_what_the_paper_ran() -> None:
    config = read_config(read_yaml(ROOT / "config.yaml"))
    assert config.attribute_counts("mic") == (1, 2, 3, 4, 5, 6)
    assert config.attribute_counts("helpsteer2") == (1, 2, 3, 4, 5)
    assert config.decodings["sampling"].model_dump() == {"samples": 5, "temperature": 0.7}
    assert {dataset for dataset, experiment, _ in config.cells() if experiment == "sampling_llama_70b"} == {
        "helpsteer2"
    }
    assert ("mic", "sampling_llama", "proposed_spm") in config.cells()


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        (["sed"], 1, "sed: unknown key 'sed'; allowed: protocol, seed, note"),
        (["datasets", "mic", "path"], "x", "datasets.mic.path: unknown key 'path'; allowed: format, attributes, "),
        (["models", "llama_3b", "dtpe"], "x", "models.llama_3b.dtpe: unknown key 'dtpe'; allowed: id, "),
        (["datasets", "mic"], {"format": "items"}, "attributes: this key is missing; a dataset of the format items"),
        (["targets"], {"attribute_counts": [2, 9]}, "targets.attribute_counts: 9, expected 1 to 6, or all"),
        (
            ["protocol"],
            "publisht",
            "protocol: expected published, corrected, or a base of these with flags; found 'publisht'",
        ),
        (["decodings", "sampling", "samples"], 0, "decodings.sampling.samples: Input should be greater than or equal"),
        (["grid", "datasets"], ["mick"], "grid.datasets: unknown name 'mick'; allowed: mic, helpsteer2"),
        (["grid", "experiments"], ["x"], "grid.experiments: unknown name 'x'; allowed: random, deterministic_llama"),
        (
            ["experiments", "sampling_llama", "adms"],
            ["proposed"],
            "experiments.sampling_llama.adms: unknown name 'proposed'; allowed: random, unaligned_baseline",
        ),
        (
            ["experiments", "sampling_llama", "model"],
            "gpt",
            "experiments.sampling_llama.model: unknown name 'gpt'; allowed: llama_3b, mistral_7b, llama_70b",
        ),
        (["experiments", "sampling_llama", "model"], None, "the ADM 'unaligned_baseline' needs a model"),
        (
            ["experiments", "kaleido", "model"],
            "llama_3b",
            "experiments.kaleido.model: 'llama_3b' runs in the engine vllm, the ADM 'kaleido_spm' needs "
            "one of: kaleido, scripted",
        ),
        (["adms", "regression", "kind"], "regresion", "adms.regression.kind: unknown ADM kind 'regresion'; allowed: "),
        (["adms", "regression", "length"], 3, "adms.regression.length: unknown key 'length'; allowed: kind, label, "),
        (["adms", "regression", "aggregate"], "mode", "adms.regression.aggregate: Input should be 'mean', 'median' or"),
        (
            ["adms", "unaligned_baseline", "aggregate"],
            "median",
            "adms.unaligned_baseline.aggregate: median is of scores; unaligned_baseline picks a response by majority",
        ),
        (["adms", "regression", "swap"], 1, "adms.regression.swap: unknown key 'swap'; allowed: kind, label, prompts"),
        (["datasets", "mic", "raw"], None, "datasets.mic.raw: expected a path"),
        (["datasets", "mic", "attributes"], "nowhere.yaml", "nowhere.yaml: no such file"),
        (["compare_with"], ["proposed_spm"], "compare_with: expected text"),
        (["experiments", "random", "adms"], [["oracle"]], "experiments.random.adms.0: expected text"),
        (["experiments", "random", "adms"], "oracle", "random.adms: expected a list, such as [a, b], found "),
        (["experiments", "random"], None, "experiments.random: expected keys and values, such as {key: value}, found "),
        (["grid", "experiments"], [], "grid.experiments: expected at least one entry, found []"),
        (["grid", "experiments"], ["multi_objective_reward_model"], "no experiment of the grid runs on 'mic'"),
        (["targets"], {"attribute_counts": "al"}, "targets.attribute_counts: expected all, or a list of counts from 1"),
        (["targets"], {"attribute_counts": [0]}, "targets.attribute_counts: expected all, or a list of counts from 1"),
        (["seed"], -1, "seed: Input should be greater than or equal to 0, found -1"),
        (["adms", "a/b"], {"kind": "oracle"}, "adms: invalid name 'a/b', expected letters and digits of any script "),
        (["experiments", "{x}"], {"decoding": "sampling", "adms": ["oracle"]}, "experiments: invalid name '{x}', "),
        (["grid", "datasets"], ["mic", "mic"], "grid.datasets: 'mic' is listed 2 times, expected once"),
        (["targets"], {"attribute_counts": [2, 2]}, "targets.attribute_counts: 2 is listed 2 times, expected once"),
        (
            ["experiments", "random", "adms"],
            ["oracle", "oracle"],
            "experiments.random.adms: 'oracle' is listed 2 times",
        ),
        (["grid", "experiments"], ["sampling_llama_70b"], "grid.datasets: no experiment of the grid runs on 'mic'"),
        (
            ["experiments", "random", "datasets"],
            [],
            "experiments.random.datasets: expected at least one entry",
        ),
        (["targets", "attribute_counts"], [True], "targets.attribute_counts: expected all, or a list of counts from 1"),
        (["models", "llama_3b", "revision"], " ", "models.llama_3b.revision: String should match"),
        (["datasets", "mic"], None, "datasets.mic: expected keys and values, such as {key: value}, found None"),
        (["adms", "oracle", "label"], "Regression", "adms.oracle.label: 'Regression' is that of regression too"),
        (["experiments", "kaleido", "label"], "random", "experiments.kaleido.label: 'random' is that of random too"),
    ],
)
def test_a_fault_names_the_key_and_what_is_allowed(path: list[str], to: Any, message: str) -> None:
    with pytest.raises(UserError) as fault:
        read_config(changed(*path, to=to))
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_config_that_is_none_is_one_line() -> None:
    with pytest.raises(UserError, match=r"config: \[1\], expected keys and values"):
        read_config([1])


def test_what_follows_from_a_fault_is_not_another() -> None:
    server = {"id": "a", "engine": "server", "server": {"urls": ["nowhere"]}}
    with pytest.raises(UserError, match=r"urls.0: expected a URL [^;]*$"):
        read_config(changed("models", "there", to=server))


def test_a_label_is_one_line() -> None:
    config = read_config(changed("adms", "oracle", "label", to="The best\n  of all\n"))
    assert config.names().adm("oracle") == "The best of all"


def test_all_unknown_names_and_options_are_reported_at_once() -> None:
    values = changed("grid", "datasets", to=["mick", "mic"])
    values["experiments"]["random"]["adms"] = ["dice"]
    values["adms"]["regression"]["length"] = 3
    values["datasets"]["mic"]["attributes"] = "nowhere.yaml"
    with pytest.raises(UserError, match=r"'mick'.*'dice'.*nowhere\.yaml: no such.*regression\.length: unknown key"):
        read_config(values)


def test_the_editors_schema_is_that_of_the_code() -> None:
    stored = json.loads((ROOT / "scripts/pluralism/study/config.schema.json").read_text())
    assert stored == Config.model_json_schema(), "run `make schema`"


def test_a_resolved_config_reads_back_as_itself() -> None:
    config = read_config(PAPER)
    assert read_config(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("protocol", "footnote"),
    [
        ("published", "prompts: published"),
        ("corrected", "protocol: corrected; prompts: published"),
        ({"float_ties": False}, "protocol: published, float_ties=false; prompts: published"),
    ],
)
def test_tables_and_figures_name_another_protocol(protocol: object, footnote: str) -> None:
    assert read_config(changed("protocol", to=protocol)).footnote == footnote


def test_a_broken_file_is_one_line(tmp_path: Path, pluralism: Run) -> None:
    (tmp_path / "config.yaml").write_text("datasets: [")
    assert "config.yaml: line 1: not YAML" in error_line(pluralism("check", "config.yaml"))
    assert "none.yaml: no such file" in error_line(pluralism("check", "none.yaml"))
