"""Every message of the documentation is made to happen and read by a test of this folder, or of a full disk."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.messages.reading import MESSAGES

HERE = Path(__file__).resolve().parent
MODULES = [f"tests.messages.{path.stem}" for path in sorted(HERE.glob("test_*.py")) if path.name != Path(__file__).name]
KNOWN = {key for name in (*MODULES, "tests.without.test_full_disk") for key in importlib.import_module(name).READ}


def test_every_message_is_read() -> None:
    """A new message wants a test that makes it happen; of one that is gone, the name goes out of its test."""
    assert sorted(MESSAGES.keys() - KNOWN) == [], "messages that no test makes happen"
    assert sorted(KNOWN - MESSAGES.keys()) == [], "messages that are made nowhere any more"
