"""Two people at one workbench, side by side over every flow: 10,000 operations, and not one foreign byte.

Everything of Ada's bears one mark and everything of Bob's another; whatever an operation brings back is looked through
for the other's. Besides, each lends the other a table, a document and a conversation, and takes them back, again and
again: what began after a share was taken back, and ended before the next, must hold nothing of it; and what did so
while it was there must hold it, or these tests could not fail.

``GROUNDWORK_TEST_OPERATIONS`` makes the number smaller for a quick run.
"""

from __future__ import annotations

import io
import json
import os
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from components.answers.documents.asking import ask_documents
from components.answers.tables import ask_tables
from components.conversations.chat import chat
from components.conversations.export import as_markdown
from components.conversations.pieces import Answer
from components.conversations.reading import said
from components.documents import ingest
from components.documents.routes import address_of
from components.documents.search import search
from components.documents.shelf import open_shelf
from components.errors import AccessError
from components.llm.vocabulary import Finish, Model, Piece, Request, Text, Usage
from components.sharing import take_back
from components.store import (
    belongings,
    charts,
    conversations,
    datasets,
    documents,
    evidence,
    jobs,
    providers,
    shares,
    uploads,
    usage,
    users,
)
from components.store.schema import metadata
from components.tables.files import tables_of
from components.workbench import Workbench
from tests.answers.conftest import add_table
from tests.attacks.people import OURS, Person, at_work, routes_for, rows_with
from tests.auth.people_here import sign_in
from tests.documents.files import write
from tests.documents.shelf import add_pdf
from tests.waiting import until

OPERATIONS = int(os.environ.get("GROUNDWORK_TEST_OPERATIONS", "10000"))
TABS = 2  # threads for each of the two
KINDS = ("dataset", "document", "conversation")


@dataclass
class Loan:
    """One thing that is lent and taken back by turns; ``turn`` is odd while that is being done."""

    kind: str
    thing_id: str
    mark: str
    turn: int = 0
    share: shares.Share | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Side:
    """One of the two at work: what is theirs, what is the other's, what their models were told."""

    bench: Workbench
    me: Person
    loans: dict[str, Loan]
    folder: Path
    other: Side = field(init=False)
    heard: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def foreign(self) -> Person:
        return self.other.me

    def look(self, *got: object) -> None:
        """Fail where anything that came back bears the other's mark."""
        mark = self.foreign.mark
        for one in got:
            text = one.decode("latin-1") if isinstance(one, bytes) else one if isinstance(one, str) else repr(one)
            assert mark not in text, f"{self.me.mark} got {text[:300]}"

    def refused(self, call: Callable[[], object]) -> None:
        """Fail where a call gives anything that is the other's, or any other error than that it is not there."""
        with pytest.raises(AccessError) as error:
            call()
        self.look(error.value.what, error.value.todo)


# What anybody does. Each takes the side and a source of chance, and is one operation.


def explores(side: Side, chance: random.Random) -> None:
    answer = side.me.explore(side.me.dataset.id)
    assert side.me.mark in answer.text
    side.look(answer.text)


def explores_what_is_not_theirs(side: Side, chance: random.Random) -> None:
    theirs = side.foreign
    for address in (theirs.dataset.id, f"evidence/{theirs.evidence}"):
        answer = side.me.explore(address, chance.choice(("get_datas_by_payload", "get_latest_vis_spec")))
        assert answer.status_code == 403
        side.look(answer.text)


def explores_an_answer(side: Side, chance: random.Random) -> None:
    data = {"payload": {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["note"]}]}], "limit": 3}}
    answer = side.me.explore(f"evidence/{side.me.evidence}", data=data)
    assert side.me.mark in answer.text
    side.look(answer.text)


def draws_charts(side: Side, chance: random.Random) -> None:
    name = f"{side.me.mark}-{chance.random()}"
    side.me.explore(side.me.dataset.id, "update_spec", {"visSpec": [{"name": name}], "workflowList": []})
    kept = charts.charts(side.bench.store, side.me.id, side.me.dataset.id)
    assert kept
    side.look(kept, charts.charts(side.bench.store, side.me.id, side.foreign.dataset.id))


def downloads(side: Side, chance: random.Random) -> None:
    way = chance.choice(("csv", "parquet"))
    answer = side.me.get(f"/api/tables/{side.me.dataset.latest.id}/{way}")
    rows = parquet.read_table(io.BytesIO(answer.content)).to_pylist() if way == "parquet" else answer.content
    assert side.me.mark in repr(rows)
    side.look(rows, answer.headers.items())
    refused = side.me.get(f"/api/tables/{side.foreign.dataset.latest.id}/{way}")
    assert refused.status_code == 403
    side.look(refused.content)


