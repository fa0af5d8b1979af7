"""Conversations on the screen: one screen for every kind of conversation."""

from components.conversations.ui.screen import show_conversation
from components.conversations.ui.talk import Sends, Talk

__all__ = ["Sends", "Talk", "show_conversation"]
