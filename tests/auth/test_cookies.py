from __future__ import annotations

from dataclasses import replace

import pytest

from components.auth.cookies import FLOW, name_of, no_cookie, set_cookie, token_in
from components.auth.facts import RequestFacts, facts_from
from components.settings import Settings

PLAIN, TLS = Settings(public_url="http://localhost:8501"), Settings(public_url="https://workbench.example.com")


def with_cookies(*lines: str) -> RequestFacts:
    return facts_from("127.0.0.1", [("Cookie", line) for line in lines])


def parts(line: str) -> list[str]:
    return line.split("; ")


def test_no_script_and_no_other_site_gets_the_cookie() -> None:
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"} <= set(parts(set_cookie(PLAIN, "t")))
    assert not [part for part in parts(set_cookie(PLAIN, "t")) if part.startswith("Domain")]


def test_over_tls_it_is_bound_to_host_and_connection() -> None:
    first, *rest = parts(set_cookie(TLS, "t"))
    assert first == "__Host-groundwork=t"
    assert {"Secure", "Path=/"} <= set(rest)
    assert "Secure" not in parts(set_cookie(PLAIN, "t")), "else no browser would send it back"


def test_it_lasts_no_longer_than_the_login() -> None:
    assert "Max-Age=3600" in parts(set_cookie(replace(PLAIN, login_hours=1), "t"))
    assert "Max-Age=600" in parts(set_cookie(PLAIN, "t", FLOW))
    assert {"groundwork=", "Max-Age=0"} <= set(parts(no_cookie(PLAIN)))


def test_the_token_is_found_among_others() -> None:
    assert token_in(with_cookies("a=1; groundwork=abc; groundworks=no"), PLAIN) == "abc"
    assert token_in(with_cookies("a=1", "groundwork=abc"), PLAIN) == "abc"


@pytest.mark.parametrize(
    "lines",
    [
        ("a=1",),
        ("groundwork=one; groundwork=two",),
        ("groundwork=one", "groundwork=two"),
        ("Groundwork=one",),
        ("groundwork=" + "x" * 201,),
        ("",),
    ],
)
def test_a_cookie_that_is_not_alone_is_none(lines: tuple[str, ...]) -> None:
    assert token_in(with_cookies(*lines), PLAIN) == ""


def test_over_tls_a_cookie_that_any_host_may_set_is_not_looked_at() -> None:
    """A page of another name below the same domain can set ``groundwork``; ``__Host-groundwork`` only we can."""
    assert token_in(with_cookies("groundwork=planted; __Host-groundwork=ours"), TLS) == "ours"
    assert token_in(with_cookies("groundwork=planted"), TLS) == ""
    assert name_of(TLS, FLOW) == "__Host-groundwork-flow"
