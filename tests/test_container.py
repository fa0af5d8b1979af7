"""The Dockerfile is kept true: it is linted, and its steps are taken one by one in a fresh folder."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from benchmarks.measuring import free_port, wait_for
from components.settings import child_environment
from tests.servers.visitor import Visitor

ROOT = Path(__file__).resolve().parent.parent


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined."""
    joined = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_it_passes_the_linter() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_copies_all_that_the_app_is_made_of() -> None:
    copied = {word for kind, rest in instructions() if kind == "COPY" for word in rest.split()[:-1]}
    needed = {"Home.py", "pages", "components", "static", "requirements.txt", ".streamlit/config.toml", "README.md"}
    assert needed | {"docs"} <= copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_user_is_a_number_and_not_root() -> None:
    assert dict(instructions())["USER"] == "10001"


@pytest.mark.slow
def test_its_install_and_start_commands_work_in_a_fresh_folder(tmp_path: Path) -> None:
    """Where images cannot be built: the same files, the same commands, an environment of their own."""
    app = tmp_path / "app"
    app.mkdir()
    made = dict(pair.split("=", 1) for kind, rest in instructions() if kind == "ENV" for pair in shlex.split(rest))
    made |= {name: value.replace("/data", str(tmp_path / "data")) for name, value in made.items()}
    venv.create(tmp_path / "env", with_pip=True)
    path = f"{tmp_path / 'env' / 'bin'}{os.pathsep}/usr/bin:/bin"
    environment = child_environment(**made, PATH=path, HOME=str(tmp_path))
    for kind, rest in instructions():
        if kind == "COPY":
            copy(rest.split()[:-1], app / rest.split()[-1])
        elif kind == "RUN" and rest.startswith("pip"):
            subprocess.run(rest, shell=True, cwd=app, env=environment, check=True, stdout=subprocess.DEVNULL)
    start(json.loads(dict(instructions())["CMD"]), app, environment)


def copy(sources: list[str], target: Path) -> None:
    for source in sources:
        found = ROOT / source
        if found.is_dir():
            shutil.copytree(found, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place = target / found.name if target.is_dir() or str(target).endswith("/") else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, place)


def start(command: list[str], app: Path, environment: dict[str, str]) -> None:
    port = free_port()
    command = [str(port) if word == "8501" else word for word in command]
    child = subprocess.Popen(command, cwd=app, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        with Visitor(f"http://127.0.0.1:{port}") as visitor:
            words = " ".join(visitor.open().texts())
        assert "Set up Groundwork" in words, words[-500:]  # the door of a workbench that nobody owns yet
    finally:
        child.kill()
        child.wait()
