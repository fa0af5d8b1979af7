"""Several processes write at once, and processes are killed while they write: nothing that was told as kept is lost."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from components.settings import ROOT, Settings
from components.store import conversations, jobs
from tests.people import add_person
from tests.store.opened import opened
from tests.store.writer import FILE, OWNER

WRITERS, EACH = 4, 25


@pytest.fixture
def ready(store_settings: Settings) -> Settings:
    """A store with an owner and a conversation, closed."""
    with opened(store_settings) as store:
        add_person(store, OWNER)
        conversations.create_conversation(store, OWNER, "chat")
    return store_settings


def start(settings: Settings, work: str, count: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.writer", str(settings.home), settings.database_url, work, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def killed_after(settings: Settings, work: str, lines: int) -> list[str]:
    """Let a process tell so many things, kill it in the middle of the next, and return all that it told."""
    process = start(settings, work)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(lines)]
    process.kill()
    told += process.communicate()[0].splitlines()
    assert process.returncode == -signal.SIGKILL
    return [line for line in told if line]


def turn_ids(settings: Settings) -> list[str]:
    with opened(settings) as store:
        talk = conversations.list_conversations(store, OWNER)[0]
        found = conversations.turns(store, OWNER, talk.id)
        assert [turn.number for turn in found] == list(range(1, len(found) + 1))
        assert all(len(turn.replies) == 1 for turn in found)
        return [turn.id for turn in found]


def test_processes_that_write_at_once_lose_nothing(ready: Settings) -> None:
    writers = [start(ready, "turns", EACH) for _ in range(WRITERS)]
    told = [line for writer in writers for line in writer.communicate()[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    assert len(told) == WRITERS * EACH
    assert sorted(turn_ids(ready)) == sorted(told)


def test_no_turn_is_lost_when_its_process_is_killed(ready: Settings) -> None:
    kept: list[str] = []
    for lines in (1, 7, 20):
        before, told = kept, killed_after(ready, "turns", lines)
        kept = turn_ids(ready)
        assert kept[: len(before) + len(told)] == before + told
        assert len(kept) - len(before) - len(told) <= 1, "at most the one whose telling was cut off"


def test_no_piece_is_lost_and_the_half_reply_is_interrupted(ready: Settings) -> None:
    told = [line.split() for line in killed_after(ready, "pieces", 30)]
    reply_id, last = told[-1][0], int(told[-1][1])
    with opened(ready) as store:
        kept = conversations.pieces(store, OWNER, reply_id)
        assert [piece.seq for piece in kept] == list(range(len(kept)))
        assert len(kept) in (last + 1, last + 2)
        assert all(piece.body == f"piece {piece.seq}" for piece in kept)
        assert jobs.sweep(store, "new", 10, [], alone=True) == (0, 1)
        assert conversations.reply(store, OWNER, reply_id).state == "interrupted"


def test_no_file_is_lost_or_torn(ready: Settings) -> None:
    told = killed_after(ready, "files", 20)
    with opened(ready) as store:
        kept = set(store.blobs.keys())
        assert set(told) <= kept
        for key in kept:
            assert store.blobs.size(key) == len(FILE)
            with store.blobs.open(key) as source:
                assert source.read() == FILE


def test_the_database_is_sound_after_a_kill(ready: Settings) -> None:
    killed_after(ready, "turns", 10)
    with opened(ready) as store:
        if store.database.is_sqlite:
            with store.database.reading() as connection:
                assert connection.exec_driver_sql("pragma integrity_check").scalar_one() == "ok"
                assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
        conversations.create_conversation(store, OWNER, "chat")
