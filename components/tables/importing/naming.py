"""From a file's name to a name that SQL likes."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from components.letters import in_form

RESERVED = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "check",
        "column",
        "create",
        "cross",
        "default",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "fetch",
        "for",
        "from",
        "full",
        "group",
        "having",
        "in",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "pivot",
        "primary",
        "qualify",
        "references",
        "right",
        "select",
        "set",
        "show",
        "some",
        "summarize",
        "table",
        "then",
        "to",
        "true",
        "union",
        "unique",
        "unpivot",
        "update",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
    ]
)
PACKED = (".gz", ".bz2", ".xz")


def stem(filename: str) -> str:
    """The file's name without its folders, its ending and that of its packing: ``a/orders.csv.gz`` is ``orders``."""
    path = PurePath(filename.replace("\\", "/").split("/")[-1])
    if path.suffix.lower() in PACKED:
        path = path.with_suffix("")
    return path.stem if path.suffix else path.name


def table_name(title: str) -> str:
    """Small letters, digits and underscores, beginning with a letter, at most 60 long, none of SQL's words."""
    folded = in_form("NFKD", title.replace("ß", "ss").replace("ø", "o").replace("Ø", "O"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter)).lower()
    word = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].strip("_")
    if not word:
        return "table_1"
    return f"t_{word}" if word[0].isdigit() or word in RESERVED else word
