"""Follow-up questions: what they only point at is taken from the questions before, so that they can be searched for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.answers.documents.terms import saying, terms
from components.llm.vocabulary import Message

_POINTS = re.compile(
    r"^(and|but|so|then|what about|how about|why|also|in|for|or)\b"
    r"|\b(it|its|they|them|their|theirs|that|this|those|these|he|she|his|her|there|same|one|ones|former|latter|"
    r"before|instead|compared|previous|else)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w&.-]*[\w](?:\s+(?:(?:of|and|the|&)\s+)?[A-Z][\w&.-]*[\w])*")
_POINTERS = {"he", "she", "same", "one", "ones", "former", "latter", "previous", "else", "instead", "compared"}
_POINTERS |= {"last", "next", "after", "earlier", "later", "year", "quarter", "month"}  # the year before, last quarter
_PERIOD = re.compile(
    r"\b(?:(?:Q[1-4]|H[12]|FY)\s?'?(?:19|20)?\d{2}|(?:19|20)\d{2}(?:\s?Q[1-4])?|Q[1-4]|"
    r"(?:first|second|third|fourth)\s+quarter(?:\s+of\s+(?:19|20)\d{2})?)\b",
    re.IGNORECASE,
)
_FEW = 4  # terms of a question that hardly stands by itself


def points_back(question: str) -> bool:
    """Whether a question seems to need those before it: a word that points, or hardly a word of its own."""
    return bool(_POINTS.search(question.strip())) or len(terms(question)) <= _FEW


def carried(question: str, history: Sequence[Message]) -> str:
    """The question with the names and times of the newest earlier question that has them, in brackets.

    Only what the question lacks: one with a name of its own keeps to it, and so with years and quarters. A question
    that stands by itself stays as it is.
    """
    earlier = [message.text for message in reversed(history) if message.role == "user"]
    if not earlier or not points_back(question):
        return question
    added: list[str] = []
    if not names(question):
        added += next((found for text in earlier if (found := names(text))), [])
    if not periods(question):
        added += next((found for text in earlier if (found := periods(text))), [])
    if not _own(question):
        added += next((found for text in earlier if (found := _own(text))), [])
    added = [one for one in dict.fromkeys(added) if one.lower() not in question.lower()]
    return f"{question.strip()} ({', '.join(added)})" if added else question


def _own(question: str) -> list[str]:
    """What a question asks for, beside names and times: ``revenue`` of "What was Apple's revenue in 2023?"."""
    bare = _PERIOD.sub(" ", question)
    for name in names(question):
        bare = bare.replace(name, " ")
    return [word for word in saying(bare) if len(word) > 1 and word.lower() not in _POINTERS]


def names(text: str) -> list[str]:
    """What a text writes with a capital within a sentence: names of companies, people, places."""
    found = [re.sub(r"(?:'s|\u2019s)$", "", match) for match in _NAME.findall(text)]
    return [name for name in found if not _PERIOD.fullmatch(name)]


def periods(text: str) -> list[str]:
    """The years and quarters that a text names."""
    return [" ".join(match.split()) for match in _PERIOD.findall(text)]


def standing(reply: str, question: str) -> str:
    """The question that a model made of a follow-up; the question itself where it made none that can be one."""
    lines = [line.strip().strip("\"'\u201c\u201d ") for line in reply.strip().splitlines() if line.strip()]
    asking = [line for line in lines if line.endswith("?")] or (lines if len(lines) == 1 else [])
    if not asking:
        return question
    made = re.sub(r"^(?:last |rewritten )?question:\s*", "", asking[-1], flags=re.IGNORECASE).strip("\"'\u201c\u201d ")
    return made if 2 <= len(made) <= max(300, 3 * len(question)) else question