def looks_at_pages(side: Side, chance: random.Random) -> None:
    number = chance.choice((1, 2))
    answer = side.me.get(address_of(side.me.document.id, number))
    assert answer.content == drawn(side.bench, side.me, number) != drawn(side.bench, side.foreign, number)
    refused = side.me.get(address_of(side.foreign.document.id, number), **{"If-None-Match": answer.headers["etag"]})
    assert refused.status_code == 403
    side.look(refused.content)


def drawn(bench: Workbench, person: Person, number: int) -> bytes:
    return bench.pictures.picture(bench.store, person.id, person.document, number)


def reads_pages(side: Side, chance: random.Random) -> None:
    store, me = side.bench.store, side.me.id
    text = [page.text for page in documents.pages(store, me, side.me.document.id)]
    assert side.me.mark in repr(text)
    side.look(text, documents.list_documents(store, me))
    side.refused(lambda: documents.page(store, me, side.foreign.document.id, 1))


def searches(side: Side, chance: random.Random) -> None:
    wanted = chance.choice((None, [side.me.document.id], [side.foreign.document.id, side.me.document.id]))
    asked = f"the {chance.choice(('kettle', side.foreign.mark, 'canary'))} stands again"
    found = search(side.bench.store, side.me.id, asked, document_ids=wanted, limit=20)
    assert any(hit.document_id == side.me.document.id for hit in found)
    side.look(found)
    assert search(side.bench.store, side.me.id, asked, document_ids=[side.foreign.document.id]) == ()


def queries(side: Side, chance: random.Random) -> None:
    tables = tables_of(side.bench.store, side.me.id, [side.me.dataset.id])
    sql = f"SELECT note FROM {side.me.dataset.name} WHERE id % 7 = {chance.randrange(7)} LIMIT 5"
    rows = side.bench.engines.query(side.me.id, sql, tables).table.to_pylist()
    assert side.me.mark in repr(rows)
    side.look(rows)
    side.refused(lambda: tables_of(side.bench.store, side.me.id, [side.foreign.dataset.id]))


def opens_a_foreign_file(side: Side, chance: random.Random) -> None:
    """Its path is known, and the engine's child process is asked for it: by the guard and by the kernel it is shut."""
    from components.errors import QueryError

    path = side.bench.store.blobs.local_path(side.foreign.dataset.latest.blob)
    tables = tables_of(side.bench.store, side.me.id, [side.me.dataset.id])
    for sql in (f"SELECT * FROM '{path}'", f"SELECT * FROM read_parquet('{path}')"):
        with pytest.raises(QueryError) as error:
            side.bench.engines.query(side.me.id, sql, tables)
        side.look(error.value.what)


def reads_conversations(side: Side, chance: random.Random) -> None:
    store, me = side.bench.store, side.me.id
    talk = chance.choice((side.me.chat, side.me.table_talk, side.me.document_talk))
    turns = conversations.turns(store, me, talk)
    words = [said(store, me, reply) for turn in turns for reply in turn.replies]
    assert side.me.mark in repr(words)
    kept = [evidence.evidence_of_reply(store, me, reply.id) for turn in turns for reply in turn.replies]
    side.look(turns, words, kept, conversations.list_conversations(store, me), usage.spent(store, me, 0))


def reads_what_is_not_theirs(side: Side, chance: random.Random) -> None:
    store, me, theirs = side.bench.store, side.me.id, side.foreign
    calls: tuple[Callable[[], object], ...] = (
        lambda: conversations.turns(store, me, theirs.chat),
        lambda: conversations.pieces(store, me, theirs.reply),
        lambda: conversations.ask_to_stop(store, me, theirs.reply),
        lambda: conversations.delete_conversation(store, me, theirs.chat),
        lambda: evidence.evidence(store, me, theirs.evidence),
        lambda: as_markdown(store, me, theirs.table_talk),
        lambda: belongings.whole_conversation(store, me, theirs.document_talk),
        lambda: datasets.version(store, me, theirs.dataset.latest.id),
        lambda: datasets.delete_dataset(store, me, theirs.dataset.id),
        lambda: documents.delete_document(store, me, theirs.document.id),
        lambda: shares.share(store, me, "dataset", theirs.dataset.id, to_user=me),
    )
    side.refused(chance.choice(calls))


