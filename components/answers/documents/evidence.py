"""What an answer over documents rests on, as it is kept, and the places on pages that it leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.answers.documents.finding import Findings
from components.answers.documents.library import Library
from components.conversations.pieces import Exchange, Found
from components.store import Store

KIND = "passages"
BY_MODEL, BY_WORDS = "model", "words"  # who made a follow-up stand by itself
QUOTE, PASSAGE = "q", "p"  # how the ids of places begin; those of citations are their numbers alone


@dataclass(frozen=True)
class Place:
    """A place on a page that can be shown.

    Attributes:
        id: ``3`` for the third citation, ``q2`` for the second quote, ``p5`` for the fifth passage.
        verdict: ``verbatim``, ``near``, ``chosen`` (a line that is nearest to a draft), or empty for what we found.
    """

    id: str
    document_id: str
    page: int
    start: int
    end: int
    quote: str
    verdict: str = ""
    difference: str = ""


def body_of(
    library: Library,
    found: Findings,
    question: str,
    *,
    only: Sequence[str] = (),
    rewritten_by: str = "",
    asked: bool = False,
    sent_to: str = "",
    answer: Mapping[str, Any] | None = None,
    draft: bool = False,
) -> dict[str, Any]:
    """The evidence as JSON.

    Args:
        only: The ids of the documents that were chosen; empty where all were searched.
        rewritten_by: Who changed the question before it was searched for; empty where nobody did.
        asked: Whether a model was, or is being, asked.
        sent_to: The host that got the question and the passages; empty where they stayed on this machine.
        answer: What was checked of its words; None until they are there.
        draft: They are the built-in model's.
    """
    return {
        "question": question,
        "only": list(only),
        "rewritten_by": rewritten_by,
        **found.body(library),
        "asked": asked,
        "sent_to": sent_to if asked else "",
        "answer": dict(answer) if answer is not None else None,
        "draft": draft,
    }


def keep(store: Store, exchange: Exchange, body: Mapping[str, Any]) -> Found:
    """Keep evidence with its reply. A reply may have two: what was found, then what a model made of it."""
    from components.store import evidence

    kept = evidence.add_evidence(store, exchange.user_id, exchange.reply_id, KIND, body)
    return Found({"kind": KIND, "evidence": kept.id})


def places(body: Mapping[str, Any]) -> tuple[Place, ...]:
    """The places that a reader steps through: the citations of the answer; without any, the quotes that were found."""
    cited = cited_places(body)
    return cited or found_places(body)


def cited_places(body: Mapping[str, Any]) -> tuple[Place, ...]:
    """The citations that lead somewhere, in their order."""
    citations = (body["answer"] or {}).get("citations", ())
    return tuple(
        Place(
            str(one["number"]),
            one["document_id"],
            one["page"],
            one["start"],
            one["end"],
            one["quote"],
            one["verdict"],
            one["difference"],
        )
        for one in citations
        if one["document_id"]
    )


def found_places(body: Mapping[str, Any]) -> tuple[Place, ...]:
    """The quotes that were found without a model, the best first."""
    return tuple(_place(f"{QUOTE}{n}", one) for n, one in enumerate(body["quotes"], 1))


def passage_places(body: Mapping[str, Any]) -> tuple[Place, ...]:
    """The passages, in the order in which a model reads them."""
    return tuple(_place(f"{PASSAGE}{n}", one) for n, one in enumerate(body["passages"], 1))


def place_named(body: Mapping[str, Any], name: str) -> Place | None:
    """The place of an id; None where there is none."""
    every = (*cited_places(body), *found_places(body), *passage_places(body))
    return next((place for place in every if place.id == name), None)


def steps(body: Mapping[str, Any], name: str) -> tuple[Place, ...]:
    """The places among which a reader steps who is at one of this id."""
    if name.startswith(PASSAGE):
        return passage_places(body)
    return found_places(body) if name.startswith(QUOTE) else places(body)


def title_of(body: Mapping[str, Any], document_id: str) -> str:
    """A document's title as it was."""
    return next((str(one["title"]) for one in body["documents"] if one["id"] == document_id), "A document")


def _place(name: str, one: Mapping[str, Any]) -> Place:
    return Place(name, one["document_id"], one["page"], one["start"], one["end"], one["text"])
