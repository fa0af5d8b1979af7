"""How often a question finds its document and its page, so that a change of the search is measured and not believed.

    python -m benchmarks.eval_documents FOLDER [--home KEPT] [--words]

FOLDER holds ``docs/`` with ``.pdf`` files, or ``.txt`` with a form feed between pages, and one ``.csv`` with the
columns ``Question``, ``Source Docs`` (patterns of file names, separated by commas) and ``Answer`` or ``Page``. The
right page is ``Page``, or the page of a right document that holds most of the figures of the answer; questions whose
answer has none count for the document alone.

The odd questions are the half that the search was tuned on, the even ones the half that it was not. Each is searched by
words alone, with the names and periods of the question, with meaning, and with both; and once more in two documents
alone, the right one and the one that is found next by words. ``--home`` keeps what was read and
embedded for the next time (15 passages a second on two cores); ``--words`` embeds nothing.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import hashlib
import re
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.answers.documents.finding import find as find_quotes
from components.answers.documents.library import open_library
from components.documents.ingest import title_of
from components.documents.passages import split
from components.documents.quotes import find_quote
from components.documents.reading import PageText, read_facts, read_pages
from components.documents.search import Wanted, find
from components.documents.shelf import Shelf, open_shelf
from components.documents.vectors import Embedder
from components.llm.builtin.embeddings import open_embedder
from components.settings import read_settings
from components.store import Store, close_store, documents, open_store, passages
from components.store.documents import Page, Span
from components.store.users import ensure_local_owner

OWNER = "local"
PAGES = 5  # the first pages that are looked at
BATCH = 64
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SOURCE = re.compile(r"\(?SOURCE.*")

Place = tuple[str, int]
"""A page: its document's id and its number."""


@dataclass(frozen=True)
class Asked:
    """A question with the documents and the pages that answer it; no pages where they are not known."""

    question: str
    documents: frozenset[str]
    pages: frozenset[Place]


