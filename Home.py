"""The front door: the page script when a session runs it, the server when one imports it."""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - said here in one line, before an import fails in its own words
    raise SystemExit(f"Groundwork did not start. It needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    from components.server import build

    app = st.App(Path(__file__).resolve(), **build())
else:
    from components.ui.entrance import enter

    enter()
