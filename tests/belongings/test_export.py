"""What a user takes along: the zip is opened and compared with what is kept; and nobody else gets it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import time
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from components.answers.tables import run_sql
from components.belongings.export import EXPORT, routes
from components.belongings.packing import safe
from components.conversations.export import as_markdown
from components.errors import AccessError
from components.samples import open_sample, opening
from components.store import charts, conversations, datasets, documents, providers, shares, uploads, users
from components.store.audit import audit, note
from components.store.exports import Export, newest_export
from components.store.jobs import job
from components.store.schema import uploads as upload_rows
from components.workbench import Workbench
from tests.auth.people_here import Here, sign_in
from tests.waiting import until
from tests.workbenches import workbench_with

HERE = "http://localhost:8501"
KEY = "sk-canary-of-a-key-0123456789"
ODD = 'A/B: "odd" <name>? ' + "long " * 40


@pytest.fixture(scope="module")
def adas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Here]:
    """A data folder in which somebody has a table of each kind, a document, conversations, charts and a key."""
    home = tmp_path_factory.mktemp("adas") / "home"
    with pytest.MonkeyPatch.context() as patch, workbench_with(patch, home, GROUNDWORK_SIGN_IN="required") as bench:
        here = sign_in(bench.store, "Ada Moreno", "administrator")
        open_sample(bench, here.id)
        until(lambda: not opening(bench, here.id), seconds=90)
        add_table(bench, here.id)
        table = datasets.list_datasets(bench.store, here.id)[0]
        charts.save_charts(bench.store, here.id, table.id, [{"name": "Revenue"}], [{"workflow": []}], None)
        providers.save_key(bench.store, here.id, "openai", KEY)
        ask(bench, here.id, "SELECT count(*) AS orders FROM orders")
        conversations.create_conversation(bench.store, here.id, "chat", ODD)
        conversations.create_conversation(bench.store, here.id, "chat", ODD)
        note(bench.store, here.id, "signed in", detail="local", address="127.0.0.1")
    return home, here


@pytest.fixture
def signing(adas: tuple[Path, Here], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """The workbench on a copy of that folder."""
    shutil.copytree(adas[0], tmp_path / "home")
    with workbench_with(monkeypatch, tmp_path / "home", GROUNDWORK_SIGN_IN="required") as opened:
        yield opened


@pytest.fixture
def ada(adas: tuple[Path, Here]) -> Here:
    """Whose things they are."""
    return adas[1]


def add_table(bench: Workbench, user_id: str) -> None:
    """A table of which the file that came is there, in two versions of the same name."""
    out = pa.BufferOutputStream()
    parquet.write_table(pa.table({"id": [1, 2], "name": ["x", "y, z"]}), out)
    dataset_id = None
    for _ in range(2):
        blob, raw = bench.store.blobs.new_key("tables", ".parquet"), bench.store.blobs.new_key("raw")
        bench.store.blobs.put(blob, out.getvalue().to_pybytes())
        bench.store.blobs.put(raw, b'id,name\n1,x\n2,"y, z"\n')
        found = datasets.add_version(
            bench.store,
            user_id,
            dataset_id=dataset_id,
            name="stock",
            title="Stock",
            filename="../stock.csv",
            raw_blob=raw,
            blob=blob,
            rows=2,
            bytes=1,
            columns=(datasets.Column("id", "BIGINT"), datasets.Column("name", "VARCHAR")),
            doubts=({"kind": "rows", "text": "1 row did not fit"},),
        )
        dataset_id = found.id


def ask(bench: Workbench, user_id: str, sql: str) -> None:
    talk = conversations.create_conversation(bench.store, user_id, "tables", "How many orders?")
    answer = partial(
        run_sql, sql=sql, edited=False, engines=bench.engines, store=bench.store, user_id=user_id, dataset_ids=None
    )
    reply = bench.runner.ask(user_id, talk.id, "How many orders?", answer, provider="you", model="SQL")
    until(lambda: conversations.reply(bench.store, user_id, reply.id).state == "complete", seconds=60)


def packed(bench: Workbench, user_id: str) -> Export:
    begun = bench.jobs.submit(user_id, EXPORT, "Pack everything of yours")
    until(lambda: job(bench.store, user_id, begun.id).ended_at, seconds=60)
    ended = job(bench.store, user_id, begun.id)
    assert (ended.state, ended.error) == ("done", None)
    found = newest_export(bench.store, user_id)
    assert found is not None
    assert ended.result == {"export_id": found.id}
    return found


def opened(bench: Workbench, found: Export) -> Mapping[str, bytes]:
    with zipfile.ZipFile(bench.store.blobs.local_path(found.blob)) as file:
        assert file.testzip() is None
        names = file.namelist()
        assert len(set(names)) == len(names)
        return {name: file.read(name) for name in names}


def told(file: Mapping[str, bytes], path: str) -> Any:
    return json.loads(file[path])


def test_everything_is_in_it_byte_by_byte(signing: Workbench, ada: Here) -> None:
    store = signing.store
    file = opened(signing, packed(signing, ada.id))
    for table in datasets.list_datasets(store, ada.id):
        for version in table.versions:
            folder = f"tables/{table.name}/version {version.number}"
            assert file[f"{folder}/table.parquet"] == store.blobs.local_path(version.blob).read_bytes()
            if version.raw_blob:
                original = next(name for name in file if name.startswith(f"{folder}/original/"))
                assert file[original] == store.blobs.local_path(version.raw_blob).read_bytes()
            else:
                rows = list(csv.reader(io.StringIO(file[f"{folder}/table.csv"].decode("utf-8-sig"))))
                assert len(rows) == version.rows + 1
        assert [one["number"] for one in told(file, f"tables/{table.name}/about.json")["versions"]] == [
            one.number for one in table.versions
        ]
    (paper,) = documents.list_documents(store, ada.id)
    assert file[f"documents/{safe(paper.title)}.pdf"] == store.blobs.local_path(paper.blob).read_bytes()
    pages = told(file, f"documents/{safe(paper.title)}.json")["pages"]
    assert [page["text"] for page in pages] == [page.text for page in documents.pages(store, ada.id, paper.id)]


def test_conversations_are_there_to_read_and_whole(signing: Workbench, ada: Here) -> None:
    file = opened(signing, packed(signing, ada.id))
    asked = next(one for one in conversations.list_conversations(signing.store, ada.id) if one.kind == "tables")
    path = next(name for name in file if "How many orders" in name and name.endswith(".md")).removesuffix(".md")
    assert file[f"{path}.md"].decode() == as_markdown(signing.store, ada.id, asked.id)
    whole = told(file, f"{path}.json")
    (reply,) = whole["turns"][0]["replies"]
    assert whole["turns"][0]["question"] == "How many orders?"
    assert reply["evidence"][0]["body"]["sql"] == "SELECT count(*) AS orders FROM orders"
    assert reply["created_at"].startswith("20"), "times are to be read by people"


def test_who_one_is_is_there_and_no_key(signing: Workbench, ada: Here) -> None:
    file = opened(signing, packed(signing, ada.id))
    person = told(file, "person.json")
    assert (person["name"], person["email"]) == ("Ada Moreno", "ada.moreno@example.com")
    assert list(person["keys"]) == ["openai"]
    assert [name for name, body in file.items() if KEY.encode() in body] == []
    assert b"signed in" in file["audit.csv"]
    drawn = [told(file, name)["charts"]["specs"] for name in file if name.startswith("charts/")]
    assert [{"name": "Revenue"}] in drawn, "beside what the sample itself brings"
    assert b"Ada Moreno" in file["README.txt"]


def test_names_stay_within_the_folder_and_apart(signing: Workbench, ada: Here) -> None:
    names = list(opened(signing, packed(signing, ada.id)))
    assert all(".." not in name.split("/") and "\\" not in name and not name.startswith("/") for name in names)
    assert len({name.casefold() for name in names}) == len(names)
    odd = [name for name in names if "odd" in name and name.endswith(".json")]
    assert len(odd) == 2
    assert all(len(name) < 120 for name in odd)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Orders 2024", "Orders 2024"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("con.txt", "_con.txt"),
        ("a\x00b\nc", "a_b_c"),
        (" . ", "untitled"),
        ("", "untitled"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_title_becomes_a_name_on_any_system(title: str, name: str) -> None:
    assert safe(title) == name


def test_what_others_share_is_not_in_it(signing: Workbench, ada: Here) -> None:
    jonas = sign_in(signing.store, "Jonas Vega")
    table = next(one for one in datasets.list_datasets(signing.store, ada.id) if one.name == "stock")
    shares.share(signing.store, ada.id, "dataset", table.id, to_user=jonas.id)
    assert [one.name for one in datasets.list_datasets(signing.store, jonas.id)] == ["stock"]
    assert not [name for name in opened(signing, packed(signing, jonas.id)) if name.startswith("tables/")]


def test_a_viewer_may_take_their_things_along_too(signing: Workbench, ada: Here) -> None:
    sam = sign_in(signing.store, "Sam Okafor", "viewer")
    assert "person.json" in opened(signing, packed(signing, sam.id))
    assert "exported everything" in [entry.did for entry in audit(signing.store, ada.id)]


def test_packing_anew_takes_the_place_of_the_file_before(signing: Workbench, ada: Here) -> None:
    first = packed(signing, ada.id)
    second = packed(signing, ada.id)
    assert first.id != second.id
    assert [key for key in signing.store.blobs.keys() if key.startswith("exports/")] == [second.blob]  # noqa: SIM118


def test_the_file_goes_after_a_day(signing: Workbench, ada: Here) -> None:
    found = packed(signing, ada.id)
    uploads.sweep_uploads(signing.store)
    assert newest_export(signing.store, ada.id) == found
    with signing.store.database.writing() as connection:
        connection.execute(sa.update(upload_rows).values(created_at=time.time() - 90_000))
    uploads.sweep_uploads(signing.store)
    assert newest_export(signing.store, ada.id) is None


# The route


@pytest.fixture
def client(signing: Workbench) -> Iterator[TestClient]:
    with TestClient(_opened_with(signing), base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield client


def _opened_with(bench: Workbench) -> ASGIApp:
    """The routes with what the server gives each request."""
    app = Starlette(routes=routes(bench))

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {}).update(settings=bench.settings, store=bench.store)
        await app(scope, receive, send)

    return with_state


def get(client: TestClient, found: Export, here: Here | None) -> Any:
    headers = {"cookie": f"groundwork={here.token}"} if here else {}
    return client.get(f"/api/exports/{found.id}", headers=headers)


def test_only_its_owner_gets_the_file(signing: Workbench, ada: Here, client: TestClient) -> None:
    found, jonas = packed(signing, ada.id), sign_in(signing.store, "Jonas Vega", "administrator")
    answer = get(client, found, ada)
    assert answer.status_code == 200
    assert answer.content == signing.store.blobs.local_path(found.blob).read_bytes()
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert get(client, found, jonas).status_code == 403
    assert get(client, found, None).status_code == 401


def test_an_upload_is_no_export(signing: Workbench, ada: Here, client: TestClient) -> None:
    mine = uploads.open_upload(signing.store, ada.id, "table", "x.csv")
    assert client.get(f"/api/exports/{mine.id}", headers={"cookie": f"groundwork={ada.token}"}).status_code == 403


def test_who_was_removed_meanwhile_leaves_no_file(signing: Workbench, ada: Here) -> None:
    from components.store.people import remove_person

    sam = sign_in(signing.store, "Sam Okafor", "viewer")
    packed(signing, sam.id)
    remove_person(signing.store, ada.id, sam.id)
    assert [key for key in signing.store.blobs.keys() if key.startswith("exports/")] == []  # noqa: SIM118
    with pytest.raises(AccessError):
        users.user(signing.store, sam.id)
