"""The screen of a question about tables."""

from __future__ import annotations

from components.answers.ui.card import show_answer

__all__ = ["show_answer"]
