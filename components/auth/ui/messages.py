"""Which messages a tab may send. Streamlit takes each from everybody: a stranger could empty all caches, or have files
written into this machine's home folder."""

from __future__ import annotations

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg

from components.auth.gate import Standing

STRANGERS = frozenset(("rerun_script", "stop_script", "app_heartbeat"))
ADMITTED = STRANGERS | {"file_urls_request", "backend_operation_request"}
OPERATIONS = frozenset(("deferred_file", "dataframe_chunk"))
# Bytes of one message: a tab keeps what it is sent. The door has nothing that takes as much as the first; the longest
# question is a tenth of the second, and files come by a route of their own.
MOST_OF_A_STRANGER, MOST = 1 << 16, 8 << 20
KEPT = ("page_script_hash", "page_name", "query_string")  # what says which page a tab is on


class Sifting:
    """What becomes of the messages of one websocket."""

    def __init__(self) -> None:
        self._plain = BackMsg()
        self._plain.rerun_script.SetInParent()

    def __call__(self, message: bytes, standing: Standing) -> bytes | None:
        """Let a message pass, drop it, or make it a plain rerun of the page where the sender's login has ended."""
        if len(message) > (MOST_OF_A_STRANGER if standing == "stranger" else MOST):
            return None
        told = BackMsg()
        try:
            told.ParseFromString(message)
        except DecodeError:
            return None
        self._remember_page(told)
        if standing == "ended":
            return bytes(self._plain.SerializeToString())
        return message if _may(told, standing) else None

    def _remember_page(self, told: BackMsg) -> None:
        """Keep which page the tab is on: no button pressed, no part of it alone."""
        if told.WhichOneof("type") == "rerun_script":
            for name in KEPT:
                setattr(self._plain.rerun_script, name, getattr(told.rerun_script, name))
            self._plain.rerun_script.context_info.CopyFrom(told.rerun_script.context_info)


def _may(told: BackMsg, standing: Standing) -> bool:
    kind = told.WhichOneof("type") or ""
    if kind == "backend_operation_request" and told.backend_operation_request.WhichOneof("payload") not in OPERATIONS:
        return False
    return kind in (ADMITTED if standing == "admitted" else STRANGERS)
