"""A model server on loopback that answers, streams and fails on demand: the name of the model is the fault.

It speaks OpenAI's chat completions, completions and responses, Anthropic's messages and Ollama's chat::

    with FaultServer() as server:
        ...                                   # ask server.url for the model "hang_mid"
        assert server.wait_for(lambda: server.visits[0].left)

========== ===================================== ============ ===============================================
ok         streams TEXT piece by piece           slow         400 pieces, 20 ms apart: for a stop button
many       5,000 pieces: for timing              tool         asks for add(2, 3); answers once it has the result
thinking   thinks, then answers                  schema       answers {"city": "Paris", "people": 2}
length     stops at the token limit              empty        answers nothing, and ends well
filter     words, then the content filter ends   blocked      400, the prompt is filtered
bad_key    401                                   forbidden    403
not_found  404                                   rate_limited 429 with retry-after: 7
quota      429, no money left                    server_error 500
overloaded 529 (messages) or 503                 context      400, the prompt is too long
html       200 with a web page, as proxies do    hang         accepts, never answers
hang_mid   a few pieces, then silence            cut          a few pieces, then the line breaks
cut_clean  a few pieces, then a proper end       malformed    a few pieces, then broken JSON
           without the last word                 error_event  a few pieces, then an error inside the stream
flaky      500 twice, then ok                    odd          400, a parameter is not known
========== ===================================== ============ ===============================================

A key that is the name of an error status (``bad_key``, ``forbidden`` ...) makes the list of models fail like that.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.servers.dialects import DIALECTS, Chat, Frames, Json, Messages, Ollama, Reply

REFUSALS = {
    "bad_key": (401, "Incorrect API key provided"),
    "forbidden": (403, "Your key has no access to this resource"),
    "not_found": (404, "The model `not_found` does not exist"),
    "rate_limited": (429, "Rate limit reached"),
    "quota": (429, "You exceeded your current quota, please check your plan"),
    "server_error": (500, "Internal server error"),
    "flaky": (500, "Internal server error"),
    "overloaded": (503, "The server is overloaded"),
    "context": (400, "This model's maximum context length is 8192 tokens: the prompt is too long"),
    "odd": (400, "Unknown parameter: 'limit'"),
    "blocked": (400, "The prompt was filtered: Output blocked by content filtering policy"),
}
REPLIES = {
    "ok": Reply(),
    "slow": Reply(("word ",) * 400),
    "many": Reply(("word ",) * 5000),
    "length": Reply(finish="length"),
    "empty": Reply(()),
    "filter": Reply(finish="filter"),
    "thinking": Reply(thoughts=("Which city? ", "Paris.")),
    "schema": Reply(('{"city": ', '"Paris", ', '"people": 2}')),
}
WEB_PAGE = b"<html><body>Please sign in to the network</body></html>"
FOREVER = 120.0  # seconds of silence: longer than any test waits


@dataclass
class Visit:
    """One request, and how it ended.

    Attributes:
        end: ``running``, ``answered``, ``cut`` (by the server) or ``left`` (the client closed the connection).
        pieces: Frames written so far.
    """

    path: str
    body: Json
    headers: dict[str, str]
    pieces: int = 0
    end: str = "running"
    at: float = field(default_factory=time.monotonic)
    left_at: float | None = None

    @property
    def model(self) -> str:
        """The model asked for, which names the fault."""
        return str(self.body.get("model", ""))

    @property
    def left(self) -> bool:
        """Whether the client closed the connection before the reply was over."""
        return self.end == "left"


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a hanging visit must not hold up the end of a test
    request_queue_size = 128  # the default of 5 resets connections when fifty come at once


class FaultServer:
    """The server; it runs in threads from its making to ``close``.

    Attributes:
        url: Its address, without a path (clients of OpenAI's protocols add ``/v1``).
        visits: Every POST so far, oldest first.
        replies: What each model says; a test may add its own.
        models: Those that it lists; none: every one that it knows, faults among them.
    """

    def __init__(self, port: int = 0, models: tuple[str, ...] = ()) -> None:
        self.models = models
        self.visits: list[Visit] = []
        self.replies: dict[str, Reply] = dict(REPLIES)
        self.changed = threading.Condition()
        handler = type("Handler", (_Handler,), {"home": self})
        self._http = _Http(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(self, happened: Callable[[], bool], seconds: float = 10.0) -> bool:
        """Wait until something is seen here; False when it was not within ``seconds``."""
        with self.changed:
            return self.changed.wait_for(happened, seconds)

    def close(self) -> None:
        """Take no more visits."""
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    home: FaultServer
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        """Serve the connection; a client that resets it between two requests is no news."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on the terminal."""

    def do_GET(self) -> None:
        """The list of models, in the words of whoever asks."""
        key = self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")
        names = self.home.models or (*self.home.replies, "tool", *REFUSALS)
        if key in REFUSALS:
            self._refuse(Messages({}) if "x-api-key" in self.headers else Chat({}), key)
        elif self.path.startswith("/api/tags"):
            rows = [{"model": n, "name": n, "size": 1, "digest": "0", "details": {}} for n in names]
            self._json(200, {"models": rows})
        elif "anthropic-version" in self.headers:
            made = {"type": "model", "created_at": "2026-01-01T00:00:00Z"}
            self._json(200, {"data": [made | {"id": n, "display_name": n} for n in names], "has_more": False})
        else:
            rows = [{"id": n, "object": "model", "created": 1, "owned_by": "test"} for n in names]
            self._json(200, {"object": "list", "data": rows})

    def do_POST(self) -> None:
        """Answer, stream or fail."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or "{}")
        dialect = _dialect(self.path.partition("?")[0])
        if dialect is None:
            return self._json(404, {"error": {"message": f"no such path {self.path}"}})
        self.visit = Visit(self.path, body, {name.lower(): value for name, value in self.headers.items()})
        self._change(lambda: self.home.visits.append(self.visit))
        try:
            self._answer(dialect(body), self.visit.model)
            self._change(lambda: setattr(self.visit, "end", self.visit.end.replace("running", "answered")))
        except OSError:
            self._leave()
        return None

    def _change(self, change: Callable[[], object]) -> None:
        with self.home.changed:
            change()
            self.home.changed.notify_all()

    def _leave(self) -> None:
        self.close_connection = True
        if self.visit.end == "running":
            self._change(lambda: self.visit.__dict__.update(end="left", left_at=time.monotonic()))

    def _answer(self, dialect: Chat, fault: str) -> None:
        tries = sum(visit.model == "flaky" for visit in self.home.visits)
        if fault in REFUSALS and not (fault == "flaky" and tries > 2):
            self._refuse(dialect, fault)
        elif fault == "html":
            self._send(200, WEB_PAGE, "text/html")
        elif fault == "hang":
            self._wait(FOREVER)
        else:
            self._stream(dialect, fault, self._reply(dialect, fault))

    def _reply(self, dialect: Chat, fault: str) -> Reply:
        if fault == "tool":
            return Reply(("The sum is ", "5.")) if dialect.knows_result() else Reply((), "tool")
        return self.home.replies.get(fault, Reply())

    def _stream(self, dialect: Chat, fault: str, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", dialect.kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        *frames, last = _broken(dialect, fault, dialect.frames(reply))
        for frame in frames:
            self._chunk(frame, 0.0 if fault == "many" else 0.02 if fault == "slow" else 0.002)
        self._last(fault, last)
        self.wfile.write(b"0\r\n\r\n")

    def _last(self, fault: str, frame: bytes) -> None:
        """Write the last frame; a client that leaves on reading it has had its answer."""
        if fault not in ("hang_mid", "cut"):
            self._change(lambda: setattr(self.visit, "end", "answered"))
        self._chunk(frame, 0.0)
        if fault == "hang_mid":
            self._wait(FOREVER)
        if fault == "cut":
            self._cut()

    def _chunk(self, frame: bytes, pause: float) -> None:
        self.wfile.write(f"{len(frame):x}\r\n".encode() + frame + b"\r\n")
        self._change(lambda: setattr(self.visit, "pieces", self.visit.pieces + 1))
        if pause:
            self._wait(pause)

    def _cut(self) -> None:
        self._change(lambda: setattr(self.visit, "end", "cut"))
        self.connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError

    def _refuse(self, dialect: Chat, fault: str) -> None:
        status, message = REFUSALS[fault]
        if fault == "overloaded" and isinstance(dialect, Messages):
            status = 529
        if fault == "quota" and isinstance(dialect, Messages):
            status, message = 400, "Your credit balance is too low to access the Anthropic API"
        headers = {"retry-after": "7"} if fault == "rate_limited" and not isinstance(dialect, Ollama) else {}
        self._json(status, dialect.refusal(fault, status, message), headers)

    def _json(self, status: int, content: object, headers: Json | None = None) -> None:
        self._send(status, json.dumps(content).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: Json | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _wait(self, seconds: float) -> None:
        """Wait, but notice at once when the client closes its end."""
        readable = select.select([self.connection], [], [], seconds)[0]
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError


def _dialect(path: str) -> type[Chat] | None:
    """Providers differ in how their paths begin, and agree on the end."""
    return next((dialect for end, dialect in DIALECTS.items() if path.endswith(end.removeprefix("/v1"))), None)


def _broken(dialect: Chat, fault: str, frames: Frames) -> list[bytes]:
    if fault in ("cut", "cut_clean", "hang_mid"):
        return frames.half
    if fault == "malformed":
        return [*frames.half, dialect.malformed, *frames.body[len(frames.body) // 2 :], *frames.tail]
    if fault == "error_event":
        return [*frames.half, dialect.error_frame()]
    return frames.all


if __name__ == "__main__":
    here = FaultServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    sys.stdout.write(f"{here.url}\n")
    sys.stdout.flush()
    threading.Event().wait()
