"""The engine that starts vLLM itself: whatever befalls the job or the server, all is answered and nothing stays behind.

A stand-in takes vLLM's place: a real server process with another below it. tests/test_vllm.py has vLLM itself.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.engines import open_engine
from pluralism.engines.base import ShowsPrompts
from pluralism.engines.devices import devices_of_job
from pluralism.engines.kinds.vllm import Vllm, find_vllm
from pluralism.engines.models import LanguageModel
from pluralism.engines.server.chat_api import PendingRequest
from pluralism.engines.server.own import OwnServerEngine
from pluralism.engines.server.process import ServerProcess, cause
from pluralism.engines.server.token_api import token_body
from pluralism.engines.server.vllm_command import vllm_command, vllm_environment
from pluralism.errors import UserError
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.run_folder import VARIABLE
from pluralism.requests import ChatQuirks, Generation
from pluralism.study.reading import read_config
from tests.conftest import ROOT, error_line
from tests.jobs import Job
from tests.stand_in_vllm import StandIn, stand_in
from tests.test_config import changed
from tests.test_server_engine import REQUESTS, answers, asked, told

DEMO = str(ROOT / "data/demo/model")
MODEL: dict[str, Any] = {"id": DEMO, "dtype": "float32", "engine": "vllm", "gpus": 0, "concurrency": 4}
"""With so few requests under way, hardly more are answered by a server than after which it dies."""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the logs of servers lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def job(folder: Path, monkeypatch: pytest.MonkeyPatch, server: StandIn) -> Job:
    monkeypatch.setenv("PLURALISM_VLLM", str(server.path))
    return Job(folder / "job", model=MODEL)


def wait_until(true: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    while not true():
        assert process is None or process.poll() is None
        time.sleep(0.02)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The predictions of a job whose server does what it should."""
    folder = tmp_path_factory.mktemp("undisturbed")
    server = stand_in(folder / "vllm")
    with pytest.MonkeyPatch.context() as patch:
        one = job(folder, patch, server)
        assert one.made() == REQUESTS
    return one.predictions()


def test_a_job_starts_its_server_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_temporary_folder: Path
) -> None:
    server = stand_in(tmp_path / "vllm")
    one = job(tmp_path, monkeypatch, server)
    assert one.made() == REQUESTS
    assert len(server.starts) == 1
    assert len(set(server.answered)) == len(server.answered) == REQUESTS
    assert not server.left
    assert not list(own_temporary_folder.glob("*.log"))
    assert one.made() == 0
    assert len(server.starts) == 1, "nothing is asked, nothing is started"


def test_one_server_answers_several_calls_and_ends_when_the_engine_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = stand_in(tmp_path / "vllm")
    monkeypatch.setenv("PLURALISM_VLLM", str(server.path))
    engine = LoadedOnce(LanguageModel(**MODEL))
    assert not server.starts
    with closing(engine):
        made = [answers(engine, *(asked(sample=number) for number in range(start, start + 5))) for start in (0, 5)]
    assert [len(batch) for batch in made] == [5, 5]
    assert len(server.starts) == 1
    assert not server.left
    assert len(answers(engine, asked(sample=11))) == 1, "a closed engine starts its server anew"
    engine.close()
    assert not server.left


def test_an_error_in_the_job_stops_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = stand_in(tmp_path / "vllm", seconds=0.05)
    monkeypatch.setenv("PLURALISM_VLLM", str(server.path))
    with pytest.raises(OSError, match="disk"), closing(LoadedOnce(LanguageModel(**MODEL))) as engine:
        for _ in engine.generate([asked(sample=number) for number in range(500)]):
            raise OSError("the disk is full")
    assert server.starts
    assert not server.left


def test_a_job_that_is_killed_leaves_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = stand_in(tmp_path / "vllm", seconds=0.05)
    process = job(tmp_path, monkeypatch, server).start()
    wait_until(lambda: len(server.answered) > 10, process)
    assert len(server.left) == 2
    process.kill()
    process.communicate()
    wait_until(lambda: not server.left)


