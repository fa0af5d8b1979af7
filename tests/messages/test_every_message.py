"""Every message of the documentation is made to happen and read by a test: here, or by the one that is named here."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tests.messages.reading import MESSAGES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BY_TESTS_HERE = {
    key: path.stem
    for path in sorted(HERE.glob("test_*.py"))
    if path.stem != Path(__file__).stem
    for key in importlib.import_module(f"tests.messages.{path.stem}").READ
}
ELSEWHERE: dict[str, str] = {}
NOT_YET: frozenset[str] = frozenset()


def test_every_message_is_read() -> None:
    """A new message wants a test that makes it happen; one that is gone wants its line here taken out."""
    known = {*BY_TESTS_HERE, *ELSEWHERE, *NOT_YET}
    assert sorted(MESSAGES.keys() - known) == [], "messages that no test makes happen"
    assert sorted(known - MESSAGES.keys()) == [], "messages that are made nowhere any more"


def test_what_waits_for_its_test_has_none() -> None:
    assert NOT_YET & {*BY_TESTS_HERE, *ELSEWHERE} == frozenset()


@pytest.mark.parametrize("key", ELSEWHERE)
def test_who_reads_it_elsewhere_is_there(key: str) -> None:
    """The test that is named is there, and some words of the message stand in it."""
    path, _, name = ELSEWHERE[key].partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    assert found, f"{path} has no {name}"
    (what,) = {line.what for line in MESSAGES[key]}
    texts = [
        node.value for node in ast.walk(found[0]) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [text for text in texts if len(text) > 8 and text.strip(". ") in what], f"{name} reads nothing of: {what}"
