"""The background loop: what runs on it, and that a cancelled task really ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from components.jobs.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


async def _double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


def test_a_result_comes_back(loop: Loop) -> None:
    assert loop.run(_double, 21).result(10) == 42


def test_everything_runs_in_one_thread_that_is_not_ours(loop: Loop) -> None:
    async def thread() -> int:
        return threading.get_ident()

    names = {loop.run(thread).result(10) for _ in range(5)}
    assert len(names) == 1
    assert threading.get_ident() not in names


def test_cancel_ends_a_task_that_waits(loop: Loop) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.sleep(600)
        finally:
            ended.set()

    future = loop.run(wait)
    assert begun.wait(10)
    assert future.cancel()
    assert ended.wait(10)
    with pytest.raises(CancelledError):
        future.result(10)


def test_an_error_reaches_the_caller_and_the_loop_lives_on(loop: Loop) -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        loop.run(fail).result(10)
    assert loop.run(_double, 1).result(10) == 2


def test_close_ends_what_still_runs_and_may_be_called_twice() -> None:
    loop = Loop()
    begun, ended = threading.Event(), threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.sleep(600)
        finally:
            ended.set()

    loop.run(wait)
    assert begun.wait(10)
    loop.close()
    assert ended.is_set()
    loop.close()
    with pytest.raises(RuntimeError):
        loop.run(_double, 1)
