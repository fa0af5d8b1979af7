"""Conversations, their turns, and the runner that produces a reply behind the page."""
