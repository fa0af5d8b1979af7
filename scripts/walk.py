"""Walk a newcomer's first half hour from a fresh clone: ``make walk``, or ``python scripts/walk.py --commit abc1234``.

The clone has an empty home folder and an empty package cache; nothing of this installation is in its environment but
where packages come from. ``make run`` installs and starts it, Chromium walks, the app is closed and started again.
Presses and seconds of each step go to ``artifacts/first-half-hour.md``.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.answers.documents.conftest import REPORT  # noqa: E402
from tests.browser import half_hour  # noqa: E402
from tests.browser.half_hour import Own, Step, Walk  # noqa: E402
from tests.browser.screen import in_look, started  # noqa: E402
from tests.documents.files import write  # noqa: E402

IS_AT = re.compile(r"Groundwork is at (\S+)")
KEPT = ("PATH", "LANG", "TERM", "SSL_", "PIP_", "HTTP", "http", "NO_PROXY", "no_proxy")  # where packages come from
INSTALLS = 1800.0  # seconds that an installation may take
MODEL_MINUTES = 20


def environment(folder: Path) -> dict[str, str]:
    """An environment with nothing of ours in it."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    path = [part for part in kept["PATH"].split(":") if not part.startswith(os.environ.get("VIRTUAL_ENV", "\0"))]
    return kept | {"HOME": str(folder / "home"), "PIP_CACHE_DIR": str(folder / "pip"), "PATH": ":".join(path)}


def clone(folder: Path, commit: str) -> Path:
    """The project as it was committed, and nothing else."""
    project = folder / "groundwork"
    (folder / "home").mkdir()
    _git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(project))
    _git("-C", str(project), "checkout", "--quiet", "--detach", commit)
    return project


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)  # noqa: S603, S607 - the developer's own git and words


@contextmanager
def made_run(project: Path, folder: Path, steps: list[Step], name: str) -> Iterator[str]:
    """``make run`` until it says where it is, which is clocked as a step; stopped at the end as Ctrl+C does it."""
    began, log = time.monotonic(), folder / "run.log"
    before = log.stat().st_size if log.exists() else 0
    with log.open("ab") as out:
        command = ["make", "run", f"PORT={_free_port()}"]
        process = subprocess.Popen(  # noqa: S603 - make, as a newcomer types it
            command, cwd=project, env=environment(folder), stdout=out, stderr=out, start_new_session=True
        )
    try:
        while not (found := IS_AT.search(log.read_bytes()[before:].decode(errors="replace"))):
            if process.poll() is not None or time.monotonic() - began > INSTALLS:
                raise SystemExit(f"It did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        steps.append(Step(name, presses=1, seconds=time.monotonic() - began))
        yield found[1].replace("localhost", "127.0.0.1")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        print(log.read_bytes()[before:].decode(errors="replace"))  # noqa: T201


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def own_files(folder: Path, tables: Path | None, documents: Path | None) -> Own:
    """What the newcomer brings: small made files, or those of two folders."""
    made = folder / "own"
    made.mkdir()
    awkward = sorted(tables.iterdir()) if tables else [make(made) for make in half_hour.AWKWARD]
    pdf = write(made / "Lamp Shop 2025.pdf", (page.split("\n") for page in REPORT))
    pdfs = [pdf, *(sorted(documents.glob("*.pdf")) if documents else [])]
    return Own(half_hour.CLEAN(made), awkward, pdfs, "How many people work in Leipzig?")


def a_model_has_come(walk: Walk) -> bool:
    """Wait at the home page for the built-in model; False where it cannot come."""
    with walk.step("The built-in model has arrived (waited)"):
        walk.go("Home")
        here = walk.page.get_by_text("Answers can come from the built-in model")
        gone = walk.page.locator(".st-key-failure-model")
        expect(here.or_(gone).first).to_be_visible(timeout=MODEL_MINUTES * 60_000)
        return here.count() > 0


def walk_all(folder: Path, project: Path, own: Own, walk: Walk) -> None:
    """The whole story on one clone."""
    address = ""
    with made_run(project, folder, walk.steps, "make run: installed and started") as walk.url:
        half_hour.until_a_model_has_come(walk, own)
        if a_model_has_come(walk):
            address = half_hour.with_a_model(walk)
    with made_run(project, folder, walk.steps, "make run again") as walk.url:
        if address:
            half_hour.all_is_there(walk, own, address)


def main() -> None:
    """Walk, and write down what it took."""
    wishes = argparse.ArgumentParser(description=__doc__)
    wishes.add_argument("--commit", default="HEAD", help="what is cloned")
    wishes.add_argument("--tables", type=Path, help="a folder of awkward tables to bring instead of made ones")
    wishes.add_argument("--documents", type=Path, help="a folder of PDFs to bring besides")
    wish = wishes.parse_args()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        folder = Path(place)
        browser = started(play)
        walk = Walk(in_look(browser, "light").new_page(), "", pictures="walk")
        try:
            walk_all(folder, clone(folder, wish.commit), own_files(folder, wish.tables, wish.documents), walk)
        finally:
            print(half_hour.write_down([(wish.commit, walk.steps)]).read_text(encoding="utf-8"))  # noqa: T201
            browser.close()


if __name__ == "__main__":
    main()
