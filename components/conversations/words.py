"""A reply's words on their way to the screen: cut into blocks that are drawn once, and made harmless.

A model's words are not ours: a picture in them would be fetched by the reader's browser from wherever the model says,
and tell that address what stands in the conversation. The page's Content-Security-Policy refuses that; here the
picture becomes a link, which nothing follows but a reader's own press.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
ITEM = re.compile(r" {0,3}([-+*]|\d{1,9}[.)])(\s|$)")
TICKS = re.compile("`+")
BRACKETS = re.compile(r"(!\[|\][(\[]?)")
MONEY = re.compile(r"(?<![\\$])\$(?=\d)")


def blocks(text: str) -> list[str]:
    """Cut Markdown into blocks that may be drawn one by one: paragraphs, lists, fenced code.

    Joined again they are the text, but for blank lines between them. A list with blank lines in it, what is indented
    under it, and a fence with blank lines stay whole. Linear in the text.
    """
    found: list[list[str]] = []
    fence, gap = "", True
    for line in text.splitlines():
        blank = not line.strip() and not fence
        if not blank:
            if gap and not (found and _belongs(line, found[-1])):
                found.append([])
            elif gap:
                found[-1].append("")
            found[-1].append(line)
            fence = _fence_after(line, fence)
        gap = blank
    return ["\n".join(block) for block in found]


def harmless(block: str) -> str:
    """A block with its pictures turned into links and its sums of money kept from being read as formulas.

    What stands in code stays as it is.
    """
    return "\n".join(_harmless_line(line) if not code else line for line, code in _lines(block))


def as_typed(text: str) -> str:
    """What a user typed, as HTML that shows it sign by sign and keeps its lines; fenced code stands in ``<pre>``."""
    runs = groupby(_lines(text.strip("\n")), key=lambda line: line[1])
    return "".join(_set("\n".join(line for line, _ in run), code) for code, run in runs)


def title_of(question: str, longest: int = 44) -> str:
    """A conversation's first title: the question's first line, cut at a word."""
    line = next((line.strip() for line in question.splitlines() if line.strip()), "New conversation")
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"


def _set(words: str, code: bool) -> str:
    return f"<pre>{escape(words)}</pre>" if code else escape(words)


def _lines(block: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is fenced code or its fence."""
    fence = ""
    for line in block.splitlines():
        after = _fence_after(line, fence)
        yield line, bool(fence or after)
        fence = after


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after a line, if any."""
    match = FENCE.fullmatch(line)
    if fence:
        closes = match and match[1].startswith(fence) and not match[2].strip()
        return "" if closes else fence
    if match and not (match[1][0] == "`" and "`" in match[2]):
        return match[1]
    return ""


def _belongs(line: str, block: list[str]) -> bool:
    """Whether a line after a blank one still belongs to the list above it."""
    return bool(ITEM.match(block[0])) and (line[0] in " \t" or bool(ITEM.match(line)))


def _harmless_line(line: str) -> str:
    """Only what is a code span by itself, within one line, is taken for code; any doubt is decided for harmlessness."""
    if line.startswith(("    ", "\t")) and "![" not in line:
        return line
    pieces, at = [], 0
    for start, end in _code_spans(line):
        pieces += [_harmless_words(line[at:start]), _without_pictures(line[start:end])]
        at = end
    return "".join([*pieces, _harmless_words(line[at:])])


def _code_spans(line: str) -> Iterator[tuple[int, int]]:
    """Where code begins and ends: a run of ticks, up to the next one of its length. Linear in the line."""
    runs = [run.span() for run in TICKS.finditer(line)]
    later: dict[int, list[int]] = {}
    for place in reversed(range(len(runs))):
        later.setdefault(runs[place][1] - runs[place][0], []).append(place)
    place = 0
    while place < len(runs):
        start, end = runs[place]
        same = later[end - start]
        while same and same[-1] <= place:
            same.pop()
        if same and line[max(0, start - 1) : start] != "\\":
            place = same[-1]
            yield start, runs[place][1]
        place += 1


def _harmless_words(words: str) -> str:
    """A picture ``![words](address)`` becomes the link ``[words](address)``; any other ``![`` is shown as it is."""
    return MONEY.sub(r"\\$", _without_pictures(words).replace("![", r"!\["))


def _without_pictures(words: str) -> str:
    """Each picture as a link. It is read from its end, so that the time is linear in the words."""
    pieces, is_link = [], False
    for piece in reversed(BRACKETS.split(words)):
        if piece.startswith("]"):
            is_link = len(piece) == 2
        pieces.append("[" if piece == "![" and is_link else piece)
    return "".join(reversed(pieces))
