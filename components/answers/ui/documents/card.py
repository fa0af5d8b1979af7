"""An answer over documents: words whose citations move the page, every doubt marked; quotes where no model spoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.answers.documents.evidence import BY_MODEL, Place, found_places, passage_places, title_of
from components.answers.documents.finding import ENOUGH
from components.answers.documents.prompt import words_in
from components.answers.documents.units import LONGEST
from components.answers.numerals import listed
from components.answers.ui.documents.place import body_of, go_to
from components.answers.ui.documents.ways import draft_button, ways_on
from components.conversations.reading import said
from components.conversations.words import blocks, harmless
from components.store.conversations import Reply, turn
from components.ui import current_user
from components.ui.errors import plain
from components.ui.proof import show_words
from components.ui.reader import counted
from components.workbench import workbench

_DRAFT = (
    "The built-in model is small: over company filings a fifth of its sentences held the right number. It gets the "
    "best lines of the passages alone. Read the marked lines before you use what it says."
)
_UNVERIFIED = "No quote that stands on a page shows it, or a number of it is in no passage. Press the words to see why."
_NEAREST = "nearest"


@dataclass(frozen=True)
class Card:
    """One reply with what it found."""

    reply: Reply
    turn: int
    body: Mapping[str, Any]
    place: str | None  # the id of the place that is shown, where it is one of this card

    @property
    def streaming(self) -> bool:
        """Whether a model's words are still coming; they are drawn elsewhere."""
        return self.reply.state == "streaming"

    @property
    def silent(self) -> bool:
        """Whether the documents don't say: by the model's word, or by the rule where none was asked."""
        answer = self.body["answer"]
        if answer is not None:
            return bool(answer["silent"])
        return not self.body["asked"] and (not self.body["passages"] or bool(self.body["strength"]["weak"]))

    def key(self, part: str) -> str:
        """A widget's key: each part of each card has its own."""
        return f"{part}-{self.reply.id}"


def show_answer(reply: Reply, place_of: Mapping[str, str]) -> None:
    """Draw what a reply over documents found, at its end or so far.

    Args:
        place_of: The id of the place that is shown, by the id of its turn.
    """
    user = current_user()
    body = body_of(user, reply)
    if body is None:
        return
    number = turn(workbench().store, user.id, reply.turn_id).number
    card = Card(reply, number, body, place_of.get(reply.turn_id))
    with st.container(key=card.key("found"), gap="small"):
        _draw(card)


def _draw(card: Card) -> None:
    _show_searched(card.body)
    if card.silent and not card.streaming:
        _show_silence(card)
    elif card.body["answer"] is not None:
        _show_answered(card)
    else:
        _show_quotes(card)
    _show_passages(card)


def _show_searched(body: Mapping[str, Any]) -> None:
    if body["rewritten_by"]:
        who = "by the model" if body["rewritten_by"] == BY_MODEL else "names and times from before"
        st.caption(f":material/search: Searched for: {plain(body['searched'])} ({who})")


def _press(card: Card, picked: Mapping[str, str] | None) -> None:
    if picked and picked["action"] == "page":
        go_to(card.turn, picked["id"])
        st.rerun()


def _show_answered(card: Card) -> None:
    if card.body["draft"]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(":orange-badge[:material/edit_note: Draft]", width="content", help=_DRAFT)
            st.caption("A sentence of the built-in model. The marked line is the nearest to it.", width="stretch")
    answer = card.body["answer"]
    picked = show_words(answer["paragraphs"], key=card.key("words"), open_citation=card.place)
    _show_checks(card)
    _press(card, picked)
    if card.body["draft"]:
        _quote_list(card, found_places(card.body))


def _show_checks(card: Card) -> None:
    """One quiet line for what was found, louder ones for what was not."""
    answer = card.body["answer"]
    lines = [
        _counted(answer["quotes"], "quote", "found word for word"),
        _counted(answer["numbers"], "number", "found in the passages"),
    ]
    if answer["doubts"]:
        claims = counted(answer["doubts"], "claim")
        lines.append(f":orange[:material/help:] :gray[:small[{claims} unverified]]")
    lines = [line for line in lines if line]
    if lines:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=card.key("card-foot")):
            for line in lines:
                st.markdown(line, width="content", help=_UNVERIFIED if line.endswith("unverified]]") else None)


def _counted(counts: Mapping[str, int], noun: str, done: str) -> str:
    found, of = counts["found"], counts["of"]
    if not of:
        return ""
    if found == of:
        return f":green[:material/check_circle:] :gray[:small[{found} of {counted(of, noun)} {done}]]"
    return f":orange[:material/warning: {of - found} of {counted(of, noun)} not {done}]"


