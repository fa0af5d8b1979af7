"""The documents screen: what was read, what is being read, what could not be; and one document's page."""

from components.documents.ui.screen import show_documents

__all__ = ["show_documents"]
