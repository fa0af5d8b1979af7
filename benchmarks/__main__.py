"""Print every figure beside its goal: ``python -m benchmarks [name ...]``.

Each module of this folder with a function ``rows`` runs in a process of its own, so that no figure carries another's
memory. Ratios are against the engine below, measured in the same run; they hold better than seconds on a busy machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import ROOT, Row

SUBJECTS = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if "\ndef rows(" in p.read_text(encoding="utf-8"))


def measure(subject: str) -> list[Row]:
    """The rows of one module, measured in a fresh process."""
    code = f"import json, benchmarks.{subject} as b; print(json.dumps(b.rows()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return [(subject, f"failed: {last}", "", False)]
    return [(name, figure, goal, ok) for name, figure, goal, ok in json.loads(done.stdout.splitlines()[-1])]


def main(wanted: list[str]) -> int:
    """Measure, print a table as it grows, and return how many goals were missed."""
    missed = 0
    print(f"{'what':58s} {'figure':34s} {'goal':16s}")
    for subject in wanted or SUBJECTS:
        for name, figure, goal, ok in measure(subject):
            print(f"{name:58s} {figure:34s} {goal:16s} {'' if ok else 'missed'}", flush=True)
            missed += not ok
    return missed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
