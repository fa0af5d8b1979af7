"""A backup that was made to do harm: it says so in words, and nothing lands outside of the home folder."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from components.settings import Settings
from components.store import close_store, open_store
from components.store._archive import LIST, ArchiveError
from components.store.backup import back_up
from components.store.restoring import restore

EVIL = b"evil"
FACT = {"bytes": len(EVIL), "sha256": hashlib.sha256(EVIL).hexdigest()}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    settings = Settings(home=tmp_path / "source", model="none")
    close_store(open_store(settings))
    back_up(settings, tmp_path / "good.zip")
    return tmp_path / "good.zip"


def changed(good: Path, told: Any, name: str = "") -> Path:
    """The backup with another list, and perhaps with one file more."""
    bad = good.with_name("bad.zip")
    with ZipFile(good) as source, ZipFile(bad, "w") as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in source.namelist():
            if one != LIST:
                out.writestr(one, source.read(one))
        if name:
            out.writestr(name, EVIL)
        out.writestr(LIST, told if isinstance(told, str) else json.dumps(told))
    return bad


def listed(good: Path) -> dict[str, Any]:
    with ZipFile(good) as archive:
        return dict(json.loads(archive.read(LIST)))


def refused(tmp_path: Path, bad: Path) -> None:
    before = set(tmp_path.rglob("*"))
    with pytest.raises(ArchiveError):
        restore(Settings(home=tmp_path / "a" / "b" / "home", model="none"), bad)
    new = set(tmp_path.rglob("*")) - before
    assert not [file for file in new if file.is_file() and EVIL in file.read_bytes()]


@pytest.mark.parametrize(
    "key", ["../../evil", "/evil", "a/../../../evil", "..\\..\\evil", "", ".", "a" * 5000, "a/" * 3000 + "a"]
)
def test_no_name_leads_out_of_the_files(good: Path, tmp_path: Path, key: str) -> None:
    told = listed(good)
    told["files"][f"blobs/{key}"] = FACT
    refused(tmp_path, changed(good, told, f"blobs/{key}"))


@pytest.mark.parametrize(
    "more", [{"revision": ["x"]}, {"revision": {}}, {"revision": None}, {"made_at": "x"}, {"a": 1}]
)
def test_a_list_that_says_something_else_is_damaged(good: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    refused(tmp_path, changed(good, listed(good) | more))


def test_a_list_without_an_end_is_damaged(good: Path, tmp_path: Path) -> None:
    refused(tmp_path, changed(good, "[" * 200_000))
