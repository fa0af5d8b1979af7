"""What the tests of the built-in model share: hosts that bring weights, and the light model itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.errors import AppError
from components.llm.builtin.bring import bring
from components.llm.builtin.cache import Cache
from components.llm.builtin.server import BuiltIn
from components.llm.builtin.weights import Weights, find
from components.settings import Settings
from tests.llm.builtin.hosts import Host, host

LEFT_OUT = os.environ.get("GROUNDWORK_TEST_MODEL") == "none"
SHARED = Settings().model_cache  # kept from run to run: half a gigabyte is fetched once


@pytest.fixture
def publisher() -> Iterator[Host]:
    with host() as running:
        yield running


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A package index of the test's own; pip knows no other."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    with host() as running:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{running.url}/simple")
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def require(name: str) -> Weights:
    """Weights for a test, from the shared cache or fetched into it; left out by setting, else a clear failure."""
    if LEFT_OUT:
        pytest.skip("left out: GROUNDWORK_TEST_MODEL=none")
    try:
        bring(find(name), Cache(SHARED), lambda done, words: None)
    except AppError as error:
        pytest.fail(f"{error.what} (GROUNDWORK_TEST_MODEL=none leaves these tests out)", pytrace=False)
    return find(name)


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltIn]:
    """The light model, run for real; one server for a file of tests."""
    require("light")
    builtin = BuiltIn(Settings(home=tmp_path_factory.mktemp("home"), model="light", model_context=2048))
    yield builtin
    builtin.close()