def keeps_keys(side: Side, chance: random.Random) -> None:
    store, me = side.bench.store, side.me.id
    providers.save_key(store, me, "openai", f"sk-{side.me.mark}-{chance.random()}")
    key = providers.key(store, me, "openai")
    assert side.me.mark in str(key)
    side.look(key, providers.keys(store, me), providers.own_providers(store, me))


def keeps_preferences(side: Side, chance: random.Random) -> None:
    users.set_preferences(side.bench.store, side.me.id, note=f"{side.me.mark}-{chance.random()}")
    side.look(users.user(side.bench.store, side.me.id), jobs.jobs(side.bench.store, side.me.id))


def begins_and_deletes_a_conversation(side: Side, chance: random.Random) -> None:
    store, me = side.bench.store, side.me.id
    talk = conversations.create_conversation(store, me, "chat", side.me.mark, {"system": side.me.mark})
    conversations.rename_conversation(store, me, talk.id, f"{side.me.mark} again")
    side.refused(lambda: conversations.conversation(store, side.foreign.id, talk.id))
    conversations.delete_conversation(store, me, talk.id)


# Asking: the model is a function that remembers what it was told.


def scripted(side: Side, answer: Callable[[Request], str]) -> Model:
    async def model(request: Request) -> AsyncIterator[Piece]:
        side.heard.append(" ".join(message.text for message in request.messages))
        yield Text(answer(request))
        yield Usage(input=3, output=5)
        yield Finish("stop")

    return model


def talk_of(side: Side, kind: str, question: str, answer: Answer, talk_id: str) -> conversations.Reply:
    runner, store, me = side.bench.runner, side.bench.store, side.me.id
    reply = runner.ask(me, talk_id, question, answer, provider="scripted", model="m")
    last = -1
    while conversations.reply(store, me, reply.id).state == "streaming":
        if runner.wait(reply.id, last, 5):
            last = max((piece.seq for piece in conversations.pieces(store, me, reply.id, last)), default=last)
    ended = conversations.reply(store, me, reply.id)
    assert ended.state == "complete", ended.error
    side.look(side.heard[-1] if side.heard else "", ended, conversations.pieces(store, me, reply.id))
    return ended


def chats(side: Side, chance: random.Random) -> None:
    talk = conversations.create_conversation(side.bench.store, side.me.id, "chat", side.me.mark)
    model = scripted(side, lambda request: " / ".join(message.text for message in request.messages))
    answer = partial(chat, model=model, system=f"You work for {side.me.mark}", temperature=None)
    for question in (f"One about {side.me.mark}", "Two"):
        reply = talk_of(side, "chat", question, answer, talk.id)
    assert side.me.mark in said(side.bench.store, side.me.id, reply).text, "the model was told the first question too"


def asks_tables(side: Side, chance: random.Random) -> None:
    bench, me = side.bench, side.me
    sql = f"SELECT note, count(*) AS n FROM {me.dataset.name} WHERE id < {chance.randrange(2, 9)} GROUP BY note"
    talk = conversations.create_conversation(bench.store, me.id, "tables", me.mark)
    answer = partial(
        ask_tables,
        model=scripted(side, lambda request: f"```sql\n{sql}\n```"),
        drafts=False,
        engines=bench.engines,
        store=bench.store,
        user_id=me.id,
        dataset_ids=[me.dataset.id],
    )
    ended = talk_of(side, "tables", "How many notes are there?", answer, talk.id)
    body = evidence.evidence(bench.store, me.id, str((ended.result or {})["evidence"])).body
    assert me.mark in repr(body["rows"])
    side.look(body)


def asks_documents(side: Side, chance: random.Random) -> None:
    bench, me = side.bench, side.me
    talk = conversations.create_conversation(bench.store, me.id, "documents", me.mark)
    answer = partial(
        ask_documents,
        model=scripted(side, lambda request: "The kettle sold well in May."),
        drafts=False,
        store=bench.store,
        user_id=me.id,
        document_ids=[me.document.id],
    )
    ended = talk_of(side, "documents", "Which kettle sold well in May?", answer, talk.id)
    body = evidence.evidence(bench.store, me.id, str((ended.result or {})["evidence"])).body
    assert me.mark in repr(body["passages"])
    side.look(body)


# Bringing


