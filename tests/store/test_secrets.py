"""Encryption at rest."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.errors import ConfigurationError, StoreError
from components.store.secrets import Secrets

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def test_the_key_file_is_made_at_the_first_need_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "groundwork.key"
    secrets = Secrets(file)
    assert not file.exists()
    sealed = secrets.encrypt("sk-1")
    assert file.stat().st_mode & 0o777 == 0o600
    assert Secrets(file).decrypt(sealed) == "sk-1"
    assert [found.name for found in tmp_path.iterdir()] == ["groundwork.key"]


def test_a_key_file_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o644)
    Secrets(file).encrypt("x")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_operators_key_needs_no_file(tmp_path: Path) -> None:
    sealed = Secrets(tmp_path / "a", KEY).encrypt("Größe")
    assert Secrets(tmp_path / "b", KEY).decrypt(sealed) == "Größe"
    assert list(tmp_path.iterdir()) == []


def test_another_key_opens_nothing_and_says_so(tmp_path: Path) -> None:
    sealed = Secrets(tmp_path / "a").encrypt("sk-1")
    with pytest.raises(StoreError, match="another encryption key"):
        Secrets(tmp_path / "b").decrypt(sealed)


@pytest.mark.parametrize("key", ["secret", "x" * 44, base64.b64encode(b"short").decode(), "ключ"])
def test_a_malformed_key_is_refused_at_the_start(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigurationError, match="GROUNDWORK_ENCRYPTION_KEY"):
        Secrets(tmp_path / "key", key)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\x00\x01")
    with pytest.raises(StoreError, match=r"key.* is damaged"):
        Secrets(tmp_path / "key").encrypt("x")


def test_two_that_make_the_file_at_once_agree(tmp_path: Path) -> None:
    for number in range(10):
        file = tmp_path / f"{number}"
        with ThreadPoolExecutor(4) as pool:
            sealed = list(pool.map(lambda _, file=file: Secrets(file).encrypt("x"), range(4)))
        assert [Secrets(file).decrypt(one) for one in sealed] == ["x"] * 4
    assert len(list(tmp_path.iterdir())) == 10


def test_a_seal_is_made_with_the_key_alone(tmp_path: Path) -> None:
    ours, file = Secrets(tmp_path / "a", KEY), Secrets(tmp_path / "groundwork.key")
    assert ours.seal("Größe") == Secrets(tmp_path / "b", KEY).seal("Größe")
    assert len({ours.seal("x"), ours.seal("y"), ours.seal(""), file.seal("x")}) == 4
    assert len(ours.seal("\ud800")) == 64
    (tmp_path / "damaged").write_text("no key")
    with pytest.raises(StoreError, match="damaged"):
        Secrets(tmp_path / "damaged").seal("x")
