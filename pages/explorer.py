"""Draw charts of a table by dragging its columns; they are kept with the table."""

from components.tables.ui.explorer import show_explorer
from components.ui import errors_shown, open_page
from components.workbench import workbench

user = open_page("Explorer")

with errors_shown():
    show_explorer(workbench(), user)
