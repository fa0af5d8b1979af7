"""Mark and logo. ``st.logo`` and ``page_icon`` import numpy and Pillow to look at a picture, which the first page would
wait for; ours are drawings, so they are sent as they are."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.PageConfig_pb2 import PageConfig
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.settings import ROOT


def show_mark() -> None:
    """Put the mark on the browser's tab."""
    message = ForwardMsg()
    message.page_config_changed.favicon = _drawing("mark")
    message.page_config_changed.layout = PageConfig.WIDE  # a message without it sets the page back to a narrow column
    _send(message)


def show_logo() -> None:
    """Put the logo above the sidebar, in the colours of the reader's theme."""
    message = ForwardMsg()
    message.logo.image = _drawing("logo-dark" if st.context.theme.type == "dark" else "logo-light")
    message.logo.size = "medium"
    _send(message)


@cache
def _drawing(name: str) -> str:
    return "data:image/svg+xml;base64," + b64encode((ROOT / f"static/icons/{name}.svg").read_bytes()).decode()


def _send(message: ForwardMsg) -> None:
    context = get_script_run_ctx()
    if context is not None:
        context.enqueue(message)
