"""Help: the documentation, in the app."""

from components.ui import errors_shown, open_page
from components.ui.help import show_help

user = open_page("Help")

with errors_shown():
    show_help()
