"""What people read of each other: invitations, roles, shares, ways in, and what they take along."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components.auth import proxy
from components.auth.facts import RequestFacts
from components.auth.tabs import TabEndedError
from components.auth.ui.dialogs import OpenDialog
from components.auth.ui.people_dialogs import DIALOGS
from components.belongings import deletion
from components.belongings.deletion import delete_all, remove
from components.belongings.export import KINDS as EXPORTS
from components.errors import AppError
from components.store import conversations, identities, jobs, shares
from components.store.handover import take_over
from components.store.people import bar
from components.store.roles import require
from components.store.users import LOCAL_OWNER_ID, ensure_local_owner
from components.workbench import Workbench
from tests.auth.people_here import PASSWORD, Here, sign_in
from tests.auth.test_people_page import press
from tests.conftest import AT_HOME, ROOT
from tests.messages.changing import changed
from tests.messages.reading import assert_read, page_words
from tests.waiting import until

As = Callable[[Here, str], AppTest]

READ = {
    "store: Only an administrator may do this.",
    "store: Your role here is to look at what is shared with you, not to ask questions.",
    "store: Somebody here has the address {address} already.",
    "store: {strip} is not an e-mail address.",
    "store: The last administrator stays one.",
    "store: You cannot do this to yourself.",
    "store: {name} has come in already.",
    "store: {name} is not barred.",
    "store: {name} may not come in.",
    "store: This is your only way in.",
    "store: A name has at least one character.",
    "store: Somebody else here is called {name}.",
    "auth: The sign-in of this tab has ended.",
    "belongings: Something that works for you does not end.",
    "belongings: Something that works for this person does not end.",
    "store: Something that the local owner began is still under way.",
    "store: Your role here is to look at what is shared with you, not to bring anything.",
    "store: You are no longer let in here.",
    "store: This is yours already.",
    "store: Nobody of this name can sign in here.",
    "store: You can share with the groups that you are in.",
    "store: This {what} is shared with you for reading only.",
    "store: Your name comes from where you sign in.",
    "store: This sign-in belongs to somebody else here.",
    "store: Somebody here signs in so already.",
    "belongings: Something was deleted while it was packed.",
    "auth: Somebody here has the e-mail {email} already, by another way to sign in.",
}


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    return {"GROUNDWORK_SIGN_IN": "required"}


@pytest.fixture(scope="module")
def ada(desk: Workbench) -> Here:
    """The one administrator."""
    return sign_in(desk.store, "Ada Moreno", "administrator", password=PASSWORD)


@pytest.fixture(scope="module")
def jonas(desk: Workbench) -> Here:
    """An analyst."""
    return sign_in(desk.store, "Jonas Vega", password=PASSWORD)


@pytest.fixture(scope="module")
def sam(desk: Workbench) -> Here:
    """A viewer."""
    return sign_in(desk.store, "Sam Okafor", "viewer")


@pytest.fixture
def seen(desk: Workbench, monkeypatch: pytest.MonkeyPatch) -> As:
    """A page as somebody sees it."""
    assert desk

    def open_page(who: Here, page: str) -> AppTest:
        monkeypatch.setattr("components.auth.ui.facts_of_session", lambda: who.facts)
        at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
        return at.switch_page(f"pages/{page}.py").run()

    return open_page


def picked(at: AppTest, choice: str, about: Here) -> AppTest:
    """Choose something in the menu of a person's row, as it may stand open since before."""
    at.session_state[f"{OpenDialog.__module__}.{OpenDialog.__qualname__}"] = OpenDialog(DIALOGS[choice], about.id)
    return at.run()


def test_who_is_none_does_not_administer(seen: As, jonas: Here) -> None:
    assert_read(page_words(seen(jonas, "administration")), "store: Only an administrator may do this.")


def test_who_may_only_look_asks_no_model(seen: As, sam: Here) -> None:
    key = "store: Your role here is to look at what is shared with you, not to ask questions."
    assert_read(page_words(seen(sam, "models")), key)


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("ada.moreno@example.com", "store: Somebody here has the address {address} already."),
        ("nobody", "store: {strip} is not an e-mail address."),
    ],
)
def test_an_invitation_that_cannot_be(seen: As, ada: Here, email: str, key: str) -> None:
    at = seen(ada, "administration")
    at.button("invite").click().run()
    at.text_input("invite-email").input(email)
    assert_read(page_words(press(at, "Make the invitation")), key)


