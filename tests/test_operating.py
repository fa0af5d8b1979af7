"""What operators are told, followed: the unit, the files for the proxies, the commands, the messages."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from cryptography.fernet import Fernet

from components.manual import anchor, setting_names
from components.settings import ROOT, read_settings
from tests.documented import block, blocks
from tests.servers.app import App, running_app, stop
from tests.servers.openid import free_port
from tests.servers.visitor import Visitor
from tests.waiting import until

GUIDE = "docs/operating.md"
TEXT = (ROOT / GUIDE).read_text(encoding="utf-8")
CADDY = Path(sys.executable).with_name("caddy")
UNIT = {"/opt/groundwork/.venv/bin/python": sys.executable, "/opt/groundwork": str(ROOT)}


def environment(text: str) -> dict[str, str]:
    """A file of settings as systemd reads it."""
    return dict(line.split("=", 1) for line in text.splitlines() if line)


def test_every_file_of_settings_is_read() -> None:
    files = [text for text in blocks(GUIDE, "sh") if text.startswith("GROUNDWORK_")]
    assert len(files) == 2
    for text in files:
        given = environment(text)
        if "GROUNDWORK_ENCRYPTION_KEY" in given:
            given["GROUNDWORK_ENCRYPTION_KEY"] = Fernet.generate_key().decode()
        read_settings(given, Path("/nonexistent"))  # an unknown name or a malformed value raises


@pytest.mark.parametrize("file", ["README.md", "docs/using.md", "docs/sign-in.md", GUIDE, "docs/messages.md"])
def test_every_setting_that_is_named_is_one(file: str) -> None:
    named = set(re.findall(r"GROUNDWORK_[A-Z_]*[A-Z]", (ROOT / file).read_text(encoding="utf-8")))
    named = {name for name in named if not name.startswith(("GROUNDWORK_PROVIDER_", "GROUNDWORK_TEST_"))}
    assert named - setting_names() == set()


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if not verify:
        pytest.skip("no systemd-analyze here")
    unit = tmp_path / "groundwork.service"
    text = block(GUIDE, "ini")
    for written, here in UNIT.items():
        text = text.replace(written, here)
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run([verify, "verify", unit], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "groundwork.service" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_the_command_of_the_unit_serves_with_its_settings(tmp_path: Path) -> None:
    command = re.search(r"^ExecStart=\S+ (.+)$", block(GUIDE, "ini"), re.M)
    assert command
    words = ["0" if word == "8501" else word for word in command[1].split()]
    settings = environment(block(GUIDE, "sh", "GROUNDWORK_TRUSTED_PROXIES"))
    settings |= {"GROUNDWORK_MODEL_CACHE": str(tmp_path / "models"), "GROUNDWORK_MODEL": "none"}
    settings.pop("GROUNDWORK_HOME")
    with running_app(tmp_path / "home", command=words, **settings) as app:
        assert httpx.get(f"{app.url}/_stcore/health").text == "ok"
        until(lambda: "Set-up code: " in app.said())


def test_compose_builds_what_is_here() -> None:
    found = yaml.safe_load(block(GUIDE, "yaml"))
    service = found["services"]["groundwork"]
    assert (ROOT / service["build"] / "Dockerfile").is_file()
    read_settings(service["environment"], Path("/nonexistent"))
    assert {volume.partition(":")[0] for volume in service["volumes"]} == set(found["volumes"])
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert all(f"VOLUME {volume.partition(':')[2]}\n" in dockerfile for volume in service["volumes"])


@contextmanager
def running_caddy(folder: Path, text: str) -> Iterator[str]:
    """Serve a file for Caddy on a free port of this machine, without TLS: no certificate is fetched."""
    port = free_port()
    file = folder / "Caddyfile"
    own = f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://localhost:{port}"
    file.write_text(text.replace("workbench.example.com", own), encoding="utf-8")
    process = subprocess.Popen(
        [CADDY, "run", "--config", file, "--adapter", "caddyfile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None, "caddy does not take the file"
        yield f"http://localhost:{port}"
    finally:
        stop(process)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def door_at(url: str, **headers: str) -> str:
    """What a stranger's page says, over the websocket."""
    with Visitor(url, headers=headers) as visitor:
        return " ".join(visitor.open().texts())


