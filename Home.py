"""The front door: the page script when a session runs it, the server when one imports it."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    from components.server import build

    app = st.App(Path(__file__).resolve(), **build())
else:
    from components.ui.entrance import enter

    enter()