def test_an_administrator_always_stays(seen: As, ada: Here) -> None:
    at = picked(seen(ada, "administration"), "Change role", ada)
    at.radio(f"role-{ada.id}").set_value("analyst").run()
    assert_read(page_words(press(at, "Change role")), "store: The last administrator stays one.")


@pytest.mark.parametrize(
    ("choice", "about", "button", "key"),
    [
        ("Bar", "ada", "Bar", "store: You cannot do this to yourself."),
        ("New link", "jonas", "Make the link", "store: {name} has come in already."),
        ("Let in again", "jonas", "Let in again", "store: {name} is not barred."),
        ("New password", "gus", "Make the link", "store: {name} may not come in."),
    ],
)
def test_what_changed_meanwhile(
    desk: Workbench, seen: As, ada: Here, jonas: Here, choice: str, about: str, button: str, key: str
) -> None:
    people = {"ada": ada, "jonas": jonas}
    if about == "gus":
        people["gus"] = sign_in(desk.store, "Gus Barred")
        bar(desk.store, ada.id, people["gus"].id)
    assert_read(page_words(press(picked(seen(ada, "administration"), choice, people[about]), button)), key)


def test_the_only_way_in_stays(desk: Workbench, seen: As) -> None:
    only_here = sign_in(desk.store, "Olga Only")
    only = identities.add_identity(desk.store, only_here.id, "google", "1", "olga@gmail.example")
    at = seen(only_here, "profile")
    at.button(f"remove-{only.id}").click().run()
    assert_read(page_words(press(at, "Remove it")), "store: This is your only way in.")


def test_a_name_is_not_empty(seen: As, ada: Here) -> None:
    at = seen(ada, "profile")
    at.text_input("own-name").input("  ")
    at.button("change-name").click()
    assert_read(page_words(at.run()), "store: A name has at least one character.")


def test_a_name_is_nobody_elses(seen: As, ada: Here, jonas: Here) -> None:
    at = seen(ada, "profile")
    at.text_input("own-name").input(jonas.user.name)
    at.button("change-name").click()
    assert_read(page_words(at.run()), "store: Somebody else here is called {name}.")


def drawn(error: AppError) -> str:
    """An error that comes between two presses, as every page draws it."""

    def draw(told: dict[str, str]) -> None:
        from components.ui import error_box

        error_box(told)

    return page_words(AppTest.from_function(draw, kwargs={"told": error.facts()}).run())


def met(call: Callable[[], object]) -> str:
    """What the page says where a call of it comes too late."""
    with pytest.raises(AppError) as raised:
        call()
    return drawn(raised.value)


def test_a_tab_whose_login_has_ended() -> None:
    assert_read(drawn(TabEndedError()), "auth: The sign-in of this tab has ended.")


@pytest.fixture
def unending(desk: Workbench, monkeypatch: pytest.MonkeyPatch) -> Callable[[Here | str], None]:
    """Gives somebody a job of another process, which hears of nothing."""
    monkeypatch.setattr(deletion, "PATIENCE", 0.1)

    def begin(who: Here | str) -> None:
        user_id = who if isinstance(who, str) else who.id
        jobs.beat(desk.store, "another process")
        jobs.submit(desk.store, user_id, "of another process", "Import x.csv", {})
        jobs.claim(desk.store, "another process", ["of another process"])

    return begin


def test_nothing_is_deleted_under_something_that_works(
    desk: Workbench, ada: Here, unending: Callable[[Here], None]
) -> None:
    person = sign_in(desk.store, "Wim Working")
    unending(person)
    said = met(lambda: delete_all(desk, person.id))
    assert_read(said, "belongings: Something that works for you does not end.")
    said = met(lambda: remove(desk, ada.id, person.id))
    assert_read(said, "belongings: Something that works for this person does not end.")


