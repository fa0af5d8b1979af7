"""The lines of the table of messages, looked for in what somebody sees.

A case names its message as the table does, ``place: message``, and is held to all three sentences of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from scripts.messages_table import SAID_ELSEWHERE, Line, lines

OR = " *or* "
_GAP = re.compile(r"\{[^{}]*\}")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = str.maketrans("", "", "\\\N{WORD JOINER}\N{ZERO WIDTH SPACE}*`")


def key_of(line: Line) -> str:
    """How a case names a message."""
    return f"{'everywhere' if line.place == '.' else line.place}: {line.what}"


MESSAGES: dict[str, list[Line]] = {}
for _line in lines():
    MESSAGES.setdefault(key_of(_line), []).append(_line)


READ_NOW: set[str] = set()  # since a file of tests began


def assert_read(seen: str, key: str, *, within: bool = False) -> None:
    """Every sentence of a message stands in what is seen: what happened, what was kept, what to do.

    ``within``: it stands in another message, which says itself what was kept and what to do.
    """
    READ_NOW.add(key)
    found = [replace(line, kept="", todo="") if within else line for line in MESSAGES[key]]
    missing = min((_missing(seen, line) for line in found), key=len)
    assert not missing, f"{missing} not in:\n{seen}"


def _missing(seen: str, line: Line) -> list[str]:
    flat = _flat(seen)
    parts = [*line.what.split(". "), *_either(line.kept, flat), *_either(line.todo, flat)]
    return [part for part in parts if part and not _pattern(part).search(flat)]


def _either(sentences: str, flat: str) -> list[str]:
    """The sentences that are wanted: of several that may stand there, the one that does, else the first."""
    choices = sentences.split(OR)
    found = next((one for one in choices if _pattern(one).search(flat)), choices[0])
    return [found]


def _pattern(words: str) -> re.Pattern[str]:
    if words == SAID_ELSEWHERE:
        return re.compile("")
    fixed = [re.escape(_flat(part)) for part in _GAP.split(words)]
    return re.compile(".*?".join(fixed), re.DOTALL)


def _flat(text: str) -> str:
    """Text without marks of formatting and full stops at its end: a box draws its first sentence as a title."""
    return re.sub(r"\s+", " ", _LINK.sub(r"\1", text).translate(_MARKS)).strip(" .") if text.strip() else text


def page_words(at: AppTest) -> str:
    """Everything that a page says, its sidebar and dialogs too."""
    assert not at.exception, at.exception
    kinds = (at.title, at.header, at.subheader, at.markdown, at.caption, at.code, at.error, at.warning, at.info)
    return words_of(element.value for kind in kinds for element in kind)


def words_of(values: Iterable[object]) -> str:
    """Some texts, one a line."""
    return "\n".join(str(value) for value in values)
