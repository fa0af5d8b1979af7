"""A question about tables: a model writes a query, the locked engine runs it, the rows are put into words.

No number comes from a model. What it wrote passes the guard and runs in the user's own process; every number of the
answer is a cell of what came back. All of it is kept as evidence, with the versions of the tables that were read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from components.answers.bench import Bench
from components.answers.cells import read_rows
from components.answers.evidence import EDITED, FROM_MODEL, KIND, WRITTEN, Doubts, Finding, Tried
from components.answers.extract import extract_sql
from components.answers.keys import guess_keys
from components.answers.mend import mended
from components.answers.prompt import Earlier, request, system_text
from components.answers.schema import read_schema
from components.answers.strays import Stray, find_strays, respelt
from components.answers.values import TableValues, missing, read_values
from components.answers.words import unexplained
from components.conversations.pieces import Exchange, Found, ReplyPiece, Step
from components.errors import CutOffError, QueryError, QueryStoppedError
from components.llm.vocabulary import Finish, Model, Request, Text
from components.store import Store

if TYPE_CHECKING:
    from components.tables.engine.engines import Engines

_MENDS = 3  # how often a mended query is mended again before it is given up


async def ask_tables(
    exchange: Exchange,
    *,
    model: Model,
    drafts: bool,
    engines: Engines,
    store: Store,
    user_id: str,
    dataset_ids: Collection[str] | None,
) -> AsyncIterator[ReplyPiece]:
    """Answer a question over some of a user's tables, at their newest versions.

    Args:
        drafts: The built-in model, whose query is a draft: it is not asked a second time.
        dataset_ids: The datasets that may be read; None for all.

    Yields:
        Finished steps, the model's own usage and thoughts, the query as text, and what was found: the evidence's id.

    Raises:
        NoTablesError, AccessError: There is nothing to ask.
        ProviderError, BuiltInModelError: The model did not answer. A query that fails is no error: it is evidence.
    """
    schema = await asyncio.to_thread(read_schema, store, user_id, dataset_ids)
    ask = Asking(Bench(engines, user_id, schema), model, drafts, exchange.question, earlier_in(exchange))
    yield Step(f"Read the columns of {schema.names}")
    async for piece in ask.pieces():
        yield piece
    async for piece in _kept(store, exchange, await ask.finding()):
        yield piece


async def run_sql(
    exchange: Exchange,
    *,
    sql: str,
    edited: bool,
    engines: Engines,
    store: Store,
    user_id: str,
    dataset_ids: Collection[str] | None,
) -> AsyncIterator[ReplyPiece]:
    """Run a query that the user wrote, or changed (``edited``); everything else is as for a model's query."""
    schema = await asyncio.to_thread(read_schema, store, user_id, dataset_ids)
    tried = await _tried(Bench(engines, user_id, schema), sql)
    yield Text(_fenced(sql))
    yield Step(_told(tried))
    question = exchange.question if edited else ""
    async for piece in _kept(store, exchange, Finding(schema, tried, EDITED if edited else WRITTEN, question)):
        yield piece


def earlier_in(exchange: Exchange) -> tuple[Earlier, ...]:
    """The questions of this conversation that a query answered, oldest first."""
    pairs = zip(exchange.history, exchange.history[1:], strict=False)
    asked = [(one.text, extract_sql(two.text)) for one, two in pairs if (one.role, two.role) == ("user", "assistant")]
    return tuple(Earlier(question, sql) for question, sql in asked if sql)


