"""A causal language model in a vLLM that this job starts, watches, starts again and stops."""

import json
import logging
import os
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from http.client import HTTPException
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from pluralism.engines.causal import CausalEngine
from pluralism.engines.devices import devices_of_job, gpu_name, processor_name
from pluralism.engines.kinds.server import Server
from pluralism.engines.kinds.vllm import Vllm, find_vllm
from pluralism.engines.models import LanguageModel
from pluralism.engines.server.engine import OwnServer, ServerEngine, ServerGoneError
from pluralism.engines.server.process import ServerProcess
from pluralism.engines.server.vllm_command import HOST, vllm_command, vllm_environment
from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Generation, request_key

MOST_RESTARTS = 3
"""Of an engine."""
REQUEST_SECONDS = 3600.0
"""How long a request may take. Of this server we know when it dies."""
LOOK_SECONDS = 2.0

log = logging.getLogger(__name__)


class OwnServerEngine(CausalEngine):
    """Starts vLLM at the first request, keeps it for all that follow, and stops it when it is closed.

    Prompts are worded and tokenized here, as those of our own engine: so all flags of the protocol are followed.
    """

    def __init__(self, model: LanguageModel, options: Vllm) -> None:
        """Take the model's config; nothing is started yet."""
        super().__init__(model)
        self._options = options
        self._key = secrets.token_hex()
        self._process: ServerProcess | None = None
        self._url = ""
        self._restarts = 0
        self._is_ready = False

    @property
    def device(self) -> str:
        """The name of the GPUs, or of the processor."""
        gpus = devices_of_job(self._config.gpus)
        return gpu_name(gpus[0]) if gpus else f"CPU {processor_name()}".strip()

    @property
    def waits_for(self) -> str:
        """For vLLM, while it starts."""
        process = self._process
        return f"vLLM is starting, {process.seconds:.0f} s" if process is not None and not self._is_ready else ""

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything about the model that may change an answer.

        Not as of `engine: server`: what that says of revision and dtype is a user's word about how a server was
        started, and that server words the prompts. So answers of both kinds have different keys, and do not mix unseen.
        """
        arguments = self._options.key_arguments
        return {"engine": "vllm", **super().identity, **({"arguments": arguments} if arguments else {})}

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers in small batches as they come. If the server dies, it is started again, a few times.

        Raises:
            UserError: vLLM is not found, does not start, or died too often; or, after all others are answered, some
                requests are not.
        """
        waiting = {request_key(request, self.identity): request for request in requests}
        while waiting:
            own = OwnServer(self.identity, self._key, self._start().is_alive, self._renderer.render)
            server = Server(urls=(self._url,), concurrency=self._options.concurrency, timeout=REQUEST_SECONDS)
            try:
                for batch in ServerEngine(self._config, server, own).generate(list(waiting.values())):
                    for generation in batch:
                        del waiting[generation.key]
                    yield batch
            except ServerGoneError:
                self._bury(len(waiting))

    def close(self) -> None:
        """Stop the server; returns when its GPUs are free."""
        if self._process is not None:
            self._process.stop()
            self._process, self._is_ready = None, False

    def _start(self) -> ServerProcess:
        """The server that runs, or one that is started and waited for."""
        if self._process is not None:
            return self._process
        devices = devices_of_job(self._config.gpus)
        port = _free_port()
        self._url = f"http://{HOST}:{port}/v1"
        command = vllm_command(
            find_vllm(),
            self._config,
            self._options,
            weights=self._weights,
            identity=self.identity,
            devices=devices,
            port=port,
        )
        self._process = ServerProcess(command, vllm_environment(os.environ, devices, self._key))
        where = f"{len(devices)} GPU{'s' if len(devices) > 1 else ''}" if devices else "the CPU"
        log.info("vLLM starts on %s, its log is %s: %s", where, self._process.log, " ".join(command))
        try:
            self._process.wait_until_ready(self._serves)
        except BaseException as error:
            self.close()
            if isinstance(error, UserError):
                raise UserError(f"model {self._config.id}: vLLM does not start: {error}") from None
            raise
        self._is_ready = True
        log.info("vLLM is ready after %.0f s", self._process.seconds)
        return self._process

    def _bury(self, unanswered: int) -> None:
        """Tell why the server died, and that it is started again.

        Raises:
            UserError: it died too often.
        """
        assert self._process is not None, "only a server that was started can die"
        died = f"vLLM died after {self._process.seconds:.0f} s: {self._process.failure()}"
        self.close()
        self._restarts += 1
        if self._restarts > MOST_RESTARTS:
            raise UserError(
                f"model {self._config.id}: {died}; it was started again {MOST_RESTARTS} times, and {unanswered} "
                "requests are not answered; the other answers are kept, run again to ask for these"
            )
        log.warning("%s; it is started again, and asked the %d requests that are left", died, unanswered)

    def _serves(self) -> bool:
        """Whether the server answers, and is ours: another would not know the key."""
        asked = Request(f"{self._url}/models", headers={"Authorization": f"Bearer {self._key}"})
        with (
            suppress(OSError, ValueError, HTTPException),
            build_opener(ProxyHandler({})).open(asked, timeout=LOOK_SECONDS) as reply,
        ):
            return any(entry["id"] == self._config.id for entry in json.load(reply)["data"])
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    return port
