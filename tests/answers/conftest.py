"""A small shop on the real store and the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.answers.bench import Bench
from components.answers.schema import read_schema
from components.conversations.pieces import Exchange, Found, ReplyPiece
from components.llm.vocabulary import Finish, Message, Model, Piece, Request, Text, Usage
from components.settings import Settings
from components.store import Store, close_store, conversations, datasets, evidence, users
from components.tables.engine.engines import Engines
from tests.prepared import open_prepared

TABLES = {
    "orders": """
        SELECT i AS id, 1 + i % 4 AS customer_id, DATE '2023-01-01' + INTERVAL (i % 700) DAY AS ordered_at,
               ['Kitchen', 'Garden', 'Office', 'Lighting', 'Storage'][1 + i % 5] AS category,
               CAST(10 + i % 90 AS DECIMAL(12, 2)) + 0.25 AS net_amount, i % 7 = 0 AS returned
        FROM range(1000) t(i)""",
    "customers": """
        SELECT * FROM (VALUES (1, 'Ada', 'Bern'), (2, 'Ben', 'Oslo'), (3, 'Cleo', 'Bern'), (4, 'Dag', 'Rome'))
        AS t(id, name, city)""",
}


@dataclass
class Shop:
    """A user with tables, on real parts."""

    store: Store
    engines: Engines
    user_id: str

    def bench(self) -> Bench:
        return Bench(self.engines, self.user_id, read_schema(self.store, self.user_id))

    def exchange(self, question: str, history: tuple[Message, ...] = ()) -> Exchange:
        talk = conversations.create_conversation(self.store, self.user_id, "tables")
        _, reply = conversations.add_turn(
            self.store, self.user_id, talk.id, question, provider="test", model="test", worker_id="test"
        )
        return Exchange(self.user_id, reply.id, question, history=history)

    def hear(self, answer: AsyncIterator[ReplyPiece]) -> list[ReplyPiece]:
        """Every piece of an answer."""

        async def read() -> list[ReplyPiece]:
            async with aclosing(answer) as pieces:  # type: ignore[type-var]
                return [piece async for piece in pieces]

        return asyncio.run(read())

    def evidence(self, pieces: list[ReplyPiece]) -> evidence.Evidence:
        found = [piece for piece in pieces if isinstance(piece, Found)][-1]
        return evidence.evidence(self.store, self.user_id, found.result["evidence"])


def add_table(store: Store, user_id: str, folder: Path, name: str, sql: str, **more: Any) -> datasets.Dataset:
    """Bring the rows of a query as a table."""
    import duckdb

    file = folder / f"{name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
        described = connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
        (count,) = connection.execute(f"SELECT count(*) FROM '{file}'").fetchone() or (0,)
    blob = store.blobs.new_key("tables", ".parquet")
    store.blobs.put(blob, file)
    columns = [datasets.Column(row[0], row[1]) for row in described]
    return datasets.add_version(
        store,
        user_id,
        name=name,
        title=name,
        filename=f"{name}.csv",
        raw_blob=None,
        blob=blob,
        rows=count,
        bytes=file.stat().st_size,
        columns=columns,
        doubts=[],
        **more,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop; tests of one file share it and may add conversations, never tables."""
    folder = tmp_path_factory.mktemp("shop")
    settings = Settings(home=folder / "home")
    store = open_prepared(settings)
    owner = users.ensure_local_owner(store)
    for name, sql in TABLES.items():
        add_table(store, owner.id, folder, name, sql)
    engines = Engines(settings)
    yield Shop(store, engines, owner.id)
    engines.close()
    close_store(store)


def saying(*replies: str, heard: list[Request] | None = None) -> Model:
    """A model that says these replies, one a request, and remembers what it was asked."""
    left = iter(replies)

    async def model(request: Request) -> AsyncIterator[Piece]:
        if heard is not None:
            heard.append(request)
        yield Text(next(left))
        yield Usage(input=10, output=5)
        yield Finish("stop")

    return model
