"""Models: where answers come from, what they cost, what leaves the machine."""

from components.llm.ui import show_models
from components.ui import errors_shown, open_page

user = open_page("Models")

with errors_shown():
    show_models(user)
