"""How often questions over tables are answered rightly, so that a change of a prompt is measured and not believed.

    python -m benchmarks.eval_tables FOLDER --model light --every 4

FOLDER holds ``questions.jsonl`` (a JSON object a line: ``id``, ``db``, ``question``, ``instructions``, ``gold``: a list
of ``{"columns", "rows"}``) and ``databases/DB.duckdb``. Prints each question's verdict, then right, visibly wrong (an
error or no rows) and silently wrong, as written and with the suggestion pressed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.scoring import RIGHT, SILENT, verdict, wilson
from components.answers.bench import Bench
from components.answers.schema import Column, Schema, Table
from components.answers.tables import Asking
from components.errors import QueryError
from components.llm.ask import stream
from components.llm.builtin.server import BuiltIn
from components.llm.catalogue import BUILT_IN, PROVIDERS
from components.llm.vocabulary import Model, Piece, Request
from components.settings import Settings, read_settings
from components.tables.engine.engines import Engines

STALE = frozenset({"defog_gen-28", "defog_gen-59", "defog_gen-203", "defog_gen-207"})  # gold of the day it was made
ROWS = 5000  # rows fetched for a comparison


@dataclass(frozen=True)
class Verdict:
    """What came of one question."""

    written: str
    mended: str
    explained: bool
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the questions and print the figures; 0 when all were asked."""
    given = _arguments(arguments)
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(read_settings({}), home=Path(folder), model=given.model)
        engines = Engines(settings)
        with _model(settings) as model:
            found = list(_ask_all(given, engines, model, Path(folder)))
        engines.close()
    _print_sums(found)
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.eval_tables", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with questions.jsonl and databases/")
    parser.add_argument("--model", choices=["light", "standard"], default="light")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question only")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin with the N-th, counted from 0")
    parser.add_argument("--databases", nargs="*", help="ask about these databases only")
    return parser.parse_args(arguments)


@contextmanager
def _model(settings: Settings) -> Iterator[Model]:
    """The built-in model as a function."""
    built_in = BuiltIn(settings)
    address = built_in.ensure()
    row = next(provider for provider in PROVIDERS if provider.name == BUILT_IN)
    provider = replace(row, base_url=address.url + "/v1")

    def ask(request: Request) -> AsyncIterator[Piece]:
        return stream(provider, address.key, replace(request, model=address.model))

    try:
        yield ask
    finally:
        built_in.close()


def _ask_all(given: argparse.Namespace, engines: Engines, model: Model, folder: Path) -> Iterator[Verdict]:
    questions = [question for question in _questions(given.folder) if question["id"] not in STALE]
    if given.databases:
        questions = [question for question in questions if question["db"] in given.databases]
    benches: dict[str, Bench] = {}
    for question in sorted(questions[given.first :: given.every], key=lambda q: q["db"]):  # the prompt cache
        name = question["db"]
        if name not in benches:
            schema = _schema(given.folder / "databases" / f"{name}.duckdb", folder / name)
            benches[name] = Bench(engines, name, schema)
        found = asyncio.run(_ask(question, benches[name], model))
        print(
            f"{found.written:15s} {found.mended:15s} {found.seconds:5.1f} s  {name}: {question['question'][:80]}",
            flush=True,
        )
        yield found


def _questions(folder: Path) -> list[dict[str, Any]]:
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _schema(database: Path, folder: Path) -> Schema:
    """The tables of a database file, written as Parquet: what the engine reads."""
    import duckdb

    folder.mkdir()
    with duckdb.connect(str(database), read_only=True) as connection:
        listed = connection.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        return Schema(
            tuple(sorted((_table(connection, one[0], one[1], folder) for one in listed), key=lambda table: table.name))
        )


def _table(connection: Any, schema: str, name: str, folder: Path) -> Table:
    file = folder / f"{name}.parquet"
    source = f'"{schema}"."{name}"'
    connection.execute(f"COPY {source} TO '{file}' (FORMAT parquet)")
    columns = [Column(row[0], row[1]) for row in connection.execute(f"DESCRIBE {source}").fetchall()]
    (count,) = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
    return Table(name, tuple(columns), count, file)


async def _ask(question: Mapping[str, Any], bench: Bench, model: Model) -> Verdict:
    note = f"\nNote: {question['instructions'].strip()}" if question["instructions"] else ""
    asking = Asking(bench, model, drafts=True, question=question["question"].strip() + note, earlier=())
    began = time.perf_counter()
    async for _ in asking.pieces():
        pass
    seconds = time.perf_counter() - began
    found = await asking.finding()
    written = verdict(_rows(bench, found.tried.sql), question["gold"])
    mended = verdict(_rows(bench, found.doubts.suggestion), question["gold"]) if found.doubts.suggestion else written
    return Verdict(written, mended, not found.doubts.unexplained, seconds)


def _rows(bench: Bench, sql: str | None) -> list[tuple[Any, ...]] | None:
    try:
        table = bench.run_now(sql or "", max_rows=ROWS).table
    except QueryError:
        return None
    columns = [table.column(place).to_pylist() for place in range(table.num_columns)]
    return list(zip(*columns, strict=True))


def _print_sums(found: Sequence[Verdict]) -> None:
    for words, verdicts in (
        ("as written", [one.written for one in found]),
        ("suggestion pressed", [one.mended for one in found]),
        ("as written, every word explained", [one.written for one in found if one.explained]),
    ):
        counts = Counter(verdicts)
        low, high = wilson(counts[RIGHT], len(verdicts))
        visible = len(verdicts) - counts[RIGHT] - counts[SILENT]
        print(
            f"{words}: {counts[RIGHT]} of {len(verdicts)} right ({low:.0%}-{high:.0%}), "
            f"{visible} visibly wrong, {counts[SILENT]} silently wrong"
        )
    if found:
        print(f"seconds a question, mean: {sum(one.seconds for one in found) / len(found):.1f}")


if __name__ == "__main__":
    raise SystemExit(main())
