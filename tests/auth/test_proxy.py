"""A trusted proxy's headers, and everybody else's."""

from __future__ import annotations

import socket
import subprocess
import sys

import httpx
import pytest

from components.auth.facts import RequestFacts
from components.auth.identity import NotInvitedError
from components.auth.proxy import client_address, identity_in, user_from_proxy
from components.settings import Settings
from components.store import Store, User
from components.store.audit import audit
from components.store.identities import groups_of
from components.store.people import bar
from tests.auth.signing_in import settings_with
from tests.servers.openid import free_port
from tests.waiting import until

PROXY, STRANGER = "10.0.0.7", "203.0.113.9"


def settings(**more: str) -> Settings:
    given = {"TRUSTED_PROXIES": "10.0.0.7, 192.168.1.0/24, fd00::/8", "PROXY_USER_HEADER": "X-Auth-Request-Email"}
    given |= {"PROXY_NAME_HEADER": "x-name", "PROXY_GROUPS_HEADER": "x-groups", "PUBLIC_URL": ""}
    return settings_with(**given, **more)


def facts(peer: str | None, *headers: tuple[str, str]) -> RequestFacts:
    return RequestFacts(peer, headers)


def test_a_proxy_says_who_it_is() -> None:
    said = facts(PROXY, ("x-auth-request-email", "Ada@Example.com"), ("x-name", "Ada"), ("x-groups", "a, b,,a"))
    found = identity_in(said, settings())
    assert found and (found.provider, found.subject, found.email) == ("proxy", "ada@example.com", "ada@example.com")
    assert (found.name, found.groups) == ("Ada", ("a", "b"))


@pytest.mark.parametrize(
    "said",
    [
        facts(STRANGER, ("x-auth-request-email", "ada@example.com")),
        facts(None, ("x-auth-request-email", "ada@example.com")),
        facts("127.0.0.1", ("x-auth-request-email", "ada@example.com")),
        facts("::1", ("x-auth-request-email", "ada@example.com"), ("x-forwarded-for", PROXY)),
        facts(STRANGER, ("x-auth-request-email", "ada@example.com"), ("x-forwarded-for", PROXY)),
        facts("10.0.0.77", ("x-auth-request-email", "ada@example.com")),
        facts("10.0.0.7.example.com", ("x-auth-request-email", "ada@example.com")),
        facts(PROXY),
        facts(PROXY, ("x-auth-request-email", "")),
        facts(PROXY, ("x-auth-request-email", "  ")),
        facts(PROXY, ("x_auth_request_email", "ada@example.com")),
        facts(PROXY, ("x-auth-request-email", "ada@example.com"), ("x-auth-request-email", "eve@example.com")),
        facts(PROXY, ("x-auth-request-email", "ada@example.com\x00")),
        facts(PROXY, ("x-auth-request-email", "x" * 300)),
        facts(PROXY, ("x-auth-request-email", "ada@example.com, eve@example.com")),
        facts(PROXY, ("x-name", "ada@example.com")),
    ],
    ids=str,
)
def test_nobody_else_is_believed(said: RequestFacts) -> None:
    assert identity_in(said, settings()) is None


@pytest.mark.parametrize("peer", [PROXY, "192.168.1.200", "::ffff:10.0.0.7", "fd00::1"])
def test_a_proxy_is_known_by_its_address_or_network(peer: str) -> None:
    assert identity_in(facts(peer, ("x-auth-request-email", "ada@example.com")), settings())


def test_without_the_setting_no_header_counts() -> None:
    assert identity_in(facts(PROXY, ("x-auth-request-email", "a@x.test")), settings_with(TRUSTED_PROXIES=PROXY)) is None


def test_names_come_as_utf8() -> None:
    said = facts(PROXY, ("x-auth-request-email", "zoe"), ("x-name", "Zoë".encode().decode("latin-1")))
    found = identity_in(said, settings())
    assert found and (found.name, found.email) == ("Zoë", None)


