"""The real server with the light model: who may speak to it, what it shares, how it ends and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from components.llm.builtin.running import Address
from components.llm.builtin.server import BuiltIn
from tests.llm.builtin.conftest import SHARED
from tests.llm.builtin.speaking import busy_slots, complete, send
from tests.waiting import until

pytestmark = pytest.mark.model

SCHEMA = "\n".join(f"CREATE TABLE t{n} (id BIGINT, city_{n} VARCHAR, amount_{n} DOUBLE);" for n in range(8))
PROMPT = f"<|im_start|>system\nYou write DuckDB SQL.\n\nTables:\n{SCHEMA}<|im_end|>\n<|im_start|>user\n"


def process_of(builtin: BuiltIn) -> psutil.Process:
    """The server's process: the one that listens at its address."""
    port = int(builtin.ensure().url.rpartition(":")[2])
    mine = psutil.Process().children(recursive=True)
    return next(
        child for child in mine if any(c.laddr.port == port for c in child.net_connections() if c.status == "LISTEN")
    )


def test_it_is_ready_before_it_runs_and_then_answers(light: BuiltIn) -> None:
    assert light.status().state == "ready"
    assert "Paris" in complete(light.ensure(), "The capital of France is", 6)["choices"][0]["text"]
    assert light.status().state == "ready"


@pytest.mark.parametrize("path", ["/v1/models", "/slots", "/v1/completions"])
@pytest.mark.parametrize("key", ["", "guessed"])
def test_without_the_key_it_says_nothing(light: BuiltIn, path: str, key: str) -> None:
    body = {"prompt": "x"} if path.endswith("completions") else None
    with send(light.ensure(), path, body, key=key) as reply:
        assert reply.status == 401


def test_it_serves_no_web_page_and_no_other_site(light: BuiltIn) -> None:
    with send(light.ensure(), "/") as reply:
        assert reply.status == 404
    with send(light.ensure(), "/v1/models") as reply:
        assert reply.headers["Access-Control-Allow-Origin"] in (None, "")


def test_it_listens_on_this_machine_alone(light: BuiltIn) -> None:
    listening = [c for c in process_of(light).net_connections() if c.status == "LISTEN"]
    assert [c.laddr.ip for c in listening] == ["127.0.0.1"]


def test_its_process_has_the_waiting_rule_and_no_keys(light: BuiltIn, monkeypatch: pytest.MonkeyPatch) -> None:
    light.close()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    environment = process_of(light).environ()
    assert environment["GOMP_SPINCOUNT"] == "1000"
    assert "OPENAI_API_KEY" not in environment


def test_a_shared_beginning_is_read_once(light: BuiltIn) -> None:
    address = light.ensure()
    first = complete(address, f"{PROMPT}How many rows?<|im_end|>\n")["timings"]
    again = complete(address, f"{PROMPT}Which city has most?<|im_end|>\n")["timings"]
    assert first["prompt_n"] > 150
    assert again["prompt_n"] < 20


def test_the_context_is_bounded(light: BuiltIn) -> None:
    with send(light.ensure(), "/v1/completions", {"prompt": "word " * 3000, "max_tokens": 1}) as reply:
        assert reply.status == 400


def test_a_stopped_reply_frees_its_slot(light: BuiltIn) -> None:
    address = light.ensure()
    body = {"prompt": "Count: 1, 2, 3,", "max_tokens": 1500, "stream": True, "ignore_eos": True}
    with send(address, "/v1/completions", body) as reply:
        assert reply.readline().startswith(b"data:")
        assert busy_slots(address) == 1
    until(lambda: busy_slots(address) == 0, seconds=10)
    assert complete(address, "Hello")["choices"]


def test_many_who_ask_at_once_get_one_server(light: BuiltIn) -> None:
    light.close()
    found: list[Address] = []
    threads = [threading.Thread(target=lambda: found.append(light.ensure())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_after_a_crash_it_comes_back(light: BuiltIn) -> None:
    before = light.ensure()
    process_of(light).kill()
    until(lambda: light.ensure() != before)  # its threads take some milliseconds to die
    assert complete(light.ensure(), "Hello")["choices"]


def test_closing_ends_it(light: BuiltIn) -> None:
    process = process_of(light)
    light.close()
    assert not process.is_running()


PARENT = """
import sys, time
from pathlib import Path
from components.llm.builtin.server import BuiltIn
from components.settings import Settings
address = BuiltIn(Settings(home=Path(sys.argv[1]), model_cache=Path(sys.argv[2]), model="light")).ensure()
print(address.url, flush=True)
time.sleep(300)
"""


def test_it_ends_with_its_parent_however_that_dies(light: BuiltIn, tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path, SHARED], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith(b"http://127.0.0.1:")
    children = psutil.Process(parent.pid).children(recursive=True)
    assert children
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
