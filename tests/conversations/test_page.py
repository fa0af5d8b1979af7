"""Stories of the chat page, over a real model server: ask, see, ask again, rename, delete, options, other people's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.store import Store, conversations, pen
from components.store.conversations import Conversation, Reply
from components.store.providers import save_own_provider
from components.store.users import LOCAL_OWNER_ID
from components.workbench import Workbench
from tests.people import add_person
from tests.servers.dialects import Reply as Spoken
from tests.servers.fault_server import FaultServer
from tests.waiting import until

ME = LOCAL_OWNER_ID
Open = Callable[..., AppTest]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.replies["hang"] = Spoken()  # so that the list of models names it
        yield server


@pytest.fixture
def store(bench: Workbench, app_test: AppTest, server: FaultServer) -> Store:
    """The store of the app's own workbench, with the model server as the owner's own provider."""
    app_test.run()  # makes the local owner
    save_own_provider(bench.store, ME, "Bench", "chat", f"{server.url}/v1")
    return bench.store


@pytest.fixture
def chat(app_test: AppTest, store: Store) -> Open:
    """Opens the chat page, on a conversation or a new one."""

    def open_chat(conversation_id: str = "") -> AppTest:
        app_test.query_params.clear()
        if conversation_id:
            app_test.query_params["c"] = conversation_id
        app_test.switch_page("pages/chat.py").run()
        until(lambda: app_test.run() and app_test.selectbox)  # the list of models arrives beside the page
        return app_test

    return open_chat


def _begin(store: Store, question: str = "Hello?", model: str = "ok") -> Conversation:
    return conversations.create_conversation(store, ME, "chat", question, {"provider": "Bench", "model": model})


def _told(store: Store, talk: Conversation, state: str, text: str = "Half of", **more: Any) -> Reply:
    """A turn whose reply ended like this, as another process left it."""
    _, reply = conversations.add_turn(store, ME, talk.id, "Hello?", provider="Bench", model="ok", worker_id="w")
    if text:
        pen.write_pieces(store, [pen.PieceRow(reply.id, 0, "text", text)], "w")
    pen.end_reply(store, reply.id, "w", state=state, **more)
    return reply


def _address(at: AppTest) -> str:
    """The conversation that the address names."""
    found = at.query_params["c"]
    return found if isinstance(found, str) else found[0]


def _settled(at: AppTest, store: Store) -> AppTest:
    """Run the page until no reply of its conversation is being made: a fragment would do it in a browser."""
    talk_id = _address(at)

    def ended() -> bool:
        found = conversations.turns(store, ME, talk_id)
        return all(reply.state != "streaming" for turn in found for reply in turn.replies)

    until(ended)
    return at.run()


def _words(at: AppTest) -> str:
    drawn = [one.proto.body for one in at.get("html")]
    return "\n".join([*(one.value for one in at.markdown), *(one.value for one in at.caption), *drawn])


def _press(at: AppTest, key: str) -> AppTest:
    next(button for button in at.button if (button.key or "").startswith(key)).click()
    return at.run()


def test_a_newcomer_reads_what_chat_knows(chat: Open) -> None:
    at = chat()
    assert not at.exception
    assert "Chat knows what you type, nothing else" in _words(at)
    assert "Stays on this machine" in _words(at), "the model server of this test is on this machine"


def test_a_question_is_asked_answered_and_kept(chat: Open, store: Store) -> None:
    talk = _begin(store)
    at = chat(talk.id)
    at.chat_input[0].set_value("What is the capital of France?").run()
    at = _settled(at, store)
    assert not at.exception
    assert "Paris is the capital of France." in _words(at)
    assert "ok · Bench" in _words(at) and "first word" in _words(at) and "100 tokens in, 20 out" in _words(at)
    assert "runs here" in _words(at)


def test_a_model_that_stands_in_is_kept_only_once_it_is_asked(chat: Open, store: Store) -> None:
    talk = conversations.create_conversation(store, ME, "chat", "Hello?", {"provider": "away", "model": "x"})
    at = chat(talk.id)
    assert str(at.selectbox[0].value).startswith("Bench/")
    assert conversations.conversation(store, ME, talk.id).choices == {"provider": "away", "model": "x"}
    at.chat_input[0].set_value("What is the capital of France?").run()
    _settled(at, store)
    assert conversations.conversation(store, ME, talk.id).choices["provider"] == "Bench"


def test_a_model_that_is_picked_is_kept_before_anything_is_asked(chat: Open, store: Store) -> None:
    talk = conversations.create_conversation(store, ME, "chat", "Hello?", {"provider": "away", "model": "x"})
    at = chat(talk.id)
    at.selectbox[0].select("Bench/slow").run()
    assert conversations.conversation(store, ME, talk.id).choices == {"provider": "Bench", "model": "slow"}
    assert at.selectbox[0].value == "Bench/slow"


def test_the_first_question_begins_a_conversation_with_its_title(chat: Open, store: Store) -> None:
    at = chat()
    at.chat_input[0].set_value("What is the capital of France?").run()
    at = _settled(at, store)
    (talk,) = conversations.list_conversations(store, ME)
    assert _address(at) == talk.id
    assert talk.title == "What is the capital of France?"
    assert at.title[0].value.startswith("What is the capital of France")
    assert talk.choices["provider"] == "Bench"


def test_a_running_reply_can_be_stopped_though_the_provider_is_silent(
    chat: Open, store: Store, server: FaultServer
) -> None:
    talk = _begin(store, model="hang")
    at = chat(talk.id)
    at.chat_input[0].set_value("Anybody?").run()
    assert server.wait_for(lambda: bool(server.visits))
    at.run()
    assert "Stop" in [button.label for button in at.button]
    _press(at, "stop")
    assert server.wait_for(lambda: server.visits[0].left)
    at = _settled(at, store)
    assert "Stopped before its first word." in _words(at)
    assert "Stop" not in [button.label for button in at.button]


def test_a_next_question_ends_the_reply_that_runs(chat: Open, store: Store, server: FaultServer) -> None:
    talk = _begin(store, model="hang")
    at = chat(talk.id)
    at.chat_input[0].set_value("One?").run()
    assert server.wait_for(lambda: bool(server.visits))
    at.chat_input[0].set_value("Two?").run()
    assert server.wait_for(lambda: server.visits[0].left)
    first, second = conversations.turns(store, ME, talk.id)
    until(lambda: conversations.reply(store, ME, first.replies[0].id).state == "stopped")
    assert conversations.reply(store, ME, second.replies[0].id).state == "streaming"


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        ("interrupted", {}, "This reply was interrupted"),
        ("cut_off", {"error": {"code": "CutOffError", "what": "Bench broke off."}}, "This reply was cut off"),
        ("failed", {"error": {"code": "RateLimitedError", "what": "Bench asks to slow down."}}, "asks to slow down"),
    ],
)
def test_a_broken_reply_keeps_its_words_and_can_be_asked_again(
    state: str, more: dict[str, Any], said: str, chat: Open, store: Store
) -> None:
    talk = _begin(store)
    _told(store, talk, state, **more)
    at = chat(talk.id)
    assert "Half of" in _words(at) and said in _words(at)
    at = _settled(_press(at, "retry-"), store)
    assert "Paris is the capital of France." in _words(at)
    assert said not in _words(at)
    (turn,) = conversations.turns(store, ME, talk.id)
    assert [reply.state for reply in turn.replies] == [state, "complete"]


def test_a_refused_key_leads_to_the_models_page(chat: Open, store: Store) -> None:
    talk = _begin(store)
    _told(store, talk, "failed", "", error={"code": "KeyRejectedError", "what": "Bench refused the key (401)."})
    at = chat(talk.id)
    assert "Check the key" in [button.label for button in at.button]


@pytest.mark.parametrize(
    ("finish", "said"), [("length", "limit on its length"), ("filter", "content filter ended it"), ("stop", "")]
)
def test_why_a_reply_ended_is_said_where_it_matters(finish: str, said: str, chat: Open, store: Store) -> None:
    talk = _begin(store)
    _told(store, talk, "complete", finish=finish)
    assert said in _words(chat(talk.id))


def test_a_models_words_load_no_picture_and_run_no_html(chat: Open, store: Store) -> None:
    talk = _begin(store)
    _told(store, talk, "complete", "![x](http://evil/p.png) <script>alert(1)</script>")
    at = chat(talk.id)
    drawn = next(one for one in at.markdown if "evil" in one.value)
    assert drawn.value.startswith("[x](http://evil/p.png)")
    assert not drawn.allow_html


def test_only_the_last_turns_are_drawn_until_asked_for_more(chat: Open, store: Store) -> None:
    talk = _begin(store)
    for number in range(24):
        _told(store, talk, "complete", f"answer number {number}.")
    at = chat(talk.id)
    assert "answer number 23." in _words(at) and "answer number 8." in _words(at)
    assert "answer number 7." not in _words(at)
    _press(at, "earlier")
    assert "answer number 0." in _words(at)
    assert "24 turns" in _words(at)


def test_another_persons_conversation_is_not_there(chat: Open, store: Store) -> None:
    add_person(store, "bob")
    theirs = conversations.create_conversation(store, "bob", "chat", "Secret plans")
    at = chat_without_models(chat, theirs.id)
    assert "This conversation does not exist" in _words(at)
    assert "Secret plans" not in _words(at) + "".join(title.value for title in at.title)


def test_a_conversation_of_another_kind_is_not_shown_here(chat: Open, store: Store) -> None:
    other = conversations.create_conversation(store, ME, "tables", "Numbers")
    assert "belongs on another page" in _words(chat_without_models(chat, other.id))


def chat_without_models(chat: Open, conversation_id: str) -> AppTest:
    """The page where an error stands in place of the conversation, and of the picker of models."""
    at = chat()
    at.query_params["c"] = conversation_id
    return at.run()


def test_system_prompt_and_temperature_are_kept_and_sent(chat: Open, store: Store, server: FaultServer) -> None:
    talk = _begin(store)
    at = chat(talk.id)
    at.text_area[0].set_value("Be short.").run()
    at.number_input[0].set_value(0.3).run()
    at.chat_input[0].set_value("Hello?").run()
    _settled(at, store)
    body = server.visits[-1].body
    assert body["messages"] == [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello?"}]
    assert body["temperature"] == 0.3
    assert conversations.conversation(store, ME, talk.id).choices["system"] == "Be short."


def test_a_question_sends_the_turns_before_it(chat: Open, store: Store, server: FaultServer) -> None:
    talk = _begin(store)
    _told(store, talk, "complete", "Hello yourself.")
    at = chat(talk.id)
    at.chat_input[0].set_value("And now?").run()
    _settled(at, store)
    assert [one["content"] for one in server.visits[-1].body["messages"]] == ["Hello?", "Hello yourself.", "And now?"]
