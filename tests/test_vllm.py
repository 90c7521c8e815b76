"""The workflow on vLLM itself: the demo's model on a CPU, in a server elsewhere and in one that the job starts."""

import os
import signal
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
from tests.jobs import Job

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
  own: {id: data/demo/model, dtype: float32, engine: vllm, gpus: 0, concurrency: 16, arguments: [--enforce-eager]}
experiments:
  served: {model: served, decoding: deterministic, adms: [proposed_spm]}
  own: {model: own, decoding: deterministic, adms: [proposed_spm]}
  here: {model: demo, decoding: deterministic, adms: [proposed_spm]}
grid: {datasets: [helpsteer2], experiments: [served, own, here]}
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
    names = ("served", "own", "here")
    goals = {name: f"results/helpsteer2/{name}/proposed_spm/predictions.parquet" for name in names}
    configs = ("--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--")
    snakemake(clone, *configs, *goals.values(), profile="server")
    served, own, here = (pd.read_parquet(clone / goals[name]) for name in names)
    same = ["item", "response", "attribute", "sample", "position", "query", "prompt_tokens"]
    for other in (served, own):
        pd.testing.assert_frame_equal(other[same], here[same])
        assert (other["score"] == here["score"]).mean() > 0.9
        assert (other["reasoning"] == here["reasoning"]).mean() > 0.9
    assert not vllm_processes()
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


def own_job(folder: Path, *arguments: str) -> Job:
    """A job with sampled answers and a vLLM of its own."""
    model = {"id": str(ROOT / "data/demo/model"), "dtype": "float32", "engine": "vllm", "gpus": 0, "concurrency": 4}
    return Job(folder, model={**model, "arguments": ["--enforce-eager", *arguments]})


def vllm_processes() -> dict[int, str]:
    """Number -> name of the processes of servers that jobs started, guards included: those of guards' sessions."""
    states = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    fields = [(*state.partition(" (")[::2], state.rpartition(")")[2].split()) for state in states]
    running = {
        int(number): (name.rpartition(")")[0], int(rest[3])) for number, name, rest in fields if rest[0] not in "ZX"
    }
    guards = [number for number in running if b"server/guard.py" in Path(f"/proc/{number}/cmdline").read_bytes()]
    return {number: name for number, (name, session) in running.items() if session in guards}


def answered(one: Job) -> int:
    """How many answers are in the journal."""
    journal = one.folder / "journal.jsonl"
    return journal.read_text().count("\n") if journal.exists() else 0


def wait_for_answers(one: Job, process: subprocess.Popen[str]) -> None:
    while not answered(one):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def test_a_job_that_is_killed_leaves_no_process_of_vllm_and_goes_on_from_its_journal(tmp_path: Path) -> None:
    one = own_job(tmp_path / "job")
    process = one.start()
    wait_for_answers(one, process)
    assert len(vllm_processes()) >= 4  # the guard, the server, its engine and a worker
    process.kill()
    process.communicate()
    while vllm_processes():
        time.sleep(0.1)
    kept = answered(one)
    assert one.made() == 220 - kept
    assert not vllm_processes()


def test_vllm_is_started_again_when_its_engine_is_killed_and_all_is_answered(tmp_path: Path) -> None:
    one = own_job(tmp_path / "job")
    process = one.start()
    wait_for_answers(one, process)
    os.kill(next(number for number, name in vllm_processes().items() if "EngineCor" in name), signal.SIGKILL)
    _, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert complaints.count("it is started again") == 1
    assert answered(one) == 220
    assert not vllm_processes()


def test_why_vllm_does_not_start_is_told_in_one_line(tmp_path: Path) -> None:
    result = own_job(tmp_path / "job", "--kv-cache-memory-bytes=1000").run()
    assert result.returncode == 1
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("error: "))
    assert "vLLM does not start: ValueError: " in line
    assert "memory" in line
    assert not vllm_processes()
