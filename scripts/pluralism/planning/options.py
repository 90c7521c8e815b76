"""The options of commands that look at a study before it runs: its config, as Snakemake takes it, and ranges."""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError, shown

if TYPE_CHECKING:
    from pluralism.planning.configuration import Profile
    from pluralism.planning.pricing import Pricing
    from pluralism.study.study import Study

RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?", re.ASCII)
"""Its numbers are written out, so they are of at most six digits."""


def add_config_options(parser: ArgumentParser) -> None:
    """Add the options that Snakemake has, too."""
    base = "the base config; default: %(default)s"
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help=base)
    parser.add_argument("--workflow-profile", help="a profile's folder, or its name in profiles/; default: default")
    overlays = "overlays, in order; they replace those that the profile names"
    parser.add_argument("--configfile", type=Path, nargs="+", action="extend", help=overlays)


def read_study(arguments: Namespace) -> "tuple[Study, Profile]":
    """The study that these options name, and the profile.

    Raises:
        UserError: a file is not found or is not YAML, or the config has a fault.
    """
    from pluralism.planning.configuration import merged_config, read_profile
    from pluralism.study.study import Study

    profile = read_profile(arguments.workflow_profile)
    return Study(merged_config(arguments.config, arguments.configfile or profile.overlays)), profile


def add_pricing_options(parser: ArgumentParser) -> None:
    """Add what a plan is priced by."""
    rates = (
        "tokens per second, of prompts that are read and of answers that are written: 20000/800, for models without a "
        "speed in the journals; or llama_3b=20000/800, for that model of the config in any case. A single number is "
        "that of answers, their prompts read in it"
    )
    parser.add_argument("--tokens-per-second", nargs="+", action="extend", default=[], metavar="RATE", help=rates)
    device = (
        "what the models run on: cpu, or a GPU such as h100 or 'rtx 4090'; default: the profile's gpu_model, or what "
        "this machine has"
    )
    parser.add_argument("--device", action="append", help=device)
    hour = "2.5, or llama_70b=3 for one model: of one GPU; a model takes as many as its `gpus`"
    parser.add_argument("--dollars-per-gpu-hour", nargs="+", action="extend", default=[], metavar="PRICE", help=hour)
    million = "0.5/1.5, or llama_70b=0.9/0.9 for one model: of prompts and of answers, as who serves it asks for them"
    parser.add_argument(
        "--dollars-per-million-tokens", nargs="+", action="extend", default=[], metavar="PRICE", help=million
    )


def read_pricing(arguments: Namespace, profile: "Profile", names: Collection[str]) -> "Pricing":
    """What these options say, and the device; `names` are those of the config's models.

    Raises:
        UserError: a number has another form, two contradict each other, or a model or the device is not known.
    """
    from pluralism.planning.devices import gpu_here, named_device, this_cpu
    from pluralism.planning.given import Given, contradiction, parse_given
    from pluralism.planning.pricing import Pricing

    def given(option: str, example: str) -> list[Given]:
        texts: list[str] = getattr(arguments, option.strip("-").replace("-", "_"))
        found = [parse_given(text, option, example) for text in texts]
        if unknown := [entry.model for entry in found if entry.model is not None and entry.model not in names]:
            raise UserError(
                f"{option}: {shown(unknown[0])}, expected a name of the config's models: {', '.join(names)}"
            )
        if (twice := contradiction(found)) is not None:
            raise UserError(f"{option}: {', '.join(texts)}: two different numbers for {twice}, expected one")
        return found

    if len(devices := list(dict.fromkeys(arguments.device or ()))) > 1:
        raise UserError(f"--device: {', '.join(devices)}: expected one device")
    named = [named_device(devices[0])] if devices else []
    if not named and profile.gpu_model is not None:
        named = [named_device(profile.gpu_model, f"profile {profile.name}: gpu_model", "; or name a --device")]
    here = None if named or not profile.runs_here else gpu_here()
    device = named[0] if named else here or (this_cpu() if profile.runs_here else None)
    return Pricing(
        tokens_per_second=given("--tokens-per-second", "20000/800"),
        dollars_per_gpu_hour=given("--dollars-per-gpu-hour", "2.5"),
        dollars_per_million_tokens=given("--dollars-per-million-tokens", "0.5/1.5"),
        device=device,
        is_certain=bool(named) or here is not None,
    )


def snakemake_command(arguments: Namespace, profile: "Profile", *results: str, more: Sequence[Path] = ()) -> str:
    """What runs this study: for these results, or all of them, with its profile and overlays, then `more` overlays."""
    overlays = [*(arguments.configfile or profile.overlays), *more]
    words = ["snakemake", *results]
    words += ["--workflow-profile", arguments.workflow_profile] if arguments.workflow_profile else []
    words += ["--configfile", *overlays] if overlays else []
    return " ".join(map(str, words))


def parse_ranges(text: str, option: str) -> list[int]:
    """The numbers of ranges such as 0-4 or 0,3,7-9, ascending, each once.

    Raises:
        UserError: it is something else, or a range that ends before it begins.
    """
    found: set[int] = set()
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise UserError(f"{option}: {shown(text)}, expected ranges such as 0-4 or 0,3,7-9")
        found.update(range(first, last + 1))
    return sorted(found)
