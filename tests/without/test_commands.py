"""Without a browser, with a Python that is too old, with two copies: each is said in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from components.store.users import ensure_local_owner
from components.workbench import Workbench
from tests.messages.bringing import imported
from tests.tables.importing.reading import csv_of
from tests.test_commands import copy, only, program  # noqa: F401  copy is a fixture
from tests.test_server_start import assert_refused, start

ROOT = Path(__file__).resolve().parents[2]
ROWS = csv_of("id,name", [f"{n},x{n}" for n in range(50)]).encode()
OLD = ("3.10", "3.9", "3.8")


def run(command: list[str], folder: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_without_a_chromium_the_tests_say_how_to_get_one(tmp_path: Path) -> None:
    path = only(tmp_path, python="echo no such thing >&2; exit 1", id="echo 1000")
    done = run(["sh", str(ROOT / "scripts" / "chromium.sh")], tmp_path, path)
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()[-1]
    assert said.startswith("groundwork: no Chromium. Install one (on Debian: apt install chromium), or name it in ")


def test_a_chromium_that_is_named_is_taken(tmp_path: Path) -> None:
    program(tmp_path, "my-browser", "exit 0")
    environment = {"PATH": only(tmp_path), "GROUNDWORK_TEST_CHROMIUM": str(tmp_path / "my-browser")}
    command = ["sh", str(ROOT / "scripts" / "chromium.sh")]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip() == str(
        tmp_path / "my-browser"
    )


def old_python() -> str:
    """An older Python of this machine that runs; the test is left out where there is none."""
    managed = sorted(Path.home().glob(".pyenv/versions/3.[89]*/bin/python")) + sorted(
        Path.home().glob(".pyenv/versions/3.10*/bin/python")
    )
    for found in (*(shutil.which(f"python{version}") for version in OLD), *map(str, managed)):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip("no older Python is here")


def test_an_older_python_of_this_machine_is_named_by_the_setup(copy: Path, tmp_path: Path) -> None:  # noqa: F811
    old = old_python()
    done = run(["make", "setup"], copy, only(tmp_path, python3=f'exec {old} "$@"'))
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed; here is Python 3." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (copy / ".venv").exists()


def test_an_older_python_of_this_machine_is_named_by_the_app(tmp_path: Path) -> None:
    """As ``streamlit run`` and ``uvicorn`` import it, without the set-up before it."""
    done = run([old_python(), "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import Home"], tmp_path)
    assert done.returncode != 0
    assert done.stderr.startswith("Groundwork did not start. It needs Python 3.11 or newer; this is 3.")
    assert len(done.stderr.splitlines()) == 1


def test_of_two_copies_on_one_folder_the_first_goes_on(bench: Workbench) -> None:
    ensure_local_owner(bench.store)
    code, lines = start(bench.settings.home)
    assert_refused(code, lines, str(bench.settings.home), "The other copy goes on", f"process {os.getpid()}")
    assert imported(bench, ROWS, "orders.csv").state == "done"
