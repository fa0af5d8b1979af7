"""From the explorer's workflow to SQL, by PyGWalker's own translation: a WebAssembly module, run without any rights.

The library around it leaks a quarter of a megabyte for each call and fails for good at the 10,000th, its lock is not
reentrant, and its errors come back as if they were SQL. So each call gets a fresh store under a lock of ours, and what
does not begin as a query is an error.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from components.errors import QueryRefusedError

_alone = threading.Lock()
_QUOTED = "'(?:[^']|'')*'|" + r'"(?:[^"]|"")*"'


def warm() -> None:
    """Compile the module in the background: 1.6 s of cpu that a first view should not wait for."""
    if "gw_dsl_parser.core" not in sys.modules:
        threading.Thread(target=_load, name="translation-warm", daemon=True).start()


def _load() -> None:
    from gw_dsl_parser import core  # noqa: F401 (loading it compiles the module)


def to_sql(table: str, payload: Mapping[str, Any], metas: Sequence[Mapping[str, str]]) -> str:
    """Write the query that one view of the explorer wants; about 1 ms.

    Args:
        table: Name of the table in SQL, without quotes.
        payload: ``workflow`` and ``limit``, as the front end sends them.
        metas: ``Fields.metas`` of the table.

    Raises:
        QueryRefusedError: The workflow says something that the translation does not know.
    """
    import wasmtime
    from gw_dsl_parser.core import dsl_to_wasm

    with _alone:
        dsl_to_wasm.store = wasmtime.Store(dsl_to_wasm.engine)
        dsl_to_wasm.store.set_wasi(wasmtime.WasiConfig())  # no files, no environment, no arguments
        try:
            sql = str(dsl_to_wasm.get_sql_from_payload(table, payload, {table: list(metas)}))
        except (wasmtime.WasmtimeError, wasmtime.Trap, UnicodeDecodeError) as error:
            raise QueryRefusedError("This view cannot be turned into a query.", todo="Change the chart.") from error
    if not sql.startswith("SELECT "):
        raise QueryRefusedError(f"This view cannot be turned into a query: {sql[:200]}.", todo="Change the chart.")
    return _mended(sql)


def _mended(sql: str) -> str:
    """The two places where what it writes means something else to DuckDB."""
    return _with_nulls_kept(_with_texts_counted(sql))


def _with_texts_counted(sql: str) -> str:
    """A distinct count over numbers compares them with a text that stands for null, which DuckDB does not bind."""
    return re.sub(
        r"""IFNULL\(("(?:[^"]|"")+"), 'kanaries__empty'\)""", r"IFNULL(CAST(\1 AS VARCHAR), 'kanaries__empty')", sql
    )


def _with_nulls_kept(sql: str) -> str:
    """A bin is the lesser of a place and the last; DuckDB's LEAST skips nulls, and they would fill the last bin."""
    pieces, at = [], 0
    for start in _places(sql, "least("):
        if start < at:
            continue
        inner = start + len("least(")
        comma, end = _ends(sql, inner)
        place, last = sql[inner:comma], sql[comma + 1 : end].strip()
        pieces.append(f"{sql[at:start]}(CASE WHEN {place} > {last} THEN {last} ELSE {place} END)")
        at = end + 1
    return "".join([*pieces, sql[at:]])


def _places(sql: str, word: str) -> list[int]:
    """Where a word stands in a query outside of names and texts."""
    return [found.start() for found in re.finditer(rf"{_QUOTED}|{re.escape(word)}", sql) if found[0] == word]


def _ends(sql: str, start: int) -> tuple[int, int]:
    """The comma between two arguments that begin at ``start``, and the parenthesis that closes them."""
    depth, comma = 0, start
    for found in re.finditer(rf"{_QUOTED}|[(),]", sql[start:]):
        sign, place = found[0], start + found.start()
        if sign == ")" and depth == 0:
            return comma, place
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            comma = place
    raise QueryRefusedError("This view cannot be turned into a query.", todo="Change the chart.")
