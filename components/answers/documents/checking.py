"""Checking a model's answer: each quote is looked for on its page, each number in the passages, and doubt is marked.

The answer becomes paragraphs of spans as ``ui.proof`` draws them: ``{"text"}`` alone; ``{"kind": "cite"}`` with the
citation's number; ``{"kind": "doubt"}`` for a claim whose quote does not stand there word for word, for one that brings
no quote, and for a number that stands in no passage, each with the facts that a press shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from components.answers.documents.citing import Citation, Part, Words
from components.answers.documents.figures import figures, values
from components.answers.documents.finding import Findings, Passage
from components.answers.documents.library import Library
from components.answers.documents.nearest import nearest_line
from components.documents.quotes import Verdict, find_quote

Span = dict[str, Any]
SILENT = re.compile(
    r"^\W*(the\s+)?documents?\s+(don['\u2019]?t|do\s+not|doesn['\u2019]?t|does\s+not)\s+say\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?\u3002])\s+(?=[^\s\d(\[])")
CHOSEN = "chosen"  # the verdict on a line that we put beside a sentence: the model did not quote it
_CLAIM = 4  # words from which something without a citation is a claim


@dataclass(frozen=True)
class Checked:
    """A citation and what became of its quote: where it stands, or what is nearest to it.

    Attributes:
        document_id: Empty where there is nothing like it on any page that was read.
        verdict: ``verbatim``, ``near`` or ``absent``.
    """

    number: int
    quote: str
    document_id: str
    page: int
    start: int
    end: int
    verdict: str
    difference: str = ""

    @property
    def verified(self) -> bool:
        """Whether the quote stands there word for word."""
        return self.verdict == "verbatim"


@dataclass
class _Check:
    """One answer being checked."""

    library: Library
    found: Findings
    question: str
    citations: dict[int, Checked] = field(default_factory=dict)
    doubts: int = 0
    numbers: int = 0
    numbers_found: int = 0


def check(library: Library, found: Findings, question: str, parts: Sequence[Part]) -> dict[str, Any]:
    """The answer's part of the evidence: its paragraphs, its citations, and what was counted."""
    work = _Check(library, found, question)
    for part in parts:
        if isinstance(part, Citation) and part.number not in work.citations:
            work.citations[part.number] = look_up(library, found, part)
    paragraphs = [list(_paragraph(work, some)) for some in _paragraphs(parts)]
    checked = list(work.citations.values())
    return {
        "paragraphs": [joined(spans) for spans in paragraphs if spans],
        "citations": [asdict(one) for one in checked],
        "quotes": {"found": sum(one.verified for one in checked), "of": sum(bool(one.quote) for one in checked)},
        "numbers": {"found": work.numbers_found, "of": work.numbers},
        "doubts": work.doubts,
        "silent": bool(SILENT.match(text_of(parts))),
    }


def look_up(library: Library, found: Findings, citation: Citation) -> Checked:
    """Find a citation's quote: on the page of its passage first, then on the other pages that were read."""
    cited = found.passages[citation.passage - 1 : citation.passage] if citation.passage else ()
    others = [passage for passage in found.passages if passage not in cited]
    best: tuple[Passage, Verdict] | None = None
    for passage in (*cited, *others):
        verdict = find_quote(citation.quote, library.page_text(passage.document_id, passage.page))
        if verdict.verified and _says_something(citation.quote):
            return _checked(citation, passage, verdict)
        if verdict.kind != "absent" and best is None:
            best = passage, verdict
    if best is None or not citation.quote:
        return Checked(citation.number, citation.quote, "", 0, 0, 0, "absent")
    passage, verdict = best
    told = verdict.difference or "It is too short to show anything."
    return _checked(citation, passage, Verdict("near", verdict.start, verdict.end, told))


def _says_something(quote: str) -> bool:
    """Two words or a number: any page holds "the"."""
    return len(quote.split()) > 1 or any(letter.isdigit() for letter in quote)


def _checked(citation: Citation, passage: Passage, verdict: Verdict) -> Checked:
    place = (passage.document_id, passage.page, verdict.start, verdict.end)
    return Checked(citation.number, citation.quote, *place, verdict.kind, verdict.difference)


def text_of(parts: Sequence[Part]) -> str:
    """The answer as its reader sees it."""
    return "".join(part.text if isinstance(part, Words) else f"[{part.number}]" for part in parts)


