"""A page in a tab whose login changes: what the tab held is gone, and it is told to load itself anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.runtime.app_session import AppSession
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.auth.gate import STALE
from components.store.logins import close_login, end_login, open_ticket, redeem_ticket
from components.store.people import bar
from components.workbench import Workbench
from tests.auth.people_here import Here, sign_in
from tests.conftest import ROOT

Visit = Callable[[RequestFacts], None]


@pytest.fixture
def ada(signing: Workbench) -> Here:
    return sign_in(signing.store, "Ada", "administrator")


@pytest.fixture
def tab(ada: Here, visitor: Visit) -> AppTest:
    """Ada's tab, on a page, with something in its state that no page of ours would put there."""
    visitor(ada.facts)
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
    assert "Ada" in said(at)
    at.session_state["canary"] = "Ada's own"
    return at.run()


def said(at: AppTest) -> str:
    shown = [*at.title, *at.markdown, *at.caption]
    labels = [getattr(element.proto, "label", "") for element in at.get("menu_button")]
    return "\n".join([*(str(element.value) for element in shown), *labels])


def held(at: AppTest) -> str:
    """Everything that the tab's state holds, widgets without a key of ours included."""
    return repr(at.session_state._state)


def is_the_door(at: AppTest) -> bool:
    return "Every answer shows its work." in said(at) and "Ada" not in said(at) and not at.sidebar.markdown


def test_a_rerun_of_the_same_login_keeps_everything(tab: AppTest) -> None:
    assert tab.run().session_state["canary"] == "Ada's own"


@pytest.mark.parametrize("way", ["signed out", "login ended", "barred", "cookie gone"])
def test_the_next_run_after_the_end_finds_nothing(
    signing: Workbench, tab: AppTest, ada: Here, visitor: Visit, way: str
) -> None:
    store = signing.store
    if way == "signed out":
        close_login(store, ada.token)
    elif way == "login ended":
        end_login(store, ada.id, ada.login.id)
    elif way == "barred":
        bar(store, sign_in(store, "Cyd", "administrator").id, ada.id)
    else:
        visitor(RequestFacts("127.0.0.1", ada.facts.headers[:2]))
    at = tab.run()
    assert is_the_door(at)
    assert "canary" not in at.session_state
    assert "Ada's own" not in held(at)
    assert "It is loaded anew" in said(at)


def test_another_person_in_the_same_tab_finds_nothing(
    signing: Workbench, tab: AppTest, ada: Here, visitor: Visit
) -> None:
    visitor(sign_in(signing.store, "Bea").facts)
    at = tab.run()
    assert is_the_door(at), "the tab is loaded anew before anything of Bea's is drawn"
    assert "canary" not in at.session_state
    assert ada.id not in held(at)


def test_another_login_of_the_same_person_finds_nothing_either(
    signing: Workbench, tab: AppTest, ada: Here, visitor: Visit
) -> None:
    made = redeem_ticket(signing.store, open_ticket(signing.store, ada.id, "local"), agent="", address="", hours=1)
    assert made
    visitor(RequestFacts("127.0.0.1", (*ada.facts.headers[:2], ("cookie", f"groundwork={made[0]}"))))
    assert "canary" not in tab.run().session_state


def test_a_tab_that_was_somebody_elses_draws_nothing(ada: Here, visitor: Visit) -> None:
    """Its browser may still hold what was typed: it is loaded anew first."""
    visitor(RequestFacts("127.0.0.1", (*ada.facts.headers, (STALE, "1"))))
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for _ in range(2):
        assert is_the_door(at.run())


def test_streamlit_still_has_what_an_open_tab_is_drawn_anew_by() -> None:
    said = AppSession.__init__.__code__.co_names + AppSession.request_rerun.__code__.co_names
    assert {"_client_state", "_call_soon_on_event_loop"} <= {*said, *dir(AppSession)}
