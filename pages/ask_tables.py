"""Ask tables: a question becomes a query, its rows, and a sentence in which every number can be pressed."""

from components.answers.ui import show_ask_tables
from components.ui import errors_shown, open_page

user = open_page("Ask tables")

with errors_shown():
    show_ask_tables(user)
