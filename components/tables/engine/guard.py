"""The first of four layers: a query is read with DuckDB's own parser, and only what is known to be harmless passes.

There is no second parser whose reading could differ. Not the query's text is judged but its parse tree: one SELECT,
tables of the user's own or names that the query itself defines, functions of a list, no parameters. What the tree may
be made of is a list too, so that a newer DuckDB's new constructs are refused until somebody has looked at them.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from components.errors import QueryRefusedError
from components.tables.engine import copies

LONGEST = 20_000  # characters
MOST_NODES = 50_000
LONGEST_TREE = 5_000_000  # characters of its JSON
MOST_COMMENTS = 100  # the lexer's time is quadratic where one begins in another
MOST_GROUPINGS = 4  # CUBE and the like multiply: each may stand for 65,535 sets in the tree
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "repeat"})
EXPRESSIONS = frozenset(
    ("BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT", "FUNCTION")
) | frozenset(("LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW"))
RELATIONS = frozenset(
    ("BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SHOW_REF", "SUBQUERY", "TABLE_FUNCTION")
) | frozenset(("CTE_NODE", "RECURSIVE_CTE_NODE", "SELECT_NODE", "SET_OPERATION_NODE"))
RELATION_KEYS = ("from_table", "left", "right", "source", "node")
SESSION_WORDS = frozenset({"current_user", "current_role", "current_catalog", "current_schema", "session_user"})

Node = Mapping[str, Any]
Scope = frozenset[str]

_parsing = threading.Lock()


def check(sql: str, tables: Collection[str]) -> tuple[str, ...]:
    """Let one harmless SELECT through; 0.4 ms for a usual query, 0.9 s for a process's first.

    Args:
        sql: What somebody, or a model, wrote.
        tables: The names that the query may read; they are compared without case, as the engine does.

    Returns:
        The tables that the query reads, sorted, spelled as in ``tables``.

    Raises:
        QueryRefusedError: Anything else; its words tell a model what to write at its second try.
    """
    _check_text(sql)
    reader = _Reader(tables)
    reader.read(_parse(sql))
    return tuple(sorted(reader.used))


def warm() -> None:
    """Build the parser before the first query needs it."""
    check("SELECT 1", ())


def _check_text(sql: str) -> None:
    if len(sql) > LONGEST:
        _refuse(f"The query is longer than {LONGEST:,} characters.")
    if "\x00" in sql:
        _refuse("The query contains a NUL character.")
    if len(re.findall(r"\b(?:cube|rollup|grouping)\b", sql, re.IGNORECASE)) > MOST_GROUPINGS:
        _refuse(f"The query uses CUBE, ROLLUP or GROUPING more than {MOST_GROUPINGS} times.")
    if sql.count("/*") > MOST_COMMENTS:
        _refuse(f"The query holds more than {MOST_COMMENTS} comments.")
    if copies.words_of(sql) > MOST_NODES:
        _refuse("The query is too large once what its CASE and OVER repeat is written out.")


def _parse(sql: str) -> Node:
    """The tree of the one SELECT in ``sql``."""
    import duckdb

    with _parsing:
        try:
            statements = _parser().extract_statements(sql)
        except duckdb.Error as error:
            _refuse_unread(error)
        _check_statements([statement.type.name for statement in statements], sql)
        answer = _serialized(sql)
    return _tree(answer[0] if answer else "{}")


def _refuse_unread(error: Exception) -> NoReturn:
    if "expression depth" in str(error):  # the parser's own words name a setting that nobody may change here
        _refuse("The query is nested too deeply.")
    _refuse(f"This is not valid SQL. {_first_lines(error)}")


def _serialized(sql: str) -> Any:
    import duckdb

    try:
        text = _parser().execute("SELECT json_serialize_sql(?, skip_null := true, skip_empty := true)", [sql])
        return text.fetchone()
    except duckdb.Error as error:
        raise QueryRefusedError("The query is too large.") from error


def _check_statements(kinds: list[str], sql: str) -> None:
    if len(kinds) != 1:
        hint = " Write PIVOT ... ON ... IN (...) with the values named." if re.search("pivot", sql, re.I) else ""
        _refuse(f"Exactly one SELECT statement is allowed, and this is {len(kinds)}.{hint}")
    if kinds[0] != "SELECT":
        _refuse(f"Only SELECT is allowed, not {kinds[0]}.")


def _tree(text: str) -> Node:
    if len(text) > LONGEST_TREE:
        _refuse("The query is too large.")
    try:
        answer = json.loads(text)
    except RecursionError:
        _refuse("The query is nested too deeply.")
    if answer.get("error") or len(answer.get("statements", ())) != 1:
        _refuse("Only a plain SELECT is allowed.")  # this is what ends PRAGMA, CALL, EXPLAIN and the like
    tree: Node = answer["statements"][0]["node"]
    return tree


def _first_lines(error: Exception) -> str:
    words = str(error).removeprefix("Parser Error: ")
    return " ".join(words.split("\n\n")[0].split())[:300]


@cache
def _parser() -> Any:
    """A connection of its own that holds no table and reaches no file: it only reads queries."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": "1",
            "memory_limit": "256MB",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "python_enable_replacements": "false",
            "enable_external_access": "false",
        },
    )
    connection.execute("SET max_expression_depth = 250")
    connection.execute("SET lock_configuration = true")
    return connection


