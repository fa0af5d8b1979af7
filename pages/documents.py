"""Documents: what is here, how it was read, its pages and their text."""

from components.documents.ui import show_documents
from components.ui import errors_shown, open_page

user = open_page("Documents")

with errors_shown():
    show_documents(user)
