"""Two people's tabs on one running server, side by side: no message of a page bears anything of the other's."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from components.documents.routes import address_of
from tests.attacks.house import House, open_house
from tests.attacks.people import Person
from tests.servers.visitor import Run, Visitor

RUNS = 40  # of each tab
TABS = 2  # of each person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


def addresses(person: Person) -> list[tuple[str, str]]:
    """The pages and what may stand behind the question mark."""
    things = {
        "tables": (f"t={person.dataset.id}", ""),
        "explorer": (f"t={person.dataset.id}", f"e={person.evidence}", ""),
        "documents": (f"d={person.document.id}", ""),
        "chat": (f"c={person.chat}", ""),
        "ask-tables": (f"c={person.table_talk}", ""),
        "ask-documents": (f"c={person.document_talk}", f"d={person.document.id}"),
        "profile": ("",),
        "models": ("",),
        "": ("",),
    }
    return [(page, query) for page, queries in things.items() for query in queries]


def tab_of(house: House, person: Person) -> Visitor:
    return Visitor(house.app.url, {"Cookie": f"groundwork={person.here.token}", "Origin": house.app.url})


def sent(run: Run) -> str:
    return "".join(message.SerializeToString().decode("latin-1") for message in run.messages)


def go_to_and_fro(house: House, me: Person, other: Person, seed: int, seen: Counter[str], failed: list[str]) -> None:
    """Every second address is one of the other's: a tab that is led astray by a link."""
    chance = random.Random(seed)
    with tab_of(house, me) as tab:
        for number in range(RUNS):
            page, query = chance.choice(addresses(other if number % 2 else me))
            words = sent(tab.open(page, query))
            seen[f"own {page}"] += me.mark in words
            if other.mark in words or "Traceback" in words:
                failed.append(f"{me.mark} at /{page}?{query}: {words[:2000]}")


def test_tabs_side_by_side_get_no_foreign_byte(house: House) -> None:
    seen: Counter[str] = Counter()
    failed: list[str] = []
    sides = ((house.ada, house.bob), (house.bob, house.ada))
    tabs = [
        threading.Thread(target=go_to_and_fro, args=(house, me, other, 10 * number + tab, seen, failed))
        for number, (me, other) in enumerate(sides)
        for tab in range(TABS)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert failed == []
    for page in ("tables", "documents", "chat", "ask-tables", "ask-documents", ""):
        assert seen[f"own {page}"], f"/{page} never showed anything of one's own"


def test_routes_of_the_running_server_know_whose_is_what(house: House) -> None:
    for me, other in ((house.ada, house.bob), (house.bob, house.ada)):
        headers = {"Cookie": f"groundwork={me.here.token}"}
        for address in (
            f"/api/tables/{other.dataset.latest.id}/csv",
            f"/api/tables/{other.dataset.latest.id}/parquet",
            address_of(other.document.id, 1),
        ):
            answer = httpx.get(house.app.url + address, headers=headers)
            assert (answer.status_code, other.mark in answer.text) == (403, False)
        own = httpx.get(f"{house.app.url}/api/tables/{me.dataset.latest.id}/csv", headers=headers)
        assert me.mark in own.text
