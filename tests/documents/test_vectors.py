"""The exact scan against plain arithmetic, and its caches through changes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from components.documents.vectors import DIMENSIONS, Vectors

Array = NDArray[np.float32]


def rows(count: int, seed: int = 0) -> Array:
    found = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def packed(name: str, vectors: Array) -> dict[str, bytes]:
    return {f"{name}{number}": row.astype("<f2").tobytes() for number, row in enumerate(vectors)}


@pytest.fixture(scope="module")
def made() -> tuple[Vectors, Array]:
    """5,000 passages in two documents that lie close around 50 centres, as passages do."""
    centres = rows(50, seed=1)
    crowd = np.repeat(centres, 100, axis=0) + 0.5 * rows(5000)
    crowd /= np.linalg.norm(crowd, axis=1, keepdims=True)
    parts = {"a": packed("a", crowd[:3000]), "b": packed("b", crowd[3000:])}
    return Vectors().changed(parts), crowd


def test_it_finds_the_same_as_plain_arithmetic(made: tuple[Vectors, Array]) -> None:
    vectors, crowd = made
    exact = crowd.astype(np.float16).astype(np.float32)
    hits = 0
    for question in rows(20, seed=2):
        cosines = exact @ question
        best = {vectors.passage_ids[place] for place in np.argsort(-cosines)[:10]}
        near = vectors.search(question, 10)
        assert [one.cosine for one in near] == pytest.approx(sorted(cosines, reverse=True)[:10], abs=1e-3)
        hits += len(best & {one.passage_id for one in near})
    assert hits >= 198  # of 200


def test_it_looks_into_the_chosen_documents_alone(made: tuple[Vectors, Array]) -> None:
    vectors, crowd = made
    near = vectors.search(crowd[0], 5, documents=["b"])
    assert {one.document_id for one in near} == {"b"}
    assert vectors.search(crowd[0], 5, documents=[]) == []


def test_a_lift_changes_the_order_and_not_the_cosine(made: tuple[Vectors, Array]) -> None:
    vectors, crowd = made
    assert vectors.search(crowd[0], 1)[0].document_id == "a"
    (lifted,) = vectors.search(crowd[0], 1, boosts={"b": 1.0})
    assert lifted.document_id == "b"
    assert lifted.cosine <= 1.0


def test_documents_come_and_go() -> None:
    first = Vectors().changed({"a": packed("a", rows(3, 1)), "b": packed("b", rows(4, 2))})
    second = first.changed({"c": packed("c", rows(2, 3))}, remove=["a"])
    assert (list(first.documents), list(second.documents)) == (["a", "b"], ["b", "c"])
    assert second.search(rows(2, 3)[1], 1)[0].passage_id == "c1"
    assert {one.passage_id[0] for one in second.search(rows(3, 1)[0], 9)} == {"b", "c"}


def test_nothing_is_near_to_nothing() -> None:
    assert Vectors().search(rows(1)[0], 5) == []
    assert Vectors().changed({}).changed({}, ["unknown"]).search(rows(1)[0], 5) == []