@cache
def functions() -> frozenset[str]:
    """The functions that a query may call, in small letters."""
    lines = Path(__file__).with_name("functions.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word.lower() for line in lines if not line.startswith("#") for word in line.split())


@cache
def _known_to_engine() -> frozenset[str]:
    with _parsing:
        rows = _parser().execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    return frozenset(row[0] for row in rows)


class _Reader:
    """Walks a tree with the names that are visible at each place. A walk without recursion: depth costs no stack."""

    def __init__(self, tables: Collection[str]) -> None:
        self.tables = {name.lower(): name for name in tables}
        self.used: set[str] = set()
        self._told_of_user = False

    def read(self, tree: Node) -> None:
        todo: list[tuple[Any, Scope]] = [(tree, frozenset())]
        seen = 0
        while todo:
            node, scope = todo.pop()
            seen += 1
            if seen > MOST_NODES:
                _refuse("The query is too large.")
            if isinstance(node, list):
                todo.extend((item, scope) for item in node if isinstance(item, (dict, list)))
            else:
                todo.extend(self._enter(node, scope))
        if self._told_of_user and not self.used:
            _refuse("USER is not a column of a table here.")

    def _enter(self, node: Node, scope: Scope) -> Iterator[tuple[Any, Scope]]:
        """Judge one node and give its children, each with the names that it sees."""
        self._judge(node, scope)
        for entry in node.get("cte_map", {}).get("map", ()):
            yield entry["value"], scope  # a name is not visible in its own definition, but for a recursive one
            scope |= {_defined(entry["key"])}
        inner = scope | {_defined(node["cte_name"])} if node.get("cte_name") else scope
        after = {"RECURSIVE_CTE_NODE": "right", "CTE_NODE": "child"}.get(_type(node))
        for key, value in node.items():
            if isinstance(value, (dict, list)) and key != "cte_map":
                yield value, inner if key == after else scope

    def _judge(self, node: Node, scope: Scope) -> None:
        kind = node.get("class")
        if kind is not None:
            self._judge_expression(node, kind)
            return
        for key in RELATION_KEYS:
            child = node.get(key)
            if isinstance(child, dict) and "class" not in child and child.get("type") not in RELATIONS:
                _refuse(f"{child.get('type')} is not allowed in a query.")
        judges = {"BASE_TABLE": self._table, "TABLE_FUNCTION": self._table_function, "SHOW_REF": self._show}
        judge = judges.get(_type(node))
        if judge is not None:
            judge(node, scope)

    def _judge_expression(self, node: Node, kind: str) -> None:
        if kind == "PARAMETER":
            _refuse("Parameters ($1, ?) are not allowed: write the values.")
        if kind not in EXPRESSIONS:
            _refuse(f"{kind} is not allowed in a query.")
        if kind in ("FUNCTION", "WINDOW"):
            _judge_function(node)
        if kind == "COLUMN_REF" and len(node.get("column_names", ())) == 1:
            self._column(node["column_names"][0].lower())

    def _column(self, name: str) -> None:
        """The engine reads a few names as functions where no column is called so."""
        if name in SESSION_WORDS:
            _refuse(f"{name.upper()} is not allowed.")
        self._told_of_user = self._told_of_user or name == "user"

    def _table(self, node: Node, scope: Scope) -> None:
        name, schema = node.get("table_name", ""), node.get("schema_name", "")
        if node.get("catalog_name") or schema not in ("", "main") or node.get("at_clause"):
            whole = ".".join(filter(None, (node.get("catalog_name"), schema, name)))
            _refuse(f"Only tables of your own may be used, by their plain name, not {whole}. {self._offer()}")
        if name.lower() in scope and not schema:
            return
        if name.lower() not in self.tables:
            _refuse(f"There is no table {name!r}. {self._offer()}")
        self.used.add(self.tables[name.lower()])

    def _offer(self) -> str:
        names = sorted(self.tables.values())
        return f"Tables: {', '.join(names)}." if names else "There are no tables yet."

    def _table_function(self, node: Node, _scope: Scope) -> None:
        function = node.get("function", {})
        name = function.get("function_name", "").lower()
        if name not in TABLE_FUNCTIONS or function.get("schema") or function.get("catalog"):
            _refuse(f"The table function {name}() is not allowed. {self._offer()}")

    def _show(self, node: Node, _scope: Scope) -> None:
        if node.get("show_type") not in ("DESCRIBE", "SUMMARY") or "query" not in node:
            _refuse(f"SHOW and DESCRIBE work only on one of the tables. {self._offer()}")


def _type(node: Node) -> str:
    """What kind of relation a node is; the type of a value is a node itself and no relation."""
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""


def _judge_function(node: Node) -> None:
    name = node.get("function_name", "").lower()
    if node.get("schema") not in (None, "", "main") or node.get("catalog") not in (None, "", "system"):
        _refuse(f"The function {name}() is not allowed.")
    if name in functions() or name in TABLE_FUNCTIONS or not re.search(r"\w", name):
        return  # what has no letter is an operator
    _refuse(
        f"The function {name}() is not allowed." if name in _known_to_engine() else f"There is no function {name}()."
    )


def _defined(name: str) -> str:
    """A name that the query defines. It must not look like a file, which the engine would open where it finds none."""
    if not re.fullmatch(r"[\w $-]+", name):
        _refuse(f"Give {name!r} a plain name of letters, digits and underscores.")
    return name.lower()


def _refuse(words: str) -> NoReturn:
    raise QueryRefusedError(words)
