"""A workbench in which somebody has worked: the sample, an answer over each part of it, a talk, people, an audit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from components.answers.documents.asking import ask_documents
from components.answers.tables import run_sql
from components.conversations.pieces import Answer, Exchange, ReplyPiece
from components.llm.vocabulary import Finish, Text, Usage
from components.samples import open_sample, opening
from components.settings import Settings
from components.store import conversations, datasets, documents, providers
from components.store.audit import note
from components.store.people import invite
from components.workbench import Workbench, open_workbench
from tests.auth.people_here import PASSWORD, Here, sign_in
from tests.servers.app import App, running_app
from tests.servers.fault_server import FaultServer
from tests.waiting import until

SQL = "SELECT category, sum(net_amount) AS revenue, count(*) AS orders FROM orders GROUP BY 1 ORDER BY 2 DESC"
SIGNED_IN = {"GROUNDWORK_SIGN_IN": "required", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
LONG = 90.0  # seconds for work behind the page


@dataclass(frozen=True)
class Furnished:
    """A running app: Ada has worked here and administers it, Bea comes for the first time."""

    app: App
    ada: Here
    bea: Here
    addresses: dict[str, str]  # of Ada's things, by what they are


@contextmanager
def furnished(folder: Path) -> Iterator[Furnished]:
    """Bring everything into a data folder, then start the app on it, beside a model server on loopback."""
    with FaultServer() as models:
        bench = open_workbench(Settings(home=folder / "home", model="none", sign_in="required", local_accounts="on"))
        try:
            ada, bea = (sign_in(bench.store, *who, password=PASSWORD) for who in _WHO)
            providers.save_key(bench.store, ada.id, "openai", "sk-0123456789abcdef")
            invite(bench.store, ada.id, email="lena.brandt@example.com", name="Lena Brandt", role="analyst")
            note(bench.store, None, "sign-in refused", who="mei@example.com", detail="5th wrong password")
            addresses = _work(bench, ada.id)
        finally:
            bench.close()
        with running_app(folder / "home", OLLAMA_HOST=models.url, **SIGNED_IN) as app:
            yield Furnished(app, ada, bea, addresses)


_WHO = (("Ada Moreno", "administrator"), ("Bea Lind", "analyst"))


def _work(bench: Workbench, user_id: str) -> dict[str, str]:
    open_sample(bench, user_id)
    until(lambda: not opening(bench, user_id), seconds=LONG)
    table = datasets.list_datasets(bench.store, user_id)[0]
    document = documents.list_documents(bench.store, user_id)[0]
    sql = partial(run_sql, sql=SQL, edited=False, engines=bench.engines, store=bench.store, user_id=user_id)
    quotes = partial(ask_documents, model=None, drafts=False, store=bench.store, user_id=user_id, document_ids=None)
    asked = {
        "tables": _asked(bench, user_id, "tables", "Revenue of each category?", partial(sql, dataset_ids=None)),
        "documents": _asked(bench, user_id, "documents", "Why did the rent rise?", quotes),
        "chat": _asked(bench, user_id, "chat", "How do I compare months fairly?", _talk),
    }
    pages = {"tables": "ask-tables", "documents": "ask-documents", "chat": "chat"}
    return {
        **{pages[kind]: f"/{pages[kind]}?c={talk}" for kind, talk in asked.items()},
        "table": f"/tables?t={table.id}",
        "explorer": f"/explorer?t={table.id}",
        "document": f"/documents?d={document.id}",
    }


def _asked(bench: Workbench, user_id: str, kind: str, question: str, answer: Answer) -> str:
    """A conversation with one question that was answered; its id."""
    talk = conversations.create_conversation(bench.store, user_id, kind, question)
    reply = bench.runner.ask(user_id, talk.id, question, answer, provider="ollama", model="ok")
    until(lambda: conversations.reply(bench.store, user_id, reply.id).state != "streaming", seconds=LONG)
    assert conversations.reply(bench.store, user_id, reply.id).state == "complete"
    return talk.id


async def _talk(_exchange: Exchange) -> AsyncIterator[ReplyPiece]:
    yield Text("Compare each day of the **week** with the same one:\n\n")
    yield Text("| month | days | revenue |\n|---|--:|--:|\n| March | 31 | 1,240 |\n\n")
    yield Text("```python\nfor day in month:  # each once\n    print(day.revenue)\n```\n")
    yield Usage(1240, 86)
    yield Finish("stop")
