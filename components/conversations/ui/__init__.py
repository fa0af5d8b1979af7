"""Conversations on the screen: one screen for every kind of conversation."""

from components.conversations.ui.screen import Kind, show_conversation
from components.conversations.ui.talk import Sends, Talk

__all__ = ["Kind", "Sends", "Talk", "show_conversation"]
