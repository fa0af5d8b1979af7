"""People who are signed in, for tests of what they see: each with a login of their own."""

from __future__ import annotations

from dataclasses import dataclass

from components.auth.accounts import LOCAL
from components.auth.facts import RequestFacts
from components.auth.passwords import hash_of
from components.store import Store, User
from components.store.identities import add_user
from components.store.logins import Login, open_ticket, redeem_ticket
from components.store.passwords import set_password

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PASSWORD = "a quiet green teapot"


@dataclass(frozen=True)
class Here:
    """Somebody who is signed in: who, by which login, and the token in the cookie."""

    user: User
    login: Login
    token: str

    @property
    def id(self) -> str:
        """The user's id."""
        return self.user.id

    @property
    def facts(self) -> RequestFacts:
        """What admission sees of their browser."""
        host = "localhost:8501"
        headers = (("host", host), ("origin", f"http://{host}"), ("cookie", f"groundwork={self.token}"))
        return RequestFacts("127.0.0.1", headers)


def sign_in(store: Store, name: str, role: str = "analyst", *, password: str = "") -> Here:
    """Add somebody, ``name@example.com``, and sign them in."""
    user = add_user(store, name=name, email=f"{name.casefold().replace(' ', '.')}@example.com", role=role)
    if password:
        set_password(store, user.id, hash_of(password))
    return another_login(store, user)


def another_login(store: Store, user: User, agent: str = AGENT, address: str = "127.0.0.1") -> Here:
    """Sign somebody in once more."""
    made = redeem_ticket(store, open_ticket(store, user.id, LOCAL), agent=agent, address=address, hours=8)
    assert made is not None
    return Here(user, made[1], made[0])
