"""An Ollama-protocol server before a chat-completions server: no Ollama can be installed where the tests run.

It is ``ollama-proxy-plus`` in a child process. It serves Ollama's list and chat, without schemas.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.waiting import until

PREFIX = "local"  # how the proxy names the server behind it: its models are local/...


@contextmanager
def ollama_before(base_url: str, key: str, model: str) -> Iterator[str]:
    """Start the proxy before the server at ``base_url`` (with ``/v1``) and give its address.

    Args:
        key: The key that the server behind it asks for.
        model: The server's model; the proxy lists it as ``local/<model>``.
    """
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    ours = {"PROVIDERS_LOCAL_BASE_URL": base_url, "PROVIDERS_LOCAL_API_KEY": key, "EXTRA_MODELS": f"{PREFIX}/{model}"}
    command = [sys.executable, "-m", "ollama_proxy", "--host", "127.0.0.1", "--port", str(port)]
    with tempfile.TemporaryDirectory() as empty, Path(empty, "log").open("wb") as log:  # no .env of ours is read there
        child = subprocess.Popen(command, cwd=empty, env=kept | ours, stdout=log, stderr=subprocess.STDOUT)
        try:
            until(lambda: _listens(child, port, Path(empty, "log")), seconds=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait(10)


def _listens(child: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert child.poll() is None, f"the proxy ended: {log.read_text(errors='replace')[-2000:]}"
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