@dataclass
class Asking:
    """One question on its way; ``pieces`` does the work, ``finding`` says what came of it."""

    bench: Bench
    model: Model
    drafts: bool
    question: str
    earlier: tuple[Earlier, ...]
    said: str = ""
    columns_left_out: int = 0
    tried: Tried = field(default_factory=lambda: Tried(""))

    async def pieces(self) -> AsyncIterator[ReplyPiece]:
        """Write the query and run it; a model that is not built in is told of a failure once."""
        system, self.columns_left_out = system_text(self.bench.schema, self.question, drafts=self.drafts)
        async for piece in self._write(request(system, self.question, drafts=self.drafts, earlier=self.earlier)):
            yield piece
        if self._should_be_told():
            yield Step(_told(self.tried))
            failed = (self.tried.sql, self.tried.error.what if self.tried.error else "")
            async for piece in self._write(
                request(system, self.question, drafts=False, earlier=self.earlier, failed=failed), told=True
            ):
                yield piece
        if self.tried.sql:
            yield Text(_fenced(self.tried.sql))
            yield Step(_told(self.tried))
        else:
            yield Text(self.said)

    async def _write(self, asked: Request, *, told: bool = False) -> AsyncIterator[ReplyPiece]:
        words: list[str] = []
        last: Finish | None = None
        async with aclosing(self.model(asked)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if isinstance(piece, Text):
                    words.append(piece.text)
                elif isinstance(piece, Finish):
                    last = piece
                else:
                    yield piece
        if last is None:
            raise CutOffError("The reply ended without its last word.", kept="Your question is kept.")
        sql = extract_sql("".join(words))
        if not sql and told:
            return  # the first query and its error stay
        self.said = "" if sql else "".join(words).strip()
        if sql:
            yield Step("Wrote the query again" if told else "Wrote a query")
            self.tried = replace(await _tried(self.bench, sql), told=told)

    def _should_be_told(self) -> bool:
        stopped = isinstance(self.tried.error, QueryStoppedError)
        return not self.drafts and self.tried.error is not None and not stopped

    async def finding(self) -> Finding:
        """What came of it, with its doubts."""
        values = await asyncio.to_thread(_read_values, self.bench)
        strays = await asyncio.to_thread(_strays, self.bench, self.tried.sql, values)
        doubts = Doubts(
            draft=self.drafts,
            unexplained=await asyncio.to_thread(_strange, self.bench, self.question, values),
            words_checked=values is not None,
            strays=strays,
            suggestion=await self._suggestion(values, strays),
            columns_left_out=self.columns_left_out,
        )
        return Finding(self.bench.schema, self.tried, FROM_MODEL, self.question, doubts, self.said)

    async def _suggestion(self, values: dict[str, TableValues] | None, strays: tuple[Stray, ...]) -> str | None:
        error = self.tried.error
        if error is None and strays:
            return await self._respelt(strays)
        if error is None or isinstance(error, QueryStoppedError) or values is None:
            return None
        return await suggestion(self.bench, self.tried.sql, error, values)

    async def _respelt(self, strays: tuple[Stray, ...]) -> str | None:
        better = await asyncio.to_thread(respelt, self.tried.sql, strays)
        return better if better and await _refused_with(self.bench, better) is None else None


async def suggestion(bench: Bench, sql: str, error: QueryError, values: dict[str, TableValues]) -> str | None:
    """A mended query that the engine accepts, or None. It is prepared but not run: no row of it is read."""
    keys = await asyncio.to_thread(guess_keys, bench.schema, values)
    for _ in range(_MENDS):
        better = await asyncio.to_thread(mended, sql, error.what, bench.schema, keys)
        if better is None:
            return None
        next_error = await _refused_with(bench, better)
        if next_error is None:
            return better
        sql, error = better, next_error
    return None


async def _refused_with(bench: Bench, sql: str) -> QueryError | None:
    """What the engine says against a query; it prepares it and reads no row."""
    try:
        await bench.run(f"SELECT * FROM ({sql}) LIMIT 0")  # noqa: S608 - the guard reads it first
    except QueryError as error:
        return error
    return None


async def _tried(bench: Bench, sql: str) -> Tried:
    try:
        result = await bench.run(sql)
    except QueryError as error:
        return Tried(sql, error=error)
    rows = await asyncio.to_thread(read_rows, result.table, result.truncated)
    return Tried(sql, rows, seconds=result.seconds)


def _read_values(bench: Bench) -> dict[str, TableValues] | None:
    try:
        return read_values(bench)
    except QueryError:  # what they explain is then left unsaid; the answer stands without it
        return None


def _strays(bench: Bench, sql: str, values: dict[str, TableValues] | None) -> tuple[Stray, ...]:
    if values is None or not sql:
        return ()
    try:
        return find_strays(bench, sql, values)
    except QueryError:  # what could not be looked up is not claimed
        return ()


def _strange(bench: Bench, question: str, values: dict[str, TableValues] | None) -> tuple[str, ...]:
    if values is None:
        return ()
    words = unexplained(question, bench.schema, values)
    years = tuple(word for word in words if word.isdigit())
    try:
        return tuple(word for word in words if word in (*years, *missing(bench, set(words) - set(years))))
    except QueryError:  # too large to be looked through: then nothing is claimed
        return years


async def _kept(store: Store, exchange: Exchange, found: Finding) -> AsyncIterator[ReplyPiece]:
    """Keep what was found, say it in words for whoever copies or exports the reply, and end it."""
    body = await asyncio.to_thread(found.body)
    for paragraph in body["sentence"]:
        yield Text("\n\n" + "".join(span["text"] for span in paragraph))
    yield await asyncio.to_thread(_keep, store, exchange, found, body)
    yield Finish("stop")


def _keep(store: Store, exchange: Exchange, found: Finding, body: dict[str, Any]) -> Found:
    from components.store import evidence

    versions = [table.version_id for table in found.used() if table.version_id]
    kept = evidence.add_evidence(store, exchange.user_id, exchange.reply_id, KIND, body, versions)
    return Found({"kind": KIND, "evidence": kept.id})


def _fenced(sql: str) -> str:
    return f"```sql\n{sql}\n```"


def _told(tried: Tried) -> str:
    """The step that a query was run, with what came of it."""
    if tried.rows is not None:
        count = len(tried.rows.rows)
        more = "more than " if tried.rows.truncated else ""
        return (
            f"Checked it and ran it: {more}{count:,} row{'' if count == 1 else 's'} in {spoken_seconds(tried.seconds)}"
        )
    return "The engine stopped it" if isinstance(tried.error, QueryStoppedError) else "The engine could not run it"


def spoken_seconds(seconds: float) -> str:
    """``38 ms``, ``1.4 s``."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
