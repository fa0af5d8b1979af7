"""Who a provider says somebody is, and the two ways in which that may fail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.errors import SignInRequiredError
from components.letters import seen_name

EMAIL = re.compile(r"[!-?A-~]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)
MOST_GROUPS = 2000
LONGEST = 255  # of a subject, a name, a group, in characters


class SignInFailedError(SignInRequiredError):
    """A provider's answer was not believed, or did not come. The log says exactly why; the browser learns little."""

    todo = "Try again. If it stays, whoever runs this workbench finds the reason in its log."


class NotInvitedError(SignInRequiredError):
    """The provider vouches for the person, but nothing lets that person in here."""

    todo = "Ask an administrator of this workbench for an invitation."


@dataclass(frozen=True)
class Identity:
    """A person as one provider vouches for them.

    Attributes:
        provider: Name of the provider's row.
        subject: The provider's own, unchanging id of the person.
        email: In small letters, and only if the provider has verified it; else None. Plain ASCII alone: letters that
            merely look or fold alike would make two people one.
        name: To be shown; empty where the provider says none.
        groups: Names, each once. Where anybody can found a group (GitHub, GitLab), ``provider:name``.
    """

    provider: str
    subject: str
    email: str | None = None
    name: str = ""
    groups: tuple[str, ...] = ()


def plain_email(value: object) -> str | None:
    """An e-mail in small letters; None for whatever is none, or not of plain ASCII, or longer than 254."""
    if not isinstance(value, str) or len(value) > 254 or not EMAIL.fullmatch(value):
        return None
    return value.lower()


def plain_name(value: object) -> str:
    """A name to be shown: one line, at most 255 characters, no control characters; empty for whatever is none."""
    return seen_name(value)[:LONGEST] if isinstance(value, str) else ""


def plain_groups(value: object) -> tuple[str, ...]:
    """Names of groups from a claim: a list, or one name; anything else is no group. At most 2,000 are kept."""
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    names = (item for item in listed if isinstance(item, str) and 0 < len(item) <= LONGEST and item.isprintable())
    return tuple(dict.fromkeys(names))[:MOST_GROUPS]
