"""Whether the commands of a study's jobs are short enough for the system."""

import os
import shlex
from collections.abc import Iterable, Iterator

from pluralism.study.study import Study, asking_texts

LONGEST_COMMAND = 120_000
"""Bytes. Linux takes 128 KiB as one word, and a shell gets a whole command as one."""
BESIDE_PATHS = 100 * "x"
"""As long as the other words about an ADM: its role, how its samples are combined, the names of its figures."""


def long_commands(study: Study) -> Iterator[tuple[str, str]]:
    """(key of the config, what is wrong) for what makes a command too long, which names all ADMs or all targets."""
    config = _bytes([study.config.model_dump_json()])
    if config > LONGEST_COMMAND:
        yield "config", f"with its defaults {config} bytes, expected at most {LONGEST_COMMAND}: a job's command has it"
    labels = _bytes([study.config.names().model_dump_json(), study.config.note or ""])
    for dataset in study.datasets:
        cells = [names for names in study.config.cells() if names[0] == dataset]
        adms = _bytes(2 * study.paths.predictions(*names) + BESIDE_PATHS for names in cells)
        targets = _bytes(paths := study.targets(dataset))
        if (size := labels + adms + targets) > LONGEST_COMMAND:
            place = "grid" if adms > targets else "targets"
            what = f"{dataset} has {len(cells)} ADMs and {len(paths)} targets"
            yield place, f"{what}, whose paths take {size} bytes of a job's command, expected at most {LONGEST_COMMAND}"
        for similarity in study.similarities:
            if (size := _bytes(asking_texts(study.askers(dataset, similarity)))) > LONGEST_COMMAND:
                what = f"the ADMs that share the similarity {similarity}"
                yield "adms", f"{what} take {size} bytes of a job's command, expected at most {LONGEST_COMMAND}"


def _bytes(words: Iterable[str]) -> int:
    return sum(len(os.fsencode(shlex.quote(word))) + 1 for word in words)
