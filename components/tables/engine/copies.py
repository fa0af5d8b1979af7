"""How large the parser will make a query: it copies some of what it reads, and copies of copies multiply.

``CASE x WHEN`` repeats ``x`` for each WHEN, and a named window is repeated for each OVER, so that 600 characters can
fill the memory before there is a tree to judge. The text is counted first, word by word, with DuckDB's own lexer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

COPYING = ("case", "window")
LABELS_AFTER = (".", "as")  # behind these a reserved word is a name


@dataclass
class _Case:
    """A CASE that is being read: words before its first WHEN, words behind it, and how many WHEN it has."""

    operand: int = 0
    rest: int = 0
    whens: int = 0

    def add(self, words: int) -> None:
        if self.whens:
            self.rest += words
        else:
            self.operand += words

    @property
    def words(self) -> int:
        return self.operand * max(1, self.whens) + self.rest + 1


def words_of(sql: str) -> int:
    """At most so many words has a query when everything is copied that the parser copies; 0 where it copies nothing."""
    if not any(word in sql.lower() for word in COPYING):
        return 0
    words = list(_words(sql))
    windows, overs = words.count("window"), words.count("over")
    copies: int = max(1, overs) ** windows
    return _cases_written_out(words) * copies


def _cases_written_out(words: list[str]) -> int:
    open_cases = [_Case(whens=1)]
    for word in words:
        if word == "case":
            open_cases.append(_Case())
        elif word == "when":
            open_cases[-1].whens += 1
        elif word == "end" and len(open_cases) > 1:
            ended = open_cases.pop()
            open_cases[-1].add(ended.words)
        else:
            open_cases[-1].add(1)
    return sum(case.words for case in open_cases)


def _words(sql: str) -> Iterator[str]:
    """The words of a query: reserved ones in small letters, anything else as an empty one."""
    import duckdb

    text, before = sql.encode(), ""
    for start, kind in duckdb.tokenize(sql):
        found = re.match(rb"[A-Za-z]+|.", text[start : start + 16], re.DOTALL)
        word = found[0].decode(errors="replace").lower() if found else ""
        yield word if kind == duckdb.token_type.keyword and before not in LABELS_AFTER else ""
        before = word if kind in (duckdb.token_type.keyword, duckdb.token_type.operator) else ""
