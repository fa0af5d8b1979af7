"""The dialog of sharing: whom it finds, what it says where it finds nobody, groups, and whose thing it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.store import identities, shares
from components.workbench import Workbench
from tests.attacks.conftest import signing, two
from tests.attacks.people import Two
from tests.auth.people_here import sign_in

__all__ = ["signing", "two"]


def draw(kind: str, thing_id: str) -> None:
    """What a page does when Share is chosen in its menu."""
    from components.ui.sharing import share_dialog

    share_dialog(kind, thing_id, "Orders")  # type: ignore[arg-type]


@pytest.fixture
def dialog(two: Two, visitor: Callable[[RequestFacts], None]) -> AppTest:
    """Ada's, for her table."""
    visitor(two.ada.here.facts)
    script = AppTest.from_function(draw, args=("dataset", two.ada.dataset.id), default_timeout=60)
    return script.run()


def words(dialog: AppTest) -> str:
    assert not dialog.exception
    said = "\n".join(str(element.value) for element in (*dialog.markdown, *dialog.caption))
    return said.replace("\\", "").replace("\N{ZERO WIDTH SPACE}", "")


def give(dialog: AppTest, who: str = "", group: object = None, right: str = "read") -> AppTest:
    dialog.text_input[0].set_value(who)
    dialog.radio[0].set_value(right)
    if group is not None:
        dialog.selectbox[0].set_value(group)
    return next(button for button in dialog.button if button.label == "Share").click().run()


def given(two: Two) -> list[tuple[str, str]]:
    found = shares.shares(two.bench.store, two.ada.id, "dataset", two.ada.dataset.id)
    return [(share.name, share.right) for share in found]


def test_it_begins_with_nobody(dialog: AppTest) -> None:
    assert "Nobody else sees it." in words(dialog)
    assert not dialog.selectbox, "whoever is in no group is offered none"


@pytest.mark.parametrize(("who", "right"), [("bob@example.com", "read"), (" BOB ", "edit")])
def test_somebody_is_found_by_address_or_name(who: str, right: str, dialog: AppTest, two: Two) -> None:
    give(dialog, who, right=right)
    assert given(two) == [("Bob", right)]
    assert "bob@example.com" in words(dialog)


@pytest.mark.parametrize("who", ["Bo", "bob@example.org", "Ada", "ada@example.com", "%"])
def test_a_part_a_stranger_and_oneself_are_nobody(who: str, dialog: AppTest, two: Two) -> None:
    give(dialog, who)
    assert given(two) == []
    assert "Nobody here has the e-mail or full name" in words(dialog)


def test_two_of_one_name_are_told_apart_by_address(dialog: AppTest, two: Two) -> None:
    other = sign_in(two.bench.store, "Bobby")
    identities.activate(two.bench.store, other.id, name="Bob")
    give(dialog, "Bob")
    assert given(two) == []
    assert "2 people here are called Bob: write the e-mail." in words(dialog)
    give(dialog, "bobby@example.com")
    assert given(two) == [("Bob", "read")]


def test_nothing_typed_shares_with_nobody(dialog: AppTest, two: Two) -> None:
    give(dialog)
    assert given(two) == []
    assert "Write an e-mail or a full name." in words(dialog)


def test_a_group_of_ones_own(two: Two, visitor: Callable[[RequestFacts], None]) -> None:
    store: Workbench = two.bench
    for person in (two.ada, two.bob):
        identities.set_groups(store.store, person.id, "google", ["Finance"])
    visitor(two.ada.here.facts)
    dialog = AppTest.from_function(draw, args=("dataset", two.ada.dataset.id), default_timeout=60).run()
    give(dialog, group=shares.groups(store.store, two.ada.id)[0])
    assert given(two) == [("Finance", "read")]
    assert two.ada.dataset.id in {one.thing_id for one in shares.shared_with(store.store, two.bob.id, "dataset")}


def test_taking_back_is_one_press(dialog: AppTest, two: Two) -> None:
    give(dialog, "Bob")
    share = shares.shares(two.bench.store, two.ada.id, "dataset", two.ada.dataset.id)[0]
    dialog.button(key=f"take-back-{share.id}").click().run()
    assert given(two) == []
    assert "Nobody else sees it." in words(dialog)


def test_whoever_it_is_not_sees_nothing_in_it(two: Two, visitor: Callable[[RequestFacts], None]) -> None:
    shares.share(two.bench.store, two.ada.id, "dataset", two.ada.dataset.id, to_user=two.bob.id, right="edit")
    visitor(two.bob.here.facts)
    dialog = AppTest.from_function(draw, args=("dataset", two.ada.dataset.id), default_timeout=60).run()
    assert "or is not yours" in words(dialog)
    assert "bob@example.com" not in words(dialog)


@pytest.mark.parametrize(("right", "said"), [("read", False), ("edit", True)])
def test_a_viewer_reads_only_and_the_sharer_is_told(right: str, said: bool, dialog: AppTest, two: Two) -> None:
    sign_in(two.bench.store, "Sam", "viewer")
    give(dialog, "Sam", right=right)
    assert given(two) == [("Sam", right)]
    assert ("reads it only" in words(dialog)) is said
    assert "Can read" in words(dialog)
    assert "Can edit" not in [caption.value for caption in dialog.caption]


def draw_leaving(kind: str, thing_id: str) -> None:
    """What a page does with the menu of something that another shares."""
    import streamlit as st

    from components.ui.sharing import sharing_dialog, sharing_words

    for word in sharing_words(kind, thing_id, own=False):  # type: ignore[arg-type]
        st.caption(word)
        sharing_dialog(word, kind, thing_id, "Orders")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["dataset", "document", "conversation"])
def test_a_receiver_lets_go_of_a_thing(kind: str, two: Two, visitor: Callable[[RequestFacts], None]) -> None:
    ada, store = two.ada, two.bench.store
    thing_id = {"dataset": ada.dataset.id, "document": ada.document.id, "conversation": ada.chat}[kind]
    shares.share(store, ada.id, kind, thing_id, to_user=two.bob.id)
    visitor(two.bob.here.facts)
    page = AppTest.from_function(draw_leaving, args=(kind, thing_id), default_timeout=60).run()
    assert "Remove from my list" in words(page)
    page.button(key=f"leave-{thing_id}").click().run()
    assert shares.shared_with(store, two.bob.id, kind) == []
    assert "Remove from my list" not in words(page.run())


def test_what_a_group_sees_nobody_lets_go_of_alone(two: Two, visitor: Callable[[RequestFacts], None]) -> None:
    for person in (two.ada, two.bob):
        identities.set_groups(two.bench.store, person.id, "google", ["Finance"])
    shares.share(two.bench.store, two.ada.id, "dataset", two.ada.dataset.id, to_group="google:Finance")
    visitor(two.bob.here.facts)
    page = AppTest.from_function(draw_leaving, args=("dataset", two.ada.dataset.id), default_timeout=60).run()
    assert "Remove from my list" not in words(page)
