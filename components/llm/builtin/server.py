"""The built-in model of this process: which one, how it stands, and its server, started when it is first needed."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from components.errors import BuiltInModelError
from components.llm.builtin.cache import Cache
from components.llm.builtin.running import Address, Running, start
from components.llm.builtin.weights import Weights, find, fitting, free_memory, of_size
from components.llm.builtin.wish import read_wish
from components.settings import Settings

State = Literal["off", "absent", "paused", "fetching", "starting", "ready", "refused", "no_memory", "failed"]
ALIAS = "built-in"  # the name under which the server serves it
CACHE_MB = 256  # prompts kept in memory beside those in the slots
IDLE_SECONDS = 900  # unused for so long, it gives its memory back, and needs about a second more for the next reply
MOST_THREADS = 8  # more gain nothing for models of this size


@dataclass(frozen=True)
class Status:
    """How the built-in model stands.

    Attributes:
        state: ``ready`` means that ``ensure`` will do; all others say why not. ``absent``: nothing has begun.
        which: standard or light; "" where none was chosen.
        words: Why it is so, one sentence for the user; may be "".
        done: Bytes here; ``total`` bytes in all.
    """

    state: State
    which: str = ""
    words: str = ""
    done: int = 0
    total: int = 0


class BuiltIn:
    """Safe to use from many threads. ``close`` it, or end the process: the server goes with it."""

    def __init__(self, settings: Settings, free: Callable[[], int] = free_memory) -> None:
        self.settings = settings
        self.cache = Cache(settings.model_cache)
        self._free = free
        self._chosen: Weights | None = None
        self._lock = threading.Lock()
        self._starting = False
        self._running: Running | None = None
        self._failure = ""

    def weights(self) -> Weights | None:
        """The weights for this machine, chosen once and kept: memory comes and goes, a model should not.

        Raises:
            BuiltInModelError: The operator's own file is missing or none of the known ones.
        """
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def _choose(self) -> Weights | None:
        if self.settings.model_file is not None:
            return _of_file(self.settings.model_file)
        if self.settings.model != "auto":
            return find(self.settings.model) if self.settings.model != "none" else None
        return fitting(self._free(), standard_is_here=self.cache.has(find("standard")))

    def status(self) -> Status:
        """How it stands now. Cheap: no checksum, no network, nothing is started."""
        if self.settings.model == "none":
            return Status("off", words="The operator chose to run no built-in model.")
        try:
            weights = self.weights()
        except BuiltInModelError as error:
            return Status("failed", words=f"{error.what} {error.todo}")
        if weights is None:
            return Status("no_memory", words=self._too_little(find("light")))
        return self._status(weights)

    def _status(self, weights: Weights) -> Status:
        state, words = self._running_state(weights) if self._is_here(weights) else self._arriving_state(weights)
        done = self.cache.arrived(weights) if not self._is_here(weights) else weights.size
        return Status(state, weights.name, words, done, weights.size)

    def _is_here(self, weights: Weights) -> bool:
        return self.settings.model_file is not None or self.cache.has(weights)

    def _running_state(self, weights: Weights) -> tuple[State, str]:
        if self._starting:
            return "starting", f"{weights.title} is starting."
        if self._running is not None and self._running.alive:
            return "ready", ""
        if self._failure:
            return "failed", self._failure
        if self._free() < weights.memory:
            return "no_memory", self._too_little(weights)
        return "ready", ""

    def _arriving_state(self, weights: Weights) -> tuple[State, str]:
        if self.cache.is_claimed(weights):
            return "fetching", ""
        wish = read_wish(self.settings.home)
        if wish.answer == "refused":
            return "refused", ""
        if wish.failure:
            return "failed", str(wish.failure["what"])
        return ("paused" if wish.answer == "paused" else "absent"), ""

    def ensure(self) -> Address:
        """The address of the running server; started first, or again after a crash, which takes 1 to 4 seconds.

        Raises:
            BuiltInModelError: It is off, not here, damaged, has too little memory, or does not start; it says which.
        """
        with self._lock:
            if self._running is None or not self._running.alive:
                self._starting = True
                try:
                    self._running = self._start()
                    self._failure = ""
                finally:
                    self._starting = False
            return self._running.address

    def _start(self) -> Running:
        if self._running is not None:
            self._running.close()
        weights = self._require_weights()
        file = self._require_file(weights)
        if self._free() < weights.memory:
            raise BuiltInModelError(self._too_little(weights), todo="Close other programs, or choose another model.")
        try:
            return start(self._choices(file), self.settings.home / "logs" / "built-in-model.log")
        except BuiltInModelError as error:
            self._failure = error.what
            raise

    def _choices(self, file: Path) -> dict[str, object]:
        return {
            "file": str(file),
            "alias": ALIAS,
            "key": secrets.token_urlsafe(24),
            "context": self.settings.model_context,
            "slots": self.settings.model_slots,
            "threads": min(MOST_THREADS, _cores()),
            "cache_mb": CACHE_MB,
            "idle_seconds": IDLE_SECONDS,
        }

    def _require_weights(self) -> Weights:
        weights = self.weights()
        if weights is None:
            status = self.status()
            raise BuiltInModelError(status.words, todo="Choose another model, or add a key on the Models page.")
        return weights

    def _require_file(self, weights: Weights) -> Path:
        """The file, proven. A damaged one in the cache is removed, so that it is fetched again."""
        own = self.settings.model_file
        file = own or self.cache.file(weights)
        if not file.is_file():
            raise BuiltInModelError(f"The built-in model ({weights.title}) is not here yet.")
        if self.cache.proves(file, weights):
            return file
        if own:
            raise BuiltInModelError(f"{own} is not {weights.title}: its checksum is another.", todo=_OWN_FILE)
        self.cache.discard(weights)
        raise BuiltInModelError(f"The file of {weights.title} was damaged and is removed; it has to be fetched again.")

    def _too_little(self, weights: Weights) -> str:
        return (
            f"{weights.title} needs {weights.memory / 1e9:.1f} GB of free memory; "
            f"{self._free() / 1e9:.1f} GB are free on this machine."
        )

    def forgive(self) -> None:
        """Forget that the server did not start: somebody wants to try again."""
        self._failure = ""

    def close(self) -> None:
        """End the server. ``ensure`` starts it again."""
        with self._lock:
            if self._running is not None:
                self._running.close()
                self._running = None


_OWN_FILE = "Set GROUNDWORK_MODEL_FILE to the publisher's own file, or leave it empty to have one fetched."


def _of_file(file: Path) -> Weights:
    if not file.is_file():
        raise BuiltInModelError(f"GROUNDWORK_MODEL_FILE names {file}, which is not there.", todo=_OWN_FILE)
    if (weights := of_size(file.stat().st_size)) is None:
        raise BuiltInModelError(f"{file} is none of the built-in models: its size is another.", todo=_OWN_FILE)
    return weights


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
