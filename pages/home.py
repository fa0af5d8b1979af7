"""Home: ask, or go on where you stopped."""

from components.ui import errors_shown, measure, open_page
from components.ui.home import show_home

user = open_page("Home")

with errors_shown(), measure(880):
    show_home(user)
