"""Write the table of every message that a user can meet: ``python scripts/messages_table.py``. A test compares it.

It is read from the source: each place that makes an error of the tree, with its words as they stand there; what is
filled in at run time stands in braces. Words that a function is given by those who call it are looked up there.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "messages.md"
HEAD = """# Messages

Every message that a user can meet, where it is made, what was kept and what to do. Words in braces are filled in. The
file is written by `python scripts/messages_table.py`; a test holds it true, others make each message happen and read it
where it is met (`tests/messages`). Anything else that goes wrong is a fault of ours: the page says so with a number,
and the server's log has the whole of it under that number.
"""
COLUMNS = "| message | kept | to do | class |\n|---|---|---|---|"
SAID_ELSEWHERE = "*the words of what failed*"
DEEPEST = 4  # functions that hand words on to one another
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Kind:
    """A class of the error tree: its base, the sentences that stand on it, and whether it finds its own words."""

    base: str
    words: dict[str, str] = field(default_factory=dict)
    says_itself: bool = False


@dataclass(frozen=True, order=True)
class Line:
    """One message: the folder and file that make it, its class, and its three sentences."""

    place: str
    what: str
    kept: str
    todo: str
    kind: str


@cache
def sources() -> tuple[tuple[Path, ast.Module], ...]:
    """Every module of the components, read."""
    paths = sorted((ROOT / "components").rglob("*.py"))
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))) for path in paths)


@cache
def tree_of_errors() -> dict[str, Kind]:
    """Every class that descends from ``AppError``, by name."""
    kinds = {"AppError": Kind("")}
    classes = [node for _, module in sources() for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    for _ in range(4):  # as deep as the tree is, wherever a file stands in the order
        for node in classes:
            base = next((item.id for item in node.bases if isinstance(item, ast.Name) and item.id in kinds), "")
            if base:
                own = any(isinstance(item, ast.FunctionDef) and item.name == "__init__" for item in node.body)
                kinds[node.name] = Kind(base, _sentences(node), own)
    return kinds


def _sentences(node: ast.ClassDef) -> dict[str, str]:
    return {name: str(value.value) for name, value in _assigned(node.body).items() if isinstance(value, ast.Constant)}


def _assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """What names stand for after these statements, the last word counting."""
    found: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


def sentence(kinds: dict[str, Kind], name: str, which: str) -> str:
    """The sentence ``kept`` or ``todo`` of a class: its own or the nearest above it."""
    while name:
        if which in kinds[name].words:
            return kinds[name].words[which]
        name = kinds[name].base
    return ""


class Reader:
    """The words of one module's expressions, as a reader of the page would see them."""

    def __init__(self, module: ast.Module) -> None:
        functions = [node for node in ast.walk(module) if isinstance(node, FUNCTIONS)]
        self.functions = {node.name: node for node in functions if not node.name.startswith("__")}
        self.names = _assigned(module.body)
        self._around: dict[ast.AST, Function] = {}
        for function in functions:  # an outer one before those within it
            self._around |= dict.fromkeys(ast.walk(function), function)
        self._calls: dict[str, list[ast.Call]] = {}
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                self._calls.setdefault(_called(node), []).append(node)

    def words(self, node: ast.expr, depth: int = 0) -> list[str]:
        """Every text that an expression can be, with what is filled in between braces."""
        if isinstance(node, ast.Constant):
            return [] if node.value is None else [str(node.value)]
        if isinstance(node, ast.JoinedStr):
            return self._joined(node, depth)
        if isinstance(node, ast.IfExp):
            return [*self.words(node.body, depth), *self.words(node.orelse, depth)]
        found = [text for one in self._behind(node) for text in self.words(one, depth + 1)] if depth < DEEPEST else []
        return list(dict.fromkeys(found)) or [SAID_ELSEWHERE]

    def _joined(self, node: ast.JoinedStr, depth: int) -> list[str]:
        """A text with gaps: once for each call that fills one of them with words of its own."""
        gaps = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        fillings = self._fillings([gap for gap in gaps if isinstance(gap, ast.Name)]) if depth < DEEPEST else []
        found: list[str] = []
        for filling in fillings or [{}]:
            parts = [self._part(part, filling, depth) for part in node.values]
            found += ["".join(choice) for choice in itertools.product(*parts)]
        return list(dict.fromkeys(found))

    def _part(self, node: ast.expr, filling: dict[str, ast.expr], depth: int) -> list[str]:
        if not isinstance(node, ast.FormattedValue):
            return self.words(node, depth)
        told = filling.get(node.value.id) if isinstance(node.value, ast.Name) else None
        name = "{" + _short(node.value) + "}"
        return [name if text == SAID_ELSEWHERE else text for text in self.words(told, depth + 1)] if told else [name]

    def _fillings(self, gaps: list[ast.Name]) -> list[dict[str, ast.expr]]:
        """For each call of the function around: the words that it gives for these names; none where none gives any."""
        function = self._around.get(gaps[0]) if gaps else None
        if function is None or function.name.startswith("__"):
            return []
        asked = [gap.id for gap in gaps if gap.id in _parameters(function)]
        calls = [
            {name: given for name in asked for given in _given(call, _parameters(function), name)}
            for call in self._calls.get(function.name, ())
        ]
        worded = {name for call in calls for name, given in call.items() if _is_worded(given)}
        return [{name: given for name, given in call.items() if name in worded} for call in calls] if worded else []

    def _behind(self, node: ast.expr) -> list[ast.expr]:
        """The expressions that give another one its value."""
        if isinstance(node, ast.Name):
            return self._behind_name(node)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            table = self.names.get(node.value.id)
            return table.values if isinstance(table, ast.Dict) else []
        if isinstance(node, ast.Call) and _called(node) in self.functions:
            within = ast.walk(self.functions[_called(node)])
            return [one.value for one in within if isinstance(one, ast.Return) and one.value]
        return []

    def _behind_name(self, node: ast.Name) -> list[ast.expr]:
        function = self._around.get(node)
        if function and node.id in _parameters(function):
            calls = () if function.name.startswith("__") else self._calls.get(function.name, ())
            return [given for call in calls for given in _given(call, _parameters(function), node.id)]
        before = [one for one in ast.walk(function) if isinstance(one, ast.stmt)] if function else []
        known = self.names | _assigned(sorted((one for one in before if one.lineno <= node.lineno), key=_line_of))
        return [known[node.id]] if node.id in known else []


