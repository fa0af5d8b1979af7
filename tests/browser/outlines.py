"""A page's outline: what stands on it by role and name, in its order, with numbers and times made neutral.

It is compared in place of pictures: colours and pixels may change, what a reader meets may not change unseen.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).with_name("outlines")
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
STAMPS = PICTURES / "outlines.json"  # of which structure each picture is

_PARTS = ("[data-testid=stMainBlockContainer]", "[data-testid=stBottom]", "[data-testid=stDialog]")
_EXPLORER = ".st-key-explorer > :last-child"  # its inside is PyGWalker's
_ONCE = re.compile(r'^(\s*- \w+ "(.+)".*):\n\s+- paragraph: \2$', re.MULTILINE)  # a name, and the same as a text
_NEUTRAL = (  # what differs from run to run, or from day to day
    (re.compile(r"\bjust now\b|\byesterday\b|\b\d+ (min|h) ago\b|\b\d+([.,]\d+)? (ms|s|min)\b"), "TIME"),
    (re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?\b"), "TIME"),
    (re.compile(r"\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*( \d{4})?\b"), "DATE"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"), "DATE"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"\d+([.,]\d+)*"), "N"),
)


def outline(page: Page) -> str:
    """The outline of everything that stands in the main part of the page, at its foot, and in a dialog."""
    page.locator(_EXPLORER).evaluate_all("found => found.forEach(node => node.setAttribute('aria-hidden', 'true'))")
    parts = [page.locator(part) for part in _PARTS]
    return "\n".join(neutral(part.first.aria_snapshot()) for part in parts if part.count()) + "\n"


def neutral(snapshot: str) -> str:
    """A snapshot without what differs each time it is taken."""
    lines = [line for line in snapshot.splitlines() if not line.strip().startswith("- /url:")]
    text = _ONCE.sub(r"\1", "\n".join(lines))
    for pattern, word in _NEUTRAL:
        text = pattern.sub(word, text)
    return text


def kept(name: str) -> str:
    """The outline that is kept of a view; empty where there is none."""
    file = FOLDER / f"{name}.yml"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def keep(name: str, text: str) -> None:
    """Keep another outline of a view."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.yml").write_text(text, encoding="utf-8")


def stamp(text: str) -> str:
    """A short mark of an outline, to be kept beside the picture that was taken of it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stamps() -> dict[str, str]:
    """The marks that are kept beside the pictures of the documentation, by picture."""
    return dict(json.loads(STAMPS.read_text(encoding="utf-8"))) if STAMPS.exists() else {}


def keep_stamps(found: dict[str, str]) -> None:
    """Keep the marks of the pictures that were just taken."""
    STAMPS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
