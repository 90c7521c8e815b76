"""Rates and prices of a plan's rows: what the user names, what was measured, and else what a device should give."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pluralism.engines.models import ENGINES, LanguageModel
from pluralism.planning.checks import Problem
from pluralism.planning.devices import CPU, Device, find_device
from pluralism.planning.given import Given, given_for, given_for_all
from pluralism.planning.rates import Pace, Rates, Timing, measured_rates
from pluralism.planning.roofline import fits, model_size, roofline
from pluralism.planning.row import Row

MILLION = 1e6


@dataclass(frozen=True)
class Pricing:
    """What the user names, and the device that the plan is for.

    Attributes:
        tokens_per_second: of prompts and of answers; a single number is that of answers, their prompts read in it.
        dollars_per_gpu_hour: one number each.
        dollars_per_million_tokens: of prompts and of answers.
        device: that the models run on, where it is known.
        is_certain: whether that is so, and not just this machine's for want of another.
    """

    tokens_per_second: Sequence[Given] = ()
    dollars_per_gpu_hour: Sequence[Given] = ()
    dollars_per_million_tokens: Sequence[Given] = ()
    device: Device | None = None
    is_certain: bool = False

    def price(self, rows: Sequence[Row], models: Mapping[str, LanguageModel]) -> tuple[list[Row], list[Problem]]:
        """The rows with rates and prices, and the models that do not fit."""
        priced, problems = dict[str, list[Row]](), list[Problem]()
        for name in dict.fromkeys(row.model for row in rows):
            of_model = [row for row in rows if row.model == name]
            priced[name] = list(self._priced(of_model, models[name]))
            problems += self._too_large(name, models[name])
        if on_a_cpu := [
            f"models.{name}" for name, found in priced.items() if self._is_cpu_at_price_of_gpu(name, found)
        ]:
            text = "the hours are those of a CPU, and the dollars those of as many of a GPU; name its --device"
            problems.append(Problem(", ".join(on_a_cpu), text, "note"))
        following = {name: iter(found) for name, found in priced.items()}
        return [next(following[row.model]) for row in rows], problems

    def _priced(self, rows: Sequence[Row], model: LanguageModel) -> Iterator[Row]:
        """The rows of one model."""
        name = rows[0].model
        guess, named = self._estimate(rows, model), given_for(name, self.tokens_per_second)
        device = self._measured_on(rows)
        jobs = [_on(device, row) for row in rows]
        per_hour = given_for(name, self.dollars_per_gpu_hour) or given_for_all(self.dollars_per_gpu_hour)
        per_token = given_for(name, self.dollars_per_million_tokens) or given_for_all(self.dollars_per_million_tokens)
        for row, own in zip(rows, jobs, strict=True):
            source = f"journals, on {device}" if device else "journals"
            measured = measured_rates(jobs, own, guess.middle if guess is not None else None, source)
            rates = _given_rates(named) or measured or _given_rates(given_for_all(self.tokens_per_second)) or guess
            yield replace(
                row,
                rates=rates,
                dollars_per_hour=per_hour.numbers[0] * model.gpus if per_hour is not None else None,
                dollars_per_token=_per_token(per_token) if per_token is not None else None,
            )

    def _estimate(self, rows: Sequence[Row], model: LanguageModel) -> Rates | None:
        """From the data sheet; None for a model that runs elsewhere on something that nobody names."""
        kind = ENGINES.get(model.engine)
        size = model_size(model) if kind.loads_weights or kind.is_remote else None
        if size is None or self.device is None or (kind.is_remote and not self.is_certain):
            return None
        known = [
            (row.tokens, row.count.generations) for row in rows if row.tokens is not None and row.count is not None
        ]
        tokens = sum(found.prompt + found.output for found, _ in known) / max(sum(count for _, count in known), 1)
        count, together = _devices(self.device, model), not kind.takes_gpus_in_turn
        return roofline(size, self.device, model.dtype, max(tokens, 1), devices=count, together=together)

    def _measured_on(self, rows: Sequence[Row]) -> str | None:
        """The device of the timings to take: the plan's, or else that of most seconds; None where there are none."""
        seconds = dict[str, float]()
        for row in rows:
            for device, timing in row.timings.items():
                seconds[device] = seconds.get(device, 0.0) + timing.seconds
        fitting = [device for device in seconds if not self.is_certain or self._is_planned(device)]
        return max(fitting, key=lambda device: seconds[device], default=None)

    def _is_planned(self, device: str) -> bool:
        """Whether answers of this device tell of the plan's; those of an unknown one, as of a server, do."""
        found = find_device(device)
        return not device or (found is not None and self.device is not None and found.name == self.device.name)

    def _is_cpu_at_price_of_gpu(self, name: str, rows: Sequence[Row]) -> bool:
        """Whether hours of a CPU have the price of a GPU's."""
        measured = self._measured_on(rows)
        is_rated = given_for(name, self.tokens_per_second) or (not measured and given_for_all(self.tokens_per_second))
        if is_rated or not any(row.dollars_per_hour and row.dollars_per_token is None for row in rows):
            return False
        device = find_device(measured) if measured else self.device
        return device is not None and device.name == CPU

    def _too_large(self, name: str, model: LanguageModel) -> Iterator[Problem]:
        size = model_size(model) if ENGINES.get(model.engine).loads_weights else None
        if size is None or self.device is None:
            return
        if not fits(size, self.device, count := _devices(self.device, model)):
            has = f"{f'{count} x ' if count > 1 else ''}{self.device.name} with {self.device.memory / 1e9:.0f} GB"
            yield Problem(f"models.{name}", f"{size.weights / 1e9:.0f} GB of weights do not fit into {has}", "note")


def _devices(device: Device, model: LanguageModel) -> int:
    """How many of them the model runs on; a machine's CPU is one."""
    return 1 if device.name == CPU else max(model.gpus, 1)


def _on(device: str | None, row: Row) -> Timing:
    return row.timings.get(device, Timing()) if device is not None else Timing()


def _given_rates(given: Given | None) -> Rates | None:
    if given is None:
        return None
    prefill = 1 / given.numbers[0] if len(given.numbers) > 1 else 0.0
    pace = Pace(prefill, 1 / given.numbers[-1])
    return Rates(pace, pace, "--tokens-per-second")


def _per_token(given: Given) -> tuple[float, float]:
    """Of prompts and of answers; a single price is that of both."""
    return given.numbers[0] / MILLION, given.numbers[-1] / MILLION
