"""Ask documents: every claim in the answer leads to the marked line on its page."""

from components.answers.ui.documents import show_ask_documents
from components.ui import errors_shown, open_page

user = open_page("Ask documents")

with errors_shown():
    show_ask_documents(user)