@dataclass(frozen=True)
class Way:
    """A way to search: with the signs of the question or without, with meaning or without."""

    name: str
    lifted: bool
    embedder: Embedder | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask every question in every way and print the figures; 0 when all were asked."""
    given = _arguments(arguments)
    with tempfile.TemporaryDirectory() as made:
        store = open_store(replace(read_settings({}), home=given.home or Path(made), model="none"))
        try:
            ensure_local_owner(store)
            _read_all(store, given.folder)
            embedder = None if given.words else open_embedder(read_settings())
            if embedder:
                _embed_all(store, embedder)
            _print_all(store, _asked(store, given.folder), embedder)
        finally:
            close_store(store)
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.eval_documents", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with docs/ and a .csv of questions")
    parser.add_argument("--home", type=Path, help="folder that keeps what was read and embedded")
    parser.add_argument("--words", action="store_true", help="search by words alone")
    return parser.parse_args(arguments)


def _read_all(store: Store, folder: Path) -> None:
    known = {found.sha256 for found in documents.list_documents(store, OWNER)}
    for file in sorted((folder / "docs").iterdir()):
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        if file.suffix in (".pdf", ".txt") and sha256 not in known:
            _read(store, file, sha256)


def _read(store: Store, file: Path, sha256: str) -> None:
    is_pdf = file.suffix == ".pdf"
    texts = list(read_pages(file)) if is_pdf else _paged(file.read_text(encoding="utf-8"))
    new = documents.add_document(
        store,
        OWNER,
        title=title_of(file.name, read_facts(file).title if is_pdf else ""),
        filename=file.name,
        sha256=sha256,
        blob=store.blobs.new_key("documents"),
        bytes=file.stat().st_size,
    )
    spans = [Span(span.page, span.start, span.end) for span in split(texts)]
    documents.set_pages(store, OWNER, new.id, [Page(text.number, text.text) for text in texts], spans)


def _paged(text: str) -> list[PageText]:
    return [PageText(number, page) for number, page in enumerate(text.split("\f"), 1)]


def _embed_all(store: Store, embedder: Embedder) -> None:
    for found in documents.list_documents(store, OWNER):
        while bare := passages.without_embedding(store, OWNER, found.id, BATCH):
            vectors = embedder.embed([row.text for row in bare]).astype("<f2")
            new = {row.id: vector.tobytes() for row, vector in zip(bare, vectors, strict=True)}
            passages.add_embeddings(store, OWNER, found.id, new)


def _asked(store: Store, folder: Path) -> list[Asked]:
    (questions,) = folder.glob("*.csv")
    names = {found.id: found.filename for found in documents.list_documents(store, OWNER)}
    texts = {key: {page.number: page.text for page in documents.pages(store, OWNER, key)} for key in names}
    with questions.open(encoding="utf-8-sig", newline="") as lines:
        return [_question(row, names, texts) for row in csv.DictReader(lines)]


def _question(row: Mapping[str, str], names: Mapping[str, str], texts: Mapping[str, Mapping[int, str]]) -> Asked:
    patterns = [pattern.strip().rstrip("*") + "*" for pattern in row["Source Docs"].split(",")]
    right = frozenset(key for key, name in names.items() if any(fnmatch.fnmatch(name, one) for one in patterns))
    if row.get("Page"):
        return Asked(row["Question"], right, frozenset((key, int(row["Page"])) for key in right))
    figures = _figures(row["Answer"])
    pages = frozenset((key, number) for key in right for number in _best_pages(texts[key], figures))
    return Asked(row["Question"], right, pages)


def _figures(answer: str) -> set[str]:
    """The figures of an answer that tell a page: with a comma or a point, of four characters at least."""
    found = (figure.rstrip(",") for figure in _FIGURE.findall(_SOURCE.sub("", answer)))
    return {figure for figure in found if len(figure) > 3 and ("," in figure or "." in figure)}


def _best_pages(pages: Mapping[int, str], figures: Iterable[str]) -> list[int]:
    patterns = [re.compile(rf"(?<![\d,.]){re.escape(figure)}(?!\d|[,.]\d)") for figure in figures]
    counts = {number: sum(bool(one.search(text)) for one in patterns) for number, text in pages.items()}
    most = max(counts.values(), default=0)
    return [number for number, count in counts.items() if count == most > 0]


def _print_all(store: Store, asked: Sequence[Asked], embedder: Embedder | None) -> None:
    ways = [Way("words", False, None), Way("words, names", True, None)]
    if embedder:
        ways += [Way("words, meaning", False, embedder), Way("words, names, meaning", True, embedder)]
    shelf = open_shelf(store, OWNER)
    places = {
        row.id: (row.document_id, row.page) for key in shelf.signs for row in passages.passages(store, OWNER, key)
    }
    print(f"{len(shelf.signs)} documents, {len(places):,} passages, {len(asked)} questions")
    print(f"{'half, way':42s} {'first':>6s} {'three':>6s} {'page':>6s} {'of two':>6s} {'ms':>6s}")
    for half, questions in (("tuned on", asked[::2]), ("not tuned on", asked[1::2])):
        for way in ways:
            print(f"{f'{half}: {way.name}':42s} {_figures_of(shelf, questions, way, places)}", flush=True)
    print(_quotes(store, asked[1::2], embedder))


def _figures_of(shelf: Shelf, questions: Sequence[Asked], way: Way, places: Mapping[str, Place]) -> str:
    """Shares of right documents first, among three, of right pages among five, of two documents; time a question."""
    began = time.process_time()
    found = [find(shelf, Wanted(one.question, lifted=way.lifted), way.embedder) for one in questions]
    seconds = time.process_time() - began
    pages = [[places[hit.passage_id] for hit in hits] for hits in found]
    first, three = (
        sum(any(key in one.documents for key, _ in hits[:most]) for one, hits in zip(questions, pages, strict=True))
        for most in (1, 3)
    )
    paged = [(one, list(dict.fromkeys(hits))[:PAGES]) for one, hits in zip(questions, pages, strict=True) if one.pages]
    right = sum(any(page in one.pages for page in hits) for one, hits in paged)
    two = _of_two(shelf, questions, way, places)
    shares = (first / len(questions), three / len(questions), right / max(len(paged), 1), two)
    return " ".join(f"{share:6.3f}" for share in shares) + f" {1000 * seconds / len(questions):6.1f}  of {len(paged)}"


def _of_two(shelf: Shelf, questions: Sequence[Asked], way: Way, places: Mapping[str, Place]) -> float:
    """How often the right document comes first where only one more is searched: the one most like it."""
    tried = right = 0
    for one in questions:
        found = (places[hit.passage_id][0] for hit in find(shelf, Wanted(one.question), None))
        other = next((key for key in found if key not in one.documents), None)
        if other and len(one.documents) == 1:
            wanted = Wanted(one.question, [*one.documents, other], lifted=way.lifted)
            hits = find(shelf, wanted, way.embedder)
            tried += 1
            right += bool(hits) and places[hits[0].passage_id][0] in one.documents
    return right / max(tried, 1)


def _quotes(store: Store, questions: Sequence[Asked], embedder: Embedder | None) -> str:
    """What an ask without a model shows: its quotes looked for on their pages, and how many stand on a right page."""
    library = open_library(store, OWNER, None, embedder)
    shown = verified = right = 0
    began = time.process_time()
    for one in questions:
        quotes = find_quotes(library, one.question).quotes
        shown += len(quotes)
        verified += sum(find_quote(q.text, library.page_text(q.document_id, q.page)).verified for q in quotes)
        right += any((quote.document_id, quote.page) in one.pages for quote in quotes)
    seconds = (time.process_time() - began) / len(questions)
    paged = sum(bool(one.pages) for one in questions)
    return (
        f"not tuned on, as shown: {verified} of {shown} quotes verbatim on their page; "
        f"{right} of {paged} questions show a right page; {seconds:.2f} s of processor a question"
    )


if __name__ == "__main__":
    raise SystemExit(main())
