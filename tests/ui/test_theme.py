"""The theme that every run sends is read once, and is the one that Streamlit would send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from components.ui import theme

SECTIONS = ("theme", *(f"theme.{one.value}" for one in config.CustomThemeCategories))


@pytest.fixture
def kept() -> Iterator[None]:
    read = app_session._populate_theme_msg
    theme.keep_theme()
    yield
    app_session._populate_theme_msg = read
    theme._section.cache_clear()


def sent() -> bytes:
    """The theme as a session's first message carries it."""
    message = CustomThemeConfig()
    places = {"theme": message, "theme.light": message.light, "theme.dark": message.dark}
    places |= {"theme.sidebar": message.sidebar, "theme.light.sidebar": message.light.sidebar}
    places |= {"theme.dark.sidebar": message.dark.sidebar}
    assert set(places) == set(SECTIONS)
    for section in SECTIONS:
        app_session._populate_theme_msg(places[section], section)
    return bytes(message.SerializeToString(deterministic=True))


@pytest.fixture
def of_streamlit() -> bytes:
    return sent()


def test_what_is_kept_is_what_streamlit_reads(of_streamlit: bytes, kept: None) -> None:
    assert len(of_streamlit) > 1000, "there is a theme"
    assert sent() == of_streamlit
    assert sent() == of_streamlit, "the second run sends it too"


def test_a_changed_configuration_is_read_again(kept: None) -> None:
    before = sent()
    config.set_option("theme.primaryColor", "#123456")
    try:
        config._on_config_parsed.send()
        assert b"#123456" in sent()
    finally:
        config.set_option("theme.primaryColor", None)
        config._on_config_parsed.send()
    assert sent() == before
