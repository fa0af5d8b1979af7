"""The house's rules, held by reading the source: who imports whom, where state lives, how long things are."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components import errors

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "pages").glob("*.py"))
CORE = sorted(p for p in (ROOT / "components").rglob("*.py") if "versions" not in p.parts)
SOURCE = [ROOT / "Home.py", *PAGES, *CORE]

SUBJECTS = {"store", "jobs", "auth", "llm", "conversations", "tables", "documents", "answers"}
GROUND = {"store", "jobs", "settings", "errors", "recent", "letters", "marks"}  # what every subject may stand on
MAY_USE = {  # besides itself and the ground
    "errors": set(),
    "settings": set(),
    "recent": set(),
    "letters": set(),
    "marks": set(),
    "store": set(),
    "jobs": set(),
    "auth": set(),
    "llm": set(),
    "conversations": {"llm"},
    "tables": set(),
    "documents": set(),
    "answers": {"llm", "tables", "documents", "conversations"},
}
ROUTES_MAY_USE = {"auth", "workbench"}  # what answers HTTP admits its caller and is handed the open parts

ONE_FILE = {  # a library with quirks stands in one file, so that it can be replaced there
    "openai": "components/llm/protocols/openai.py",
    "anthropic": "components/llm/protocols/anthropic.py",
    "ollama": "components/llm/protocols/ollama.py",
    "genai_prices": "components/llm/prices.py",
    "xllamacpp": "components/llm/builtin/child.py",
    "onnxruntime": "components/llm/builtin/embeddings.py",
    "loky": "components/jobs/process.py",
    "fsspec": "components/store/blobs.py",
    "cryptography": "components/store/secrets.py",
    "jwt": "components/auth/jwks.py",
    "argon2": "components/auth/passwords.py",
    "streamlit_oauth": "components/auth/ui/popup.py",
    "gw_dsl_parser": "components/tables/explorer/translate.py",
    "wasmtime": "components/tables/explorer/translate.py",
    "python_calamine": "components/tables/importing/workbook.py",
    "pypdfium2": "components/documents/reading.py",
    "tantivy": "components/documents/index.py",
    "numkong": "components/documents/vectors.py",
}
NEVER = {"pygwalker": "its server code is not safe; its front end is found on disk and served"}
HEAVY = ("openai", "anthropic", "ollama", "pandas", "duckdb", "sqlglot", "alembic", "loky", "altair", "genai_prices")
VAGUE = {"utils", "util", "helpers", "common", "manager", "handler", "base", "misc"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, wherever in it; those for types alone are left out."""
    checked = {
        inner
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if node in checked:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports say the whole name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def subject_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "components").with_suffix("").parts
    return parts[0]


def is_screen(path: Path) -> bool:
    inside = path.relative_to(ROOT).with_suffix("").parts
    return "ui" in inside or inside[0] in ("Home", "pages") or inside[1:] in (("session",), ("server",))


@pytest.mark.parametrize("path", SOURCE, ids=name_of)
def test_only_screens_import_streamlit(path: Path) -> None:
    if not is_screen(path):
        assert not [name for name in imports(path) if name.split(".")[0] in ("streamlit", "streamlit_oauth")]


@pytest.mark.parametrize("path", [p for p in CORE if not is_screen(p)], ids=name_of)
def test_a_core_imports_no_screen_and_only_what_lies_below(path: Path) -> None:
    subject = subject_of(path)
    if subject not in MAY_USE:
        return
    answers_http = any(name.startswith("starlette") for name in imports(path))
    allowed = MAY_USE[subject] | GROUND | {subject} | (ROUTES_MAY_USE if answers_http else set())
    if subject in ("errors", "settings"):
        allowed = {"errors", subject, "setting_readers"}
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "components" and len(parts) > 1:
            assert "ui" not in parts[2:3], f"{name}: a core never imports a ui"
            assert parts[1] in allowed, f"{subject} may not use {name}"


def test_tables_and_documents_never_import_each_other() -> None:
    for path in CORE:
        for one, other in (("tables", "documents"), ("documents", "tables")):
            if subject_of(path) == one:
                assert not [n for n in imports(path) if n.startswith(f"components.{other}")], name_of(path)


@pytest.mark.parametrize("path", SOURCE, ids=name_of)
def test_a_quirky_library_stands_in_one_file(path: Path) -> None:
    for name in imports(path):
        top = name.split(".")[0]
        assert top not in NEVER, f"{top}: {NEVER.get(top)}"
        if top in ONE_FILE:
            assert name_of(path) == ONE_FILE[top], f"{top} belongs into {ONE_FILE[top]}"


@pytest.mark.parametrize("path", [p for p in SOURCE if p.name != "settings.py"], ids=name_of)
def test_the_environment_is_read_in_settings_alone(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            clears = ast.unparse(node) == "os.environ" and path.name == "child.py"  # a child empties what it was given
            assert clears, f"{name_of(path)}:{node.lineno}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_is_a_sentence(path: Path) -> None:
    module = tree(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 50
    assert not [n for n in ast.walk(module) if isinstance(n, ast.ClassDef)], "pages share one namespace: no classes"
    work = [n for n in module.body if not isinstance(n, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Assign))]
    first = next(n for n in work if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)))
    opens = [n for n in module.body if "open_page(" in ast.unparse(n)]
    assert opens, "every page admits its user itself"
    assert opens[0].lineno <= first.lineno, "open_page comes first"


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function of a file with the lines of its body, docstring left out."""
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield f"{name_of(path)}:{node.lineno} {node.name}", lines


@pytest.mark.parametrize("path", SOURCE, ids=name_of)
def test_functions_and_files_stay_short(path: Path) -> None:
    assert not [f for f in functions(path) if f[1] > 40]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


def test_most_functions_are_tiny() -> None:
    lengths = sorted(lines for path in SOURCE for _, lines in functions(path))
    assert lengths[len(lengths) // 2] <= 7
    assert lengths[len(lengths) * 9 // 10] <= 22


@pytest.mark.parametrize("path", SOURCE, ids=name_of)
def test_no_file_has_a_vague_name(path: Path) -> None:
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", SOURCE, ids=name_of)
def test_no_error_is_swallowed(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            silent = all(isinstance(s, (ast.Pass, ast.Continue)) for s in node.body)
            assert not (broad and silent), f"{name_of(path)}:{node.lineno}"


def test_the_error_tree_is_drawn_as_it_is() -> None:
    classes = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.AppError)}
    drawn = set(re.findall(r"\b\w+Error\b", errors.__doc__ or ""))
    assert classes == drawn


def test_nothing_heavy_is_imported_before_the_first_page() -> None:
    """The server's own modules load without the libraries that cost seconds; they are warmed behind the first page."""
    code = (
        "import sys, components.workbench, components.server;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    baseline = subprocess.run(
        [sys.executable, "-c", f"import sys, streamlit; print([n for n in {HEAVY!r} if n in sys.modules])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(ast.literal_eval(done.stdout)) <= set(ast.literal_eval(baseline.stdout))


def test_the_project_speaks_of_itself_alone() -> None:
    """No address of a package registry stands anywhere in the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    hosts = re.compile("pypi" + r"\.org|files\.python" + r"hosted|registry\.npm" + "js")
    texts = [f for f in listed if f.endswith((".py", ".md", ".txt", ".toml", ".sh", ".js", "Makefile", "Dockerfile"))]
    assert not [f for f in texts if hosts.search((ROOT / f).read_text(encoding="utf-8", errors="ignore"))]