def _show_silence(card: Card) -> None:
    """No answer is an answer: what was looked through, by which rule, and what comes nearest."""
    answer, body = card.body["answer"], card.body
    with st.container(border=True, key=card.key("silence"), gap="small"):
        st.markdown(":orange[:material/search_off:] **The documents don't say**")
        if answer is not None:
            _press(card, show_words(answer["paragraphs"], key=card.key("words"), open_citation=card.place))
        else:
            st.markdown(_rule(body))
        if body["quotes"]:
            st.caption("The nearest lines. Nothing was made up from them.")
            _quote_list(card, found_places(body)[:3], part=_NEAREST)
        ways_on(card.reply, body)


def _rule(body: Mapping[str, Any]) -> str:
    pages = counted(body["page_count"], "page")
    if not body["passages"]:
        return f"No passage in {pages} shares a word with the question."
    nearest = f"the nearest passages in {pages}"
    missing = listed([f"**{plain(word)}**" for word in body["strength"]["missing"][:5]])
    if body["strength"]["share"] > ENOUGH or not missing:
        return f"Nothing in {nearest} is like the question in meaning."
    likeness = ", and nothing in them is like it in meaning" if body["by_meaning"] else ""
    return f"Half of the question or more is not in {nearest}{likeness}. They do not hold {missing}."


def _show_quotes(card: Card) -> None:
    """The quotes alone: while a model's words are coming, where none was asked, and where it broke off."""
    body = card.body
    if card.streaming:
        st.caption("Found at once")
    elif body["asked"]:
        _show_unchecked(card)
    else:
        order = "by the question's words" + (" and meaning" if body["by_meaning"] else "")
        st.caption(f"Quotes, ranked {order}. No model was asked: what they say together is yours to judge.")
    _quote_list(card, found_places(body))
    if not card.streaming and not body["asked"]:
        _show_missing(body)
        draft_button(card.reply, body)


def _show_unchecked(card: Card) -> None:
    """What a model had said when it was stopped: its quotes were not looked up, and it says so."""
    text = said(workbench().store, current_user().id, card.reply).text
    if text.strip():
        st.markdown(":orange[:material/help:] :gray[:small[Not checked: it ended before its quotes were looked up]]")
        for block in blocks(text):
            st.markdown(harmless(block))
    st.caption("What was found in the documents")


def _show_missing(body: Mapping[str, Any]) -> None:
    if missing := body["strength"]["missing"][:5]:
        words = listed([f"**{plain(word)}**" for word in missing])
        st.markdown(f":orange[:material/help:] In none of the passages: {words}.")


def _quote_list(card: Card, places: tuple[Place, ...], part: str = "quotes") -> None:
    paragraphs = [
        [
            {"text": f"\u201c{_flat(place.quote)}{_goes_on(place.quote)}\u201d "},
            {"text": _where(card.body, place), "kind": "cite", "id": place.id},
        ]
        for place in places
    ]
    _press(card, show_words(paragraphs, key=card.key(part), open_citation=card.place, voice="source"))


def _where(body: Mapping[str, Any], place: Place) -> str:
    """Page alone where all stand in one document."""
    one = len({quote["document_id"] for quote in body["quotes"]}) == 1
    return f"page {place.page}" if one else f"{title_of(body, place.document_id)}, page {place.page}"


def _show_passages(card: Card) -> None:
    passages = passage_places(card.body)
    if not passages:
        return
    with st.expander(f"{counted(len(passages), 'passage')} read", type="compact", key=card.key("passages")):
        st.caption(_went(card.body))
        paragraphs = [
            [
                {
                    "text": f"{n}. {title_of(card.body, place.document_id)}, page {place.page}",
                    "kind": "cite",
                    "id": place.id,
                },
                {"text": f" {_flat(place.quote)}"},
            ]
            for n, place in enumerate(passages, 1)
        ]
        _press(card, show_words(paragraphs, key=card.key("read"), open_citation=card.place, voice="small"))


def _went(body: Mapping[str, Any]) -> str:
    """Who got them."""
    if body["sent_to"]:
        words = counted(words_in(body["passages"]), "word")
        return f":material/public: These, {words}, went to **{plain(body['sent_to'])}**; nothing else did."
    return ":material/lock: They stayed on this machine."


def _goes_on(quote: str) -> str:
    """A sign where a very long sentence was cut."""
    return " \u2026" if len(quote) > LONGEST * 0.8 and quote.rstrip()[-1:] not in ".!?" else ""


def _flat(text: str) -> str:
    return " ".join(text.split())
