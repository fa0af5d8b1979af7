"""The query in a model's reply, whatever stands around it."""

from __future__ import annotations

import re

_THOUGHT = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL | re.IGNORECASE)
# Possessive: a reply that ends in nothing but blanks must not take a time quadratic in them.
_FENCE = re.compile(r"```[ \t]*+(\w*+)[ \t]*+\r?\n(.*?)(?:```|\Z)", re.DOTALL)
_START = re.compile(r"^[ \t(]*(?:with|select|from)\b", re.IGNORECASE | re.MULTILINE)
_LANGUAGES = ("sql", "duckdb", "postgresql", "")


def extract_sql(text: str) -> str:
    """The query of a reply: the first block marked as SQL, else any block that holds one, else the bare text from its
    first SELECT or WITH. Its closing semicolon is left off; empty where there is none."""
    text = _THOUGHT.sub("", text)
    blocks = sorted(_FENCE.findall(text), key=lambda block: block[0].lower() not in _LANGUAGES[:-1])
    for _, body in blocks:
        if _START.search(body):
            return _clean(body)
    found = _START.search(text)
    return _clean(re.split(r";[ \t]*(?:\r?\n|\Z)|```", text[found.start() :])[0]) if found else ""


def _clean(sql: str) -> str:
    return sql.strip().rstrip(";").rstrip()
