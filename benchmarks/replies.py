"""Fifty replies at once through the runner and the store, against reading the same server directly."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.measuring import ROOT, Row, free_port, ratio
from components.conversations.chat import chat
from components.conversations.runner import Runner
from components.jobs.loop import Loop
from components.llm.ask import stream
from components.llm.catalogue import Provider
from components.llm.vocabulary import Piece, Request
from components.settings import Settings
from components.store import Store, conversations, open_store, users

TOGETHER = 50


def rows() -> list[Row]:
    """One row: seconds from the first question to the last word, ours and the raw reader's."""
    with pace_server() as url:
        asyncio.run(_read_all(url, 2))  # both sides import and connect once before the clock runs
        raw = asyncio.run(_read_all(url, TOGETHER))
        ours = _reply_all(url)
    return [ratio(f"{TOGETHER} replies of 40 pieces/s at once, to the store", ours, raw, 1.3)]


@contextmanager
def pace_server(size: int = 5) -> Iterator[str]:
    """The steady model server in a process of its own; yields its address for clients."""
    port = free_port()
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.pace_server", str(port), str(size)], cwd=ROOT)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        child.kill()
        child.wait()


def _wait(port: int) -> None:
    import httpx

    until = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/v1/models")
            return
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


async def _read_all(url: str, count: int) -> float:
    """Seconds in which ``count`` streams are read to their end, without any client of a provider."""
    import httpx

    async def read(client: httpx.AsyncClient) -> None:
        async with client.stream("POST", url + "/chat/completions", json={"stream": True}) as response:
            async for _ in response.aiter_bytes():
                pass

    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as client:
        started = time.monotonic()
        await asyncio.gather(*(read(client) for _ in range(count)))
    return time.monotonic() - started


def _reply_all(url: str) -> float:
    """Seconds in which the runner takes ``TOGETHER`` replies to the store's last word."""
    provider = Provider("pace", "Pace", "chat", base_url=url)

    async def model(request: Request) -> AsyncIterator[Piece]:
        async for piece in stream(provider, "none", replace(request, model="pace")):
            yield piece

    with tempfile.TemporaryDirectory() as folder:
        store, loop = open_store(Settings(home=Path(folder))), Loop()
        runner = Runner(store, loop, "bench")
        user = users.ensure_local_owner(store)
        answer = partial(chat, model=model, system="", temperature=None)
        talks = [conversations.create_conversation(store, user.id, "chat") for _ in range(TOGETHER)]
        first = runner.ask(user.id, talks[0].id, "Warm?", answer, provider="pace", model="pace")
        _ended(store, user.id, [first.id])
        started = time.monotonic()
        replies = [runner.ask(user.id, t.id, "Go?", answer, provider="pace", model="pace").id for t in talks]
        _ended(store, user.id, replies)
        seconds = time.monotonic() - started
        runner.close()
        loop.close()
    return seconds


def _ended(store: Store, user_id: str, replies: list[str]) -> None:
    for reply_id in replies:
        while (found := conversations.reply(store, user_id, reply_id)).state == "streaming":
            time.sleep(0.01)
        assert found.state == "complete", found.error
