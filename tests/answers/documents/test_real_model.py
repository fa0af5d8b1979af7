"""The built-in light model itself drafts a sentence over a small report, and its number is looked up."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.llm.builtin.server import BuiltIn
from components.llm.choices import built_in_choice, model_of
from components.settings import Settings
from tests.answers.documents.conftest import Shelf
from tests.llm.builtin.conftest import require

pytestmark = [pytest.mark.model, pytest.mark.slow]


def test_a_draft_is_called_one_and_leads_to_a_line(shelf: Shelf, tmp_path: Path) -> None:
    require("light")
    built_in = BuiltIn(Settings(home=tmp_path, model="light", model_context=2048))
    try:
        (choice,) = built_in_choice(built_in)
        pieces = shelf.ask("How many people does the shop employ?", model_of(choice, None), drafts=True)
    finally:
        built_in.close()
    body = shelf.bodies(pieces)[-1]
    assert body["draft"]
    assert "42" in "".join(span["text"] for span in body["answer"]["paragraphs"][0])
    assert body["answer"]["numbers"] == {"found": 1, "of": 1}
    assert body["answer"]["citations"][0]["page"] == 3