def test_whom_the_proxy_lets_through_is_in(store: Store) -> None:
    said = facts(PROXY, ("x-auth-request-email", "ada@example.com"), ("x-groups", "finance"))
    ada = user_from_proxy(said, settings(), store)
    assert ada and (ada.email, ada.role) == ("ada@example.com", "analyst")
    assert groups_of(store, ada.id) == ("finance",)
    again = user_from_proxy(said, settings(), store)
    assert again and again.id == ada.id


def test_new_groups_count_at_once(store: Store) -> None:
    rules = settings(ADMINISTRATOR_GROUPS="heads")
    roles = []
    for groups in ("x", "heads", "x"):
        found = user_from_proxy(facts(PROXY, ("x-auth-request-email", "ada"), ("x-groups", groups)), rules, store)
        roles.append(found.role if found else None)
    assert roles == ["analyst", "administrator", "administrator"]  # the last one stays


def test_rules_count_for_the_proxy_too(store: Store) -> None:
    rules = settings(ADMIT_DOMAINS="example.com")
    assert user_from_proxy(facts(PROXY, ("x-auth-request-email", "ada@example.com")), rules, store)
    with pytest.raises(NotInvitedError):
        user_from_proxy(facts(PROXY, ("x-auth-request-email", "eve@evil.test")), rules, store)


def test_who_is_barred_is_out_at_the_next_request(store: Store, boss: User) -> None:
    said = facts(PROXY, ("x-auth-request-email", "ada"))
    ada = user_from_proxy(said, settings(), store)
    assert ada
    bar(store, boss.id, ada.id)
    for _ in range(3):
        with pytest.raises(NotInvitedError):
            user_from_proxy(said, settings(), store)
    assert len(audit(store, boss.id, did="was refused")) == 1


def test_somebody_elses_email_is_not_taken_over(store: Store, boss: User) -> None:
    with pytest.raises(NotInvitedError, match="already"):
        user_from_proxy(facts(PROXY, ("x-auth-request-email", "boss@example.com")), settings(), store)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (STRANGER, (), STRANGER),
        (STRANGER, ("1.2.3.4",), STRANGER),
        (PROXY, (), PROXY),
        (PROXY, ("198.51.100.1",), "198.51.100.1"),
        (PROXY, ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
        (PROXY, ("1.2.3.4, 198.51.100.1, 192.168.1.5",), "198.51.100.1"),
        (PROXY, ("1.2.3.4", "198.51.100.1"), "198.51.100.1"),
        (PROXY, ("1.2.3.4, nonsense",), PROXY),
        (PROXY, ("198.51.100.1:4711",), "198.51.100.1"),
        (PROXY, ("[2001:db8::1]:4711",), "2001:db8::1"),
        (PROXY, ("::ffff:198.51.100.1",), "198.51.100.1"),
        (PROXY, ("",), PROXY),
        (None, ("1.2.3.4",), ""),
        ("testclient", ("1.2.3.4",), ""),
    ],
)
def test_where_a_request_came_from(peer: str | None, forwarded: tuple[str, ...], address: str) -> None:
    said = facts(peer, *(("x-forwarded-for", line) for line in forwarded))
    assert client_address(said, settings()) == address


@pytest.mark.parametrize("when", ["before the server is made", "after"])
def test_a_header_does_not_change_the_peer(when: str) -> None:
    """uvicorn by itself puts the address of X-Forwarded-For in a local peer's place: real sockets say what is left."""
    code = (
        "import sys, uvicorn\n"
        "from components.auth.peers import keep_peers\n"
        "async def app(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan':\n"
        "        return\n"
        "    body = scope['client'][0].encode()\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': body})\n"
        "keep = sys.argv[1].startswith('before')\n"
        "keep_peers() if keep else None\n"
        "config = uvicorn.Config(app, port=int(sys.argv[2]), log_level='error', forwarded_allow_ips='*')\n"
        "config.load()\n"
        "keep_peers()\n"
        "uvicorn.Server(config).run()\n"
    )
    assert _peer_seen(code, when) == PEER


PEER = "127.0.0.1"


def _peer_seen(code: str, when: str) -> str:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", code, when, str(port)])
    try:
        until(lambda: _listens(port))
        reply = httpx.get(f"http://127.0.0.1:{port}/", headers={"x-forwarded-for": "10.0.0.7"}, trust_env=False)
        return reply.text
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
