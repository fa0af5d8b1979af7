"""Starting the app in processes of its own, cheaply: one that has imported everything forks one for each start.

What it forks runs ``streamlit run Home.py`` from the first line of Streamlit's own command to the end of the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.servers.app import ROOT, environment


class Starter:
    """The process that forks. Close it at the end."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.messages.starting"],
            cwd=ROOT,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, home: Path, *options: str, script: str = "", **settings: str) -> str:
        """What the app writes when it starts with these settings; it must end by itself, and not well.

        Args:
            home: Its data folder.
            options: Of ``streamlit run``.
            script: Python that runs before it in the same process.
            settings: Of the environment.
        """
        asked = {"environment": environment(home, **settings), "options": options, "script": script}
        _pipe(self._process.stdin).write(json.dumps(asked) + "\n")
        _pipe(self._process.stdin).flush()
        told: dict[str, Any] = json.loads(_pipe(self._process.stdout).readline())
        assert told["code"], f"it started, or ended well:\n{told['said']}"
        assert "Traceback" not in told["said"], told["said"]
        return str(told["said"])

    def close(self) -> None:
        """End it."""
        _pipe(self._process.stdin).close()
        self._process.wait(20)
        _pipe(self._process.stdout).close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def _serve() -> None:
    import components.server
    import components.workbench  # noqa: F401

    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _become(asked, writing)
            return
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8", errors="replace") as said:
            text = said.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(json.dumps({"code": code, "said": text}) + "\n")
        sys.stdout.flush()


def _become(asked: Mapping[str, Any], output: int) -> None:
    """Be the app; what ends it ends this process."""
    import runpy

    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["streamlit", "run", "Home.py", "--server.port", "0", *asked["options"]]
    exec(asked["script"])
    runpy.run_module("streamlit", run_name="__main__")


if __name__ == "__main__":
    _serve()