def _line_of(node: ast.stmt) -> int:
    return node.lineno


def _parameters(function: Function) -> list[str]:
    return [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]


def _is_worded(node: ast.expr) -> bool:
    """Whether an expression has words of its own: a sentence, or a text with gaps."""
    return isinstance(node, ast.JoinedStr | ast.IfExp) or _is_sentence(node)


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()


def _called(node: ast.Call) -> str:
    """The last name of what is called: ``self._too_little`` is ``_too_little``."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _given(call: ast.Call, parameters: list[str], name: str) -> list[ast.expr]:
    """What a call gives for a parameter, by name or by place; a method's own ``self`` is not given."""
    by_name = [word.value for word in call.keywords if word.arg == name]
    at = parameters.index(name) - (parameters[0] in ("self", "cls"))
    return by_name or list(call.args[at : at + 1])


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
    return sorted({line for path, module in sources() for line in _of_module(path, module, tree_of_errors())})


def _of_module(path: Path, module: ast.Module, kinds: dict[str, Kind]) -> Iterator[Line]:
    reader, place = Reader(module), path.parent.relative_to(ROOT / "components").as_posix()
    for kind, words, said in _made(module, kinds):
        known = {word.arg: reader.words(word.value) for word in said if word.arg in ("kept", "todo")}
        kept, todo = (
            " *or* ".join(known[which]) if known.get(which) else sentence(kinds, kind, which)
            for which in ("kept", "todo")
        )
        for what in filter(None, reader.words(words)):
            yield Line(place, what, kept, todo, kind)


def _made(module: ast.Module, kinds: dict[str, Kind]) -> Iterator[tuple[str, ast.expr, list[ast.keyword]]]:
    """Every error that a module makes: its class, its words, and the sentences that are given with them."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args and (kind := getattr(node.func, "id", "")) in kinds:
            if not kinds[kind].says_itself:
                yield kind, node.args[0], node.keywords
        elif isinstance(node, ast.ClassDef) and node.name in kinds and kinds[node.name].says_itself:
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and call.args and ast.unparse(call.func) == "super().__init__":
                    yield node.name, call.args[0], call.keywords
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Name) and key.id in kinds and _is_sentence(value):
                    yield key.id, value, []


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