def test_a_server_that_does_not_stop_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    server = stand_in(tmp_path / "vllm", hangs=True, ignores_stop=True)
    process = ServerProcess([str(server.path)], dict(os.environ), grace=0.2)
    wait_until(lambda: server.starts)
    process.stop()
    assert not server.left


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_is_asked_to_stop_ends_after_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    server = stand_in(tmp_path / "vllm", seconds=0.05)
    one = job(tmp_path, monkeypatch, server)
    process = one.start()
    journal = one.folder / "journal.jsonl"
    wait_until(lambda: journal.exists() and journal.read_text(), process)
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 128 + number
    assert not server.left


def test_a_job_that_is_stopped_while_its_server_starts_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = stand_in(tmp_path / "vllm", hangs=True)
    process = job(tmp_path, monkeypatch, server).start()
    wait_until(lambda: server.starts, process)
    process.terminate()
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert not server.left


def test_who_watches_a_job_is_told_that_its_server_is_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    server = stand_in(tmp_path / "vllm", hangs=True)
    process = job(tmp_path, monkeypatch, server).start()
    wait_until(lambda: server.starts, process)
    wait_until(lambda: "vLLM is starting, " in told(tmp_path / "run"), process)
    process.terminate()
    process.communicate()


def test_a_server_that_dies_is_started_again_and_all_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: pd.DataFrame
) -> None:
    server = stand_in(tmp_path / "vllm", dies_after=30, dies=2, seconds=0.01)
    one = job(tmp_path, monkeypatch, server)
    result = one.run()
    assert result.returncode == 0, result.stderr
    told = [line for line in result.stderr.splitlines() if "it is started again" in line]
    assert len(told) == 2
    assert "CUDA error: an illegal memory access was encountered (ended with code -9)" in told[0]
    assert len(server.starts) == 3
    assert not server.left
    assert "trying again" not in result.stderr
    pd.testing.assert_frame_equal(one.predictions(), undisturbed)


def test_a_server_that_dies_again_and_again_is_given_up_and_the_answers_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = stand_in(tmp_path / "vllm", dies_after=20, dies=100, seconds=0.01)
    one = job(tmp_path, monkeypatch, server)
    line = error_line(one.run())
    assert f"model {DEMO}: vLLM died after" in line
    assert "it was started again 3 times" in line
    assert "the other answers are kept, run again" in line
    assert len(server.starts) == 4
    assert not server.left
    kept = (one.folder / "journal.jsonl").read_text().count("\n")
    assert 40 <= kept < REQUESTS
    one.run()
    assert (one.folder / "journal.jsonl").read_text().count("\n") > kept


FAILED = [
    "(APIServer pid=1) INFO 11-29 12:05:44 [model.py:733] Resolved architecture: LlamaForCausalLM",
    "(EngineCore pid=2) ERROR 11-29 12:05:50 [core.py:1100] EngineCore failed to start.",
    "(EngineCore pid=2) ERROR 11-29 12:05:50 [core.py:1100] Traceback (most recent call last):",
    "(EngineCore pid=2) ERROR 11-29 12:05:50 [core.py:1100]     raise ValueError(",
    "(EngineCore pid=2) ERROR 11-29 12:05:50 [core.py:1100] ValueError: 8.0 GiB KV cache is needed, 2.1 GiB is there",
    "(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
]


