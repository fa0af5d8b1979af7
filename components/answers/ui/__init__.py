"""The screen of a question about tables."""

from __future__ import annotations

from components.answers.ui.card import show_answer
from components.answers.ui.screen import show_ask_tables

__all__ = ["show_answer", "show_ask_tables"]
