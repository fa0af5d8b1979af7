"""The first source: the publisher's own address, over HTTP with resume."""

from __future__ import annotations

import errno
import http.client
import socket
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from components.llm.builtin.sources import Arrived, SourceError
from components.llm.builtin.weights import Weights

CONNECT_SECONDS = 3.0  # to find and reach the host; then the next source is asked
SILENT_SECONDS = 20.0  # longest pause within the file
BLOCK = 1 << 18


def fetch_from_publisher(weights: Weights, part: Path, arrived: Arrived) -> None:
    """Append to ``part`` what of the file is missing, asking only for that.

    Raises:
        SourceError: The host is away, falls silent, breaks off or serves something else; what came is kept.
    """
    host = urlsplit(weights.publisher).hostname or ""
    done = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(weights.publisher, headers={"Range": f"bytes={done}-"})  # noqa: S310  our own row
    try:
        with _opener().open(request, timeout=CONNECT_SECONDS) as reply:
            _append(reply, weights, part, done, host, arrived)
    except urllib.error.HTTPError as error:
        raise SourceError(f"{host} refused ({error.code})") from error
    except TimeoutError as error:
        raise SourceError(f"{host} was silent for {SILENT_SECONDS:.0f} s") from error
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise SourceError(f"{host} cannot be reached ({_reason(error)})") from error
    if part.stat().st_size < weights.size:
        raise SourceError(f"{host} broke off")


def _append(reply: Any, weights: Weights, part: Path, done: int, host: str, arrived: Arrived) -> None:
    begin = done if reply.status == 206 else 0  # 200: the host cannot resume and sends the whole file
    length = int(reply.headers.get("Content-Length") or -1)
    if begin + length != weights.size:
        raise SourceError(f"{host} serves another file")
    with part.open("r+b" if part.exists() else "wb") as file:
        file.truncate(begin)
        file.seek(begin)
        while block := reply.read1(BLOCK):
            file.write(block)
            begin += len(block)
            arrived(begin)


def _opener() -> urllib.request.OpenerDirector:
    """Follows redirects and the machine's proxy settings, as urllib does, with two time limits instead of one."""
    return urllib.request.build_opener(_Plain, _Secure)


def _connect(connection: http.client.HTTPConnection, connect: Any) -> None:
    _require_name(connection.host)
    connect()
    connection.sock.settimeout(SILENT_SECONDS)


def _require_name(host: str) -> None:
    """Look the name up, for at most CONNECT_SECONDS: the system's own look-up knows no limit."""
    found: list[object] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, None))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if not found:
        raise OSError(f"its name was not found within {CONNECT_SECONDS:.0f} s")
    if isinstance(found[0], OSError):
        raise found[0]


class _PlainConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        _connect(self, super().connect)


class _SecureConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        _connect(self, super().connect)


class _Plain(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PlainConnection, req)


class _Secure(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, req)


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", error)
    return str(getattr(inner, "strerror", None) or inner)
