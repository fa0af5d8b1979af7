"""The start: cpu of the server's process from its start to the end of the first page's run, against a trivial page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measuring import ROOT, Row, cpu, ratio, serving
from tests.servers.visitor import Visitor

STARTS = 5
TRIVIAL = "import streamlit as st\nst.title('Hello')\nst.button('Press')\n"


def rows() -> list[Row]:
    """A start on a folder that is there already, as every start but the first; ours and the trivial one by turns."""
    with tempfile.TemporaryDirectory() as folder:
        trivial = Path(folder) / "trivial.py"
        trivial.write_text(TRIVIAL)
        home = Path(folder) / "home"
        for script in (ROOT / "Home.py", trivial):  # compiles what was not compiled before
            _start(script, Path(folder) / "other")
        first = _start(ROOT / "Home.py", home)
        pairs = [(_start(ROOT / "Home.py", home), _start(trivial, home)) for _ in range(STARTS)]
        theirs = median(trivial for _, trivial in pairs)
        return [
            ratio("cpu from start to first page / a trivial page", median(ours for ours, _ in pairs), theirs, 1.5),
            ratio("the same on an empty folder", first, theirs, 2.5),
        ]


def _start(script: Path, home: Path) -> float:
    """Seconds of cpu until the first page has been sent."""
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(home.parent / "compiled")}
    with serving(script, cwd=script.parent, home=home, **compiled) as server, Visitor(server.url) as visitor:
        visitor.open()
        return cpu(server.process)
