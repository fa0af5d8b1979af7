"""What is sent to a model for a question about documents: numbered passages and the question, no whole document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from components.answers.documents.finding import Findings, Quote
from components.answers.documents.library import Library
from components.llm.vocabulary import Message, Request

_PROMPTS = Path(__file__).parent.parent / "prompts"
_LIMIT = 4096  # tokens of a reply; a model that reasons spends most of its on thoughts
_DRAFT_LIMIT = 96
_DRAFT_WORDS = 200  # of context for the built-in model, about 280 tokens: some seconds of reading on two cores
_TURNS = 6  # messages before a follow-up that are sent to make it whole
_TURN_WORDS = 120  # of each of them


@cache
def _read(name: str) -> str:
    return (_PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip()


def answer_request(library: Library, found: Findings, question: str) -> Request:
    """The request for an answer with citations, over the passages that were found."""
    passages = "\n\n".join(
        f"[{number}] {library.document(passage.document_id).title}, page {passage.page}\n{passage.text}"
        for number, passage in enumerate(found.passages, 1)
    )
    return _answer_from(passages, question.strip())


def shape() -> Request:
    """The request for an answer as it looks before the question is typed."""
    return _answer_from("[1] (title), page (number)\n(text)\n\n[2] ...", "...")


def _answer_from(passages: str, question: str) -> Request:
    asked = f"Passages:\n\n{passages}\n\nQuestion: {question}"
    return Request((Message("system", _read("answer_documents")), Message("user", asked)), temperature=0, limit=_LIMIT)


def draft_request(library: Library, quotes: Sequence[Quote], question: str) -> Request:
    """The request for the built-in model's sentence, over the best quotes alone: it reads slowly."""
    lines: list[str] = []
    room = _DRAFT_WORDS
    for quote in quotes:
        line = f"{library.document(quote.document_id).title}: {' '.join(quote.text.split())}"
        room -= len(line.split())
        if room < 0 and lines:
            break
        lines.append(line)
    asked = "\n".join(lines) + f"\n\nQuestion: {question.strip()}"
    return Request(
        (Message("system", _read("draft_sentence")), Message("user", asked)),
        temperature=0,
        limit=_DRAFT_LIMIT,
        stop=("\n",),
        seed=1,
    )


def rewrite_request(history: Sequence[Message], question: str) -> Request:
    """The request that makes a follow-up stand by itself: the last turns, cut short, and the question."""
    said = "\n".join(f"{_WHO[message.role]}: {_short(message.text)}" for message in history[-_TURNS:])
    asked = f"{said}\n\nLast question: {question.strip()}"
    return Request((Message("system", _read("rewrite_question")), Message("user", asked)), temperature=0, limit=1024)


def words_in(passages: Sequence[Mapping[str, Any]]) -> int:
    """How many words of documents were sent, by the passages that evidence keeps."""
    return sum(len(str(passage["text"]).split()) for passage in passages)


_WHO = {"user": "Question", "assistant": "Answer", "system": "Note", "tool": "Note"}


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:_TURN_WORDS]) + (" ..." if len(words) > _TURN_WORDS else "")
