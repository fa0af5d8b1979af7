"""People whose things are marked: every byte of theirs that turns up elsewhere is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from components.documents.routes import routes as of_documents
from components.headers import Around
from components.store import charts, conversations, datasets, documents, evidence, jobs, pen
from components.tables.explorer.routes import routes as of_explorer
from components.tables.routes import routes as of_tables
from components.workbench import Workbench
from tests.answers.conftest import add_table
from tests.auth.people_here import Here
from tests.documents.shelf import add_pdf

SITE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": SITE, "Sec-Fetch-Site": "same-origin"}
ROWS = 400


@dataclass(frozen=True)
class Person:
    """Somebody signed in, with the ids of their things; ``mark`` stands in each of these and nowhere else."""

    here: Here
    client: TestClient
    mark: str
    dataset: datasets.Dataset
    document: documents.Document
    chat: str
    reply: str
    table_talk: str
    evidence: str
    document_talk: str

    @property
    def id(self) -> str:
        return self.here.id

    def get(self, address: str, **headers: str) -> Any:
        """A reading request of their browser's."""
        return self.client.get(address, headers={"Cookie": f"groundwork={self.here.token}", **headers})

    def explore(self, address: str, action: str = "get_datas_by_payload", data: Any = None) -> Any:
        """What their explorer asks: by default the rows."""
        headers = {**OURS, "Cookie": f"groundwork={self.here.token}"}
        body = {"action": action, "data": {"payload": RAW} if data is None else data}
        return self.client.post(f"/api/explorer/{address}", content=json.dumps(body), headers=headers)


RAW = {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["id", "note"]}]}], "limit": 5}


@dataclass(frozen=True)
class Two:
    """Ada and Bob at one workbench."""

    bench: Workbench
    ada: Person
    bob: Person


@contextmanager
def routes_for(bench: Workbench) -> Iterator[TestClient]:
    """The routes of a workbench behind the same door as in the server."""
    routes = [*of_tables(bench), *of_explorer(bench), *of_documents(bench)]
    around = Middleware(Around, bench=bench, sifting=lambda: lambda message, _standing: message)
    with TestClient(Starlette(routes=routes, middleware=[around]), base_url=SITE) as client:
        yield client


def at_work(bench: Workbench, client: TestClient, here: Here, folder: Path) -> Person:
    """Give somebody a table, a document, and conversations: a chat, and an answer over each of the two."""
    store, mark = bench.store, f"canary-of-{here.user.name.casefold()}"
    table = add_table(store, here.id, folder, f"orders_of_{here.user.name}".casefold(), rows_with(mark))
    table = datasets.rename_dataset(store, here.id, table.id, f"Orders {mark}")
    charts.save_charts(store, here.id, table.id, [{"name": mark}], [], f"data:image/png,{mark}")
    text = (f"The {mark} kettle sold well in May.", f"On the second page {mark} stands again.")
    document = add_pdf(store, here.id, folder, f"report-{mark}", text)
    chat, reply = said(bench, here.id, "chat", mark)
    table_talk, answer = said(bench, here.id, "tables", mark)
    found = evidence.add_evidence(store, here.id, answer, "query", query_body(table, mark), [table.latest.id])
    end(bench, answer, {"kind": "query", "evidence": found.id})
    document_talk, quoted = said(bench, here.id, "documents", mark)
    kept = evidence.add_evidence(store, here.id, quoted, "passages", passages_body(document, mark))
    end(bench, quoted, {"kind": "passages", "evidence": kept.id})
    return Person(here, client, mark, table, document, chat, reply, table_talk, found.id, document_talk)


def rows_with(mark: str) -> str:
    """A table whose cells all bear the mark."""
    return f"SELECT i AS id, '{mark}-' || i AS note FROM range({ROWS}) t(i)"


def said(bench: Workbench, user_id: str, kind: str, mark: str) -> tuple[str, str]:
    """A conversation with one answered question; its id and the reply's."""
    jobs.beat(bench.store, bench.jobs.worker_id)
    talk = conversations.create_conversation(bench.store, user_id, kind, f"Talk of {mark}")
    _, reply = conversations.add_turn(
        bench.store, user_id, talk.id, f"What of {mark}?", provider="openai", model="m", worker_id="test"
    )
    pen.write_pieces(bench.store, [pen.PieceRow(reply.id, 0, "text", f"Words about {mark}.")], "test")
    if kind == "chat":
        end(bench, reply.id, None)
    return talk.id, reply.id


def end(bench: Workbench, reply_id: str, result: dict[str, Any] | None) -> None:
    pen.end_reply(bench.store, reply_id, "test", state="complete", finish="stop", result=result)


def query_body(table: datasets.Dataset, mark: str) -> dict[str, Any]:
    """An answer over a table, as it is kept: two of its rows, and the query for all."""
    import pyarrow as pa

    from components.answers.cells import read_rows
    from components.answers.evidence import FROM_MODEL, Doubts, Finding, Tried
    from components.answers.schema import Column, Schema, Table

    latest = table.latest
    columns = tuple(Column(column.name, column.type) for column in latest.columns)
    asked = Table(table.name, columns, latest.rows, Path("unused"), table.id, latest.id, latest.number)
    rows = read_rows(pa.table({"note": [f"{mark}-0", f"{mark}-1"]}), truncated=False)
    tried = Tried(f"SELECT note FROM {table.name}", rows)
    return Finding(Schema((asked,)), tried, FROM_MODEL, f"What of {mark}?", Doubts()).body()


def passages_body(document: documents.Document, mark: str) -> dict[str, Any]:
    """An answer over a document, as it is kept: a quote from its first page, and the passages that were read."""
    quote = {"document_id": document.id, "page": 1, "start": 0, "end": 20, "text": f"The {mark} kettle", "score": 1.0}
    passage = {"document_id": document.id, "page": 2, "start": 0, "end": 20, "text": f"Only a passage: {mark}"}
    return {
        **{"question": f"What of {mark}?", "only": [], "rewritten_by": "", "searched": f"What of {mark}?"},
        **{"seconds": 0.1, "document_count": 1, "page_count": 2, "by_meaning": False, "asked": False, "sent_to": ""},
        "documents": [{"id": document.id, "title": document.title, "pages": 2, "sha256": document.sha256}],
        "passages": [passage],
        "quotes": [quote],
        "strength": {"share": 1.0, "missing": [], "likeness": None, "weak": False},
        "answer": None,
        "draft": False,
    }
