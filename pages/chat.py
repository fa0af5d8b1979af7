"""Chat with any model: the words, what they cost, and what left the machine."""

from components.conversations.ui.chat import show_chat
from components.ui import errors_shown, open_page

user = open_page("Chat")

with errors_shown():
    show_chat(user)
