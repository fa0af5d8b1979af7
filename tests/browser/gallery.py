"""A workbench for pictures: the sample, an answer over each part of it, people; and every page of it by name.

The model is a stand-in that always says the same; queries, rows, quotes and pages are those of the sample itself.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from components.answers.documents.asking import ask_documents
from components.answers.tables import ask_tables
from components.conversations.chat import chat
from components.conversations.pieces import Answer, Exchange, ReplyPiece
from components.documents.sample import SAMPLE_QUESTIONS as OF_DOCUMENTS
from components.errors import KeyRejectedError
from components.llm.vocabulary import Finish, Model, Piece, Request, Text, Usage
from components.samples import open_sample, opening
from components.settings import Settings
from components.store import Store, conversations, datasets, documents, jobs, people
from components.store.audit import note
from components.store.usage import add_usage
from components.tables.sample import SAMPLE_QUESTIONS as OF_TABLES
from components.workbench import Workbench, open_workbench
from tests.auth.people_here import AGENT, PASSWORD, Here, another_login, sign_in
from tests.browser.screen import settled, visit
from tests.servers.app import App, running_app
from tests.servers.fault_server import FaultServer
from tests.waiting import until

PROVIDER, MODEL = "ollama", "example"  # what the stand-in is taken for: a model of this machine
SIGNED_IN = {"GROUNDWORK_SIGN_IN": "required", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1"
LONG = 90.0  # seconds for work behind the page
A_SECOND = 1000  # milliseconds
PHONE_WIDTH = 640  # pixels, from which on a window is none

QUESTIONS = {
    "documents": OF_DOCUMENTS[0],
    "chat": "How do I compare March with February fairly?",
    "tables": OF_TABLES[0],
}
QUERY = "SELECT category, sum(net_amount) AS net_amount\nFROM orders\nGROUP BY category\nORDER BY net_amount DESC"
QUOTES = (
    ("Two things raised the rent", "The lease in Passau costs 26,500 euros a month"),
    ("and the shop in the town centre follows consumer prices", "it rose by 2,500 euros in May"),
)
TALK = """Divide by **trading days** first, then compare:

| | February | March |
|---|--:|--:|
| Trading days | 20 | 21 |
| Revenue, € | 3,050,000 | 4,210,000 |
| Per day, € | 152,500 | 200,476 |

A part of the rise is only the calendar: March has one trading day more."""


def says(words: Callable[[Request], str]) -> Model:
    """A model that says what a function makes of the request."""

    async def model(request: Request) -> AsyncIterator[Piece]:
        yield Text(words(request))
        yield Usage(412, 96)
        yield Finish("stop")

    return model


def _cited(request: Request) -> str:
    """A sentence with each quote, cited by the number of the passage in which it stands."""
    passages = re.split(r"\n*\[(\d+)\] ", request.messages[-1].text)
    flat = {passages[at]: " ".join(passages[at + 1].split()) for at in range(1, len(passages) - 1, 2)}
    cited = [f'{claim} [{next(n for n, text in flat.items() if quote in text)}: "{quote}"]' for claim, quote in QUOTES]
    return f"{', '.join(cited)}. It will rise again next year."


@dataclass(frozen=True)
class View:
    """One page as it is looked at.

    Attributes:
        who: ``ada``, who has worked here, ``bea``, who comes for the first time, or nobody (the door).
        path: The page's address, with the name of one of Ada's things in braces.
        ready: What must stand there before anybody looks.
        act: What is done first.
    """

    who: str
    path: str
    ready: str = ""
    act: Callable[[Page], None] = field(default=lambda _page: None)


def _press(role: str, name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # a role, as the browser has it
        settled(page)

    return act


def _drawn(page: Page) -> None:
    """The explorer has started: it says which chart it shows, in the title or, on a phone, above the chart."""
    chart = re.compile("^Net amount by category$")
    title, above = page.get_by_role("heading", name=chart), page.get_by_role("tab", name=chart)
    expect(above if page.evaluate("innerWidth") < PHONE_WIDTH else title).to_be_visible(timeout=LONG * A_SECOND)
    settled(page)


VIEWS = {
    "door": View("", "/", "Sign in"),
    "home-first": View("bea", "/"),
    "home": View("ada", "/"),
    "chat-empty": View("bea", "/chat"),
    "chat": View("ada", "/chat?c={chat}", "trading day more"),
    "chat-failed": View("mei", "/chat?c={failed}", "refused the key"),
    "ask-tables-empty": View("bea", "/ask-tables"),
    "ask-tables": View("ada", "/ask-tables?c={tables}", "numbers found", _press("button", "1,957,797.76")),
    "ask-documents-empty": View("bea", "/ask-documents"),
    "ask-documents": View("ada", "/ask-documents?c={documents}", "found word for word"),
    "tables-empty": View("bea", "/tables"),
    "tables-list": View("ada", "/tables"),
    "tables": View("ada", "/tables?t={table}"),
    "tables-doubts": View("ada", "/tables?t={table}", "", _press("tab", "Doubts")),
    "tables-gone": View("ada", "/tables?t=nothing"),
    "explorer-empty": View("bea", "/explorer"),
    "explorer": View("ada", "/explorer?t={table}", "Queries run on this machine", _drawn),
    "documents-empty": View("bea", "/documents"),
    "documents": View("ada", "/documents"),
    "document": View("ada", "/documents?d={document}"),
    "models": View("ada", "/models"),
    "people": View("ada", "/administration"),
    "audit": View("ada", "/administration", "", _press("tab", "Audit")),
    "sign-in": View("ada", "/administration", "", _press("tab", "Sign-in")),
    "profile": View("ada", "/profile"),
    "profile-data": View("ada", "/profile", "", _press("tab", "Data")),
    "help": View("ada", "/help?at=using/how-to-read-an-answer"),
}


@dataclass(frozen=True)
class Gallery:
    """A running app with people in it, and the ids of Ada's things."""

    app: App
    people: dict[str, Here]
    things: dict[str, str]

    def admit(self, page: Page, who: str) -> None:
        """Sign a tab's browser in as somebody; nobody is signed out."""
        page.context.clear_cookies()
        if who:
            cookie = {"name": "groundwork", "value": self.people[who].token, "url": self.app.url}
            page.context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie, as Playwright has it

    def open(self, page: Page, name: str) -> None:
        """Open a view and wait until it stands still."""
        view = VIEWS[name]
        visit(page, self.app.url + view.path.format(**self.things))
        if view.ready:
            expect(page.get_by_text(view.ready).first).to_be_visible(timeout=LONG * A_SECOND)
        settled(page, LONG)
        view.act(page)