def test_a_server_that_does_not_start_is_told_in_one_line_with_the_end_of_its_log_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_temporary_folder: Path
) -> None:
    server = stand_in(tmp_path / "vllm", fails=FAILED)
    result = job(tmp_path, monkeypatch, server).run()
    expected = "ValueError: 8.0 GiB KV cache is needed, 2.1 GiB is there (ended with code 1)"
    assert result.returncode == 1
    assert result.stderr.endswith(f"\nerror: model {DEMO}: vLLM does not start: {expected}\n")
    assert "EngineCore failed to start." in result.stderr
    assert len(server.starts) == 1
    assert not server.left
    (kept,) = own_temporary_folder.glob("*.log")
    assert "\n".join(FAILED) in kept.read_text()
    assert str(kept) in result.stderr


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (FAILED, "ValueError: 8.0 GiB KV cache is needed, 2.1 GiB is there"),
        (["usage: vllm ..", "vllm: error: unrecognized arguments: --no"], "vllm: error: unrecognized arguments: --no"),
        (
            ["torch.OutOfMemoryError: CUDA out of memory.", "", "ended with code 1"],
            "torch.OutOfMemoryError: CUDA out of",
        ),
        (["(VllmWorker-0 pid=1) ERROR 11-29 12:21:52 [a.py:9] ValueError: no room"], "ValueError: no room"),
        (["Segmentation fault", "ended with code -11"], "Segmentation fault (ended with code -11)"),
        (["ended with code -9"], "ended with code -9"),
        ([], "its log is empty"),
    ],
)
def test_the_line_of_a_log_that_says_why_is_found(lines: list[str], expected: str) -> None:
    assert cause(lines).startswith(expected)


def test_a_server_that_falls_silent_while_it_starts_is_given_up(tmp_path: Path) -> None:
    server = stand_in(tmp_path / "vllm", hangs=True)
    process = ServerProcess([str(server.path)], dict(os.environ))
    with pytest.raises(UserError, match=r"is silent for 2 s; its last line: Loading: 50%$"):
        process.wait_until_ready(lambda: False, silence=2)
    process.stop()
    assert not server.left


def test_where_vllm_is_missing_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLURALISM_VLLM", "no_such_command")
    one = Job(tmp_path / "job", model=MODEL)
    assert error_line(one.run()) == "error: PLURALISM_VLLM: no_such_command is no command that can be run"
    planned = one.plan()
    assert planned.returncode == 1
    assert "PLURALISM_VLLM: no_such_command is no command" in planned.stdout
    with pytest.raises(UserError, match=r"vLLM is not found; install it \(in .*: python3 -m venv .* install vllm=="):
        find_vllm({"PATH": str(tmp_path)}, tmp_path)


def test_vllm_is_found_by_its_variable_then_beside_the_checkout_then_in_the_path(tmp_path: Path) -> None:
    named, beside, on_path = (
        stand_in(tmp_path / folder).path for folder in ("named", "checkout/.venv-server/bin", "bin")
    )
    environment = {"PATH": str(on_path.parent)}
    checkout = tmp_path / "checkout"
    assert find_vllm({**environment, "PLURALISM_VLLM": str(named)}, checkout) == str(named)
    assert find_vllm(environment, checkout) == str(beside)
    assert find_vllm(environment, tmp_path) == str(on_path)


IDENTITY = {"dtype": "bfloat16", "context": 131_072}


def test_the_server_runs_on_all_gpus_of_the_job_and_its_answers_do_not_depend_on_the_batch() -> None:
    model = LanguageModel(id="a/b", engine="vllm", revision="v2", trust_remote_code=True)
    options = Vllm(arguments=("--quantization=fp8", "--gpu-memory-utilization=0.8"), concurrency=7)
    gpus = devices_of_job(4, {"CUDA_VISIBLE_DEVICES": "GPU-a, GPU-b,GPU-c,GPU-d"})
    command = vllm_command("vllm", model, options, weights="a/b", identity=IDENTITY, devices=gpus, port=123)
    assert command[:3] == ["vllm", "serve", "a/b"]
    assert {
        *("--served-model-name=a/b", "--host=127.0.0.1", "--port=123", "--revision=v2", "--dtype=bfloat16"),
        *("--trust-remote-code", "--max-model-len=auto", "--max-num-seqs=7", "--tensor-parallel-size=4"),
        *("--generation-config=vllm", "--enable-prefix-caching"),
        '--structured-outputs-config={"backend": "guidance", "disable_any_whitespace": true}',
    } <= set(command)
    assert command[-2:] == list(options.arguments)
    environment = vllm_environment({"HF_TOKEN": "t"}, gpus, "secret")
    assert environment["CUDA_VISIBLE_DEVICES"] == "GPU-a,GPU-b,GPU-c,GPU-d"
    assert environment["VLLM_BATCH_INVARIANT"] == "1"
    assert environment["HF_TOKEN"] == "t"
    assert "secret" not in " ".join(command), "all users of a machine see its command lines"
    assert vllm_environment({"VLLM_BATCH_INVARIANT": "0"}, gpus, "")["VLLM_BATCH_INVARIANT"] == "0"