def put(side: Side, purpose: str, filename: str, body: bytes) -> str:
    """An upload over HTTP; the other cannot send to it, nor see it."""
    store, me = side.bench.store, side.me
    upload = uploads.open_upload(store, me.id, purpose, filename)
    address = f"/api/uploads/{upload.id}"
    foreign = {**OURS, "Cookie": f"groundwork={side.foreign.here.token}"}
    assert me.client.put(address, content=b"x", headers=foreign).status_code == 403
    own = {**OURS, "Cookie": f"groundwork={me.here.token}"}
    answer = me.client.put(address, content=body, headers=own)
    assert answer.status_code == 200, answer.text
    return upload.id


def ended(side: Side, job: jobs.Job) -> jobs.Job:
    store = side.bench.store
    until(lambda: jobs.job(store, side.me.id, job.id).ended_at, seconds=60)
    found = jobs.job(store, side.me.id, job.id)
    assert found.state == "done", found.error
    side.look(found)
    side.refused(lambda: jobs.job(store, side.foreign.id, job.id))
    return found


def imports(side: Side, chance: random.Random) -> None:
    number = next(side.numbers)
    lines = "".join(f"{row},{side.me.mark}-{number}-{row}\n" for row in range(40))
    upload = put(side, "table", f"{side.me.mark}-{number}.csv", f"id,note\n{lines}".encode())
    job = side.bench.jobs.submit(side.me.id, "import_table", side.me.mark, upload_id=upload)
    (made,) = ended(side, job).result["dataset_ids"]  # type: ignore[index]
    found = datasets.dataset(side.bench.store, side.me.id, made)
    side.look(found, side.me.explore(made).text)
    side.refused(lambda: datasets.dataset(side.bench.store, side.foreign.id, made))
    datasets.delete_dataset(side.bench.store, side.me.id, made)


def reads_in(side: Side, chance: random.Random) -> None:
    number = next(side.numbers)
    file = write(side.folder / f"{side.me.mark}-{number}.pdf", [[f"Page of {side.me.mark}, number {number}."]])
    upload = put(side, "document", file.name, file.read_bytes())
    job = ended(side, ingest.bring(side.bench.store, side.bench.jobs, side.me.id, upload))
    made = str((job.result or {})["document_id"])
    # while another tab brings the caches up to date, a search does not wait for it
    found = until(lambda: search(side.bench.store, side.me.id, f"number {number}", document_ids=[made]))
    side.look(found)
    ingest.delete(side.bench.store, side.bench.jobs, side.me.id, made)
    assert search(side.bench.store, side.me.id, f"number {number}", document_ids=[made]) == ()


# Lending


def lends_or_takes_back(side: Side, chance: random.Random) -> None:
    loan = side.loans[chance.choice(KINDS)]
    store, me, other = side.bench.store, side.me.id, side.foreign.id
    with loan.lock:
        loan.turn += 1
        if loan.share is None:
            loan.share = shares.share(store, me, loan.kind, loan.thing_id, to_user=other)
        else:
            take_back(side.bench, me, loan.share)
            loan.share = None
        loan.turn += 1


def borrows(side: Side, chance: random.Random) -> None:
    """Read something that may be lent just now, by a way there is."""
    loan = side.other.loans[chance.choice(KINDS)]
    way = chance.choice(BORROWING[loan.kind])
    before, lent = loan.turn, loan.share is not None
    got = outcome(partial(way, side, loan))
    if before % 2 == 0 and loan.turn == before:
        side.done["borrowed" if lent else "not borrowed"] += 1
        assert (loan.mark in got) == lent, f"{way.__name__}: {'lent' if lent else 'taken back'}, but {got[:300]}"
    side.look(got)


def outcome(call: Callable[[], object]) -> str:
    try:
        return repr(call())
    except AccessError as error:
        return f"{error.what} {error.todo}"


def _explored(side: Side, loan: Loan) -> object:
    return side.me.explore(loan.thing_id).text


def _listed(side: Side, loan: Loan) -> object:
    store, me = side.bench.store, side.me.id
    if loan.kind == "dataset":
        return datasets.list_datasets(store, me)
    if loan.kind == "document":
        return documents.list_documents(store, me)
    return conversations.list_conversations(store, me, limit=10_000)


def _downloaded(side: Side, loan: Loan) -> object:
    version = datasets.dataset(side.bench.store, side.me.id, loan.thing_id).latest
    return side.me.get(f"/api/tables/{version.id}/csv").text


