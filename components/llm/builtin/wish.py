"""What this installation wants of the built-in model: remembered in one small file in the home folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from components.llm.builtin.cache import write_whole

Answer = Literal["open", "paused", "refused"]


@dataclass(frozen=True)
class Wish:
    """``open`` lets it come by itself. ``failure`` is what stopped the last try (what, kept, todo), until a new one."""

    answer: Answer = "open"
    failure: Mapping[str, Any] | None = None


def read_wish(home: Path) -> Wish:
    """The wish; the default one where none is remembered or the file is not ours."""
    try:
        stored = json.loads(_file(home).read_text(encoding="utf-8"))
        return Wish(stored["answer"], stored["failure"])
    except (OSError, ValueError, KeyError, TypeError):
        return Wish()


_CHANGING = threading.Lock()  # between reading and writing: a page and its job both change it


def remember(home: Path, **changes: Any) -> Wish:
    """Change the wish of this installation; refusing, for one, is ``remember(home, answer="refused")``."""
    with _CHANGING:
        wish = replace(read_wish(home), **changes)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(_file(home), json.dumps(asdict(wish)))
    return wish


def _file(home: Path) -> Path:
    return home / "built-in-model.json"
