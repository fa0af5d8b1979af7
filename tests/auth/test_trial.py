"""A trial of a provider says what is wrong with it, before anybody tries to sign in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.auth.trial import Step, trial
from components.settings import Settings
from tests.auth.signing_in import BACK, only, with_provider
from tests.servers.fault_provider import CLIENT, SECRET, FaultProvider
from tests.servers.oauth2_provider import OAuth2Provider
from tests.servers.openid import SECRET as PANVA_SECRET
from tests.servers.openid import client, running_panva


@pytest.fixture
def server() -> Iterator[FaultProvider]:
    with FaultProvider() as server:
        yield server


def tried(settings: Settings) -> list[Step]:
    return trial(only(settings), settings)


def at(issuer: str, secret: str = SECRET) -> Settings:
    return with_provider("op", issuer=issuer, client_id=CLIENT, client_secret=secret)


def test_a_good_provider_passes_every_step() -> None:
    with running_panva([client(BACK)]) as issuer:
        steps = tried(at(issuer, PANVA_SECRET))
        assert [step.ok for step in steps] == [True] * 4
        assert f"must know {BACK}" in steps[-1].said


def test_a_wrong_secret_is_said() -> None:
    with running_panva([client(BACK)]) as issuer:
        last = tried(at(issuer, "wrong"))[-1]
        assert (last.ok, "does not accept client_id and client_secret" in last.said) == (False, True)


def test_githubs_client_is_tried_too() -> None:
    with OAuth2Provider() as github:
        assert [step.ok for step in tried(with_provider("github", None, **github.fields()))] == [True]
        wrong = with_provider("github", None, **github.fields() | {"client_secret": "wrong"})
        assert [step.ok for step in tried(wrong)] == [False]


def test_another_issuer_ends_it_at_once(server: FaultProvider) -> None:
    (step,) = tried(at(server.url + "/"))
    assert not step.ok
    assert "it calls itself" in step.said


def test_a_silent_provider_is_said() -> None:
    (step,) = tried(at("http://127.0.0.1:1"))
    assert not step.ok
    assert "127.0.0.1 did not answer" in step.said


def test_keys_that_verify_nothing_are_said(server: FaultProvider) -> None:
    server.keys = [{"kty": "oct", "k": "c2VjcmV0"}]
    steps = tried(at(server.url))
    assert [step.ok for step in steps][:2] == [True, False]


@pytest.mark.parametrize(("apart", "ok"), [(0, True), (20, True), (-300, False), (86_400, False)])
def test_clocks_that_differ_are_said(server: FaultProvider, apart: int, ok: bool) -> None:
    server.apart = apart
    step = tried(at(server.url))[2]
    assert step.ok is ok
    assert ("agree" in step.said) is (apart == 0)


def test_no_secret_is_said(server: FaultProvider) -> None:
    said = " ".join(step.said for step in tried(at(server.url)))
    assert SECRET not in said