@contextmanager
def gallery(folder: Path) -> Iterator[Gallery]:
    """Bring everything into a data folder, then start the app on it."""
    with FaultServer(models=(MODEL,)) as models:
        bench = open_workbench(Settings(home=folder / "home", model="none", sign_in="required", local_accounts="on"))
        try:
            here = _come(bench.store)
            things = _work(bench, here["ada"].id) | _fail(bench, here["mei"].id)
        finally:
            bench.close()
        with running_app(folder / "home", **SIGNED_IN, OLLAMA_HOST=models.url) as app:
            yield Gallery(app, here, things)


def _come(store: Store) -> dict[str, Here]:
    ada = sign_in(store, "Ada Moreno", "administrator", password=PASSWORD)
    bea = sign_in(store, "Bea Lind", password=PASSWORD)
    sam, rolf = sign_in(store, "Sam Okafor", "viewer", password=PASSWORD), sign_in(store, "Rolf Stein")
    people.invite(store, ada.id, email="lena.brandt@example.com", name="Lena Brandt", role="analyst")
    people.bar(store, ada.id, rolf.id)
    another_login(store, ada.user, AGENT.replace("X11; Linux x86_64", "Windows NT 10.0"), "192.0.2.14")
    another_login(store, ada.user, PHONE, "203.0.113.7")
    add_usage(store, bea.id, None, "openai", "m", Usage(10, 5), 0.92)
    note(store, None, "sign-in refused", who="mei@example.com", detail="5th wrong password", address="203.0.113.9")
    return {"ada": ada, "bea": bea, "sam": sam, "mei": sign_in(store, "Mei Tan", password=PASSWORD)}


def _work(bench: Workbench, user_id: str) -> dict[str, str]:
    open_sample(bench, user_id)
    until(lambda: not opening(bench, user_id), seconds=LONG)
    shared: dict[str, Any] = {"store": bench.store, "user_id": user_id, "drafts": False}
    query = says(lambda _: f"```sql\n{QUERY}\n```")
    answers = {
        "documents": partial(ask_documents, model=says(_cited), document_ids=None, **shared),
        "chat": partial(chat, model=says(lambda _: TALK)),
        "tables": partial(ask_tables, model=query, engines=bench.engines, dataset_ids=None, **shared),
    }
    for job in jobs.jobs(bench.store, user_id):
        jobs.put_away(bench.store, user_id, job.id)
    asked = {kind: _asked(bench, user_id, kind, QUESTIONS[kind], answer) for kind, answer in answers.items()}
    return asked | {
        "table": datasets.list_datasets(bench.store, user_id)[0].id,
        "document": documents.list_documents(bench.store, user_id)[0].id,
    }


async def _refuse(_exchange: Exchange) -> AsyncIterator[ReplyPiece]:
    yield Text("Divide by trading days first. ")
    raise KeyRejectedError("api.example.com refused the key (401).")


def _fail(bench: Workbench, user_id: str) -> dict[str, str]:
    return {"failed": _asked(bench, user_id, "chat", QUESTIONS["chat"], _refuse, ends="failed")}


def _asked(bench: Workbench, user_id: str, kind: str, question: str, answer: Answer, *, ends: str = "complete") -> str:
    """A conversation with one question whose reply came to its end; its id."""
    talk = conversations.create_conversation(
        bench.store, user_id, kind, question, {"provider": PROVIDER, "model": MODEL}
    )
    reply = bench.runner.ask(user_id, talk.id, question, answer, provider=PROVIDER, model=MODEL)
    until(lambda: conversations.reply(bench.store, user_id, reply.id).state != "streaming", seconds=LONG)
    ended = conversations.reply(bench.store, user_id, reply.id)
    assert ended.state == ends, ended.error
    return talk.id
