"""The tables screen: what is here, bringing more, and one table's page."""

from components.tables.ui.tables.screen import show_tables

__all__ = ["show_tables"]
