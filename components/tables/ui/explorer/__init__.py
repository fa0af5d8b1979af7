"""The explorer's screen, around PyGWalker's own front end."""

from components.tables.ui.explorer.screen import show_explorer

__all__ = ["show_explorer"]
