"""A query in readable lines. Only white space between its words changes, so what is shown is what was run."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

_LONG = 100  # characters of a line that is still read at a glance
_LIST = 56  # characters of a short query, or of a list of columns, that stays on one line
_CLAUSES = frozenset({"FROM", "WHERE", "GROUP_BY", "HAVING", "QUALIFY", "ORDER_BY", "LIMIT", "OFFSET", "WINDOW"})
_PARTS = frozenset({"SELECT", "UNION", "EXCEPT", "INTERSECT"})
_BEFORE_JOIN = frozenset({"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "ASOF", "SEMI", "ANTI", "OUTER"})


def laid_out(sql: str) -> str:
    """Break a query that came as one long line; a short one, and one with lines of its own or comments, stays."""
    sql = sql.strip()
    lines = sql.splitlines()
    if not lines or max(map(len, lines)) <= (_LONG if len(lines) > 1 else _LIST):
        return sql
    tokens = _tokens(sql)
    if not tokens or any(token.comments for token in tokens):
        return sql
    return _broken(sql, tokens)


def _tokens(sql: str) -> list[Token]:
    import sqlglot

    try:
        return list(sqlglot.tokenize(sql, read="duckdb"))
    except sqlglot.errors.SqlglotError:
        return []


def _broken(sql: str, tokens: list[Token]) -> str:
    listed = _has_long_list(tokens)
    parts = [sql[tokens[0].start : tokens[0].end + 1]]
    depth = 0
    for last, token in pairwise(tokens):
        depth += (last.token_type.name == "L_PAREN") - (token.token_type.name == "R_PAREN")
        gap = re.sub(r"[ \t]+", " ", sql[last.end + 1 : token.start])
        if depth == 0 and _begins_clause(last, token):
            gap = "\n"
        elif depth == 0 and listed and last.token_type.name == "COMMA":
            gap = "\n       "
        parts += [gap, sql[token.start : token.end + 1]]
    return "".join(parts)


def _begins_clause(last: Token, token: Token) -> bool:
    name, before = token.token_type.name, last.token_type.name
    if name in _CLAUSES | _PARTS | _BEFORE_JOIN:
        return before not in _BEFORE_JOIN and before != "DISTINCT"
    return name == "JOIN" and before not in _BEFORE_JOIN


def _has_long_list(tokens: list[Token]) -> bool:
    ends = [token.start for token in tokens if token.token_type.name == "FROM"]
    return bool(ends) and ends[0] - tokens[0].start > _LIST


def line_of(sql: str, column: str) -> int:
    """The line, from 1, that makes a column of the result: the last one before the last FROM that names it."""
    lines = sql.splitlines() or [""]
    word = re.compile(rf"(?<!\w){re.escape(column)}(?!\w)", re.IGNORECASE)
    start = max((n for n, line in enumerate(lines) if re.match(r"select\b", line, re.IGNORECASE)), default=0)
    end = next((n for n in range(start, len(lines)) if re.match(r"\s*from\b", lines[n], re.IGNORECASE)), len(lines))
    named = [n for n in range(start, min(end + 1, len(lines))) if word.search(lines[n])]
    return (named[-1] if named else start) + 1
