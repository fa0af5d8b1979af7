"""A user's passages by their words: a tantivy index in a folder, a cache of what the store holds.

Each passage is indexed twice: stemmed as English, and as plain folded terms, which keep identifiers and figures whole
(``82,959``, ``10-Q``) and serve every other language. The folder can be deleted at any time.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.documents.index_folder import Held, alone, clear, read_held, write_held
from components.documents.terms import ASKING, INNER, genitive_off, plain, text_words
from components.documents.words import DENSE

HEAP = 48_000_000  # bytes that the writer fills before it writes a segment; tantivy takes no less than 15 MB
LONGEST_TERM = 80  # bytes; longer ones are not indexed
DIMMED = 0.3  # what a word counts that only says which document is meant
_MOST_WORDS = 64  # of a question; a pasted page is cut
_FIELDS = {"english": 1.0, "plain": 0.4}  # what a term counts that is found by its stem, and as it is written
_BROKEN = re.compile(r"(\w+)-\n(\w+)")


@dataclass(frozen=True)
class Entry:
    """A passage to index."""

    passage_id: str
    text: str


@dataclass(frozen=True)
class Match:
    """A passage found; the higher ``score``, the better. Scores of two questions cannot be compared."""

    passage_id: str
    document_id: str
    score: float


New = tuple[str, Iterable[Entry], Mapping[str, Any]]
"""A document to index: its id, its passages, and a note of JSON to keep beside them."""


class BrokenIndexError(Exception):
    """The folder holds no index, a damaged one, or one of another layout: ``Index.begin_anew`` mends it."""


class Index:
    """The index in one folder. Safe to use from many threads; one at a time writes, also among processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._opened: Any = None
        self._held: Mapping[str, Held] = {}

    def open(self) -> None:
        """Open what the folder holds.

        Raises:
            BrokenIndexError: It cannot be used.
        """
        import tantivy

        with alone(self._folder), _broken():
            held = read_held(self._folder)
            opened = tantivy.Index(_schema(), path=str(self._folder), reuse=True)
            for name, analyzer in _analyzers().items():
                opened.register_tokenizer(name, analyzer)
            opened.config_reader("manual")
            opened.reload()
            if opened.searcher().num_docs != sum(one.passages for one in held.values()):
                raise ValueError("passages are missing")
        self._opened, self._held = opened, held

    def begin_anew(self) -> None:
        """Put an empty index in the place of whatever is there."""
        with self._lock, alone(self._folder):
            clear(self._folder)
            _new(self._folder)
        self.open()

    def require_open(self) -> None:
        """Open the folder where that is still to be done. Raises as ``open``."""
        if self._opened is None:
            self.open()

    @property
    def held(self) -> Mapping[str, Held]:
        """What is indexed, by the document's id."""
        return self._held

    def change(self, add: Iterable[New], remove: Collection[str] = ()) -> None:
        """Index documents, and forget others, in one commit.

        Killed in the middle, the index is as it was before, or known to be broken.

        Raises:
            BrokenIndexError: The folder was damaged or deleted meanwhile.
        """
        with self._lock, alone(self._folder), _broken():
            held = read_held(self._folder)
            with _writing(self._opened) as writer:
                for document_id in remove:
                    held.pop(document_id, None)
                    writer.delete_documents_by_term("document", document_id)
                for document_id, entries, note in add:
                    if document_id in held:  # by another process
                        writer.delete_documents_by_term("document", document_id)
                    held[document_id] = Held(_write(writer, document_id, entries), note)
            self._hold(held)

    def rewrite(self, whole: Iterable[New]) -> None:
        """Index these documents alone, in one commit: of any other not a word is left in the files.

        ``change`` only marks what it removes, and its words stay until their part of the index is written anew.

        Raises:
            BrokenIndexError: The folder was damaged or deleted meanwhile.
        """
        with self._lock, alone(self._folder), _broken():
            held: dict[str, Held] = {}
            with _writing(self._opened) as writer:
                writer.delete_all_documents()
                for document_id, entries, note in whole:
                    held[document_id] = Held(_write(writer, document_id, entries), note)
            self._hold(held)

    def _hold(self, held: Mapping[str, Held]) -> None:
        write_held(self._folder, held)
        self._opened.reload()
        self._held = held

    def search(
        self,
        question: str,
        limit: int,
        *,
        documents: Collection[str] | None = None,
        boosts: Mapping[str, float] | None = None,
        dimmed: Collection[str] = (),
    ) -> list[Match]:
        """The passages that share most with a question, the best first.

        Args:
            question: Any text; nothing in it is read as syntax.
            limit: Most passages.
            documents: Look into these documents only.
            boosts: Added to the score of every passage of a document that shares a word with the question.
            dimmed: Small words that count less: they say which document is meant, not which passage.

        Raises:
            BrokenIndexError: The folder was damaged or deleted meanwhile.
        """
        query = _question(question, dimmed)
        if query is None or limit < 1:
            return []
        with _broken():
            searcher = self._opened.searcher()
            found = searcher.search(_among(query, documents, boosts or {}), limit, count=False).hits
            return [_match(searcher.doc(address), score) for score, address in found]

    def spread(self, word: str, documents: Collection[str] | None = None) -> int:
        """In how many passages a word stands, as it is written; of these documents only, where they are given."""
        terms = _analyzers()["plain"].analyze(plain(word))
        with _broken():
            searcher = self._opened.searcher()
            return min((_count(searcher, term, documents) for term in terms), default=0)