def test_caddy_serves_the_app_and_keeps_a_browser_with_its_replica(tmp_path: Path) -> None:
    """Both files of the guide, one after the other, before two processes; one of them then goes."""
    one_alone, several = blocks(GUIDE, "caddy")
    asked = {"GROUNDWORK_SIGN_IN": "required"}
    with running_app(tmp_path / "one", **asked) as first, running_app(tmp_path / "two", **asked) as second:
        with running_caddy(tmp_path, one_alone.replace("127.0.0.1:8501", at(first))) as url:
            assert "Set up Groundwork" in door_at(url)
        text = several.replace("10.0.0.11:8501", at(first)).replace("10.0.0.12:8501", at(second))
        with running_caddy(tmp_path, text) as url:
            stays_with_its_replica(url, {at(first): first, at(second): second})


def at(app: App) -> str:
    return app.url.removeprefix("http://")


def stays_with_its_replica(url: str, replicas: dict[str, App]) -> None:
    with httpx.Client(base_url=url) as browser:
        assert browser.get("/_stcore/health").text == "ok"
        kept = browser.cookies["replica"]
        assert "Set up Groundwork" in door_at(url, Cookie=f"replica={kept}")
        for _ in range(6):
            assert browser.get("/_stcore/health").status_code == 200
            assert browser.cookies["replica"] == kept, "it was sent to another replica"
        stop(next(iter(replicas.values())).process)
        for _ in range(6):
            assert browser.get("/_stcore/health").status_code == 200, "the other one answers for both"


def test_every_message_of_the_guide_is_one_of_ours() -> None:
    known = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `([^`]+)` \|", TEXT[TEXT.index("## Troubleshooting") :], re.M)
    assert len(shown) >= 8
    assert [words for words in shown if words not in known] == []


def test_the_figures_of_the_guide_are_those_of_the_code() -> None:
    from components.jobs.worker import LEASE_SECONDS
    from components.llm.builtin.server import IDLE_SECONDS
    from components.tables.engine import engines

    assert LEASE_SECONDS == 10
    assert "taken up by another after ten seconds" in TEXT
    assert (engines.FOR_ONE_USER, engines.FOR_ALL, engines.IDLE_SECONDS) == (3, 24, 600)
    assert "three for one user, 24 in all, ended after ten idle minutes" in TEXT
    assert IDLE_SECONDS == 900
    assert "given back after 15 idle minutes" in TEXT


def test_the_key_is_made_by_the_command_of_the_guide() -> None:
    command = re.search(r'`python -c "(.+?)"`', TEXT)
    assert command
    done = subprocess.run([sys.executable, "-c", command[1]], capture_output=True, text=True, check=True)
    Fernet(done.stdout.strip().encode())


def test_a_backup_is_made_by_the_command_of_the_guide(tmp_path: Path) -> None:
    home, saved = tmp_path / "home", tmp_path / "saved.zip"
    with running_app(home):
        pass  # it makes the store
    for what in ("backup", "restore"):
        command = re.search(rf"python (-m components\.store {what}) /mnt", TEXT)
        assert command
        done = subprocess.run(
            [sys.executable, *command[1].split(), saved],
            cwd=ROOT,
            env={"GROUNDWORK_HOME": str(home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert saved.is_file()


def test_links_of_the_documentation_lead_somewhere() -> None:
    """Every link of one document to another names a file and a heading that are there."""
    files = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]
    anchors = {
        file: {anchor(title) for title in re.findall(r"^#+ +(.+)$", file.read_text(encoding="utf-8"), re.M)}
        for file in files
    }
    dead = []
    for file in files:
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", file.read_text(encoding="utf-8")):
            path, _, heading = link.partition("#")
            target = (file.parent / path).resolve() if path else file
            if not target.exists() or (heading and heading not in anchors.get(target, set())):
                dead.append(json.dumps([file.name, link]))
    assert dead == []
