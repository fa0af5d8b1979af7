"""The page of people, as an administrator uses it, and as everybody else does not see it."""

from __future__ import annotations

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from components.auth import accounts
from components.auth.ui.audit import as_csv
from components.auth.ui.dialogs import OpenDialog
from components.auth.ui.people import choices_for
from components.auth.ui.people_dialogs import DIALOGS
from components.settings import Settings
from components.store import User
from components.store.audit import Entry, audit, note
from components.store.identities import user_of_email
from components.store.logins import logins
from components.store.people import Person
from components.store.users import user
from components.workbench import Workbench
from tests.auth.conftest import Seen
from tests.auth.people_here import PASSWORD, Here, another_login, sign_in

PAGE = "pages/administration.py"


def said(at: AppTest) -> str:
    assert not at.exception
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.code]
    return "\n".join(str(element.value) for element in shown).replace("\\", "").replace("\N{ZERO WIDTH SPACE}", "")


def pick(at: AppTest, here: Here, choice: str) -> AppTest:
    """Choose something in the menu of a person's row."""
    held = OpenDialog(DIALOGS[choice], here.id)
    at.session_state[f"{OpenDialog.__module__}.{OpenDialog.__qualname__}"] = held
    return at.run()


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def did(signing: Workbench, here: Here) -> list[str]:
    return [entry.did for entry in audit(signing.store, here.id)]


@pytest.fixture
def page(ada: Here, jonas: Here, sam: Here, seen_by: Seen) -> AppTest:
    return seen_by(ada).switch_page(PAGE).run()


def test_everybody_is_listed_with_role_and_way_in(page: AppTest) -> None:
    text = said(page)
    for part in ("**Ada Moreno** :gray[(you)]", "ada.moreno@example.com", "**Jonas Vega**", "**Sam Okafor**"):
        assert part in text
    assert ":green-badge[administrator]" in text
    assert ":blue-badge[analyst]" in text
    assert "3 people · sign-in through local accounts" in text


def test_an_invitation_is_a_link_that_lets_somebody_in_once(page: AppTest, signing: Workbench, ada: Here) -> None:
    page.button("invite").click().run()
    page.text_input("invite-email").input("Lena.Brandt@Example.com")
    page.text_input("invite-name").input("Lena Brandt")
    page.radio("invite-role").set_value("viewer")
    press(page, "Make the invitation")
    link = page.code[0].value
    assert link.startswith("http://")
    code = link.partition("/?invite=")[2]
    invited = accounts.invited(signing.store, code)
    assert invited is not None
    assert (invited.email, invited.role, invited.state) == ("lena.brandt@example.com", "viewer", "invited")
    accounts.accept_invitation(signing.store, code, "Lena", PASSWORD)
    assert accounts.sign_in(signing.store, "lena.brandt@example.com", PASSWORD).name == "Lena"
    press(page, "Done")
    assert code not in said(page), "it is shown only once"
    assert "invited" in did(signing, ada)


@pytest.mark.parametrize("email", ["", "nobody", "ada.moreno@example.com"])
def test_no_invitation_for_what_is_no_address_or_is_here(page: AppTest, email: str) -> None:
    page.button("invite").click().run()
    page.text_input("invite-email").input(email)
    press(page, "Make the invitation")
    assert not page.code
    assert "e-mail address" in said(page) or "has the address" in said(page)


def test_a_role_is_changed_and_counts_at_once(
    page: AppTest, signing: Workbench, jonas: Here, ada: Here, seen_by: Seen
) -> None:
    pick(page, jonas, "Change role").radio(f"role-{jonas.id}").set_value("viewer").run()
    press(page, "Change role")
    assert user(signing.store, jonas.id).role == "viewer"
    assert "changed a role" in did(signing, ada)
    assert "What is shared with you" in said(seen_by(jonas))


def test_the_last_administrator_stays_one(page: AppTest, signing: Workbench, ada: Here) -> None:
    pick(page, ada, "Change role").radio(f"role-{ada.id}").set_value("analyst").run()
    press(page, "Change role")
    assert "last administrator stays one" in said(page)
    assert user(signing.store, ada.id).role == "administrator"


def test_one_login_or_all_of_a_person_are_ended(page: AppTest, signing: Workbench, jonas: Here) -> None:
    phone = another_login(signing.store, jonas.user, "Mozilla/5.0 (iPhone) Safari/605", "203.0.113.7")
    pick(page, jonas, "Logins")
    assert "signed in with 2 browsers" in said(page)
    assert "**Safari on iPhone**" in said(page)
    page.button(f"end-{phone.login.id}").click().run()
    assert [login.id for login in logins(signing.store, jonas.id)] == [jonas.login.id]
    pick(page, jonas, "Logins")
    page.button("end-all").click().run()
    assert logins(signing.store, jonas.id) == []


def test_a_barred_person_is_out_at_once_and_may_be_let_in_again(
    page: AppTest, signing: Workbench, jonas: Here, seen_by: Seen, ada: Here
) -> None:
    press(pick(page, jonas, "Bar"), "Bar")
    assert ":red-badge[barred]" in said(page)
    assert [title.value for title in seen_by(jonas).title] == ["Sign in"]
    back = seen_by(ada).switch_page(PAGE).run()
    press(pick(back, jonas, "Let in again"), "Let in again")
    assert user(signing.store, jonas.id).state != "barred"


