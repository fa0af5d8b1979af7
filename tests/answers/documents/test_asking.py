"""A question over real PDFs: what is found comes first, and no quote or number passes unchecked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from components.conversations.pieces import Found, Step
from components.errors import CutOffError, UnreachableError
from components.llm.vocabulary import Message, Piece, Request, Text
from components.store import evidence
from tests.answers.conftest import saying
from tests.answers.documents.conftest import Shelf, text

QUESTION = "Why did the margin on lamps fall?"
GOOD = (
    'The margin fell to 31.4 % [1: "The margin on lamps fell to 31.4 % in 2025"] because freight cost more '
    '[1: "due primarily to higher freight costs"].'
)


def spans(body: dict[str, object], kind: str) -> list[str]:
    answer = body["answer"]
    assert isinstance(answer, dict)
    return [span["text"] for paragraph in answer["paragraphs"] for span in paragraph if span.get("kind") == kind]


def test_passages_and_quotes_come_before_the_models_words(shelf: Shelf) -> None:
    pieces = shelf.ask(QUESTION, saying(GOOD))
    kinds = [type(piece).__name__ for piece in pieces]
    assert kinds.index("Step") < kinds.index("Found") < kinds.index("Text")
    first, last = shelf.bodies(pieces)
    assert first["answer"] is None
    assert first["asked"]
    assert first["quotes"][0]["text"].startswith("The margin on lamps fell to 31.4 %")
    assert first["quotes"][0]["page"] == 2
    assert "Searched 4 pages" in next(piece.text for piece in pieces if isinstance(piece, Step))
    assert last["answer"]["quotes"] == {"found": 2, "of": 2}
    assert last["answer"]["doubts"] == 0
    assert spans(last, "cite") == ["1", "2"]
    assert text(pieces).startswith("The margin fell to 31.4 % [1] because freight cost more [2].")
    assert "[2] “due primarily to higher freight costs” (Lamp Shop 2025, page 2)" in text(pieces)


def test_the_evidence_names_documents_pages_and_places(shelf: Shelf) -> None:
    body = shelf.bodies(shelf.ask(QUESTION, saying(GOOD)))[-1]
    one = body["answer"]["citations"][1]
    assert (one["document_id"], one["page"], one["verdict"]) == (shelf.ids["Lamp Shop 2025"], 2, "verbatim")
    passage = body["passages"][0]
    assert passage["text"][one["start"] - passage["start"] : one["end"] - passage["start"]] == one["quote"]


def test_a_changed_digit_in_a_quote_is_marked_with_the_difference(shelf: Shelf) -> None:
    said = 'The margin fell to 31.5 % [1: "The margin on lamps fell to 31.5 % in 2025"].'
    body = shelf.bodies(shelf.ask(QUESTION, saying(said)))[-1]
    assert body["answer"]["quotes"] == {"found": 0, "of": 1}
    assert spans(body, "doubt") == ["The margin fell to 31.5\u00a0%"]
    assert body["answer"]["citations"][0]["verdict"] == "near"
    assert body["answer"]["citations"][0]["difference"] == "It says “31.5” where the page says “31.4”."


def test_a_quote_that_stands_nowhere_leads_nowhere(shelf: Shelf) -> None:
    said = 'Lamps will recover next year [1: "we expect a strong recovery of demand for luxury"].'
    body = shelf.bodies(shelf.ask(QUESTION, saying(said)))[-1]
    assert spans(body, "cite") == []
    assert spans(body, "doubt") == ["Lamps will recover next year"]
    facts = dict(next(s for s in body["answer"]["paragraphs"][0] if s.get("kind") == "doubt")["facts"])
    assert facts["Looked"].startswith("on the")
    assert facts["So"] == "the model says this; no quote shows it"


def test_a_claim_without_a_quote_is_marked(shelf: Shelf) -> None:
    said = f"{GOOD} The owner was not pleased about it at all. It shows [1]."
    body = shelf.bodies(shelf.ask(QUESTION, saying(said)))[-1]
    assert spans(body, "doubt") == ["The owner was not pleased about it at all", "It shows"]


def test_a_number_that_stands_in_no_passage_is_marked(shelf: Shelf) -> None:
    said = 'The margin fell by 4.2 points to 31.4 % [1: "The margin on lamps fell to 31.4 %"].'
    body = shelf.bodies(shelf.ask(QUESTION, saying(said)))[-1]
    assert spans(body, "doubt") == ["4.2"]
    assert body["answer"]["numbers"] == {"found": 1, "of": 2}


def test_a_number_from_another_page_than_the_cited_one_is_marked(shelf: Shelf) -> None:
    said = 'Of 42 people 31.4 % left [1: "The margin on lamps fell to 31.4 % in 2025"].'
    body = shelf.bodies(shelf.ask("How did margin and people change?", saying(said)))[-1]
    assert spans(body, "doubt") == ["42"]


def test_a_quote_is_found_on_another_page_that_was_read(shelf: Shelf) -> None:
    said = 'It employs 42 people [2: "The shop employs 42 people in Leipzig."].'
    body = shelf.bodies(shelf.ask("How many people does the lamp shop employ?", saying(said)))[-1]
    assert body["answer"]["citations"][0]["page"] == 3
    assert body["answer"]["quotes"] == {"found": 1, "of": 1}


def test_a_model_that_says_they_do_not_say_is_believed(shelf: Shelf) -> None:
    said = 'The documents don\'t say. They name freight [1: "higher freight costs"].'
    body = shelf.bodies(shelf.ask(QUESTION, saying(said)))[-1]
    assert body["answer"]["silent"]
    assert body["answer"]["doubts"] == 0


def test_without_a_model_the_quotes_are_the_answer(shelf: Shelf) -> None:
    pieces = shelf.ask(QUESTION)
    (body,) = shelf.bodies(pieces)
    assert not body["asked"]
    assert not body["strength"]["weak"]
    assert text(pieces).startswith("Quotes found, no model asked:\n\n1. “The margin on lamps fell to 31.4 % in 2025")


def test_weak_evidence_is_silence_with_the_nearest_quotes(shelf: Shelf) -> None:
    pieces = shelf.ask("Which side effects does aspirin have on children in Leipzig?")
    (body,) = shelf.bodies(pieces)
    assert body["strength"]["weak"]
    assert "aspirin" in body["strength"]["missing"]
    assert text(pieces).startswith("The documents don't say. The nearest:")


def test_a_question_that_shares_no_word_asks_no_model(shelf: Shelf) -> None:
    asked: list[Request] = []
    pieces = shelf.ask("Xylophone zeppelin?", saying("Never.", heard=asked))
    assert not asked
    assert text(pieces) == "The documents don't say."
    assert shelf.bodies(pieces)[0]["passages"] == []


def test_a_weak_question_is_left_to_an_able_model(shelf: Shelf) -> None:
    asked: list[Request] = []
    shelf.ask("Which side effects does aspirin have in Leipzig?", saying("The documents don't say.", heard=asked))
    assert len(asked) == 1


def test_the_model_gets_passages_and_question_and_nothing_else(shelf: Shelf) -> None:
    asked: list[Request] = []
    shelf.ask(QUESTION, saying(GOOD, heard=asked), document_ids=[shelf.ids["Lamp Shop 2025"]])
    (sent,) = asked
    assert [message.role for message in sent.messages] == ["system", "user"]
    assert "[1] Lamp Shop 2025, page 2\n" in sent.messages[1].text
    assert sent.messages[1].text.endswith(f"Question: {QUESTION}")
    assert "Garden" not in sent.messages[1].text


def test_the_built_in_model_drafts_from_lines_and_its_sentence_is_looked_up(shelf: Shelf) -> None:
    asked: list[Request] = []
    pieces = shelf.ask(QUESTION, saying("It fell to 29.9 % for freight costs.", heard=asked), drafts=True)
    body = shelf.bodies(pieces)[-1]
    assert body["draft"]
    assert spans(body, "doubt") == ["29.9"]
    assert body["answer"]["citations"][0]["verdict"] == "chosen"
    assert body["answer"]["quotes"]["of"] == 0
    assert len(asked[0].messages[1].text.split()) < 300


EARLIER = (Message("user", "How did lamps do in Leipzig in 2025?"), Message("assistant", "They fell."))


def test_a_follow_up_is_made_whole_by_the_model(shelf: Shelf) -> None:
    asked: list[Request] = []
    model = saying("Why did the margin on lamps fall in 2025?", GOOD, heard=asked)
    pieces = shelf.ask("Why did it?", model, *EARLIER)
    body = shelf.bodies(pieces)[-1]
    assert (body["searched"], body["rewritten_by"]) == ("Why did the margin on lamps fall in 2025?", "model")
    assert Step("Searched for: Why did the margin on lamps fall in 2025?") in pieces
    assert "How did lamps do" in asked[0].messages[1].text
    assert "They fell" not in asked[1].messages[1].text


def test_without_a_model_a_follow_up_carries_names_and_years(shelf: Shelf) -> None:
    body = shelf.bodies(shelf.ask("How many people does it employ?", None, *EARLIER))[-1]
    assert (body["searched"], body["rewritten_by"]) == ("How many people does it employ? (Leipzig, 2025)", "words")


def test_a_model_that_is_away_leaves_what_was_found(shelf: Shelf) -> None:
    async def away(request: Request) -> AsyncIterator[Piece]:
        raise UnreachableError("Nobody is there.")
        yield

    heard: list[object] = []

    async def read() -> None:
        from components.answers.documents.asking import ask_documents

        answer = ask_documents(
            shelf.exchange("Why did it?", *EARLIER),
            model=away,
            drafts=False,
            store=shelf.store,
            user_id=shelf.user_id,
            document_ids=None,
        )
        async for piece in answer:
            heard.append(piece)

    import asyncio

    with pytest.raises(UnreachableError):
        asyncio.run(read())
    assert any(isinstance(piece, Found) for piece in heard)


def test_words_that_broke_off_are_checked_and_kept(shelf: Shelf) -> None:
    async def breaks(request: Request) -> AsyncIterator[Piece]:
        yield Text(GOOD)

    exchange = shelf.exchange(QUESTION)
    from components.answers.documents.asking import ask_documents
    from tests.answers.documents.conftest import hear

    with pytest.raises(CutOffError):
        hear(
            ask_documents(
                exchange, model=breaks, drafts=False, store=shelf.store, user_id=shelf.user_id, document_ids=None
            )
        )
    kept = evidence.evidence_of_reply(shelf.store, shelf.user_id, exchange.reply_id)
    assert kept[-1].body["answer"]["quotes"] == {"found": 2, "of": 2}
