"""Write the table of every message that a user can meet: ``python scripts/messages_table.py``. A test compares it.

It is read from the source: each place that makes an error of the tree, with its words as they stand there; what is
filled in at run time stands in braces.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "messages.md"
HEAD = """# Messages

Every message that a user can meet, where it is made, what was kept and what to do. Words in braces are filled in. This
file is written by `python scripts/messages_table.py`; a test holds it true. Anything else that goes wrong is a fault of
ours: the page says so with a number, and the server's log has the whole of it under that number.
"""
COLUMNS = "| message | kept | to do | class |\n|---|---|---|---|"
SAID_ELSEWHERE = "*the words of what failed*"


@dataclass
class Kind:
    """A class of the error tree: its base and the sentences that stand on it."""

    base: str
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Line:
    """One message: the folder and file that make it, its class, and its three sentences."""

    place: str
    what: str
    kept: str
    todo: str
    kind: str


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the components, read."""
    for path in sorted((ROOT / "components").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def tree_of_errors(modules: list[tuple[Path, ast.Module]]) -> dict[str, Kind]:
    """Every class that descends from ``AppError``, by name."""
    kinds = {"AppError": Kind("")}
    classes = [node for _, module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    for _ in range(4):  # as deep as the tree is, wherever a file stands in the order
        for node in classes:
            base = next((item.id for item in node.bases if isinstance(item, ast.Name) and item.id in kinds), "")
            if base:
                kinds[node.name] = Kind(base, _sentences(node))
    return kinds


def _sentences(node: ast.ClassDef) -> dict[str, str]:
    return {
        target.id: words_of(item.value, {})
        for item in node.body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name) and target.id in ("kept", "todo")
    }


def sentence(kinds: dict[str, Kind], name: str, which: str) -> str:
    """The sentence ``kept`` or ``todo`` of a class: its own or the nearest above it."""
    while name:
        if which in kinds[name].words:
            return kinds[name].words[which]
        name = kinds[name].base
    return ""


def words_of(node: ast.expr, names: dict[str, ast.expr]) -> str:
    """An expression as a reader would see it, with what is filled in between braces."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(words_of(part, names) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "{" + _short(node.value) + "}"
    if isinstance(node, ast.IfExp):
        return f"{words_of(node.body, names)} *or* {words_of(node.orelse, names)}"
    if isinstance(node, ast.Name) and node.id in names:
        return words_of(names[node.id], {})
    return SAID_ELSEWHERE


def _short(node: ast.expr) -> str:
    """The last name within an expression: enough to know what stands there."""
    found = [
        item.attr if isinstance(item, ast.Attribute) else item.id
        for item in ast.walk(node)
        if isinstance(item, ast.Attribute | ast.Name)
    ]
    return found[0] if found else "..."


def lines() -> list[Line]:
    """Every message, in the order of the folders."""
    modules = list(sources())
    kinds = tree_of_errors(modules)
    return sorted({line for path, module in modules for line in _of_module(path, module, kinds)})


def _of_module(path: Path, module: ast.Module, kinds: dict[str, Kind]) -> Iterator[Line]:
    names = {
        target.id: node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
            said = {word.arg: words_of(word.value, names) for word in node.keywords if word.arg in ("kept", "todo")}
            kept, todo = (said.get(which, sentence(kinds, node.func.id, which)) for which in ("kept", "todo"))
            place = path.parent.relative_to(ROOT / "components").as_posix()
            yield Line(place, words_of(node.args[0], names), kept, todo, node.func.id)


def text() -> str:
    """The whole file."""
    parts, place = [HEAD], None
    for line in lines():
        if line.place != place:
            place = line.place
            parts.append(f"\n## {'everywhere' if place == '.' else place}\n\n{COLUMNS}\n")
        cells = (line.what, line.kept, line.todo, f"`{line.kind}`")
        parts.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n")
    return "".join(parts)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{len(lines())} messages\n")
