"""The workflow on vLLM itself: the demo's model is served on a CPU, from raw data to predictions."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from openai import APIConnectionError, OpenAI

from pluralism.engines.kinds.server import Server
from pluralism.engines.local.engine import TransformersEngine
from pluralism.engines.models import LanguageModel
from pluralism.engines.server.engine import ServerEngine
from pluralism.inference.reasonings import raw_request, reasoning_of
from pluralism.requests import request_key
from tests.conftest import ROOT, snakemake

VLLM = os.environ.get("PLURALISM_VLLM")
"""The command, in an environment of its own."""
SECONDS_TO_WAIT = 1200
"""For its start, of which it spends most on its imports."""
pytestmark = pytest.mark.skipif(VLLM is None, reason="`make test-server` installs vLLM and runs this")

OPTIONS = [
    *("--dtype", "float32", "--max-model-len", "8192", "--generation-config", "vllm", "--max-num-seqs", "16"),
    *("--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}'),
    *("--enable-prompt-tokens-details", "--enforce-eager", "--disable-uvicorn-access-log"),
]
OVERLAY = """
targets: {number: 1, attribute_counts: [2]}
models:
  served: {id: data/demo/model, dtype: float32, engine: server, server: {urls: ["URL"], concurrency: 16}}
experiments:
  served: {model: served, decoding: deterministic, adms: [proposed_spm]}
  here: {model: demo, decoding: deterministic, adms: [proposed_spm]}
grid: {datasets: [helpsteer2], experiments: [served, here]}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a vLLM that serves the demo's model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    log = tmp_path_factory.mktemp("vllm") / "log"
    environment = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    command = [str(VLLM), "serve", "data/demo/model", "--host", "127.0.0.1", "--port", port, *OPTIONS]
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
    address = f"http://127.0.0.1:{port}/v1"
    give_up = time.monotonic() + SECONDS_TO_WAIT
    try:
        while not listens(address):
            assert process.poll() is None and time.monotonic() < give_up, log.read_text()[-4000:]
            time.sleep(1)
        yield address
    finally:
        process.terminate()
        process.wait()


def listens(address: str) -> bool:
    try:
        OpenAI(base_url=address, api_key="none", max_retries=0).models.list()
    except APIConnectionError:
        return False
    return True


def test_the_predictions_are_those_of_our_own_engine(clone: Path, url: str) -> None:
    """Greedy answers are the same but for rounding, which may tip a token here and there."""
    (clone / "overlay.yaml").write_text(OVERLAY.replace("URL", url))
    goals = {name: f"results/helpsteer2/{name}/proposed_spm/predictions.parquet" for name in ("served", "here")}
    configs = ("--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--")
    snakemake(clone, *configs, *goals.values(), profile="server")
    served, here = (pd.read_parquet(clone / goals[name]) for name in ("served", "here"))
    same = ["item", "response", "attribute", "sample", "position", "query", "prompt_tokens"]
    pd.testing.assert_frame_equal(served[same], here[same])
    assert (served["score"] == here["score"]).mean() > 0.9
    assert (served["reasoning"] == here["reasoning"]).mean() > 0.9
    log = (clone / "results/logs/helpsteer2/served/proposed_spm/predict.log").read_text()
    prompt, prefilled = (int(log.split(f"{name} ")[-1].split(",")[0]) for name in ("prompt tokens", "prefilled"))
    assert prefilled < prompt, "the server tells what came from its prefix cache"


def test_a_raw_text_is_continued_as_by_our_own_engine(url: str) -> None:
    asked = [
        raw_request("How do I bake bread?", f"Be {manner}.", f"The response is {words} because")
        for manner in ("kind", "quick", "skilled and orderly")
        for words in ("helpful", "very brief", "somewhat complex")
    ]
    own = TransformersEngine(LanguageModel(id="data/demo/model", dtype="float32"))
    served = ServerEngine(LanguageModel(id="data/demo/model", engine="server"), Server(urls=(url,)))
    texts = []
    for engine in (own, served):
        keys = [request_key(request, engine.identity) for request in asked]
        made = {generation.key: generation for batch in engine.generate(asked) for generation in batch}
        texts.append([reasoning_of(request, made[key]) for request, key in zip(asked, keys, strict=True)])
    assert sum(map(str.__eq__, *texts)) >= 8  # rounding may tip a token
