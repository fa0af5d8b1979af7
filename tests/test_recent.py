"""What is remembered between two askings."""

from __future__ import annotations

from components.recent import Recent


def test_of_too_many_the_one_used_least_recently_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_a_value_takes_the_place_of_the_one_before_and_counts_as_used() -> None:
    recent: Recent[str, int] = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("a", 10), ("c", 3)):
        recent.put(key, value)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (10, None, 3)


def test_what_was_never_there_is_nothing() -> None:
    assert Recent[str, int](1).get("a") is None
