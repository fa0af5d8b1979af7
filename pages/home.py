"""Home: ask, or go on where you stopped."""

from components.ui import open_page

user = open_page("Home")