def _write(writer: Any, document_id: str, entries: Iterable[Entry]) -> int:
    import tantivy

    count = 0
    for entry in entries:
        count += 1
        text = _mended(plain(entry.text))
        passage = bytes.fromhex(entry.passage_id)
        writer.add_document(tantivy.Document(document=document_id, passage=passage, english=text, plain=text))
    return count


def _mended(text: str) -> str:
    """The text with words that a line's end broke added whole; whether the hyphen is the word's own is not known."""
    broken = _BROKEN.findall(text)
    return "\n".join([text, *(one + other for one, other in broken)]) if broken else text


def _match(document: Any, score: float) -> Match:
    return Match(bytes(document.get_first("passage")).hex(), document.get_first("document"), score)


def _question(question: str, dimmed: Collection[str]) -> Any:
    """The query for a question: any of its words, those that say something; None where there is no word at all."""
    from tantivy import Occur, Query

    weights: dict[tuple[str, str], float] = {}
    for word in _saying(question):
        weight = DIMMED if genitive_off(word.lower()) in dimmed else 1.0
        for name, share in _FIELDS.items():
            for term in _analyzers()[name].analyze(word):
                weights[name, term] = max(weights.get((name, term), 0.0), weight * share)
    should = [
        (Occur.Should, Query.boost_query(Query.term_query(_schema(), name, term, "freq"), weight))
        for (name, term), weight in weights.items()
    ]
    return Query.boolean_query(should) if should else None


def _saying(question: str) -> list[str]:
    """The words of a question without those of asking, where others are left."""
    words = text_words(question)[:_MOST_WORDS]
    return [word for word in words if genitive_off(word.lower()) not in ASKING] or words


def _count(searcher: Any, term: str, documents: Collection[str] | None) -> int:
    from tantivy import Query

    if documents is None:
        return int(searcher.doc_freq("plain", term))
    query = _among(Query.term_query(_schema(), "plain", term, "freq"), documents, {})
    return int(searcher.search(query, 1, count=True).count)


def _among(query: Any, documents: Collection[str] | None, boosts: Mapping[str, float]) -> Any:
    from tantivy import Occur, Query

    parts = [(Occur.Must, query)]
    if documents is not None:
        only = Query.term_set_query(_schema(), "document", list(documents))
        parts.append((Occur.Must, Query.const_score_query(only, 0.0)))
    for boost in sorted(set(boosts.values())):
        those = [document_id for document_id, weight in boosts.items() if weight == boost]
        lifted = Query.term_set_query(_schema(), "document", those)
        parts.append((Occur.Should, Query.const_score_query(lifted, boost)))
    return query if len(parts) == 1 else Query.boolean_query(parts)


@cache
def _schema() -> Any:
    from tantivy import SchemaBuilder

    fields = SchemaBuilder().add_bytes_field("passage", stored=True)
    fields.add_text_field("document", stored=True, tokenizer_name="raw", index_option="basic")
    fields.add_text_field("english", tokenizer_name="english", index_option="freq")
    fields.add_text_field("plain", tokenizer_name="plain", index_option="freq")
    return fields.build()


@cache
def _analyzers() -> dict[str, Any]:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    def folded(tokenizer: Any) -> Any:
        long = TextAnalyzerBuilder(tokenizer).filter(Filter.remove_long(LONGEST_TERM))
        return long.filter(Filter.lowercase()).filter(Filter.ascii_fold())

    english = folded(Tokenizer.simple()).filter(Filter.stemmer("english")).build()
    whole = rf"[{DENSE}]|[\w--[{DENSE}]](?:[\w{INNER}]*[\w--[{DENSE}]])?"
    return {"english": english, "plain": folded(Tokenizer.regex(whole)).build()}


def _new(folder: Path) -> None:
    import tantivy

    tantivy.Index(_schema(), path=str(folder), reuse=False)
    write_held(folder, {})


@contextmanager
def _writing(opened: Any) -> Iterator[Any]:
    """The index's one writer: commits at the end, takes everything back after an error."""
    writer = opened.writer(HEAP, 1)
    try:
        yield writer
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()  # and gives the writer's lock back


@contextmanager
def _broken() -> Iterator[None]:
    """Whatever tells of a damaged folder, as one error; tantivy panics where a damaged file leads it astray."""
    try:
        yield
    except BaseException as error:
        panicked = type(error).__name__ == "PanicException"  # no Exception, and not to be imported
        if panicked or isinstance(error, (OSError, ValueError, KeyError, TypeError)):
            raise BrokenIndexError(str(error)) from error
        raise