def _queried(side: Side, loan: Loan) -> object:
    from components.errors import QueryStoppedError

    tables = tables_of(side.bench.store, side.me.id, [loan.thing_id])
    try:
        return side.bench.engines.query(side.me.id, f"SELECT * FROM {next(iter(tables))} LIMIT 3", tables).table
    except QueryStoppedError:  # it was taken back while the query ran
        return ""


def _page(side: Side, loan: Loan) -> object:
    return documents.page(side.bench.store, side.me.id, loan.thing_id, 1)


def _picture(side: Side, loan: Loan) -> object:
    answer = side.me.get(address_of(loan.thing_id, 1))
    return loan.mark if answer.headers["content-type"] == "image/jpeg" else answer.text


def _turns(side: Side, loan: Loan) -> object:
    return conversations.turns(side.bench.store, side.me.id, loan.thing_id)


def _exported(side: Side, loan: Loan) -> object:
    return as_markdown(side.bench.store, side.me.id, loan.thing_id)


BORROWING: dict[str, tuple[Callable[[Side, Loan], object], ...]] = {
    "dataset": (_explored, _listed, _downloaded, _queried),
    "document": (_listed, _page, _picture),
    "conversation": (_listed, _turns, _exported),
}


def searches_what_may_be_lent(side: Side, chance: random.Random) -> None:
    """Only what is not lent is certain: while caches are brought up to date, a search finds a new loan a bit later."""
    loan = side.other.loans["document"]
    before, lent = loan.turn, loan.share is not None
    found = search(side.bench.store, side.me.id, "kettle stands again", limit=50)
    if before % 2 == 0 and loan.turn == before and not lent:
        assert loan.thing_id not in {hit.document_id for hit in found}
        side.done["not found"] += 1
    side.done["found"] += loan.thing_id in {hit.document_id for hit in found}
    side.look(found)


def looks_at_processes(side: Side, chance: random.Random) -> None:
    """No child process of theirs was given a file of the other's, unless it may be lent just now."""
    store, loan = side.bench.store, side.other.loans["dataset"].thing_id
    theirs = [one.latest.blob for one in belongings.belongings(store, side.foreign.id).datasets if one.id != loan]
    shut = {str(store.blobs.local_path(blob)) for blob in theirs}
    assert str(store.blobs.local_path(side.foreign.dataset.latest.blob)) in shut
    for pid, user_id in side.bench.engines.processes().items():
        if user_id == side.me.id:
            assert shut.isdisjoint(opened_by(pid))


def opened_by(pid: int) -> set[str]:
    """The tables that a child was told at its start; the kernel lets it open nothing else."""
    with suppress(FileNotFoundError, ProcessLookupError):
        told = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return {path for part in told if part.startswith(b"{") for path in json.loads(part)["tables"].values()}
    return set()


OFTEN: tuple[tuple[Callable[[Side, random.Random], None], int], ...] = (
    *((explores, 5), (explores_what_is_not_theirs, 5), (explores_an_answer, 1), (draws_charts, 2), (downloads, 3)),
    *((looks_at_pages, 5), (reads_pages, 12), (searches, 6), (queries, 8), (opens_a_foreign_file, 2)),
    *((reads_conversations, 8), (reads_what_is_not_theirs, 20), (keeps_keys, 3), (keeps_preferences, 4)),
    *((begins_and_deletes_a_conversation, 4), (borrows, 14), (searches_what_may_be_lent, 4)),
    *((lends_or_takes_back, 3), (looks_at_processes, 1)),
)
SELDOM: tuple[tuple[Callable[[Side, random.Random], None], int], ...] = (
    *((chats, 12), (asks_tables, 12), (asks_documents, 12), (imports, 3), (reads_in, 3)),
)
"""What takes long, with how often each tab does it among 2,500 operations."""


@pytest.fixture
def sides(signing: Workbench, tmp_path: Path) -> Iterator[tuple[Side, Side]]:
    with routes_for(signing) as client:
        one, other = (a_side(signing, client, name, tmp_path) for name in ("Ada", "Bob"))
        one.other, other.other = other, one
        yield one, other


def a_side(bench: Workbench, client: TestClient, name: str, folder: Path) -> Side:
    me = at_work(bench, client, sign_in(bench.store, name), folder)
    mark = f"loan-by-{name.casefold()}"
    table = add_table(bench.store, me.id, folder, f"lent_by_{name}".casefold(), rows_with(mark))
    table = datasets.rename_dataset(bench.store, me.id, table.id, mark)
    document = add_pdf(bench.store, me.id, folder, f"lent-{mark}", (f"The {mark} kettle stands again.",))
    talk = conversations.create_conversation(bench.store, me.id, "chat", mark)
    conversations.add_turn(bench.store, me.id, talk.id, mark, provider="p", model="m", worker_id="test")
    ids = {"dataset": table.id, "document": document.id, "conversation": talk.id}
    loans = {kind: Loan(kind, thing_id, mark) for kind, thing_id in ids.items()}
    return Side(bench, me, loans, folder)


