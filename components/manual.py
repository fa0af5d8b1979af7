"""The documentation as the app itself shows it: the files of ``docs/`` and the README, cut at their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache

from components.settings import PREFIX, ROOT, Settings

SETTINGS = "readme/settings"  # the section that lists every setting

_HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n?", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")


@dataclass(frozen=True)
class Book:
    """One file of the documentation: its name in addresses, what readers call it, where it lies."""

    name: str
    title: str
    file: str


BOOKS = (
    Book("using", "Using Groundwork", "docs/using.md"),
    Book("readme", "At a glance", "README.md"),
    Book("sign-in", "Signing in", "docs/sign-in.md"),
    Book("operating", "Running a server", "docs/operating.md"),
    Book("messages", "Messages", "docs/messages.md"),
    Book("contributing", "Contributing", "docs/contributing.md"),
)


@dataclass(frozen=True)
class Section:
    """What stands under one heading of the second rank, or before the first one.

    Attributes:
        address: ``using/tables``: the book's name and the heading as an anchor, as it stands in ``?at=``.
        title: The heading.
        text: Markdown. Pictures are left out: in the app the page itself is there. Links to other files lead to the
            same place here, by ``?at=``; those that lead nowhere here are words alone.
    """

    address: str
    title: str
    text: str


def anchor(heading: str) -> str:
    """A heading as an anchor, in the way that GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")


@cache
def sections(name: str) -> tuple[Section, ...]:
    """The sections of a book in their order; those without any text are left out.

    Raises:
        KeyError: There is no such book.
    """
    book = {one.name: one for one in BOOKS}[name]
    raw = _cut((ROOT / book.file).read_text(encoding="utf-8"), book.title)
    made = [Section(f"{name}/{anchor(title)}", title, _here(text, book)) for title, text in raw]
    return tuple(section for section in made if section.text)


def find_section(address: str) -> Section:
    """The section of an address: ``book``, ``book/heading`` of any rank; the first one where it leads nowhere."""
    name, _, heading = address.partition("/")
    book = name if name in {one.name for one in BOOKS} else BOOKS[0].name
    found = sections(book)
    exact = next((one for one in found if one.address == f"{book}/{heading}"), None)
    return exact or next((one for one in found if heading in _anchors_in(one.text)), found[0])


def setting_names() -> frozenset[str]:
    """The names of all settings, as they stand in the environment."""
    return frozenset(PREFIX + item.name.upper() for item in fields(Settings) if "read" in item.metadata)


def describe_setting(name: str) -> str:
    """What the documentation says of a setting, named as in the environment or as in the secrets file; or nothing."""
    word = name.removeprefix(PREFIX).lower()
    item = next((one for one in fields(Settings) if one.name == word and "read" in one.metadata), None)
    return f"`{PREFIX}{word.upper()}`: {item.metadata['help']}" if item else ""


def _cut(text: str, first: str) -> list[tuple[str, str]]:
    """Headings of the second rank with their text; what stands before them is under the book's own title."""
    found: list[tuple[str, list[str]]] = [(first, [])]
    fenced = False
    for line in _COMMENT.sub("", text).splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if heading and len(heading[1]) == 2:
            found.append((heading[2], []))
        elif not (heading and len(heading[1]) == 1):
            found[-1][1].append(line)
    return [(title, "\n".join(lines).strip()) for title, lines in found]


def _anchors_in(text: str) -> set[str]:
    return {anchor(found[2]) for found in map(_HEADING.match, text.splitlines()) if found}


def _here(text: str, book: Book) -> str:
    def lead(link: re.Match[str]) -> str:
        words, file, heading = link.groups()
        place = (ROOT / book.file).parent.joinpath(file).resolve() if file else ROOT / book.file
        to = next((one.name for one in BOOKS if ROOT / one.file == place), None)
        return f"[{words}](help?at={to}{'/' + heading if heading else ''})" if to else str(words)

    return _LINK.sub(lead, _PICTURE.sub("", text)).strip()
