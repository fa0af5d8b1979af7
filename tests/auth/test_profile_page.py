"""The profile: one's own logins, ways in, keys and data, as their owner uses them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.auth import accounts
from components.store import conversations, datasets, providers, shares
from components.store.audit import own_audit
from components.store.exports import newest_export
from components.store.identities import add_identity, identities
from components.store.logins import logins
from components.store.users import ensure_local_owner, user
from components.workbench import Workbench
from tests.auth.conftest import Seen
from tests.auth.people_here import PASSWORD, Here, another_login
from tests.waiting import until

PAGE = "pages/profile.py"
NEW = "another quiet teapot"


def said(at: AppTest) -> str:
    assert not at.exception
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption]
    return "\n".join(str(element.value) for element in shown).replace("\\", "").replace("\N{ZERO WIDTH SPACE}", "")


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def tab(at: AppTest, name: str) -> AppTest:
    at.session_state["profile"] = name
    return at.run()


@pytest.fixture
def page(ada: Here, seen_by: Seen) -> AppTest:
    return seen_by(ada).switch_page(PAGE).run()


def test_it_says_who_one_is_and_where_one_is_signed_in(page: AppTest) -> None:
    text = said(page)
    assert page.title[0].value == "Ada Moreno"
    assert "ada.moreno@example.com · administrator" in text
    assert "**Firefox on Linux**" in text
    assert "from 127.0.0.1 · with a password" in text
    assert ":green-badge[this one]" in text


def test_another_login_is_ended_by_itself(page: AppTest, signing: Workbench, ada: Here) -> None:
    other = another_login(signing.store, ada.user, "Mozilla/5.0 (iPhone) Safari/605", "203.0.113.7")
    page.run().button(f"end-{other.login.id}").click().run()
    assert [login.id for login in logins(signing.store, ada.id)] == [ada.login.id]
    assert "Safari on iPhone" not in said(page)
    (told,) = [entry for entry in own_audit(signing.store, ada.id) if entry.did == "ended a login"]
    assert told.detail == "Safari on iPhone"


def test_all_others_are_ended_at_once(page: AppTest, signing: Workbench, ada: Here) -> None:
    for number in range(3):
        another_login(signing.store, ada.user, f"browser {number}")
    press(page.run(), "End the other 3 logins")
    assert [login.id for login in logins(signing.store, ada.id)] == [ada.login.id]


def test_nobody_ends_anothers_login(page: AppTest, signing: Workbench, jonas: Here) -> None:
    assert jonas.login.id not in "".join(str(button.key) for button in page.button)
    assert [login.id for login in logins(signing.store, jonas.id)] == [jonas.login.id]


def test_a_password_is_changed_by_who_knows_the_old_one(page: AppTest, signing: Workbench, ada: Here) -> None:
    other = another_login(signing.store, ada.user)
    page.text_input("old").input("a wrong password at all")
    page.text_input("new-password").input(NEW)
    press(page, "Change it")
    assert "do not belong together" in said(page)
    page.text_input("old").input(PASSWORD)
    page.text_input("new-password").input("short")
    press(page, "Change it")
    assert "at least 12" in said(page)
    page.text_input("old").input(PASSWORD)
    page.text_input("new-password").input(NEW)
    press(page, "Change it")
    assert "The new password counts" in said(page)
    assert accounts.sign_in(signing.store, "ada.moreno@example.com", NEW).id == ada.id
    assert other.login.id not in [login.id for login in logins(signing.store, ada.id)]
    assert ada.login.id in [login.id for login in logins(signing.store, ada.id)], "this one goes on"


def test_a_way_in_is_removed_but_not_the_last_one(signing: Workbench, jonas: Here, seen_by: Seen) -> None:
    only = add_identity(signing.store, jonas.id, "google", "1", "jonas@gmail.example")
    page = seen_by(jonas).switch_page(PAGE).run()
    assert "**google**" in said(page)
    press(page.button(f"remove-{only.id}").click().run(), "Remove it")
    assert "This is your only way in" in said(page)
    second = add_identity(signing.store, jonas.id, "keycloak", "2", None)
    press(page.run().button(f"remove-{only.id}").click().run(), "Remove it")
    assert [one.id for one in identities(signing.store, jonas.id)] == [second.id]


def test_keys_are_listed_by_their_endings_and_removed(page: AppTest, signing: Workbench, ada: Here) -> None:
    providers.save_key(signing.store, ada.id, "openai", "sk-0123456789abcdef")
    providers.save_own_provider(signing.store, ada.id, "Rack", "chat", "http://10.0.0.7:8000/v1")
    text = said(tab(page, "Keys"))
    assert "**OpenAI**" in text
    assert "ends in cdef" in text
    assert "0123456789" not in text
    assert "10.0.0.7:8000" in text
    page.button("remove-key-openai").click().run()
    assert providers.keys(signing.store, ada.id) == {}


# Data


def test_everything_is_packed_and_offered(page: AppTest, signing: Workbench, ada: Here) -> None:
    conversations.create_conversation(signing.store, ada.id, "chat", "Margins")
    assert "0 tables, 0 documents and 1 conversation here" in said(tab(page, "Data"))
    page.button("pack").click().run()
    until(lambda: newest_export(signing.store, ada.id))
    kept = newest_export(signing.store, ada.id)
    assert kept
    until(lambda: [b.label for b in page.run().button if b.label == "Pack it anew"])
    assert [link.proto.url for link in page.get("link_button")] == [f"/api/exports/{kept.id}"]


def test_deleting_asks_for_the_address(page: AppTest, signing: Workbench, ada: Here) -> None:
    conversations.create_conversation(signing.store, ada.id, "chat", "Margins")
    tab(page, "Data").button("delete-all").click().run()
    assert page.button("delete-really").disabled
    page.text_input("delete-typed").input("Ada Moreno").run()
    assert page.button("delete-really").disabled
    page.text_input("delete-typed").input("ada.moreno@example.com").run()
    page.button("delete-really").click().run()
    assert conversations.list_conversations(signing.store, ada.id) == []
    assert user(signing.store, ada.id).state == "active"


def test_the_local_owner_has_data_and_no_logins(app_test: AppTest, bench: Workbench) -> None:
    page = app_test.run().switch_page(PAGE).run()
    assert page.title[0].value == "Your data"
    assert not page.tabs
    assert "Logins" not in said(page)
    owner = ensure_local_owner(bench.store)
    conversations.create_conversation(bench.store, owner.id, "chat", "Margins")
    page.run().button("delete-all").click().run()
    page.text_input("delete-typed").input("DELETE").run()
    page.button("delete-really").click().run()
    assert conversations.list_conversations(bench.store, owner.id) == []


# What the local owner left


def test_an_administrator_takes_over_what_was_made_before(signing: Workbench, ada: Here, seen_by: Seen) -> None:
    owner = ensure_local_owner(signing.store)
    conversations.create_conversation(signing.store, owner.id, "chat", "Margins")
    home = seen_by(ada)
    assert "1 conversation. Nobody sees them" in said(home)
    press(home, "Make them mine")
    assert [one.title for one in conversations.list_conversations(signing.store, ada.id)] == ["Margins"]
    assert "Nobody sees them" not in said(home)


def test_nobody_else_is_offered_it(signing: Workbench, ada: Here, jonas: Here, seen_by: Seen) -> None:
    owner = ensure_local_owner(signing.store)
    conversations.create_conversation(signing.store, owner.id, "chat", "Margins")
    assert "Nobody sees them" not in said(seen_by(jonas))
    assert datasets.list_datasets(signing.store, jonas.id) == []


def test_ones_own_name_is_changed(page: AppTest, signing: Workbench, ada: Here) -> None:
    page.text_input("own-name").input("Ada M. Moreno")
    button = next(one for one in page.button if one.key and "change-name" in one.key)
    button.click().run()
    assert page.title[0].value == "Ada M. Moreno"
    assert user(signing.store, ada.id).name == "Ada M. Moreno"


def test_whom_a_provider_has_named_is_offered_no_name(signing: Workbench, jonas: Here, seen_by: Seen) -> None:
    add_identity(signing.store, jonas.id, "google", "1", "jonas@gmail.example")
    page = seen_by(jonas).switch_page(PAGE).run()
    assert "own-name" not in [field.key for field in page.text_input]


def test_what_one_shares_is_listed_and_taken_back(page: AppTest, signing: Workbench, ada: Here, sam: Here) -> None:
    talk = conversations.create_conversation(signing.store, ada.id, "chat", "Comparing months")
    share = shares.share(signing.store, ada.id, "conversation", talk.id, to_user=sam.id, right="edit")
    text = said(tab(page, "Sharing"))
    assert "**Comparing months**" in text
    assert "conversation · with Sam Okafor · can read" in text, "whoever may look alone does not edit"
    page.button(f"take-back-{share.id}").click().run()
    assert shares.given(signing.store, ada.id) == []
    assert "Comparing months" not in said(page)


def test_what_others_share_is_listed_and_let_go_of(signing: Workbench, ada: Here, sam: Here, seen_by: Seen) -> None:
    talk = conversations.create_conversation(signing.store, ada.id, "chat", "Comparing months")
    shares.share(signing.store, ada.id, "conversation", talk.id, to_user=sam.id)
    page = tab(seen_by(sam).switch_page(PAGE).run(), "Sharing")
    assert "conversation · by Ada Moreno · can read" in said(page)
    page.button(f"leave-{talk.id}").click().run()
    assert "Comparing months" not in said(page)
    assert shares.shared_with(signing.store, sam.id, "conversation") == []
