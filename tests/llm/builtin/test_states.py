"""How the built-in model stands, without running one: which is chosen, what is missing, what is in the way."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from components.errors import BuiltInModelError
from components.llm.builtin import running, weights
from components.llm.builtin.cache import Cache
from components.llm.builtin.server import BuiltIn
from components.llm.builtin.weights import Weights, find, fitting, free_memory
from components.llm.builtin.wish import Wish, read_wish, remember
from components.settings import Settings
from tests.llm.builtin.hosts import made_up, weights_of
from tests.llm.builtin.tables import laid

GB = 1_000_000_000
JUNK = made_up(50_000)
Lay = Callable[[Weights], None]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Lay]:
    """Lays a table of weights of the test's own in place of the project's."""
    with ExitStack() as stack:
        yield lambda *rows: stack.enter_context(laid(tmp_path, *rows))


def builtin(tmp_path: Path, *, free: float = 20 * GB, **settings: object) -> BuiltIn:
    chosen = Settings(home=tmp_path / "home", model_cache=tmp_path / "cache", **settings)  # type: ignore[arg-type]
    return BuiltIn(chosen, free=lambda: int(free))


def put(tmp_path: Path, row: Weights, content: bytes) -> None:
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache" / row.file).write_bytes(content)


def test_the_table_holds_what_it_promises() -> None:
    rows = weights.rows()
    assert set(rows) == {"standard", "light", "smoke", "embeddings"}
    for row in rows.values():
        assert sum(wheel.size for wheel in row.wheels) == row.size
        assert all(len(bytes.fromhex(digest)) == 32 for digest in (row.sha256, *(w.sha256 for w in row.wheels)))
        assert row.licence == "Apache-2.0"
        assert not row.publisher or row.publisher.startswith("https://")
    assert len({row.size for row in rows.values()}) == len(rows)
    assert tomllib.loads(weights.TABLE.read_text())["light"]["owner"]


@pytest.mark.parametrize(
    ("free", "here", "which"),
    [(6 * GB, False, "standard"), (5.9 * GB, False, "light"), (3 * GB, True, "standard"), (1.2 * GB, True, "light")],
)
def test_the_model_fits_the_machine(free: float, here: bool, which: str) -> None:
    found = fitting(int(free), standard_is_here=here)
    assert found is not None
    assert found.name == which


def test_a_machine_too_small_for_any_says_so(tmp_path: Path) -> None:
    small = builtin(tmp_path, free=1.1 * GB)
    assert small.status().state == "no_memory"
    assert "needs 1.2 GB of free memory; 1.1 GB are free" in small.status().words
    with pytest.raises(BuiltInModelError, match=r"1\.1 GB are free"):
        small.ensure()


def test_a_model_that_is_here_needs_its_memory_when_it_starts(tmp_path: Path, table: Lay) -> None:
    table(weights_of(JUNK))
    put(tmp_path, find("light"), JUNK)
    tight = builtin(tmp_path, free=500, model="light")
    assert tight.status().state == "no_memory"
    with pytest.raises(BuiltInModelError, match="free memory"):
        tight.ensure()


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("3000000000\n")
    (tmp_path / "memory.current").write_text("1000000000\n")
    assert free_memory(tmp_path) == min(2 * GB, free_memory(tmp_path / "none"))
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(tmp_path) > 0


def test_none_runs_nothing(tmp_path: Path) -> None:
    off = builtin(tmp_path, model="none")
    assert off.status().state == "off"
    with pytest.raises(BuiltInModelError, match="no built-in model"):
        off.ensure()


def test_the_states_on_the_way(tmp_path: Path, table: Lay) -> None:
    row = weights_of(JUNK)
    table(row)
    coming, home, cache = builtin(tmp_path, model="light"), tmp_path / "home", Cache(tmp_path / "cache")
    assert coming.status().state == "absent"
    with pytest.raises(BuiltInModelError, match="not here yet"):
        coming.ensure()
    with cache.claim(row):
        cache.part(row).write_bytes(JUNK[:20_000])
        assert (coming.status().state, coming.status().done) == ("fetching", 20_000)
    remember(home, answer="paused")
    assert (coming.status().state, coming.status().done) == ("paused", 20_000)
    remember(home, answer="refused")
    assert coming.status().state == "refused"
    remember(home, answer="open", failure={"what": "The host was away."})
    assert (coming.status().state, coming.status().words) == ("failed", "The host was away.")
    put(tmp_path, row, JUNK)
    assert coming.status().state == "ready"


def test_the_wish_is_remembered_and_taken_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert read_wish(home) == Wish()
    remember(home, answer="refused")
    assert read_wish(home).answer == "refused"
    remember(home, answer="open")
    assert read_wish(home) == Wish()
    (home / "built-in-model.json").write_text("not ours")
    assert read_wish(home) == Wish()


def test_a_damaged_file_is_removed_when_it_is_to_run(tmp_path: Path, table: Lay) -> None:
    table(weights_of(JUNK))
    put(tmp_path, find("light"), made_up(50_000, seed=9))
    damaged = builtin(tmp_path, model="light")
    with pytest.raises(BuiltInModelError, match="was damaged and is removed"):
        damaged.ensure()
    assert damaged.status().state == "absent"


def test_a_file_that_is_no_model_fails_with_the_servers_words(tmp_path: Path, table: Lay) -> None:
    table(weights_of(JUNK))
    put(tmp_path, find("light"), JUNK)
    broken = builtin(tmp_path, model="light")
    with pytest.raises(BuiltInModelError, match="did not start"):
        broken.ensure()
    assert broken.status().state == "failed"
    assert "did not start" in broken.status().words
    assert (tmp_path / "home/logs/built-in-model.log").stat().st_size > 0
    broken.forgive()
    assert broken.status().state == "ready"


def test_the_operators_own_file_is_run_in_its_place_once_it_is_proven(tmp_path: Path, table: Lay) -> None:
    table(weights_of(JUNK))
    own = tmp_path / "own.gguf"
    own.write_bytes(JUNK)
    good = builtin(tmp_path, model_file=own)
    assert (good.status().state, good.status().which) == ("ready", "light")
    with pytest.raises(BuiltInModelError, match="did not start"):  # proven, then run: junk is no model
        good.ensure()
    assert not (tmp_path / "cache" / "light.gguf").exists()
    own.write_bytes(made_up(50_000, seed=9))
    with pytest.raises(BuiltInModelError, match="its checksum is another"):
        builtin(tmp_path, model_file=own).ensure()
    assert own.exists()


@pytest.mark.parametrize(("content", "words"), [(None, "is not there"), (b"short", "none of the built-in models")])
def test_a_wrong_file_of_the_operator_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    own = tmp_path / "own.gguf"
    if content:
        own.write_bytes(content)
    wrong = builtin(tmp_path, model_file=own)
    assert wrong.status().state == "failed"
    assert words in wrong.status().words
    with pytest.raises(BuiltInModelError, match=words):
        wrong.ensure()


def test_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOG_BYTES", 2_000)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        last = running._keep_log(stream, tmp_path / "logs" / "model.log")
        with os.fdopen(writing, "w") as told:
            told.writelines(f"line {number} {'x' * 80}\n" for number in range(200))
        _ended("built-in model log")
    assert [line.split()[1] for line in last] == ["195", "196", "197", "198", "199"]
    files = list((tmp_path / "logs").iterdir())
    assert len(files) == 2
    assert all(file.stat().st_size <= 2_200 for file in files)


def _ended(name: str) -> None:
    import threading

    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(10)


def test_the_checksum_of_the_vocabulary_and_the_licence_travel() -> None:
    folder = Path(weights.__file__).parent
    digest = hashlib.sha256((folder / "vocab.txt").read_bytes()).hexdigest()
    assert digest == "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
    assert "Google" in (folder / "NOTICE.md").read_text()
