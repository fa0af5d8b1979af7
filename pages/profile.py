"""The profile: one's own logins, keys and data."""

from components.auth.ui.profile import show_profile
from components.ui import errors_shown, open_page

user = open_page("Profile")

with errors_shown():
    show_profile(user)
