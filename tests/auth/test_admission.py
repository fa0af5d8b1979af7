from __future__ import annotations

from dataclasses import replace

import pytest

from components.auth.admission import RequestFacts, admit, facts_from, is_loopback_name, why_not_local
from components.errors import SignInRequiredError
from components.workbench import Workbench
from tests.conftest import AT_HOME


def facts(peer: str | None = "127.0.0.1", host: str = "localhost:8501", **headers: str) -> RequestFacts:
    named = ((name.replace("_", "-"), value) for name, value in headers.items())
    return facts_from(peer, (("Host", host), *named))


def test_the_local_owner_is_admitted(bench: Workbench) -> None:
    user = admit(AT_HOME, bench.settings, bench.store)
    assert (user.id, user.role) == ("local", "administrator")
    assert admit(facts("::1", "[::1]:8501"), bench.settings, bench.store) == user


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_a_loopback_peer_is_local(peer: str) -> None:
    assert why_not_local(facts(peer)) == ""


@pytest.mark.parametrize(
    "peer", [None, "", "192.168.1.7", "10.0.0.1", "::2", "::ffff:10.0.0.1", "testclient", "0.0.0.0"]
)
def test_any_other_peer_is_not(peer: str | None) -> None:
    assert "another machine" in why_not_local(facts(peer))


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "LOCALHOST:8501", "127.0.0.1:8501", "127.1.2.3", "[::1]", "[::1]:8501"]
)
def test_a_loopback_name_is_local(host: str) -> None:
    assert is_loopback_name(host)
    assert why_not_local(facts(host=host)) == ""


@pytest.mark.parametrize(
    "host",
    [
        *("", "example.org", "localhost.example.org", "127.0.0.1.nip.io", "foo.localhost", "0.0.0.0:8501", "127.1"),
        *("2130706433", "[::]:8501", "localhost:port", "user@localhost", "localhost/path", "localhost?x", "[::1"),
        *("localhost:8501@example.org", "example.org#localhost", "localhost, example.org", "::1"),
    ],
)
def test_any_other_name_is_not(host: str) -> None:
    assert "another name" in why_not_local(facts(host=host))


def test_two_hosts_are_no_host() -> None:
    two = facts_from("127.0.0.1", (("host", "localhost"), ("host", "localhost")))
    assert "another name" in why_not_local(two)


@pytest.mark.parametrize(
    "header",
    [
        *("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Anything", "Via"),
        *("X-Real-IP", "CF-Connecting-IP", "CF-Ray", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP"),
        *("Fastly-Client-IP", "Fly-Client-IP", "X-Original-For", "X-Envoy-External-Address", "X-Amzn-Trace-Id"),
        *(
            "Tailscale-User-Login",
            "x-azure-clientip",
            "X-ProxyUser-Ip",
            "X_Forwarded_For",
            "Client-IP",
            "Forwarded-For",
        ),
        *("Forwarded-For", "X-Remote-Addr", "Remote-User", "X-Auth-Request-User", "WL-Proxy-Client-IP", "X-Varnish"),
        *("CloudFront-Viewer-Address", "Akamai-Origin-Hop", "Incap-Client-IP", "X-Cloud-Trace-Context", "X-Scheme"),
    ],
)
def test_a_forwarding_header_means_that_somebody_stands_behind_the_peer(header: str) -> None:
    forwarded = replace(AT_HOME, headers=(*AT_HOME.headers, (header, "127.0.0.1")))
    assert "proxy" in why_not_local(forwarded)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://example.org"},
        {"origin": "http://localhost:3000"},  # another program's page on this machine
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_page_of_another_site_is_not_local(headers: dict[str, str]) -> None:
    assert "another site" in why_not_local(facts(**headers))


@pytest.mark.parametrize("headers", [{"origin": "http://localhost:8501"}, {"sec_fetch_site": "same-origin"}, {}])
def test_our_own_page_is_local(headers: dict[str, str]) -> None:
    assert why_not_local(facts(**headers)) == ""


def test_with_sign_in_required_nobody_is_admitted(bench: Workbench) -> None:
    with pytest.raises(SignInRequiredError, match="Nobody is signed in"):
        admit(AT_HOME, replace(bench.settings, sign_in="required"), bench.store)


def test_a_stranger_reads_why(bench: Workbench) -> None:
    with pytest.raises(SignInRequiredError) as raised:
        admit(facts("192.168.1.7"), bench.settings, bench.store)
    assert "another machine" in raised.value.what
    assert raised.value.todo