def _paragraphs(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts of each paragraph; a blank line begins another, and so does an item of a list."""
    now: list[Part] = []
    for part in parts:
        if isinstance(part, Citation):
            now.append(part)
            continue
        first, *more = re.split(r"\n\s*\n|\n(?=\s*(?:[-*\u2022]|\d+[.)])\s)", part.text)
        now.append(Words(first))
        for text in more:
            yield now
            now = [Words(text)]
    yield now


def _paragraph(work: _Check, parts: Sequence[Part]) -> Iterator[Span]:
    for sentence in _sentences(parts):
        yield from _sentence(work, sentence)


def _sentences(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts of each sentence; a citation after the full stop belongs to the sentence before."""
    now: list[Part] = []
    for part in parts:
        if isinstance(part, Citation):
            now.append(part)
            continue
        pieces = _SENTENCE.split(part.text)
        for place, text in enumerate(pieces):
            ended = now and re.search(r"[.!?\u3002]\s*$", text_of([one for one in now if isinstance(one, Words)]))
            if (place or ended) and text.strip(" .,;"):
                yield now
                now = []
            now.append(Words(text + (" " if place < len(pieces) - 1 else "")))
    yield now


def _sentence(work: _Check, parts: Sequence[Part]) -> Iterator[Span]:
    cited = [work.citations[part.number] for part in parts if isinstance(part, Citation)]
    for place, part in enumerate(parts):
        if isinstance(part, Citation):
            yield from _cite(work.citations[part.number])
        elif part.text.strip():
            yield from _claim(work, part.text, _after(work, parts, place), cited)
        elif part.text:
            yield {"text": " "}


def _after(work: _Check, parts: Sequence[Part], place: int) -> list[Checked]:
    """The citations that stand directly after some words."""
    found: list[Checked] = []
    for part in parts[place + 1 :]:
        if isinstance(part, Citation):
            found.append(work.citations[part.number])
        elif part.text.strip():
            break
    return found


def _claim(work: _Check, text: str, own: Sequence[Checked], cited: Sequence[Checked]) -> Iterator[Span]:
    text = re.sub(r"(?<=\d) %", "\u00a0%", re.sub(r"\s+", " ", text))
    if own and all(one.verified for one in own):
        yield from _numbers(work, text, cited)
    elif own or (len(text.split()) >= _CLAIM and not SILENT.match(text) and not text.rstrip().endswith(":")):
        facts = _facts_of(work, next((one for one in own if not one.verified), None), text)
        yield from _doubt(work, text, facts)
    else:
        yield from _numbers(work, text, cited)


def _doubt(work: _Check, text: str, facts: list[list[str]]) -> Iterator[Span]:
    """A doubtful claim, without the blanks and signs around it."""
    inside = text.strip(" ,;.")
    before, after = text.split(inside, 1)
    if before:
        yield {"text": before}
    yield {"text": inside, "kind": "doubt", "id": f"d{work.doubts}", "facts": facts}
    if after:
        yield {"text": after}
    work.doubts += 1


def _facts_of(work: _Check, failed: Checked | None, text: str) -> list[list[str]]:
    pages = len({(passage.document_id, passage.page) for passage in work.found.passages})
    if failed and failed.verdict == "near":
        page = work.library.page_text(failed.document_id, failed.page)[failed.start : failed.end]
        return [
            ["Quoted", f"\u201c{failed.quote}\u201d"],
            ["The page", f"\u201c{' '.join(page.split())}\u201d (page {failed.page})"],
            ["Differs", failed.difference],
        ]
    facts = [["Quoted", f"\u201c{failed.quote}\u201d" if failed and failed.quote else "nothing"]]
    if failed and failed.quote:
        facts.append(["Looked", f"on the {pages} pages that were read"])
    if near := nearest_line(work.library, work.found.passages, text, work.question):
        facts.append(["Nearest", f"\u201c{' '.join(near.text.split())}\u201d (page {near.page})"])
    return [*facts, ["So", "the model says this; no quote shows it"]]


def _cite(checked: Checked) -> Iterator[Span]:
    if checked.document_id:
        yield {"text": str(checked.number), "kind": "cite", "id": str(checked.number)}


def _numbers(work: _Check, text: str, cited: Sequence[Checked]) -> Iterator[Span]:
    """Words with their numbers looked up: in what the sentence cites, else in the passages, else they are marked."""
    at = 0
    for one in figures(text):
        facts = _missing(work, one.value, cited)
        work.numbers += 1
        work.numbers_found += not facts
        if facts:
            yield {"text": text[at : one.start]}
            yield {"text": text[one.start : one.end], "kind": "doubt", "id": f"n{work.numbers}", "facts": facts}
            at = one.end
    yield {"text": text[at:]}


def _missing(work: _Check, value: str, cited: Sequence[Checked]) -> list[list[str]]:
    """What is to be said of a number; nothing where it stands on a cited page or in the question."""
    pages = {(one.document_id, one.page) for one in cited if one.document_id}
    if value in values([work.question, work.found.searched]):
        return []
    if value in values(work.library.page_text(*page) for page in pages):
        return []
    elsewhere = [one for one in work.found.passages if value in values([one.text])]
    if elsewhere and not pages:
        return []
    if elsewhere:
        titles = f"{work.library.document(elsewhere[0].document_id).title}, page {elsewhere[0].page}"
        return [["Looked", "on the pages that this sentence cites: it is not there"], ["Stands", f"in {titles}"]]
    read = len(work.found.passages)
    return [
        ["Looked", f"in the {read} passages that were read: it is in none"],
        ["So", "the number is the model's own"],
    ]


def joined(spans: Sequence[Mapping[str, Any]]) -> list[Span]:
    """Neighbouring plain words as one span."""
    made: list[Span] = []
    for span in spans:
        if "kind" not in span and made and "kind" not in made[-1]:
            made[-1] = {"text": made[-1]["text"] + span["text"]}
        elif span["text"]:
            made.append(dict(span))
    return made


def check_draft(library: Library, found: Findings, question: str, said: str) -> dict[str, Any]:
    """The built-in model's sentence: it brings no quotes, so the line nearest to it is put beside it, as what it is."""
    work = _Check(library, found, question)
    spans = list(_numbers(work, " ".join(said.split()), ()))
    near = nearest_line(library, found.passages, said, question)
    if near:
        place = (near.document_id, near.page, near.start, near.end)
        work.citations[1] = Checked(1, " ".join(near.text.split()), *place, CHOSEN)
        spans += [{"text": " "}, *_cite(work.citations[1])]
    return {
        "paragraphs": [joined(spans)],
        "citations": [asdict(one) for one in work.citations.values()],
        "quotes": {"found": 0, "of": 0},
        "numbers": {"found": work.numbers_found, "of": work.numbers},
        "doubts": 0,
        "silent": bool(SILENT.match(said)),
    }
