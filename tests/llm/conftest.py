"""No test of models may reach another machine: a connection to anywhere but loopback is refused in this process."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.fault_server import FaultServer

_guarding: list[bool] = []


def _refuse_the_world(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guarding or event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        raise AssertionError(f"a test tried to reach {host}")


sys.addaudithook(_refuse_the_world)


@pytest.fixture(autouse=True)
def at_home(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("model"):  # it may have to fetch the model first
        yield
        return
    _guarding.append(True)
    yield
    _guarding.pop()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as here:
        yield here
