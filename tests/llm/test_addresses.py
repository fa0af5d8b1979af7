"""Addresses of servers: the operator's, and those that users give."""

from __future__ import annotations

import asyncio

import pytest

from components.errors import AccessError, ConfigurationError
from components.llm.addresses import read_address, require_public
from components.llm.ask import list_models
from components.llm.catalogue import PROVIDERS, Provider, find, host_of, is_loopback
from tests.llm.speaking import gather, request
from tests.servers.fault_server import FaultServer

PRIVATE = [
    "http://127.0.0.1:8000/v1",
    "http://localhost:8000",
    "http://[::1]:8000",
    "http://10.0.0.7/v1",
    "http://192.168.1.1",
    "http://172.16.0.1",
    "http://169.254.169.254/latest/meta-data",
    "http://[fd00::1]/",
    "http://0.0.0.0:8000",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",  # 127.0.0.1 as one number
    "http://no-such-name.invalid/v1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_on_a_shared_server_nobody_may_name_hosts_of_its_network(address: str) -> None:
    with pytest.raises(AccessError, match="public network"):
        read_address(address, local_owner=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_the_owner_of_the_machine_may(address: str) -> None:
    assert read_address(address, local_owner=True) == address.rstrip("/")


def test_a_public_address_is_for_everybody() -> None:
    require_public("https://1.1.1.1/v1")
    assert read_address(" https://1.1.1.1/v1/ ", local_owner=False) == "https://1.1.1.1/v1"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost:8000",
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "http://a b/",
        "http://host:port/",
        "gopher://x",
    ],
)
def test_only_http_addresses_are_addresses(address: str) -> None:
    with pytest.raises(ConfigurationError):
        read_address(address, local_owner=True)


@pytest.mark.parametrize("address", ["http://me:secret@host/", "http://host/?key=secret", "http://host/#x"])
def test_an_address_holds_no_secret(address: str) -> None:
    with pytest.raises(ConfigurationError):
        read_address(address, local_owner=True)


def test_a_guarded_address_is_looked_up_again_at_each_question(server: FaultServer) -> None:
    row = Provider("lab", "Lab", "chat", f"{server.url}/v1", own=True, guarded=True)
    with pytest.raises(AccessError):
        gather(row, request("ok"))
    with pytest.raises(AccessError):
        asyncio.run(list_models(row, None))
    assert server.visits == []


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("192.168.1.5", "http://192.168.1.5:11434"),
        ("0.0.0.0:11500", "http://localhost:11500"),
        ("myhost:80", "http://myhost:80"),
        ("https://ollama.example.org", "https://ollama.example.org"),
        ("http://[::1]:9/", "http://[::1]:9"),
        (":11500", "http://localhost:11500"),
    ],
)
def test_ollamas_own_variable_is_understood(given: str, address: str) -> None:
    row = find("ollama", {"OLLAMA_HOST": given})
    assert row
    assert row.base_url == address


def test_an_operators_address_takes_the_catalogues_place() -> None:
    row = find("openai", {"OPENAI_BASE_URL": "https://gateway.example.org/v1/"})
    assert row
    assert host_of(row) == "gateway.example.org"
    assert not row.local


def test_only_the_built_in_model_and_ollama_stay_here_by_themselves() -> None:
    assert {row.name for row in PROVIDERS if row.local} == {"builtin", "ollama"}


def test_names_and_price_names_are_unique_and_addresses_are_encrypted() -> None:
    assert len({row.name for row in PROVIDERS}) == len(PROVIDERS)
    assert all(row.base_url.startswith("https://") for row in PROVIDERS if row.needs_key)
    assert all(row.price_name for row in PROVIDERS if row.needs_key)


@pytest.mark.parametrize(("host", "here"), [("localhost", True), ("127.8.9.1", True), ("::1", True), ("lab", False)])
def test_loopback_is_told_without_looking_a_name_up(host: str, here: bool) -> None:
    assert is_loopback(host) is here
