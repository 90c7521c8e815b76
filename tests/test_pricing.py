"""What a plan says of time and money: prompts that are read and answers that are written have a price each."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pluralism.engines.kinds.scripted import ScriptedEngine
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.inference.answering import answer_requests
from pluralism.inference.journal import Journal, Record, encode_record, read_journals
from pluralism.planning.configuration import Profile
from pluralism.planning.counting import Count
from pluralism.planning.devices import find_device, named_device
from pluralism.planning.display import span_text
from pluralism.planning.given import Given, parse_given
from pluralism.planning.pricing import Pricing
from pluralism.planning.rates import Pace, Timing, fitted_pace, measured_rates
from pluralism.planning.roofline import Size, model_size, parameters_in_name, roofline
from pluralism.planning.row import Row, Span, Tokens
from pluralism.requests import Generation, RewardRequest, identity_parts
from tests.conftest import error_line
from tests.jobs import Job

NAMED = {"m": LanguageModel(id="nobody/Some-3B-Instruct")}
PACE = Pace(prefill=0.001, output=0.01)


def timing(prefilled: int, output: int, factor: float = 1.0) -> Timing:
    """Of a job at that pace, or slower by a factor."""
    return Timing(prefilled, output, factor * PACE.seconds(prefilled, output))


def row(adm: str = "a", *, answers: int = 100, prompt: int = 1000, timings: dict[str, Timing] | None = None) -> Row:
    """An ADM whose prompts have a token per character, of which half are read, and whose answers have 100 tokens."""
    count = Count(answers, answers * prompt, answers * prompt // 2, answers * 100)
    return Row("d", "e", adm, "m", count, 0, tokens_per_character=1.0, timings=timings or {})


def test_what_reading_and_writing_take_is_told_from_jobs_that_differ_in_both() -> None:
    jobs = [timing(1000, 1000), timing(50_000, 1000), timing(20_000, 8000)]
    pace = fitted_pace(jobs)
    assert pace is not None
    assert [pace.prefill, pace.output] == pytest.approx([0.001, 0.01])
    rates = measured_rates(jobs, Timing(), None, "journals")
    assert rates is not None
    # A few-shot ADM that writes as much as a zero-shot one, and reads 50 times as much, takes 5.5 times as long.
    few_shot, zero_shot = rates.middle.seconds(50_000, 1000), rates.middle.seconds(1000, 1000)
    assert few_shot / zero_shot == pytest.approx(60 / 11)
    assert rates.slow.seconds(1, 1) / rates.middle.seconds(1, 1) == pytest.approx(1.25)


def test_jobs_that_are_alike_only_scale_a_guess() -> None:
    guess = Pace(prefill=1.0, output=2.0)
    for jobs in ([timing(1000, 1000)], [timing(1000, 1000), timing(1100, 1000), timing(2000, 2000)]):
        assert fitted_pace(jobs) is None
        rates = measured_rates(jobs, Timing(), guess, "journals")
        assert rates is not None
        assert rates.middle.output == pytest.approx(2 * rates.middle.prefill)
        total = sum(jobs, Timing())
        assert rates.middle.seconds(total.prefilled_tokens, total.output_tokens) == pytest.approx(total.seconds)
        assert rates.slow.output == pytest.approx(4 * rates.fast.output)
    assert measured_rates([Timing(5, 5, 0)], Timing(), guess, "journals") is None


def test_what_an_adm_took_itself_counts_more_than_what_others_did() -> None:
    jobs = [timing(1000, 1000), timing(50_000, 1000), timing(20_000, 8000)]
    rates = measured_rates(jobs, own := timing(1000, 1000, factor=3), None, "journals")
    assert rates is not None
    assert rates.middle.seconds(1000, 1000) == pytest.approx(own.seconds)


def test_a_rate_of_a_model_wins_over_the_journals_and_these_over_a_general_one_and_that_over_a_data_sheet() -> None:
    named, general = Given((2000, 50), "m"), Given((800,))
    measured = {"": timing(1000, 1000)}

    def source(given: list[Given], timings: dict[str, Timing]) -> str | None:
        (priced,), _ = Pricing(given, device=find_device("h100")).price([row(timings=timings)], NAMED)
        return priced.rates.source if priced.rates is not None else None

    assert source([general, named], measured) == "--tokens-per-second"
    assert source([general], measured) == "journals"
    assert source([general], {}) == "--tokens-per-second"
    assert source([], {}) == "estimate: 3B parameters on h100"
    (priced,), _ = Pricing([general, named]).price([row()], NAMED)
    # 50,000 prompt tokens at 2,000 a second, 5,000 to 10,000 output tokens at 50 a second
    assert priced.prefill_hours == Span(25 / 3600, 25 / 3600)
    assert priced.output_hours == Span(100 / 3600, 200 / 3600)


def test_times_of_another_device_do_not_tell_of_the_one_that_is_named() -> None:
    rows = [row(timings={"CPU AMD EPYC": timing(1000, 1000), "NVIDIA H100 80GB HBM3": timing(1000, 10)})]

    def source(device: str, *, is_certain: bool) -> str:
        (priced,), _ = Pricing(device=find_device(device), is_certain=is_certain).price(rows, NAMED)
        assert priced.rates is not None
        return priced.rates.source

    assert source("h100", is_certain=True) == "journals, on NVIDIA H100 80GB HBM3"
    assert source("a100", is_certain=True) == "estimate: 3B parameters on a100"
    assert source("cpu", is_certain=False) == "journals, on CPU AMD EPYC"  # of most seconds


def test_a_device_is_known_by_its_full_name() -> None:
    names = (
        "NVIDIA A100-SXM4-40GB",
        "NVIDIA A100-SXM4-80GB",
        "NVIDIA L4",
        "NVIDIA GeForce RTX 4090",
        "RTX4090",
        "h100_pcie",
    )
    found = [device.name for device in map(find_device, names) if device is not None]
    assert found == ["a100 40gb", "a100", "l4", "rtx 4090", "rtx 4090", "h100 pcie"]
    assert find_device("Radeon") is None
    with pytest.raises(UserError, match="--device: 'radeon', expected cpu or one of: t4, v100"):
        named_device("radeon")


def test_a_models_size_is_that_of_its_checkpoint_or_of_its_name(tmp_path: Path) -> None:
    names = (
        "meta-llama/Llama-3.2-3B-Instruct",
        "x/SmolLM2-135M.gguf",
        "m/Mixtral-8x7B-v0.1",
        "tsor13/kaleido-xl",
        "a/b",
    )
    assert [parameters_in_name(name) for name in names] == [3e9, 135e6, 56e9, 2.85e9, None]
    folder = tmp_path / "llama-3b"
    folder.mkdir()
    for number in "12":
        save_file({"a": np.zeros((10, 7)), "b": np.zeros(3)}, folder / f"{number}.safetensors")
    index = {"metadata": {}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert model_size(LanguageModel(id=str(folder), dtype="float32")) == Size(146, 4)


def test_on_a_data_sheet_reading_is_computing_and_writing_is_moving_weights() -> None:
    h100, h200 = named_device("h100"), named_device("h200")
    size = Size(70e9, 2)
    one = roofline(size, h200, "float16", 1000)
    assert one.fast.prefill == pytest.approx(2 * 70e9 / (0.5 * 989e12))
    assert one.slow.prefill == pytest.approx(2 * 70e9 / (0.2 * 989e12))
    assert one.fast.output > one.fast.prefill
    apart, together = (roofline(size, h100, "float16", 1000, devices=4, together=way) for way in (False, True))
    assert apart.fast.prefill == pytest.approx(4 * together.fast.prefill)
    assert roofline(size, h100, "float32", 1000, devices=4).fast.prefill > 10 * together.fast.prefill


def test_weights_that_do_not_fit_are_told_before_anything_is_rented() -> None:
    models = {"m": LanguageModel(id="meta-llama/Llama-3.3-70B-Instruct")}
    _, (problem,) = Pricing(device=named_device("h100")).price([row()], models)
    assert (problem.place, problem.kind) == ("models.m", "note")
    assert problem.text == "140 GB of weights do not fit into h100 with 80 GB"
    models = {"m": LanguageModel(id="meta-llama/Llama-3.3-70B-Instruct", gpus=4)}
    assert not Pricing(device=named_device("h100")).price([row()], models)[1]


def test_dollars_are_those_of_the_gpus_or_of_the_tokens() -> None:
    models = {"m": LanguageModel(id="any", gpus=4)}
    rate = [Given((1e9, 100))]
    (rented,), _ = Pricing(rate, dollars_per_gpu_hour=[Given((2.5,))]).price([row(answers=3600)], models)
    assert rented.dollars is not None
    assert rented.dollars.high == pytest.approx(4 * 2.5 * 1.0, rel=1e-3)  # 360,000 tokens at 100 a second
    prices = [Given((9, 9)), Given((2, 10), "m")]
    (served,), _ = Pricing(dollars_per_million_tokens=prices).price([row(answers=1000)], models)
    # A million prompt tokens, read or not, and 50,000 to 100,000 output tokens
    assert served.dollars == Span(2.5, 3.0)


def test_answers_in_the_journal_tell_how_long_the_others_will_be() -> None:
    count = Count(generations=100, prompt_characters=400, prefilled_characters=400, output_tokens=5000)
    generations = [Generation("a", "", 900, 300, 40), Generation("b", "", 1100, 100, 60)]
    seen = Row("d", "e", "a", "m", count, answered=20, tokens_per_character=0.25, means=Tokens.mean_of(generations))
    assert seen.tokens_to_make is not None
    assert (seen.tokens_to_make.prompt, seen.tokens_to_make.prefilled) == (80_000, 16_000)
    assert seen.output_to_make == Span(4000, 4000)


def test_what_a_user_names_is_read_or_refused() -> None:
    assert parse_given("llama=20000/800", "--x", "20000/800") == Given((20_000, 800), "llama")
    assert parse_given("2.5", "--x", "2.5") == Given((2.5,))
    for text in ("fast", "=5", "0", "llama=-1", "1/2/3", "nan", "1/inf"):
        with pytest.raises(UserError, match="expected numbers above 0, as 800, 20000/800, llama_3b=20000/800"):
            parse_given(text, "--x", "20000/800")
    with pytest.raises(UserError, match=r"expected numbers above 0, as 2\.5, llama_3b=2\.5"):
        parse_given("1/2", "--x", "2.5")


@pytest.mark.parametrize(
    "words", [["2", "3"], ["m=2", "1", "m=3"], ["2", "--dollars-per-gpu-hour", "3"]], ids=["all", "one", "apart"]
)
def test_two_prices_for_the_same_are_refused(words: list[str], tmp_path: Path) -> None:
    fault = error_line(Job(tmp_path).plan("--dollars-per-gpu-hour", *words))
    assert fault.startswith("error: --dollars-per-gpu-hour: ")
    assert fault.endswith(f"two different numbers for {'m' if 'm=2' in words else 'all models'}, expected one")


@pytest.mark.parametrize(("words", "said"), [([""], "''"), (["radeon"], "'radeon'")])
def test_a_device_that_nobody_knows_is_told_with_a_way_on(words: list[str], said: str, tmp_path: Path) -> None:
    fault = error_line(Job(tmp_path).plan("--device", *words))
    assert fault.startswith(f"error: --device: {said}, expected cpu or one of: t4, v100, ")
    assert fault.endswith("; of another, give your own rates: --tokens-per-second 20000/800")


def test_one_device_is_planned_for(tmp_path: Path) -> None:
    assert error_line(Job(tmp_path).plan("--device", "h100", "--device", "cpu")).endswith("expected one device")


@pytest.mark.parametrize(
    ("device", "given", "notes"), [("cpu", [], 1), ("h100", [], 0), ("cpu", [Given((1e6, 100))], 0)]
)
def test_hours_of_a_cpu_at_the_price_of_a_gpu_are_noted(device: str, given: list[Given], notes: int) -> None:
    pricing = Pricing(given, [Given((2.5,))], device=find_device(device), is_certain=True)
    _, problems = pricing.price([row()], NAMED)
    assert [(problem.place, problem.kind) for problem in problems] == notes * [("models.m", "note")]
    assert all("hours are those of a CPU, and the dollars those of as many of a GPU" in one.text for one in problems)


def test_spans_are_as_exact_as_they_are_of_use() -> None:
    spans = (Span(0, 0), Span(0.001, 0.314), Span(3.14, 12.3), Span(1234, 1234.4))
    assert list(map(span_text, spans)) == ["0", "0.00-0.31", "3.1-12", "1,234"]


def test_a_cluster_says_by_its_profile_on_what_its_jobs_run() -> None:
    values = {"executor": "slurm", "set-resources": {"a": {"mem_mb": 5}, "predict": {"gpu_model": "h100"}}}
    assert (Profile("p", values).gpu_model, Profile("p", values).runs_here) == ("h100", False)
    assert (Profile("p", {}).gpu_model, Profile("p", {}).runs_here) == (None, True)


def test_a_journal_keeps_the_device_and_reads_lines_without_one(tmp_path: Path) -> None:
    generation = Generation("k", "{}", 5, 4, 3, 2, 1, 0.5)
    records = [Record(generation, {"question": "a"}), Record(generation, {"question": "a"}, "NVIDIA H200")]
    assert b"device" not in encode_record(records[0])
    for record in records:
        path = tmp_path / f"{record.device}.jsonl"
        with Journal(path) as journal:
            journal.append([record])
        assert read_journals([path]) == {"k": record}


class OnH200(ScriptedEngine):
    """An engine that knows what it runs on."""

    device = "NVIDIA H200"


def test_what_an_engine_runs_on_is_in_the_journal_and_in_no_key(tmp_path: Path) -> None:
    model, request = LanguageModel(id="script", engine="scripted"), RewardRequest("prompt", "response")
    for number, engine in enumerate((OnH200(model), ScriptedEngine(model))):
        with Journal(tmp_path / f"{number}.jsonl") as journal:
            answer_requests([request], engine, journal)
    first, second = (read_journals([tmp_path / f"{number}.jsonl"]) for number in range(2))
    assert first.keys() == second.keys()
    assert [record.device for record in (*first.values(), *second.values())] == ["NVIDIA H200", ""]


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hub is waited for."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.mark.usefixtures("offline")
def test_time_of_another_model_at_the_same_place_tells_nothing(tmp_path: Path) -> None:
    job = Job(tmp_path, model={"id": "nobody/Some-3B", "engine": "transformers"})
    for name, told in (("nobody/Some-3B", "journals, on CPU Any"), ("nobody/Other-3B", "estimate: 3B parameters on")):
        generation = Generation("k", "{}", 500, 400, 30, seconds=2.0)
        record = Record(generation, identity_parts({"model": name}), "CPU Any")
        (tmp_path / "journal.jsonl").write_bytes(encode_record(record))
        assert told in job.plan().stdout


@pytest.mark.usefixtures("offline")
def test_a_plan_names_its_device_and_its_dollars(tmp_path: Path) -> None:
    job = Job(tmp_path, model={"id": "nobody/Some-3B", "engine": "transformers"})
    printed = job.plan("--device", "NVIDIA L40S", "--dollars-per-gpu-hour", "m=1.5").stdout
    assert "dollars" in printed
    assert "estimate: 3B parameters on l40s" in printed
    fault = error_line(job.plan("--dollars-per-gpu-hour", "llama=1.5"))
    assert fault == "error: --dollars-per-gpu-hour: 'llama', expected a name of the config's models: m"
