"""What the benchmarks share: rows of the table, cpu of a process and its children, a server of the app to measure."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from components.settings import child_environment

ROOT = Path(__file__).resolve().parent.parent

Row = tuple[str, str, str, bool]
"""What was measured, the figure, the goal, and whether it is reached."""


def ratio(name: str, ours: float, engine: float, goal: float, unit: str = "s") -> Row:
    """A row that compares a figure of ours with that of the engine below, both from this run."""
    found = ours / engine
    return name, f"{found:.2f} ({ours:.3g} / {engine:.3g} {unit})", f"<= {goal:g}", found <= goal


def at_most(name: str, figure: float, goal: float, unit: str) -> Row:
    """A row with a figure that must not be above its goal."""
    return name, f"{figure:.3g} {unit}", f"<= {goal:g} {unit}", figure <= goal


def cpu(process: psutil.Process) -> float:
    """User and system seconds of a process, without its children."""
    times = process.cpu_times()
    return float(times.user + times.system)


def quiet(process: psutil.Process, seconds: float = 60) -> None:
    """Wait until a process uses next to no cpu: its warm imports, which begin 2 s after the first page, are done.

    Gives up after ``seconds``.
    """
    until = time.monotonic() + seconds
    time.sleep(4)
    while time.monotonic() < until:
        before = cpu(process)
        time.sleep(1)
        if cpu(process) - before < 0.04:
            return


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A server under measurement: its address, its process, its home folder."""

    url: str
    process: psutil.Process
    home: Path


@contextmanager
def serving(script: Path, *, cwd: Path = ROOT, home: Path | None = None, **settings: str) -> Iterator[Server]:
    """Run ``streamlit run script`` on a free port with a home folder of its own, or on ``home``; killed at the end."""
    with tempfile.TemporaryDirectory() as made:
        folder = str(home or made)
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
        command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        command += ["--server.fileWatcherType", "none", "--runner.postScriptGC", "false"]
        environment = child_environment(GROUNDWORK_HOME=folder, GROUNDWORK_MODEL="none", **settings)
        child = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url)
            yield Server(url, psutil.Process(child.pid), Path(folder))
        finally:
            child.kill()
            child.wait()


def wait_for(url: str, seconds: float = 60) -> None:
    """Return when the server answers its health route.

    Raises:
        TimeoutError: It did not within ``seconds``.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url + "/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer within {seconds:g} s")
