"""A question about documents: passages and quotes at once, then a model's sentence whose every quote is looked up.

What is found is kept and shown before a model is asked. With no model at all the quotes are the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.answers.documents.checking import check, check_draft
from components.answers.documents.citing import Citation, Reading
from components.answers.documents.evidence import BY_MODEL, BY_WORDS, body_of, keep, title_of
from components.answers.documents.finding import Findings, find, ranked
from components.answers.documents.following import carried, points_back, standing
from components.answers.documents.library import Library, open_library
from components.answers.documents.prompt import answer_request, draft_request, rewrite_request
from components.conversations.pieces import Exchange, ReplyPiece, Step
from components.errors import AppError, CutOffError
from components.llm.vocabulary import Finish, Model, Request, Text
from components.store import Store

if TYPE_CHECKING:
    from components.documents.vectors import Embedder

SILENCE = "The documents don't say."


async def ask_documents(
    exchange: Exchange,
    *,
    model: Model | None,
    drafts: bool,
    store: Store,
    user_id: str,
    document_ids: Collection[str] | None,
    embedder: Embedder | None = None,
    sends_to: str = "",
) -> AsyncIterator[ReplyPiece]:
    """Answer a question from some of a user's documents.

    Args:
        model: Who puts the answer into words; None: the quotes are the answer.
        drafts: The model is the built-in one: it gets the best lines alone, and its sentence is a draft.
        document_ids: The documents that may be read; None for all.
        embedder: Finds by meaning too, where it is here.
        sends_to: The host that a model's question goes to, for the record; empty where it stays on this machine.

    Yields:
        Finished steps; what was found, at once; the model's words as they come, with the numbers of their citations;
        then what was checked of them.

    Raises:
        NoDocumentsError: There is nothing to ask.
        ProviderError, BuiltInModelError: The model did not answer; what was found stays.
    """
    library = await asyncio.to_thread(open_library, store, user_id, document_ids, embedder)
    ask = Asking(store, exchange, library, model, drafts, sends_to, tuple(document_ids or ()))
    async for piece in ask.pieces():
        yield piece


@dataclass
class Asking:
    """One question on its way."""

    store: Store
    exchange: Exchange
    library: Library
    model: Model | None
    drafts: bool
    sends_to: str = ""
    only: tuple[str, ...] = ()
    searched: str = ""
    rewritten_by: str = ""

    async def pieces(self) -> AsyncIterator[ReplyPiece]:
        """Search, keep what was found, ask the model, check its words."""
        async for piece in self._stand():
            yield piece
        found = await asyncio.to_thread(find, self.library, self.searched)
        yield Step(_told(self.library, found))
        silent = self._is_silent(found)
        body = self._body(found, asked=self.model is not None and not silent)
        yield await asyncio.to_thread(keep, self.store, self.exchange, body)
        if silent or self.model is None:
            yield Text(_in_words(body, silent))
        elif self.drafts:
            async for piece in self._draft(found, self.model):
                yield piece
        else:
            async for piece in self._answer(found, self.model):
                yield piece
        yield Finish("stop")

    async def _stand(self) -> AsyncIterator[ReplyPiece]:
        """Make a follow-up stand by itself: by the model, or by carrying names and times over."""
        question, history = self.exchange.question, self.exchange.history
        self.searched = question
        if not history:
            return
        self.searched = carried(question, history)
        self.rewritten_by = BY_WORDS if self.searched != question else ""
        if self.model is not None and not self.drafts and points_back(question):
            words: list[str] = []
            try:
                async for piece in self._said(rewrite_request(history, question), self.model, words):
                    yield piece
            except AppError:  # whoever cannot rewrite will say why when it is asked to answer
                words = []
            if made := standing("".join(words), ""):
                self.searched = made
                self.rewritten_by = BY_MODEL if made != question else ""
        if self.rewritten_by:
            yield Step(f"Searched for: {self.searched}")

    def _is_silent(self, found: Findings) -> bool:
        """Whether nothing is worth a model's words: no passage at all, or weak ones and no model to judge them."""
        return not found.passages or (found.strength.weak and self.model is None)

    async def _said(self, request: Request, model: Model, words: list[str]) -> AsyncIterator[ReplyPiece]:
        """A model's pieces but its words, which are gathered."""
        ended = False
        async with aclosing(model(request)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if isinstance(piece, Text):
                    words.append(piece.text)
                elif isinstance(piece, Finish):
                    ended = True
                else:
                    yield piece
        if not ended:
            raise CutOffError("The reply ended without its last word.")

    async def _answer(self, found: Findings, model: Model) -> AsyncIterator[ReplyPiece]:
        """The words as they come; then they are checked, also where the model broke off."""
        reading, broken = Reading(), None
        try:
            async for piece in self._read(found, model, reading):
                yield piece
        except AppError as error:
            broken = error
        if reading.parts:
            answer = await asyncio.to_thread(check, self.library, found, self.exchange.question, reading.parts)
            body = self._body(found, asked=True, answer=answer)
            yield Text(_sources(body, reading))
            yield await asyncio.to_thread(keep, self.store, self.exchange, body)
        if broken:
            raise broken

    async def _read(self, found: Findings, model: Model, reading: Reading) -> AsyncIterator[ReplyPiece]:
        ended = False
        async with aclosing(model(answer_request(self.library, found, self.searched))) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if isinstance(piece, Text):
                    if shown := reading.take(piece.text):
                        yield Text(shown)
                elif isinstance(piece, Finish):
                    ended = True
                else:
                    yield piece
        if rest := reading.end():
            yield Text(rest)
        if not ended:
            raise CutOffError("The reply ended without its last word.")

    async def _draft(self, found: Findings, model: Model) -> AsyncIterator[ReplyPiece]:
        words: list[str] = []
        lines, _ = await asyncio.to_thread(ranked, self.library, self.searched, found.passages)
        async for piece in self._said(draft_request(self.library, lines, self.searched), model, words):
            yield piece
        said = "".join(words).strip() or SILENCE
        yield Text(said)
        answer = await asyncio.to_thread(check_draft, self.library, found, self.exchange.question, said)
        body = self._body(found, asked=True, answer=answer, draft=True)
        yield await asyncio.to_thread(keep, self.store, self.exchange, body)

    def _body(self, found: Findings, **more: Any) -> dict[str, Any]:
        more |= {"only": self.only, "rewritten_by": self.rewritten_by, "sent_to": self.sends_to}
        return body_of(self.library, found, self.exchange.question, **more)


def _told(library: Library, found: Findings) -> str:
    """The step that was searched: ``Searched 163 pages: 8 passages in 6 ms``."""
    pages, count = library.page_count, len(found.passages)
    seconds = f"{found.seconds * 1000:.0f} ms" if found.seconds < 1 else f"{found.seconds:.1f} s"
    return (
        f"Searched {pages:,} page{'' if pages == 1 else 's'}: {count} passage{'' if count == 1 else 's'} in {seconds}"
    )


def _in_words(body: dict[str, Any], silent: bool) -> str:
    """The quotes as text, for whoever copies or exports the reply."""
    lines = [
        f"{n}. \u201c{' '.join(one['text'].split())}\u201d ({title_of(body, one['document_id'])}, page {one['page']})"
        for n, one in enumerate(body["quotes"], 1)
    ]
    heading = f"{SILENCE} The nearest:" if silent and lines else SILENCE if silent else "Quotes found, no model asked:"
    return "\n\n".join([heading, *lines])


def _sources(body: dict[str, Any], reading: Reading) -> str:
    """What the numbers in the answer stand for, for whoever copies or exports it."""
    places = {one["number"]: one for one in body["answer"]["citations"]}
    numbers = dict.fromkeys(part.number for part in reading.parts if isinstance(part, Citation))
    lines = [_source(body, places[number]) for number in numbers]
    return "\n\n" + "\n".join(lines) if lines else ""


def _source(body: dict[str, Any], one: dict[str, Any]) -> str:
    if not one["document_id"]:
        return f"[{one['number']}] not found on any page that was read"
    note = "" if one["verdict"] == "verbatim" else ", not word for word"
    return (
        f"[{one['number']}] \u201c{one['quote']}\u201d ({title_of(body, one['document_id'])}, page {one['page']}{note})"
    )