def test_nothing_is_taken_over_under_something_that_works(
    desk: Workbench, ada: Here, unending: Callable[[str], None]
) -> None:
    ensure_local_owner(desk.store)
    unending(LOCAL_OWNER_ID)
    key = "store: Something that the local owner began is still under way."
    assert_read(met(lambda: take_over(desk.store, ada.id)), key)


def test_a_viewer_brings_nothing_and_who_is_barred_does_nothing(desk: Workbench, ada: Here, sam: Here) -> None:
    key = "store: Your role here is to look at what is shared with you, not to bring anything."
    assert_read(met(lambda: desk.jobs.submit(sam.id, "import_table", "x.csv", upload_id="x")), key)
    gone = sign_in(desk.store, "Gil Gone")
    bar(desk.store, ada.id, gone.id)
    key = "store: You are no longer let in here."
    assert_read(met(lambda: require(desk.store, gone.id, "look")), key)
    assert_read(met(lambda: shares.find_people(desk.store, gone.id, "Ada Moreno")), key)


def test_a_share_that_leads_to_nobody(desk: Workbench, ada: Here, jonas: Here) -> None:
    talk = conversations.create_conversation(desk.store, jonas.id, "chat", "Mine")

    def to(**receiver: str) -> str:
        return met(lambda: shares.share(desk.store, jonas.id, "conversation", talk.id, **receiver))

    assert_read(to(to_user=jonas.id), "store: This is yours already.")
    assert_read(to(to_user="0" * 32), "store: Nobody of this name can sign in here.")
    assert_read(to(to_group="of-others"), "store: You can share with the groups that you are in.")
    shares.share(desk.store, jonas.id, "conversation", talk.id, to_user=ada.id, right="read")
    said = met(lambda: conversations.rename_conversation(desk.store, ada.id, talk.id, "Hers"))
    assert_read(said, "store: This {what} is shared with you for reading only.")


def test_a_name_that_a_provider_gives_stays(desk: Workbench, sam: Here) -> None:
    identities.add_identity(desk.store, sam.id, "google", "sam", None)
    key = "store: Your name comes from where you sign in."
    assert_read(met(lambda: identities.rename(desk.store, sam.id, "Samuel")), key)


def test_a_way_in_is_one_persons(desk: Workbench, ada: Here, jonas: Here) -> None:
    identities.add_identity(desk.store, ada.id, "keycloak", "7", None)
    key = "store: This sign-in belongs to somebody else here."
    assert_read(met(lambda: identities.add_identity(desk.store, jonas.id, "keycloak", "7", None)), key)


def test_two_tabs_that_make_one_person(desk: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one is removed again before the second looks for whom it met."""

    def again() -> object:
        who = {"name": "Tab", "provider": "keycloak", "subject": "tab"}
        return identities.add_user_at(desk.store, email=None, role="viewer", **who)

    again()
    monkeypatch.setattr(identities, "identity", lambda *_: None)
    assert_read(met(again), "store: Somebody here signs in so already.")


def test_what_is_deleted_while_it_is_packed(
    desk: Workbench, monkeypatch: pytest.MonkeyPatch, jonas: Here, seen: As
) -> None:
    def gone(*_: object) -> int:
        raise FileNotFoundError

    monkeypatch.setattr("components.belongings.packing.pack", gone)
    job = desk.jobs.submit(jonas.id, EXPORTS[0].name, "Everything")
    until(lambda: jobs.job(desk.store, jonas.id, job.id).ended_at)
    assert_read(page_words(seen(jonas, "home")), "belongings: Something was deleted while it was packed.")


def test_a_proxy_takes_over_nobodys_email(desk: Workbench, ada: Here) -> None:
    assert ada
    headers = (*AT_HOME.headers, ("x-user", "ada.moreno@example.com"))
    fields = {"proxy_user_header": "x-user", "trusted_proxies": ("127.0.0.1",)}
    with changed(desk.settings, **fields):
        said = met(lambda: proxy.user_from_proxy(RequestFacts("127.0.0.1", headers), desk.settings, desk.store))
    assert_read(said, "auth: Somebody here has the e-mail {email} already, by another way to sign in.")
