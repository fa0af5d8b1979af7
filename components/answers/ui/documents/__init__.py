"""The screen of a question about documents."""

from __future__ import annotations

from components.answers.ui.documents.screen import show_ask_documents

__all__ = ["show_ask_documents"]
