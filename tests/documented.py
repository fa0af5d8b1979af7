"""What stands in the documentation, taken out of it: tests follow examples as they are written there."""

from __future__ import annotations

import re

from components.settings import ROOT


def blocks(file: str, language: str) -> list[str]:
    """The code blocks of a language in a file, in their order."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def block(file: str, language: str, holding: str = "") -> str:
    """The one code block of a language that holds some words."""
    found = [text for text in blocks(file, language) if holding in text]
    assert len(found) == 1, f"{file} has {len(found)} blocks of {language} with {holding!r}"
    return found[0]
