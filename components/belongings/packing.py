"""The file that a user takes along: everything of theirs in one zip, readable without this app.

Tables are there as Parquet and as the files that came, documents as they came with their pages' text, conversations as
Markdown to read and as JSON with all that was kept of them. What others share with the user is theirs and stays here.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from datetime import UTC, datetime
from typing import IO, Any

from components.conversations.export import as_markdown
from components.store import Store, User, charts, datasets, documents, providers, usage
from components.store.audit import own_audit
from components.store.belongings import belongings, whole_conversation
from components.store.conversations import Conversation
from components.store.datasets import Dataset, Version
from components.store.documents import Document
from components.tables.downloads import csv_pieces

MOST_LINES = 1_000_000  # of the audit: more than anybody has
LONGEST_NAME = 80  # characters of a name that is made from a title
BLOCK = 1 << 20
PACKED = (".parquet", ".pdf", ".zip", ".gz", ".xlsx", ".xls", ".jpg", ".png")  # what does not become smaller

README = """\
Everything that {name} had in Groundwork on {day} (UTC).

person.json      who you are here, your preferences, your model servers, and for which providers you keep a key
                 (the keys themselves stay where they are: they are secrets of those providers)
usage.json       what you spent on models, by provider, as far as the price is known
audit.csv        what you did, with times (UTC) and addresses
tables/          a folder for each table: its versions as Parquet and as the files that came, what is known of them,
                 and the doubts that came up when they were read
charts/          the charts that you drew, as the explorer keeps them
documents/       each document as it came, and the text of its pages as JSON
conversations/   each conversation twice: as Markdown to read, as JSON with every try, its cost and what it rests on

What others share with you is theirs, and is not in here.
"""

Tick = Callable[[int, int, str], None]


def pack(store: Store, user: User, out: IO[bytes], tick: Tick) -> int:
    """Write the zip into ``out``; how many tables, documents and conversations are in it.

    Args:
        store: Where everything is.
        user: Whose things.
        out: A file to write, which can be told where it is.
        tick: Called often with how many things are done, how many there are, and what is being packed; what it raises
            ends the packing.
    """
    mine = belongings(store, user.id)
    of = len(mine.datasets) + len(mine.documents) + len(mine.conversations)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        zipped = _Zipped(file, lambda words: tick(zipped.done, of, words))
        _pack_person(store, user, zipped)
        _pack_charts(store, user, zipped)
        for table in mine.datasets:
            _pack_table(store, table, zipped)
        for paper in mine.documents:
            _pack_document(store, user, paper, zipped)
        for talk in mine.conversations:
            _pack_conversation(store, user, talk, zipped)
    return of


class _Zipped:
    """The zip while it is written: names that never meet, and a word after each block."""

    def __init__(self, file: zipfile.ZipFile, say: Callable[[str], None]) -> None:
        self._file, self._say = file, say
        self._taken: set[str] = set()
        self.done = 0

    def free(self, folder: str, title: str, ending: str = "") -> str:
        """A name in a folder that nothing else has, made from a title."""
        name, number = safe(title), 1
        while (path := f"{folder}/{name}{f' ({number})' if number > 1 else ''}{ending}").casefold() in self._taken:
            number += 1
        self._taken.add(path.casefold())
        return path

    def thing(self, words: str) -> None:
        """Say what is packed next."""
        self._say(words)

    def text(self, path: str, text: str) -> None:
        """Write text."""
        self._file.writestr(path, text)

    def json(self, path: str, found: Any) -> None:
        """Write a value as JSON."""
        self.text(path, json.dumps(_plain(found), ensure_ascii=False, indent=1))

    def pieces(self, path: str, pieces: Iterable[bytes]) -> None:
        """Write a file piece by piece."""
        with self._opened(path) as out:
            for piece in pieces:
                out.write(piece)
                self._say(path)

    def blob(self, path: str, store: Store, key: str) -> None:
        """Write a stored file as it is."""
        with store.blobs.open(key) as source:
            self.pieces(path, iter(lambda: source.read(BLOCK), b""))

    @contextmanager
    def _opened(self, path: str) -> Iterator[IO[bytes]]:
        info = zipfile.ZipInfo(path, datetime.now(UTC).timetuple()[:6])
        info.compress_type = zipfile.ZIP_STORED if path.lower().endswith(PACKED) else zipfile.ZIP_DEFLATED
        with self._file.open(info, "w", force_zip64=True) as out:
            yield out


def safe(title: str) -> str:
    """A title as the name of a file on any system: no path, no reserved sign, not too long, never empty."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]+', "_", title).strip(" .")[:LONGEST_NAME].strip(" .")
    reserved = re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE)
    return f"_{name}" if reserved else name or "untitled"


