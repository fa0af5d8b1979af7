"""Texts into 384 numbers whose angle is their nearness in meaning: all-MiniLM-L6-v2 in int8 on onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.errors import BuiltInModelError
from components.llm.builtin.cache import Cache
from components.llm.builtin.weights import find
from components.llm.builtin.wordpiece import WordPiece
from components.settings import Settings

DIMENSIONS = 384
LONGEST = 256  # tokens; what the model was trained on
BATCH = 4  # larger batches are padded more and gain nothing on two cores


def open_embedder(settings: Settings, threads: int = 2) -> Embedder:
    """The embedder on the weights in the cache, proven by their checksum.

    Raises:
        BuiltInModelError: They are not here, or damaged.
    """
    weights, cache = find("embeddings"), Cache(settings.model_cache)
    if not cache.verify(weights):
        raise BuiltInModelError(
            f"The built-in embeddings ({weights.title}) are not here yet.",
            todo="Fetch them on the home page; until then, search goes by words.",
        )
    return Embedder(cache.file(weights), threads)


class Embedder:
    """Safe to use from many threads; the model is loaded (0.1 s, 90 MB) with the first text."""

    def __init__(self, file: Path, threads: int = 2) -> None:
        self._file, self._threads = file, threads
        self._pieces = WordPiece()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row for each text, ``(n, 384)``, each of length 1: the dot product of two rows is their cosine.

        Only the first 256 tokens of a text count, about 190 words. On two cores about 15 passages a second, 6 ms for
        a short question.
        """
        found = np.zeros((len(texts), DIMENSIONS), np.float32)
        ids = [self._pieces.ids(text, LONGEST) for text in texts]
        for batch in _by_length(ids):
            found[batch] = self._run([ids[number] for number in batch])
        return found

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self._threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the other cores alone
        options.enable_cpu_mem_arena = False  # memory goes back between batches
        return onnxruntime.InferenceSession(str(self._file), options, providers=["CPUExecutionProvider"])

    def _run(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        tokens = np.zeros((len(ids), max(map(len, ids))), np.int64)
        mask = np.zeros_like(tokens)
        for row, numbers in enumerate(ids):
            tokens[row, : len(numbers)], mask[row, : len(numbers)] = numbers, 1
        known = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        wanted = [entry.name for entry in self._session.get_inputs()]
        states = self._session.run(None, {name: known[name] for name in wanted})[0]
        means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        rows: NDArray[np.float32] = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return rows


def _by_length(ids: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Batches of texts of about one length, so that little is padding."""
    order = sorted(range(len(ids)), key=lambda number: len(ids[number]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]
