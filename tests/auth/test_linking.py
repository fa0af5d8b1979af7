"""A further way in waits for the consent of the account's owner, in the browser that it came with."""

from __future__ import annotations

import pytest

from components.auth.identity import Identity
from components.auth.linking import WAITING, OtherAccountError, Waiting, agree, waiting
from components.store import Store, User
from components.store.identities import add_user, identities
from tests.auth.signing_in import settings_with

EVE = Identity("github", "666", "boss@example.com", "Eve")
SECRET = "of-the-browser-that-eve-came-with"


@pytest.fixture
def word(boss: User) -> str:
    return WAITING.keep(Waiting(EVE, boss.id, "boss@example.com", SECRET))


@pytest.mark.parametrize("browsers", [(), ("",), ("of-another",), ("", SECRET[:-1]), ("\u00e9",)])
def test_in_another_browser_a_word_means_nothing(
    store: Store, boss: User, word: str, browsers: tuple[str, ...]
) -> None:
    """A provider vouches for somebody's address to Eve; she sends its owner the link to the consent."""
    assert waiting(word, browsers) is None
    agree(store, settings_with(), word, boss, "", browsers=browsers)
    assert identities(store, boss.id) == []


def test_in_its_own_it_is_agreed_to_once(store: Store, boss: User, word: str) -> None:
    agree(store, settings_with(), word, boss, "", browsers=("", SECRET))
    assert [one.subject for one in identities(store, boss.id)] == ["666"]
    assert waiting(word, (SECRET,)) is None


def test_another_account_agrees_to_nothing(store: Store, boss: User, word: str) -> None:
    ada = add_user(store, name="Ada", email="ada@example.com", role="analyst")
    with pytest.raises(OtherAccountError):
        agree(store, settings_with(), word, ada, "", browsers=(SECRET,))
    assert identities(store, ada.id) == identities(store, boss.id) == []


@pytest.mark.parametrize("word", ["", "x", "../x"])
def test_an_unknown_word_does_nothing(store: Store, boss: User, word: str) -> None:
    agree(store, settings_with(), word, boss, "", browsers=("", SECRET))
    assert identities(store, boss.id) == []
