"""Sign-ins under way at a provider."""

from __future__ import annotations

import pytest

from components.store import Store, flows
from components.store.schema_people import flows as rows
from tests.store.ageing import age, at_once
from tests.store.counting import all_rows, rows_in


def test_a_flow_comes_back_once_to_the_browser_that_began_it(store: Store) -> None:
    flow = flows.begin_flow(store, provider="google", browser="b", back="/chat?c=1", mode="popup")
    assert (flow.provider, flow.back, flow.mode) == ("google", "/chat?c=1", "popup")
    assert flows.take_flow(store, flow.state, "b") == flow
    assert flows.take_flow(store, flow.state, "b") is None


def test_another_browser_gets_nothing_and_spoils_nothing(store: Store) -> None:
    flow = flows.begin_flow(store, provider="google", browser="b")
    for browser in ("", "c", flow.state):
        assert flows.take_flow(store, flow.state, browser) is None
    assert flows.take_flow(store, flow.state, "b") == flow


@pytest.mark.parametrize("state", ["", "x", "\ud800", "%"])
def test_a_state_that_is_none_gets_nothing(store: Store, state: str) -> None:
    flows.begin_flow(store, provider="google", browser="b")
    assert flows.take_flow(store, state, "b") is None


def test_a_flow_is_good_for_ten_minutes(store: Store) -> None:
    old = flows.begin_flow(store, provider="google", browser="b")
    age(store, rows.c.created_at, 601)
    assert flows.take_flow(store, old.state, "b") is None


def test_old_flows_go_when_a_new_one_begins(store: Store) -> None:
    for _ in range(3):
        flows.begin_flow(store, provider="google", browser="b")
    age(store, rows.c.created_at, 601)
    flows.begin_flow(store, provider="google", browser="b")
    assert rows_in(store)["flows"] == 1


def test_of_many_who_take_a_flow_at_once_one_gets_it(store: Store) -> None:
    flow = flows.begin_flow(store, provider="google", browser="b")
    taken = at_once(*[lambda: flows.take_flow(store, flow.state, "b")] * 6)
    assert sorted(type(outcome).__name__ for outcome in taken) == ["Flow"] + ["NoneType"] * 5


def test_secrets_are_long_differ_and_fit(store: Store) -> None:
    one, two = (flows.begin_flow(store, provider="google", browser="b") for _ in range(2))
    secrets = {getattr(flow, name) for flow in (one, two) for name in ("state", "nonce", "verifier")}
    assert len(secrets) == 6
    assert all(len(secret) >= 43 for secret in secrets)
    assert 43 <= len(one.verifier) <= 128  # RFC 7636


def test_neither_state_nor_browser_is_stored(store: Store) -> None:
    flow = flows.begin_flow(store, provider="google", browser="a browser's secret")
    words = repr(all_rows(store))
    assert flow.state not in words and "a browser's secret" not in words