@pytest.mark.parametrize(
    ("configured", "gpus", "length", "whole"),
    [
        (None, ("0",), "auto", None),  # the model's own, as far as it fits
        (4096, ("0",), "4096", None),
        (None, (), "16384", "16384"),
        (4096, (), "4096", "16384"),
        (20_000, (), "20000", "20000"),
    ],
)
def test_on_a_cpu_prompts_are_computed_whole(
    configured: int | None, gpus: tuple[str, ...], length: str, whole: str | None
) -> None:
    """VLLM 0.32 dies otherwise, where a request has a seed."""
    model = LanguageModel(id="m", engine="vllm", context=configured)
    identity = {**IDENTITY, "context": configured or 131_072}
    command = vllm_command("vllm", model, Vllm(), weights="m", identity=identity, devices=gpus, port=1)
    options = dict(option.split("=", 1) for option in command if "=" in option)
    assert options["--max-model-len"] == length
    assert options.get("--max-num-batched-tokens") == whole
    assert ("--no-enable-chunked-prefill" in command) == (not gpus)
    assert ("--tensor-parallel-size" in options) == bool(gpus)
    assert ("VLLM_BATCH_INVARIANT" in vllm_environment({}, gpus, "")) == bool(gpus)


@pytest.mark.parametrize(
    ("count", "environment", "devices"),
    [
        (1, {"CUDA_VISIBLE_DEVICES": "0,1"}, ("0", "1")),
        (1, {"CUDA_VISIBLE_DEVICES": "NoDevFiles"}, ()),
        (1, {"CUDA_VISIBLE_DEVICES": "-1"}, ()),
        (1, {"CUDA_VISIBLE_DEVICES": ""}, ()),
        (0, {"CUDA_VISIBLE_DEVICES": "0"}, ()),
        (2, {"SLURM_JOB_ID": "1", "PLURALISM_DEVICES": "a,b,c"}, ("a", "b")),
    ],
)
def test_the_gpus_of_a_job_are_those_that_were_assigned(
    count: int, environment: dict[str, str], devices: tuple[str, ...]
) -> None:
    assert devices_of_job(count, environment) == devices


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port=8000"], "arguments.0: --port is set by the workflow: otherwise the job could not reach it"),
        (["--max-model-len=10"], "--max-model-len is set by the workflow: the model's key context says it"),
        (["--tensor-parallel-size=2"], "--tensor-parallel-size is set by the workflow: the model's key gpus says it"),
        (
            ["--pipeline-parallel-size=2"],
            "--pipeline-parallel-size is set by the workflow",
        ),
        (["--tensor-par=2"], "arguments.0: --tensor-parallel-size is set by the workflow"),
        (["--structured-outputs-config.backend=xgrammar"], "--structured-outputs-config is set by the workflow"),
        (["--no-enable-prefix-caching"], "--enable-prefix-caching is set by the workflow"),
        (["--gpu-memory=0.8"], "--gpu-memory: expected the whole name, --gpu-memory-utilization"),
        (["--quantization=fp8", "--quantization=awq"], "arguments: --quantization is there 2 times, expected it once"),
        (["--gpu-memory-utilization 0.8"], "expected an option like --gpu-memory-utilization=0.8 or --enforce-eager"),
    ],
)
def test_a_fault_in_the_arguments_is_told(arguments: list[str], message: str) -> None:
    with pytest.raises(UserError) as fault:
        read_config(changed("models", "llama_3b", to={"id": "m", "engine": "vllm", "arguments": arguments}))
    assert message in str(fault.value)


