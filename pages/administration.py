"""People and audit: who may do what, who did what, how everybody signs in."""

from components.auth.ui.administration import show_administration
from components.ui import errors_shown, open_page

user = open_page("People and audit")

with errors_shown():
    show_administration(user)
