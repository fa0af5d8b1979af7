"""Documents: reading, search among 100,000 passages, a page with its mark, and a quote looked for on its page.

Times are processor time of this process, on one thread: on an idle machine the clock shows no more, on a busy one
it shows the neighbours too. Search works on two threads at once and pages are drawn in other processes, so there the
clock counts, and of five times that each is done, with all the others between, the shortest; for a search, which waits
for nobody, the processor time of both threads together where that is less, as it is on a busy machine.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.measuring import ROOT, Row, at_most
from components.documents.ingest import read_file
from components.documents.pictures import Pictures
from components.documents.quotes import find_quote
from components.documents.reading import read_pages
from components.documents.search import search
from components.documents.vectors import Embedder
from components.errors import BuiltInModelError
from components.llm.builtin.embeddings import open_embedder
from components.settings import Settings, read_settings
from components.store import Store, close_store, documents, open_store, passages
from components.store.documents import Document, Page, Span
from components.store.users import ensure_local_owner

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = ROOT / "components" / "documents" / "sample_report.pdf"
OWNER = "local"
DOCUMENTS, PASSAGES, WORDS = 200, 500, 80  # 100,000 passages of 80 words
QUESTIONS, ROUNDS = 100, 5


def rows() -> list[Row]:
    """Every figure of documents beside its goal."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), model="none")
        store = open_store(settings)
        ensure_local_owner(store)
        try:
            return [_reading(), *_searching(store), *_seeing(store, settings), _quoting()]
        finally:
            close_store(store)


def _reading() -> Row:
    """Pages a second of one core: read, cleaned and cut into passages, against PDFium's text alone."""
    pages = len(list(read_pages(SAMPLE)))
    raw = min(_cpu(_raw_text) for _ in range(5))
    ours = min(_cpu(lambda: read_file(_silent, path=str(SAMPLE), most_pages=1000)) for _ in range(5))
    name = "reading a PDF, pages/s of a core against PDFium's text alone"
    return name, f"{raw / ours:.2f} ({pages / ours:,.0f} / {pages / raw:,.0f})", ">= 0.7", raw / ours >= 0.7


def _raw_text() -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(SAMPLE)
    for page in document:
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    document.close()


def _searching(store: Store) -> Iterator[Row]:
    """Search as an ask calls it, among made passages with made vectors; the first one pays for the caches."""
    made = np.random.default_rng(1)
    vocabulary = np.array([f"{a}{b}{c}" for a in _PARTS for b in _PARTS for c in _PARTS])
    for number in range(DOCUMENTS):
        _add(store, number, made, vocabulary)
    embedder, said = _embedder()
    questions = [" ".join(_words(made, vocabulary, 7)) for _ in range(QUESTIONS)]
    ids = [found.id for found in documents.list_documents(store, OWNER)]
    asks = [partial(search, store, OWNER, question, document_ids=ids, embedder=embedder) for question in questions]
    yield at_most("index and vectors of 100,000 passages made from the store", _cpu(asks[0]), 60, "s")
    rounds = [[_clock_or_cpu(ask) for ask in asks] for _ in range(ROUNDS)]
    shortest = [min(times) for times in zip(*rounds, strict=True)]
    yield at_most(f"search at 100,000 passages, p95{said}", _p95(shortest) * 1000, 20, "ms")


_PARTS = "ba de ki lo mu na pe ri so tu va we xi yo zu fa ge hi jo cu sta tre pli gro bru".split()  # noqa: SIM905 - read as words


def _words(made: np.random.Generator, vocabulary: NDArray[np.str_], count: int) -> Sequence[str]:
    """Words as often as words are: the n-th as often as 1/n."""
    ranks = np.exp(made.random(count) * np.log(len(vocabulary))).astype(int) - 1
    return list(vocabulary[ranks])


def _add(store: Store, number: int, made: np.random.Generator, vocabulary: NDArray[np.str_]) -> None:
    new = _document(store, f"Document {number}", b"")
    texts = [" ".join(_words(made, vocabulary, WORDS)) for _ in range(PASSAGES)]
    pages = [Page(place, text) for place, text in enumerate(texts, 1)]
    documents.set_pages(store, OWNER, new.id, pages, [Span(page.number, 0, len(page.text)) for page in pages])
    vectors = made.standard_normal((PASSAGES, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [row.id for row in passages.passages(store, OWNER, new.id)]
    rows = {key: vector.astype("<f2").tobytes() for key, vector in zip(ids, vectors, strict=True)}
    passages.add_embeddings(store, OWNER, new.id, rows)


def _embedder() -> tuple[Embedder | None, str]:
    try:
        found = open_embedder(read_settings())
    except BuiltInModelError:
        return None, " (no embeddings here)"
    found.embed(["warm"])
    return found, ", the question's embedding included"


def _seeing(store: Store, settings: Settings) -> Iterator[Row]:
    """A page's picture with the boxes of a mark, by the clock: they are drawn in processes of their own."""
    kept = _document(store, "The sample report", SAMPLE.read_bytes())
    texts = {page.number: page.text for page in read_pages(SAMPLE)}
    rounds = [_looks(store, settings, kept, texts) for _ in range(ROUNDS)]
    for number, state in enumerate(("drawn", "kept")):
        shortest = [min(times) for times in zip(*(looks[number] for looks in rounds), strict=True)]
        most = (60, 5)[number]
        yield at_most(f"a page with its mark, {state}, p95", _p95(shortest) * 1000, most, "ms")


def _looks(store: Store, settings: Settings, kept: Document, texts: Mapping[int, str]) -> list[list[float]]:
    """How long each page takes, looked at for the first time and once more."""
    pictures = Pictures(settings)

    def look(number: int) -> None:
        pictures.marks(store, OWNER, kept, number, (0, min(200, len(texts[number]))))
        pictures.picture(store, OWNER, kept, number)

    pictures.marks(store, OWNER, kept, 1, (0, 1))  # whoever opens the screen has the process started
    try:
        return [[_clock(partial(look, number)) for number in texts] for _ in range(2)]
    finally:
        pictures.close()


def _quoting() -> Row:
    """Six quotes of each page, the first of which meets a page never seen."""
    times = []
    for page in read_pages(SAMPLE):
        step = max(len(page.text) // 6, 1)
        for start in range(0, len(page.text) - 40, step):
            quote = page.text[start : start + 120].split(" ", 1)[-1].rsplit(" ", 1)[0]
            times.append(_cpu(partial(find_quote, quote, page.text)))
    return at_most("a quote looked for on its page, mean", 1000 * sum(times) / len(times), 1, "ms")


def _document(store: Store, title: str, body: bytes) -> Document:
    blob = store.blobs.new_key("documents", ".pdf")
    store.blobs.put(blob, body)
    sha256 = hashlib.sha256(title.encode()).hexdigest()
    return documents.add_document(
        store, OWNER, title=title, filename=f"{title}.pdf", sha256=sha256, blob=blob, bytes=len(body)
    )


def _silent(**told: object) -> None:
    """Progress that nobody reads."""


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _clock(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _clock_or_cpu(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    used = _cpu(work)
    return min(time.perf_counter() - began, used)


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