@pytest.mark.parametrize("option", ["--hf-token=hf_secret", "--hf-tok=hf_secret"])
def test_a_secret_in_the_arguments_is_refused_and_not_shown(option: str) -> None:
    """The config is stored with the results."""
    with pytest.raises(UserError) as fault:
        read_config(changed("models", "llama_3b", to={"id": "m", "engine": "vllm", "arguments": [option]}))
    assert "--hf-token is a secret, and a config is kept with the results; set HF_TOKEN instead" in str(fault.value)
    assert "hf_secret" not in str(fault.value)


@pytest.mark.parametrize("gpus", [(), ("0", "1")])
def test_all_that_the_workflow_says_to_vllm_is_refused_but_for_memory(gpus: tuple[str, ...]) -> None:
    model = LanguageModel(id="m", engine="vllm", trust_remote_code=True)
    command = vllm_command("vllm", model, Vllm(), weights="m", identity=IDENTITY, devices=gpus, port=1)
    allowed = set()
    for option in command[3:]:
        try:
            Vllm(arguments=(option,))
            allowed.add(option.partition("=")[0])
        except ValueError as fault:
            assert "is set by the workflow" in str(fault)
    assert allowed == (set() if gpus else {"--max-num-batched-tokens", "--kv-cache-memory-bytes"})


def test_answers_share_no_keys_with_a_server_elsewhere_and_depend_on_options_of_more_than_speed() -> None:
    def identity(**options: Any) -> Any:
        return dict(open_engine(LanguageModel(**MODEL | options)).identity)

    plain = identity()
    assert plain["engine"] == "vllm"
    assert identity(arguments=["--enforce-eager", "--gpu-memory-utilization=0.5"], concurrency=3) == plain
    assert identity(arguments=["--quantization=fp8"]) != plain


def test_prompts_are_those_of_our_own_engine_token_for_token() -> None:
    model = LanguageModel(id=DEMO, dtype="float32")
    own, vllm = open_engine(model), open_engine(model.model_copy(update={"engine": "vllm"}))
    assert isinstance(own, ShowsPrompts)
    assert isinstance(vllm, OwnServerEngine)
    quirks = ChatQuirks(no_generation_prompt=True, begin_token_twice=True, blanks_cleaned_up=True)
    request = replace(asked("Why , then ?", examples=2), quirks=quirks)
    prompt = vllm._renderer.render(request)
    sent = token_body(PendingRequest(request, "0", request.examples), prompt, "m")
    assert len(sent["prompt"]) == own.prompt_text(request).tokens
    assert vllm.prompt_text(request) == own.prompt_text(request)
    assert own.identity == {name: value for name, value in vllm.identity.items() if name != "engine"}


def test_a_question_that_does_not_fit_the_context_is_told_after_all_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = stand_in(tmp_path / "vllm")
    monkeypatch.setenv("PLURALISM_VLLM", str(server.path))
    made: list[Generation] = []
    told = r"1 of 3 requests are not answered: .* do not fit its context of 200"
    with closing(LoadedOnce(LanguageModel(**MODEL, context=200))) as engine, pytest.raises(UserError, match=told):
        for batch in engine.generate([asked(), asked("Why " * 300), asked("What?", examples=30)]):
            made += batch
    assert sorted(generation.dropped_examples > 0 for generation in made) == [False, True]
    assert not server.left


def test_the_device_is_told_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which would take some of the memory of vLLM's GPU."""
    driver = tmp_path / "nvidia-smi"
    driver.write_text('#!/bin/sh\n[ "$1" = --id=GPU-a ] && echo "NVIDIA H200"\n')
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    assert LoadedOnce(LanguageModel(**MODEL | {"gpus": 2})).device == "NVIDIA H200"
    assert LoadedOnce(LanguageModel(**MODEL)).device.startswith("CPU")


def test_exact_distributions_are_not_asked_of_it() -> None:
    with pytest.raises(UserError, match=r"runs in the engine vllm, the ADM 'expected_regression' needs one of: "):
        values = changed("models", "llama_3b", to={"id": "m", "engine": "vllm"})
        values["experiments"]["deterministic_llama"]["adms"] = ["expected_regression"]
        read_config(values)