def _pack_person(store: Store, user: User, zipped: _Zipped) -> None:
    zipped.thing("Packing who you are")
    zipped.text("README.txt", README.format(name=user.name, day=f"{datetime.now(UTC):%d %B %Y}"))
    kept = {name: {"saved_at": _time(fact.created_at)} for name, fact in providers.keys(store, user.id).items()}
    person = {"name": user.name, "email": user.email, "role": user.role, "preferences": user.preferences}
    zipped.json("person.json", person | {"servers": providers.own_providers(store, user.id), "keys": kept})
    zipped.json("usage.json", usage.spent(store, user.id, 0))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["at", "did", "thing", "detail", "address"])
    for one in (line.as_cells() for line in own_audit(store, user.id, MOST_LINES)):  # titles may be others' words
        writer.writerow([_time(one.at), one.did, one.thing, one.detail, one.address])
    zipped.text("audit.csv", out.getvalue())


def _pack_charts(store: Store, user: User, zipped: _Zipped) -> None:
    """The user's own charts, also those over tables that others share with them."""
    for table in datasets.list_datasets(store, user.id):
        if found := charts.charts(store, user.id, table.id):
            zipped.json(zipped.free("charts", table.name, ".json"), {"table": table.title, "charts": found})


def _pack_table(store: Store, table: Dataset, zipped: _Zipped) -> None:
    zipped.thing(f"Packing the table {table.title}")
    folder = zipped.free("tables", table.name)
    about = {key: item for key, item in _plain(table).items() if key not in ("right", "shared_by", "versions")}
    versions = [_without(version, "blob", "raw_blob", "dataset_id") for version in table.versions]
    zipped.json(f"{folder}/about.json", about | {"versions": versions})
    for version in table.versions:
        _pack_version(store, f"{folder}/version {version.number}", version, zipped)
    zipped.done += 1


def _pack_version(store: Store, folder: str, version: Version, zipped: _Zipped) -> None:
    """The Parquet file, and what it was made from; a CSV where that is not there."""
    zipped.blob(f"{folder}/table.parquet", store, version.blob)
    if version.raw_blob:
        zipped.blob(zipped.free(f"{folder}/original", version.filename), store, version.raw_blob)
    else:
        zipped.pieces(f"{folder}/table.csv", csv_pieces(store.blobs.local_path(version.blob)))


def _pack_document(store: Store, user: User, paper: Document, zipped: _Zipped) -> None:
    zipped.thing(f"Packing the document {paper.title}")
    path = zipped.free("documents", paper.title)
    zipped.blob(f"{path}.pdf", store, paper.blob)
    about = _without(paper, "blob", "right", "shared_by")
    zipped.json(f"{path}.json", about | {"pages": documents.pages(store, user.id, paper.id)})
    zipped.done += 1


def _pack_conversation(store: Store, user: User, talk: Conversation, zipped: _Zipped) -> None:
    zipped.thing(f"Packing the conversation {talk.title}")
    path = zipped.free("conversations", f"{_time(talk.created_at)[:10]} {talk.title or 'Untitled'}")
    zipped.text(f"{path}.md", as_markdown(store, user.id, talk.id))
    zipped.json(f"{path}.json", _without(whole_conversation(store, user.id, talk.id), "user_id", "right", "shared_by"))
    zipped.done += 1


def _without(found: Any, *names: str) -> dict[str, Any]:
    return {key: item for key, item in _plain(found).items() if key not in names}


def _plain(found: Any) -> Any:
    """A value as JSON has it: frozen dataclasses as objects, times (named ``..._at``) as text."""
    if is_dataclass(found) and not isinstance(found, type):
        found = {name: getattr(found, name) for name in found.__dataclass_fields__}
    if isinstance(found, Mapping):
        return {str(key): _timed(str(key), item) for key, item in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(item) for item in found]
    return found


def _timed(key: str, item: Any) -> Any:
    return _time(item) if key.endswith("_at") and isinstance(item, float) else _plain(item)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
