"""The recipes for contributors, followed to the letter in a copy of the source."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from tests.conftest import ROOT

RECIPES = ROOT / "docs" / "contributing.md"
TITLES = ("Add a provider of models", "Add a format of tables", "Add a page")
CHANGE = re.compile(
    r"In `(?P<file>[^`]+)`, (?P<how>below|in place of) `(?P<line>[^`]+)`:\n\n```python\n(?P<text>.*?)```", re.S
)
NEW_FILE = re.compile(r"is a new file, `(?P<file>[^`]+)`:\n\n```python\n(?P<text>.*?)```", re.S)
COMMAND = re.compile(r"```sh\npython (?P<words>.*?)\n```", re.S)
READ_ARROW = """
import sys
from components.tables.importing import read_file
found = read_file(lambda **_: None, source=sys.argv[1], filename="a.arrow", out_folder=sys.argv[2])
print(found["tables"][0]["rows"], found["tables"][0]["columns"])
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of everything that a contributor would have before them."""
    copy = tmp_path / "house"
    copy.mkdir()
    for name in ("components", "pages", "tests", "static", ".streamlit", "docs", "scripts"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for file in (path for path in ROOT.iterdir() if path.is_file()):
        shutil.copy(file, copy)
    return copy


def recipe(title: str) -> str:
    """One recipe's text."""
    return RECIPES.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def follow(text: str, house: Path) -> None:
    """Make every change that a recipe names."""
    for new in NEW_FILE.finditer(text):
        (house / new["file"]).write_text(new["text"], encoding="utf-8")
    for change in CHANGE.finditer(text):
        file, line = house / change["file"], change["line"] + "\n"
        before = file.read_text(encoding="utf-8")
        assert before.count(line) == 1, f"{change['file']} holds this line {before.count(line)} times: {line}"
        kept = line if change["how"] == "below" else ""
        file.write_text(before.replace(line, kept + change["text"]), encoding="utf-8")


def run(house: Path, *words: str) -> str:
    """Run Python in the copy and return what it said."""
    done = subprocess.run([sys.executable, *words], cwd=house, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_recipe_is_followed_here() -> None:
    found = re.findall(r"^## (.+)$", RECIPES.read_text(encoding="utf-8"), re.M)
    assert tuple(found) == TITLES


@pytest.mark.parametrize("title", [TITLES[0], TITLES[2]])
def test_a_recipe_with_a_command_passes_it(house: Path, title: str) -> None:
    follow(recipe(title), house)
    command = COMMAND.search(recipe(title))
    assert command is not None
    said = run(house, *(word.strip('"') for word in re.findall(r'"[^"]*"|\S+', command["words"])))
    assert re.search(r"\d+ passed", said), said


def test_an_arrow_file_is_refused_before_and_read_after(house: Path, tmp_path: Path) -> None:
    file, table = tmp_path / "a.arrow", pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(AssertionError, match="an Arrow file"):
        run(house, "-c", READ_ARROW, str(file), str(tmp_path / "before"))
    follow(recipe(TITLES[1]), house)
    assert run(house, "-c", READ_ARROW, str(file), str(tmp_path / "after")).startswith("3 (('a', 'BIGINT'), ('b'")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(AssertionError, match="damaged or half-copied Arrow file"):
        run(house, "-c", READ_ARROW, str(file), str(tmp_path / "cut"))
