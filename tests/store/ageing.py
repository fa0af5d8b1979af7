"""Making rows older, in place of waiting; and doing one thing twice at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import sqlalchemy as sa

from components.store import Store

T = TypeVar("T")


def age(store: Store, column: sa.Column[float], seconds: float) -> None:
    """Let every time in ``column`` lie ``seconds`` further back."""
    with store.database.writing() as connection:
        connection.execute(sa.update(column.table).values({column.name: column - seconds}))


def at_once(*calls: Callable[[], T]) -> list[T | Exception]:
    """What each call gave, or raised, when all began together."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        start.wait(30)
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
