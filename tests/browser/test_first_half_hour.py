"""A newcomer's first half hour as one story: samples, files of their own, questions, a refresh, a restart."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from components.llm.own import save_server
from components.settings import Settings
from components.store import users
from tests.answers.documents.conftest import REPORT
from tests.browser import half_hour
from tests.browser.half_hour import Own, Walk
from tests.crash.processes import reading
from tests.documents.files import write
from tests.servers.app import running_app
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

QUERY = "SELECT category, sum(net_amount) AS net_amount FROM orders GROUP BY category ORDER BY 2 DESC"


def own_files(folder: Path) -> Own:
    """What the newcomer of this test brings."""
    folder.mkdir()
    pdf = write(folder / "Lamp Shop 2025.pdf", (page.split("\n") for page in REPORT))
    awkward = [make(folder) for make in half_hour.AWKWARD]
    return Own(half_hour.CLEAN(folder), awkward, [pdf], "How many people work in Leipzig?")


def a_model_comes(home: Path, server: FaultServer) -> None:
    """A server of one's own is added beside the running app."""
    server.replies["sql"] = Reply((QUERY,))
    with reading(Settings(home=home)) as store:
        save_server(store, users.LOCAL_OWNER_ID, "mine", "chat", f"{server.url}/v1")
        models = {"model_tables": "sql", "model_chat": "ok"}
        wishes = {kind: {"provider": "mine", "model": name} for kind, name in models.items()}
        users.set_preferences(store, users.LOCAL_OWNER_ID, **wishes)


def test_the_first_half_hour(tmp_path: Path, page: Page) -> None:
    own, home = own_files(tmp_path / "own"), tmp_path / "home"
    with FaultServer() as server:
        with running_app(home) as app:
            walk = Walk(page, app.url, pictures="first-half-hour")
            half_hour.until_a_model_has_come(walk, own)
            a_model_comes(home, server)
            address = half_hour.with_a_model(walk)
        with running_app(home) as app:
            walk.url = app.url
            half_hour.all_is_there(walk, own, address)
    half_hour.write_down([("here", walk.steps)])
    one_press = ("Sample orders", "Sample report", "Sample price list")
    presses = {step.name.partition(",")[0]: step.presses for step in walk.steps}
    assert [presses[name] for name in one_press] == [1, 2, 2], "one press each, after the way home"
