"""Every message of the documentation is made to happen and read by a test of this folder, or of a full disk."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import pytest

from tests.messages.reading import MESSAGES

HERE = Path(__file__).resolve().parent
MODULES = [f"tests.messages.{path.stem}" for path in sorted(HERE.glob("test_*.py")) if path.name != Path(__file__).name]
KNOWN = {key for name in (*MODULES, "tests.without.test_full_disk") for key in importlib.import_module(name).READ}


def test_every_message_is_read() -> None:
    """A new message wants a test that makes it happen; of one that is gone, the name goes out of its test."""
    assert sorted(MESSAGES.keys() - KNOWN) == [], "messages that no test makes happen"
    assert sorted(KNOWN - MESSAGES.keys()) == [], "messages that are made nowhere any more"


@pytest.mark.parametrize("name", [*MODULES, "tests.without.test_full_disk"])
def test_what_a_file_says_that_it_reads_it_reads(name: str) -> None:
    """Each message of its list stands a second time in the file, in the test that makes it happen."""
    module = importlib.import_module(name)
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    texts = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    written = [key for key in module.READ if key in texts]
    counts = {key: source.count(json.dumps(key, ensure_ascii=False)) for key in written}
    assert [key for key, count in counts.items() if count < 2] == []
