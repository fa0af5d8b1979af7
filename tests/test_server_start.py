"""What keeps the app from starting is said in one clear line, without a traceback, and the exit code is not 0."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.servers.app import ROOT, STREAMLIT, environment, running_app
from tests.servers.visitor import Visitor
from tests.signing import running_company
from tests.waiting import until

UVICORN = ("-m", "uvicorn", "Home:app", "--port", "0")


def start(home: Path, *options: str, command: tuple[str, ...] = STREAMLIT, **settings: str) -> tuple[int, list[str]]:
    """Start the app, which must end by itself; give its exit code and the lines that it wrote."""
    done = subprocess.run(
        [sys.executable, *command, *options],
        cwd=ROOT,
        env=environment(home, **settings),
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.returncode, [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def assert_refused(code: int, lines: list[str], *words: str) -> None:
    assert code != 0
    assert not [line for line in lines if "Traceback" in line or line.startswith("  File ")]
    said = [line for line in lines if "Groundwork did not start" in line]
    assert len(said) == 1, lines
    for word in words:
        assert word in said[0]


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_an_address_that_others_reach_needs_sign_in(tmp_path: Path, address: str) -> None:
    code, lines = start(tmp_path / "home", "--server.address", address)
    assert_refused(code, lines, "server.address", "GROUNDWORK_SIGN_IN=required")


def test_with_sign_in_required_it_starts_on_any_address(tmp_path: Path) -> None:
    with running_app(tmp_path / "home", "--server.address", "0.0.0.0", GROUNDWORK_SIGN_IN="required") as app:
        assert "did not start" not in app.said()


def test_with_local_accounts_it_starts_on_any_address_and_says_the_set_up_code_once(tmp_path: Path) -> None:
    with running_app(tmp_path / "home", "--server.address", "0.0.0.0", GROUNDWORK_LOCAL_ACCOUNTS="on") as app:
        until(lambda: "Set-up code: " in app.said())
        assert app.said().count("Set-up code: ") == 1


def test_without_sign_in_there_is_no_set_up_code(tmp_path: Path) -> None:
    with running_app(tmp_path / "home") as app:
        with Visitor(app.url) as owner:
            owner.open()
        assert "Set-up code" not in app.said()


def test_with_an_administrator_there_is_no_set_up_code(tmp_path: Path) -> None:
    with running_company(tmp_path / "home") as company:
        with company.tab() as stranger:
            stranger.open()
        assert "Set-up code" not in company.app.said()


AT_GITHUB = {"GROUNDWORK_PROVIDER_GITHUB_CLIENT_ID": "x", "GROUNDWORK_PROVIDER_GITHUB_CLIENT_SECRET": "y"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SIGN_IN": "required", "LOCAL_ACCOUNTS": "off"}, "GROUNDWORK_LOCAL_ACCOUNTS"),
        ({**AT_GITHUB}, "GROUNDWORK_PUBLIC_URL"),
        ({**AT_GITHUB, "PUBLIC_URL": "http://127.0.0.1:1"}, "GROUNDWORK_ADMINISTRATORS"),
        ({"PROXY_USER_HEADER": "X-User"}, "GROUNDWORK_TRUSTED_PROXIES"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sign_in_that_cannot_work_is_named(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    given = {name if name.startswith("GROUNDWORK_") else f"GROUNDWORK_{name}": v for name, v in settings.items()}
    assert_refused(*start(tmp_path / "home", command=STREAMLIT, **given), named)


def test_sign_in_stands_at_the_root_of_a_host(tmp_path: Path) -> None:
    path = ("--server.baseUrlPath", "gw")
    assert_refused(*start(tmp_path / "home", *path, GROUNDWORK_LOCAL_ACCOUNTS="on"), "server.baseUrlPath")


def test_under_its_public_name_alone_a_session_is_opened(tmp_path: Path) -> None:
    here = {"GROUNDWORK_PUBLIC_URL": "https://workbench.example.com", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
    with running_app(tmp_path / "home", **here) as app:
        with Visitor(app.url, {"Origin": "https://workbench.example.com"}, host="workbench.example.com") as stranger:
            assert stranger.open().texts()
        for host in ("attacker.example", "127.0.0.1"):
            with pytest.raises((InvalidStatus, ConnectionClosed)):
                Visitor(app.url, {"Origin": f"http://{host}"}, host=host).open()


@pytest.mark.parametrize("command", [STREAMLIT, UVICORN], ids=["streamlit", "uvicorn"])
def test_a_malformed_setting_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, lines = start(tmp_path / "home", command=command, GROUNDWORK_SIGN_IN="maybe")
    assert_refused(code, lines, "GROUNDWORK_SIGN_IN", "maybe")


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    code, lines = start(tmp_path / "home", GROUNDWORK_SIGNIN="required")
    assert_refused(code, lines, "GROUNDWORK_SIGNIN")


@pytest.mark.parametrize("option", ["server.enableCORS", "server.enableXsrfProtection"])
def test_a_protection_that_is_off_is_named(tmp_path: Path, option: str) -> None:
    code, lines = start(tmp_path / "home", f"--{option}", "false")
    assert_refused(code, lines, option)


def test_a_second_copy_on_the_same_folder_says_so(tmp_path: Path) -> None:
    with running_app(tmp_path / "home") as first:
        code, lines = start(first.home)
    assert_refused(code, lines, str(first.home))


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    code, lines = start(tmp_path / "home")
    assert_refused(code, lines, str(tmp_path / "home"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Root writes in every folder but those of the kernel."""
    (tmp_path / "closed").mkdir(mode=0o500)
    closed = Path("/sys/groundwork") if os.geteuid() == 0 else tmp_path / "closed" / "home"
    code, lines = start(closed)
    assert_refused(code, lines, str(closed))


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: SQLite cannot write its first pages either way."""
    command = (
        "-c",
        "import resource, runpy, signal, sys;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192));"
        "sys.argv = ['streamlit', 'run', 'Home.py', '--server.port', '0'];"
        "runpy.run_module('streamlit', run_name='__main__')",
    )
    code, lines = start(tmp_path / "home", command=command)
    assert_refused(code, lines)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, lines = start(tmp_path / "home", "--server.port", str(port))
    assert code != 0
    assert not [line for line in lines if "Traceback" in line]
    assert [line for line in lines if str(port) in line]


def test_it_says_where_it_is_and_ends_when_asked(tmp_path: Path) -> None:
    with running_app(tmp_path / "home") as app:
        assert app.said().count("Groundwork is at http://localhost:") == 1
    assert app.process.returncode in (0, -15)
    assert "Traceback" not in app.said()


def test_an_old_python_is_named(tmp_path: Path) -> None:
    """This Python says that it is older; the import of the app must not get further than its first lines."""
    old = "import sys; sys.version_info = (3, 10, 4, 'final', 0); import Home"
    code, lines = start(tmp_path / "home", command=("-c", old))
    assert_refused(code, lines, "Python 3.11")
