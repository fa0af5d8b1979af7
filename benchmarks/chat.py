"""The chat page: a rerun with 500 messages, and what a long answer sends while it streams."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

import psutil

from benchmarks.measuring import ROOT, Row, at_most, cpu, quiet, serving
from benchmarks.replies import pace_server
from components.llm.vocabulary import Usage
from components.settings import Settings
from components.store import close_store, conversations, open_store, pen, providers, usage, users
from tests.servers.visitor import Visitor

TURNS = 250  # a question and an answer each
BATCHES, RERUNS = 9, 20  # a batch of reruns takes long enough for the clock of a process, which ticks each 10 ms
ANSWER_CHARACTERS = 8_000  # 160 pieces of 50
PARAGRAPH = "Divide by trading days first, then compare. " * 6 + "\n\n"


def rows() -> list[Row]:
    """Cpu of one rerun, and bytes over the websocket for one answer of 8 kB."""
    with tempfile.TemporaryDirectory() as folder, pace_server(ANSWER_CHARACTERS // 160) as url:
        home = Path(folder) / "home"
        long, empty = _fill(home, url)
        with serving(ROOT / "Home.py", home=home) as server:
            rerun = _rerun_cpu(server.url, server.process, long)
            sent = _streamed_bytes(server.url, empty)
    return [
        at_most(f"rerun of a chat with {TURNS * 2} messages, cpu", rerun * 1000, 20, "ms"),
        at_most("streamed bytes of an answer of 8 kB", sent / 1000, 100, "kB"),
    ]


def _fill(home: Path, url: str) -> tuple[str, str]:
    """A store with a long conversation and an empty one; returns their ids."""
    store = open_store(Settings(home=home))
    user = users.ensure_local_owner(store)
    providers.save_own_provider(store, user.id, "pace", "chat", url)
    choices = {"provider": "pace", "model": "pace"}
    long = conversations.create_conversation(store, user.id, "chat", "Long", choices)
    for number in range(TURNS):
        _, reply = conversations.add_turn(
            store, user.id, long.id, f"Question {number}?", provider="pace", model="pace", worker_id="bench"
        )
        pen.write_pieces(store, [pen.PieceRow(reply.id, 0, "text", PARAGRAPH * 2)], "bench")
        pen.end_reply(store, reply.id, "bench", state="complete", finish="stop")
        usage.add_usage(store, user.id, reply.id, "pace", "pace", Usage(input=900, output=140), 0.002)
    empty = conversations.create_conversation(store, user.id, "chat", "Empty", choices)
    close_store(store)
    return long.id, empty.id


def _rerun_cpu(url: str, process: psutil.Process, conversation_id: str) -> float:
    """Seconds of cpu of one rerun: the median of batches, after the warm imports."""
    query = f"c={conversation_id}"
    with Visitor(url) as visitor:
        for _ in range(5):
            visitor.open("chat", query)
        quiet(process)
        return median(_batch(visitor, query, process) for _ in range(BATCHES))


def _batch(visitor: Visitor, query: str, process: psutil.Process) -> float:
    before = cpu(process)
    for _ in range(RERUNS):
        visitor.open("chat", query)
    return (cpu(process) - before) / RERUNS


def _streamed_bytes(url: str, conversation_id: str) -> float:
    """Bytes over the websocket, to a real browser, from the press of the key until the reply has ended."""
    from playwright.sync_api import sync_playwright

    from tests.browser.screen import started

    received: list[int] = []
    with sync_playwright() as play:
        browser = started(play)
        page = browser.new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
        page.goto(f"{url}/chat?c={conversation_id}", wait_until="domcontentloaded")
        field = page.get_by_placeholder("Ask anything")
        field.fill("Tell me all")
        received.clear()
        field.press("Enter")
        page.get_by_text("first word").wait_for(timeout=60_000)
        browser.close()
    return float(sum(received))
