"""A small server of the OpenAI protocol, run as a process, that misbehaves as it is told to.

It answers every request with a draw from what the schema allows, seeded by all that is asked: the same request has the
same answer. Each answer that it sent is a line of its log: a digest of the request.
"""

import argparse
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from pluralism.engines.kinds.scripted import draw_value
from pluralism.requests import digest
from tests.conftest import ROOT


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    options: argparse.Namespace
    model: ClassVar[str] = "served"
    gate: threading.Barrier | None = None
    seen: ClassVar[set[str]] = set()
    lock = threading.Lock()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """What is served."""
        if self._authorized():
            self._send(200, {"object": "list", "data": [{"id": self.model, "object": "model"}]})

    def do_POST(self) -> None:
        """A chat completion, or a fault."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            fault = self._fault(asked)
        if self.gate is not None:
            self.gate.wait(timeout=30)
        time.sleep(self.options.seconds)
        if self._authorized() and not self._refused(asked):
            self._answer(asked, fault)

    def _fault(self, asked: Any) -> str | None:
        """What befalls this request."""
        options, request = self.options, digest(asked)
        fault: str | None = options.fault
        if options.poison is not None:
            return fault if options.poison in json.dumps(asked.get("messages", asked)) else None
        if options.every is None:
            return fault
        new = request not in self.seen
        self.seen.add(request)
        return fault if new and len(self.seen) % options.every == 0 else None

    def _authorized(self) -> bool:
        sent = self.headers["Authorization"].removeprefix("Bearer ")
        if self.options.key in (None, sent):
            return True
        self._send(401, {"error": {"message": f"Incorrect API key provided: {sent}"}})
        return False

    def _refused(self, asked: Any) -> bool:
        prompt = asked.get("prompt", "")
        messages = asked.get("messages") or [{"role": "none", "content": prompt if isinstance(prompt, str) else ""}]
        words = sum(len(message["content"].split()) for message in messages)
        if self.options.context and words > self.options.context:
            told = f"This model's maximum context length is {self.options.context} tokens, not {words}"
        elif self.options.no_system_role and messages[0]["role"] == "system":
            told = "System role not supported"
        else:
            return False
        self._send(400, {"error": {"message": told}})
        return True

    def _answer(self, asked: Any, fault: str | None) -> None:
        if fault == "drop":
            self.close_connection = True
        elif fault == "hang":
            time.sleep(30)
        elif fault == "html":
            self._send(200, "<html>Welcome</html>", kind="text/html")
        elif fault in ("429", "500", "503"):
            self._send(int(fault), {"error": {"message": "busy"}}, {"Retry-After": "0.1"} if fault == "429" else {})
        elif "prompt" in asked and "response_format" not in asked:
            self._complete(asked)
        else:
            answer = self._draw(asked)
            text = json.dumps(answer)
            backwards = json.dumps(dict(reversed(answer.items())))
            text = {"torn": text[:-5], "schema": '{"score": 101}', "order": backwards}.get(fault or "", text)
            reason = "length" if fault == "cut" else "stop"
            usage = {"prompt_tokens": 10, "completion_tokens": asked["max_tokens"], "total_tokens": 0}
            usage["prompt_tokens_details"] = {"cached_tokens": 6}
            message = {"message": {"role": "assistant", "content": text}} if "messages" in asked else {"text": text}
            choices = [{"index": 0, **message, "finish_reason": reason}]
            kind = "chat.completion" if "messages" in asked else "text_completion"
            reply = {"id": "1", "object": kind, "created": 0, "model": self.model}
            self._send(200, {**reply, "choices": choices, "usage": usage})
            if fault is None:
                with self.lock, Path(self.options.log).open("a") as log:
                    log.write(f"{digest(asked)}\n")

    def _complete(self, asked: Any) -> None:
        """A sentence of so many words; each is a token, and so is the stop."""
        words, most = self.options.sentence, asked["max_tokens"]
        text = " so" * min(words, most) + (asked["stop"][0] if words < most else "")
        usage = {"prompt_tokens": len(asked["prompt"].split()), "completion_tokens": min(words + 1, most)}
        choices = [{"index": 0, "text": text, "finish_reason": "stop" if words < most else "length"}]
        reply = {"id": "1", "object": "text_completion", "created": 0, "model": "served"}
        self._send(200, {**reply, "choices": choices, "usage": {**usage, "total_tokens": 0}})
        with self.lock, Path(self.options.log).open("a") as log:
            log.write(f"{digest(asked)}\n")

    @staticmethod
    def _draw(asked: Any) -> Any:
        seed = digest([asked.get("messages") or asked["prompt"], asked.get("seed")])
        return draw_value(asked["response_format"]["json_schema"]["schema"], random.Random(seed))

    def _send(self, status: int, value: Any, headers: Any = (), kind: str = "application/json") -> None:
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        for name, text in {"Content-Type": kind, "Content-Length": str(len(data)), **dict(headers)}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


class Listener(ThreadingHTTPServer):
    """Threads end with the process."""

    daemon_threads = True
    request_queue_size = 128


@dataclass
class Served:
    """A running server.

    Attributes:
        process: it.
        port: where it listens.
        log: one line per answer that it sent.
    """

    process: subprocess.Popen[str]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def answered(self) -> list[str]:
        """The digests of the requests answered; one asked twice stands there twice."""
        return self.log.read_text().split() if self.log.exists() else []


def start(log: Path, *options: str, port: int = 0) -> Served:
    """Start a server and wait until it listens."""
    command = [sys.executable, "-m", "tests.serving", "--log", str(log), "--port", str(port), *options]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return Served(process, int(process.stdout.readline()), log)


@contextmanager
def serving(log: Path, *options: str, port: int = 0) -> Iterator[Served]:
    """A server for a while."""
    served = start(log, *options, port=port)
    try:
        yield served
    finally:
        served.process.kill()
        served.process.communicate()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(
        "--fault", choices=["429", "500", "503", "drop", "hang", "html", "torn", "schema", "order", "cut"]
    )
    parser.add_argument(
        "--every", type=int, help="the fault befalls each so-manieth request when it is first asked; else always"
    )
    parser.add_argument("--poison", help="the fault befalls requests that hold this text")
    parser.add_argument("--seconds", type=float, default=0.0, help="an answer takes so long")
    parser.add_argument("--together", type=int, help="answers go out when so many requests are under way")
    parser.add_argument("--key", help="the API key")
    parser.add_argument("--context", type=int, help="words that the messages may have")
    parser.add_argument("--no-system-role", action="store_true")
    parser.add_argument("--sentence", type=int, default=3, help="words that a raw text is continued by")
    Handler.options = parser.parse_args()
    if Handler.options.together is not None:
        Handler.gate = threading.Barrier(Handler.options.together)
    with Listener(("127.0.0.1", Handler.options.port), Handler) as listener:
        print(listener.server_address[1], flush=True)
        listener.serve_forever()


if __name__ == "__main__":
    main()