def plan(seed: int, operations: int) -> list[Callable[[Side, random.Random], None]]:
    """What one tab does, in an order that is the same each time."""
    chance = random.Random(seed)
    seldom = [way for way, times in SELDOM for _ in range(max(1, times * operations // 2500))]
    often = chance.choices([way for way, _ in OFTEN], [weight for _, weight in OFTEN], k=operations - len(seldom))
    ways = [*seldom, *often]
    chance.shuffle(ways)
    return ways


def work(side: Side, seed: int, operations: int, failures: list[BaseException]) -> None:
    chance = random.Random(seed)
    for way in plan(seed, operations):
        if failures:
            return
        try:
            way(side, chance)
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the test tells it
            failure.add_note(f"{side.me.mark}, seed {seed}, {way.__name__}")
            failures.append(failure)
        side.done[way.__name__] += 1


def test_two_people_side_by_side_meet_no_foreign_byte(sides: tuple[Side, Side]) -> None:
    failures: list[BaseException] = []
    each = OPERATIONS // (TABS * len(sides))
    tabs = [
        threading.Thread(target=work, args=(side, 100 * number + tab, each, failures))
        for number, side in enumerate(sides)
        for tab in range(TABS)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    if failures:
        raise failures[0]
    done = sides[0].done + sides[1].done
    assert sum(done[way.__name__] for way, _ in (*OFTEN, *SELDOM)) >= each * TABS * len(sides)
    for way, _ in (*OFTEN, *SELDOM):
        assert done[way.__name__], f"{way.__name__} was never done"
    for certain in ("borrowed", "not borrowed", "not found", "found"):
        assert done[certain] or OPERATIONS < 2000, f"nothing was ever {certain}"
    for side in sides:
        take_everything_back(side)
    for side in sides:
        nothing_is_left_with(side)


def take_everything_back(side: Side) -> None:
    for loan in side.loans.values():
        if loan.share:
            take_back(side.bench, side.me.id, loan.share)


def nothing_is_left_with(side: Side) -> None:
    """No row, no index, no process and no model of theirs holds or heard anything of the other's."""
    loan = side.other.loans["dataset"].mark
    for table in metadata.tables.values():
        if "user_id" in table.c and table.name != "audit":
            with side.bench.store.database.reading() as connection:
                rows = connection.execute(sa.select(table).where(table.c.user_id == side.me.id)).all()
            side.look(rows)
            assert loan not in repr(rows), table.name
    index = open_shelf(side.bench.store, side.me.id).index
    assert index.spread(side.me.mark)
    assert index.spread(side.foreign.mark) == 0
    until(lambda: index.spread(loan) == 0, seconds=60)
    assert not any(side.foreign.mark in words or loan in words for words in side.heard)
    lent = str(side.bench.store.blobs.local_path(lent_blob(side.other)))
    mine = [pid for pid, user_id in side.bench.engines.processes().items() if user_id == side.me.id]
    assert not [pid for pid in mine if lent in opened_by(pid)]


def lent_blob(side: Side) -> str:
    return datasets.dataset(side.bench.store, side.me.id, side.loans["dataset"].thing_id).latest.blob


def test_the_marks_are_seen_where_they_are(sides: tuple[Side, Side]) -> None:
    """The whole test rests on this: foreign bytes fail it, also in the middle of others and in an error's words."""
    side = sides[0]
    for foreign in (f"x{side.foreign.mark}x", side.foreign.mark.encode(), {"rows": [side.foreign.dataset]}):
        with pytest.raises(AssertionError):
            side.look(foreign)

    def refuse_and_tell() -> None:
        raise AccessError(f"{side.foreign.mark} is not yours.")

    with pytest.raises(AssertionError):
        side.refused(refuse_and_tell)
    loan = side.other.loans["dataset"]
    loan.share = shares.Share("not", "dataset", loan.thing_id, side.me.id, None, "read", 0.0, "", None)
    with pytest.raises(AssertionError):
        for seed in range(40):
            borrows(side, random.Random(seed))
