"""The set-up commands say in one line what is wrong, and do their work once."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the set-up commands alone."""
    project = tmp_path / "project"
    project.mkdir()
    shutil.copytree(ROOT / "scripts", project / "scripts")
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, project / name)
    return project


def run(
    folder: Path, *command: str, path: str | None = None, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, user=user, timeout=120
    )


def program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def only(tmp_path: Path, **programs: str) -> str:
    """A PATH on which every Python is what ``programs`` say, and the system's small tools are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tools = (
        *("sh", "awk", "cat", "cksum", "tr", "df", "date", "rm", "touch", "cut", "du", "dirname", "pwd", "make"),
        *("sleep", "tail", "grep", "mkdir", "chmod"),
    )
    for tool in tools:
        found = shutil.which(tool)
        assert found, tool
        (folder / tool).symlink_to(found)
    for name, text in programs.items():
        program(folder, name.replace("_", "."), text)
    return str(folder)


OLD = 'case "$*" in *version_info*) exit 1;; *--version*) echo "Python 3.9.2";; esac'


def test_an_old_python_is_named(copy: Path, tmp_path: Path) -> None:
    done = run(copy, "make", "setup", path=only(tmp_path, python3=OLD))
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed; here is Python 3.9.2" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_said_before_anything_is_made(copy: Path, tmp_path: Path) -> None:
    path = only(tmp_path, python3="exit 0")
    (Path(path) / "df").unlink()
    program(Path(path), "df", "echo Filesystem; echo /dev/x 1000000 999000 102400 99% /")
    done = run(copy, "make", "setup", path=path)
    assert done.returncode != 0
    assert "the disk has 100 MB free here; the installation needs 2,000" in done.stderr
    assert not (copy / ".venv").exists()


def test_a_python_without_venv_leaves_nothing_behind(copy: Path, tmp_path: Path) -> None:
    broken = 'case "$*" in *"-m venv"*) echo "no ensurepip" >&2; exit 1;; *--version*) echo Python 3.11.2;; esac'
    done = run(copy, "make", "setup", path=only(tmp_path, python3=broken))
    assert "apt install python3-venv" in done.stderr
    assert not (copy / ".venv").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_a_folder_of_somebody_else_is_named(copy: Path) -> None:
    for folder in (copy, *copy.parents):
        if folder.owner() == "root" and folder != Path("/"):
            folder.chmod(0o755)
    done = run(copy, "make", "setup", user=NOBODY)
    assert done.returncode != 0
    assert f"the folder {copy} is not writable" in done.stderr


def test_a_port_that_is_no_number_is_named(copy: Path) -> None:
    done = run(copy, "sh", "scripts/run.sh")
    assert done.returncode != 0  # there is no environment yet
    done = subprocess.run(
        ["sh", "scripts/run.sh"],
        cwd=copy,
        env={**os.environ, "PORT": "80a"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PORT is '80a'; it must be a number" in done.stderr


def test_a_port_that_is_taken_is_named_with_a_way_on(copy: Path) -> None:
    (copy / ".venv" / "bin").mkdir(parents=True)
    program(copy / ".venv" / "bin", "python", f'exec {sys.executable} "$@"')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            ["sh", "scripts/run.sh"],
            cwd=copy,
            env={**os.environ, "PORT": port},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode != 0
    assert f"port {port} is taken or cannot be used. Choose another: make run PORT=" in done.stderr


PIP = """
case "$*" in
*"-m venv"*) mkdir -p .venv/bin && cat "$0" > .venv/bin/python && chmod +x .venv/bin/python;;
*--version*) echo Python 3.11.2;;
*"-m pip"*) echo Collecting one; sleep 1; echo Collecting two; %s;;
esac"""


def test_an_installation_says_each_step_and_how_long_it_took(copy: Path, tmp_path: Path) -> None:
    done = run(copy, "make", "setup", path=only(tmp_path, python3=PIP % "exit 0"))
    assert done.returncode == 0, done.stderr
    first, second, last = done.stdout.splitlines()
    assert first.startswith("1 of 2  Making the environment .venv with Python 3.11.2")
    assert "one to five minutes, the first time only" in second
    assert re.fullmatch(r"Installed in \d+ s, \d+ MB\.", last)
    assert run(copy, "make", "setup").stdout == ""


def test_an_installation_that_fails_shows_what_pip_said_last(copy: Path, tmp_path: Path) -> None:
    done = run(copy, "make", "setup", path=only(tmp_path, python3=PIP % "echo No matching distribution; exit 1"))
    assert done.returncode != 0
    assert "No matching distribution" in done.stderr
    assert "the installation did not finish" in done.stderr
    assert not list((copy / ".venv").glob(".installed-*"))


def test_it_is_said_when_the_app_answers() -> None:
    """The script stands beside a server; here a small one of Python's own, whose parent is this test."""
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port, me, began = str(server.server_port), str(os.getpid()), str(time.time() - 53)
        said = subprocess.run(
            [sys.executable, "scripts/ready.py", port, me, began], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        server.shutdown()
    assert re.match(rf"Ready in 5[3-9] s: http://localhost:{port} ", said)


def test_nothing_is_said_of_a_server_that_has_ended() -> None:
    command = [sys.executable, "scripts/ready.py", "1", "1", "0"]  # process 1 did not start it
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout == ""


def test_a_second_setup_does_nothing(copy: Path) -> None:
    """The stamp stands for the requirements' content: with it there, no Python is even asked for."""
    made = subprocess.run(
        "cat requirements.txt requirements.txt | cksum | tr ' ' '-'",
        shell=True,
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
    )
    (copy / ".venv").mkdir()
    (copy / ".venv" / f".installed-{made.stdout.strip()}").touch()
    done = run(copy, "make", "setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
