"""The theme, read from the configuration once. Streamlit reads it anew in every run of every page: 2 ms of cpu each."""

from __future__ import annotations

from functools import cache

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_read = app_session._populate_theme_msg  # no public way exists; a test holds what is sent to what this sends


def keep_theme() -> None:
    """From now on every run sends what the first one read, until the configuration file is changed."""
    app_session._populate_theme_msg = _fill
    config.on_config_parsed(_section.cache_clear, force_connect=True)


def _fill(msg: CustomThemeConfig, section: str = "theme") -> None:
    kept = _section(section)
    if kept.ByteSize():  # an empty one would be sent as a section that is there
        msg.MergeFrom(kept)


@cache
def _section(section: str) -> CustomThemeConfig:
    message = CustomThemeConfig()
    _read(message, section)
    return message
