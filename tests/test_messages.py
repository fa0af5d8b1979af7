"""What users read when something goes wrong: the documentation holds every message, and each says what to do."""

from __future__ import annotations

from scripts.messages_table import FILE, lines, text

SAY_IT_THEMSELVES = {
    "AppError",
    "LockedOutError",
    "OtherAccountError",
    "SignInRequiredError",
}  # computed as they are made


def test_the_documentation_holds_every_message() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python scripts/messages_table.py"


def test_every_message_says_what_to_do() -> None:
    silent = [line for line in lines() if not line.todo and line.kind not in SAY_IT_THEMSELVES]
    assert silent == []
