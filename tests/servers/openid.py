"""OpenID Connect providers that others wrote, each as a server in a child process, and a browser's part without one."""

from __future__ import annotations

import json
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from tests.servers.app import stop
from tests.servers.node import install, node

PANVA = Path(__file__).parent / "panva"
ADA = {"name": "Ada Lovelace", "email": "ada@example.com", "email_verified": True, "groups": ["finance", "staff"]}
SECRET = "secret-secret-secret-secret"


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def client(redirect: str, **more: Any) -> dict[str, Any]:
    """A client ``app`` of the provider, sent back to ``redirect``."""
    return {"client_id": "app", "client_secret": SECRET, "redirect_uris": [redirect], **more}


@contextmanager
def running_panva(
    clients: Sequence[Mapping[str, Any]], accounts: Mapping[str, Mapping[str, Any]] | None = None, **more: Any
) -> Iterator[str]:
    """panva's ``oidc-provider`` under Node; gives its issuer. Whoever types a name of ``accounts`` is signed in."""
    install(PANVA)
    told = {"clients": list(clients), "accounts": accounts or {"ada": ADA}, **more}
    with _process([node(), "op.mjs", json.dumps(told)], PANVA, r"READY (\S+)") as issuer:
        yield issuer


@contextmanager
def running_mock(port: int) -> Iterator[str]:
    """``oidc-provider-mock``, whose keys have no ``kid``; gives its issuer."""
    command = [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)]
    with _process(command, None, r"(http://127\.0\.0\.1:\d+)") as issuer:
        yield issuer


@contextmanager
def _process(command: list[str], folder: Path | None, ready: str) -> Iterator[str]:
    process = subprocess.Popen(command, bufsize=0, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield _said(process, ready)
    finally:
        stop(process)
        assert process.stdout
        process.stdout.close()


def _said(process: subprocess.Popen[bytes], ready: str, seconds: float = 60) -> str:
    assert process.stdout
    text, until = "", time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if select.select([process.stdout], [], [], 0.2)[0]:
            text += process.stdout.readline().decode("utf-8", "replace")
            if found := re.search(ready, text):
                return found[1]
    raise RuntimeError(f"The provider did not start:\n{text}")


def walk(url: str, back: str, form: Mapping[str, str]) -> dict[str, str]:
    """Do a browser's part at a provider: follow it, send its form once, and give what it would bring back to us."""
    with httpx.Client(timeout=20, trust_env=False) as browser:
        reply = browser.get(url)
        for _ in range(10):
            if reply.is_redirect:
                url = urljoin(url, reply.headers["location"])
                if url.startswith(back):
                    return dict(parse_qsl(urlsplit(url).query))
                reply = browser.get(url)
            elif reply.status_code == 200:
                reply = browser.post(url, data=dict(form))
            else:
                break
    raise AssertionError(f"{url}: {reply.status_code} {reply.text[:300]}")