def test_a_new_password_comes_by_a_link_and_the_old_one_works_until_then(
    signing: Workbench, ada: Here, seen_by: Seen
) -> None:
    mei = sign_in(signing.store, "Mei Tan", password=PASSWORD)
    page = press(pick(seen_by(ada).switch_page(PAGE).run(), mei, "New password"), "Make the link")
    code = page.code[0].value.partition("/?reset=")[2]
    assert accounts.sign_in(signing.store, "mei.tan@example.com", PASSWORD).id == mei.id
    accounts.reset(signing.store, code, "another quiet teapot")
    assert accounts.sign_in(signing.store, "mei.tan@example.com", "another quiet teapot").id == mei.id
    assert logins(signing.store, mei.id) == []


def test_removing_asks_for_the_name_and_leaves_nobody(page: AppTest, signing: Workbench, jonas: Here) -> None:
    pick(page, jonas, "Remove")
    assert page.button("remove-yes").disabled
    page.text_input(f"remove-{jonas.id}").input("jonas.vega@example.com").run()
    page.button("remove-yes").click().run()
    assert "Jonas Vega" not in said(page)
    assert user_of_email(signing.store, "jonas.vega@example.com") is None


@pytest.mark.parametrize("who", ["jonas", "sam"])
def test_nobody_else_sees_the_page(who: str, seen_by: Seen, ada: Here, request: pytest.FixtureRequest) -> None:
    at = seen_by(request.getfixturevalue(who)).switch_page(PAGE).run()
    assert "Only an administrator may do this" in said(at)
    assert "ada.moreno" not in said(at)
    assert not at.tabs


def test_an_administrator_who_was_made_something_else_sees_it_no_more(
    page: AppTest, signing: Workbench, ada: Here, jonas: Here
) -> None:
    from components.store.people import set_role

    set_role(signing.store, ada.id, jonas.id, "administrator")
    set_role(signing.store, jonas.id, ada.id, "viewer")
    assert "Only an administrator may do this" in said(page.run())


def test_without_sign_in_there_are_no_people(app_test: AppTest) -> None:
    assert "Nobody signs in to this workbench" in said(app_test.run().switch_page(PAGE).run())


def person(user_id: str, state: str) -> Person:
    return Person(user_id, "X", "x@example.com", "analyst", state, (), None, 0.0, 0.0)


def test_what_can_be_done_follows_from_the_state() -> None:
    me, settings = User("me", "Me", None, "administrator", {}), Settings(sign_in="required")
    assert choices_for(me, person("me", "active"), settings) == ["Change role", "Logins", "New password"]
    assert "Bar" in choices_for(me, person("other", "active"), settings)
    assert choices_for(me, person("other", "invited"), settings) == ["Change role", "New link", "Remove"]
    assert choices_for(me, person("other", "barred"), settings) == ["Let in again", "Remove"]
    without = Settings(sign_in="required", local_accounts="off")
    assert "New password" not in choices_for(me, person("other", "active"), without)


# The audit


def audit_tab(at: AppTest) -> AppTest:
    at.session_state["administration"] = "Audit"
    return at.run()


def rows(at: AppTest) -> list[dict[str, str]]:
    return [dict(row) for _, row in at.dataframe[0].value.iterrows()] if at.dataframe else []


def test_the_audit_is_narrowed_by_words_and_by_kind(page: AppTest, signing: Workbench, jonas: Here, ada: Here) -> None:
    note(signing.store, jonas.id, "shared", thing="orders", detail="with Sam", address="203.0.113.7")
    note(signing.store, ada.id, "shared", thing="stock")
    note(signing.store, jonas.id, "signed in")
    at = audit_tab(page)
    assert {"Jonas Vega", "Ada Moreno"} <= {row["Who"] for row in rows(at)}
    at.selectbox("audit-did").set_value("shared").run()
    assert [row["To"] for row in rows(at)] == ["stock", "orders"]
    at.text_input("audit-words").input("jonas ORDERS").run()
    assert [(row["To"], row["From"]) for row in rows(at)] == [("orders", "203.0.113.7")]
    at.text_input("audit-words").input("nowhere at all").run()
    assert rows(at) == []
    assert "Nothing of this was done" in said(at)


def entry(**facts: str) -> Entry:
    told = {"who": "Ada", "did": "shared", "thing": "", "detail": "", "address": ""} | facts
    return Entry("1", 1764000000.0, None, **told)


def test_the_audit_as_a_file_runs_no_formula_of_a_visitors() -> None:
    text = as_csv([entry(who="=HYPERLINK(1)", detail='-1+"x"', thing="a, b\nc")]).decode("utf-8-sig")
    (head, line) = csv.reader(io.StringIO(text))
    assert head == ["at", "who", "did", "thing", "detail", "address"]
    assert line == ["2025-11-24T16:00:00+00:00", "'=HYPERLINK(1)", "shared", "a, b\nc", '\'-1+"x"', ""]


def test_the_grid_which_saves_itself_as_csv_holds_no_formula_either(page: AppTest, signing: Workbench) -> None:
    note(signing.store, None, "was refused", who="=HYPERLINK(1)", thing="+1", detail="@x")
    (row,) = [row for row in rows(audit_tab(page)) if row["Did"] == "was refused"]
    assert (row["Who"], row["To"], row["Detail"]) == ("'=HYPERLINK(1)", "'+1", "'@x")


# Sign-in


def test_what_is_set_is_shown_without_a_secret(page: AppTest) -> None:
    page.session_state["administration"] = "Sign-in"
    page.run()
    assert "**Local accounts**" in said(page)
    table = page.table[0].value
    assert "12 hours" in list(table["Set to"])
    assert "[`login_idle_minutes`](help?setting=login_idle_minutes)" in list(table["Setting"])
