"""A visitor without a browser: speaks Streamlit's websocket protocol and keeps what the server sends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from socket import create_connection
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import ClientConnection, connect


@dataclass
class Run:
    """What one run of a page sent: its messages in order, their size in bytes, and how long it took in seconds."""

    messages: list[ForwardMsg] = field(default_factory=list)
    bytes: int = 0
    seconds: float = 0.0

    def texts(self) -> list[str]:
        """The words of every element that has a body: markdown, headings, captions."""
        elements = [m.delta.new_element for m in self.messages if m.WhichOneof("type") == "delta"]
        bodies = [getattr(getattr(e, e.WhichOneof("type") or "", None), "body", "") for e in elements]
        return [body for body in bodies if isinstance(body, str) and body]

    def widgets(self) -> dict[str, str]:
        """The ids of buttons and chat inputs by their label or placeholder."""
        found = {}
        for message in self.messages:
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind == "button":
                found[element.button.label] = element.button.id
            elif kind == "chat_input":
                found[element.chat_input.placeholder] = element.chat_input.id
        return found


class Visitor:
    """One session over one websocket. Use it as a context manager.

    Args:
        url: The server's address, ``http://127.0.0.1:8501``.
        headers: Sent with the websocket's request: cookies, forwarding headers, an Origin.
        host: The Host header; the server's own address unless said otherwise.
        subprotocols: Streamlit's, then perhaps its own token, then the id of the session that is wanted back.
    """

    def __init__(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        host: str = "",
        subprotocols: tuple[str, ...] = ("streamlit",),
    ) -> None:
        server = urlsplit(url)
        self.socket: ClientConnection = connect(
            f"ws://{host or server.netloc}/_stcore/stream",
            sock=create_connection((server.hostname or "", server.port or 80), timeout=60),
            additional_headers=headers or {},
            subprotocols=list(subprotocols),  # type: ignore[arg-type]  # a NewType of str
            max_size=None,
            compression=None,
            open_timeout=60,
        )

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def open(
        self,
        page: str = "",
        query: str = "",
        widgets: tuple[WidgetState, ...] = (),
        wait: float = 60,
        script_hash: str = "",
    ) -> Run:
        """Ask for a page by the name in its address, or by its script's hash; gather what comes until it is done."""
        state = ClientState(
            page_name=page,
            page_script_hash=script_hash,
            query_string=query,
            widget_states=WidgetStates(widgets=widgets),
            context_info=ContextInfo(url=f"http://127.0.0.1/{page}", timezone="UTC", locale="en"),
        )
        started = time.monotonic()
        self.socket.send(BackMsg(rerun_script=state).SerializeToString())
        run = Run()
        for message, size in self.receive(wait):
            run.messages.append(message)
            run.bytes += size
            if message.WhichOneof("type") == "script_finished":
                break
        run.seconds = time.monotonic() - started
        return run

    def receive(self, wait: float) -> Iterator[tuple[ForwardMsg, int]]:
        """Every message that comes, with its size in bytes; ``TimeoutError`` after ``wait`` seconds in all."""
        until = time.monotonic() + wait
        while True:
            raw = self.socket.recv(timeout=max(0.0, until - time.monotonic()))
            assert isinstance(raw, bytes)
            message = ForwardMsg()
            message.ParseFromString(raw)
            yield message, len(raw)
