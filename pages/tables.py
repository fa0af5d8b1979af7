"""Tables: what is here, how each file was read, what is in it."""

from components.tables.ui.tables import show_tables
from components.ui import errors_shown, open_page

user = open_page("Tables")

with errors_shown():
    show_tables(user)
