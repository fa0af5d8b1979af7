"""The explorer as a component: what its JavaScript is told, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from components.tables.explorer import frontend
from components.tables.explorer.explored import Explored
from components.tables.explorer.fields import fields_of
from components.tables.ui.explorer import theme
from components.ui.reader import marks

_mount = st.components.v2.component(
    "explorer",
    html="<!-- the frame is made by the script -->\n<div></div>",
    css=theme.around(),
    js=(Path(__file__).with_name("explorer.js")).read_text(encoding="utf-8"),
    isolate_styles=True,
)


@dataclass(frozen=True)
class Seen:
    """What a tab's explorer last told.

    Attributes:
        dirty: There are changes that are not saved.
        names: The charts' names, in the order of their tabs; None before it has started.
        at: Which chart is shown, from 0.
        failed: Why the last view is not drawn: what, kept, todo.
    """

    dirty: bool = False
    names: tuple[str, ...] | None = None
    at: int = 0
    failed: Mapping[str, str] | None = None

    @property
    def shown(self) -> str | None:
        """The name of the chart that is shown."""
        return self.names[self.at] if self.names and self.at < len(self.names) else None


@dataclass(frozen=True)
class Wishes:
    """What the page wants of the explorer: each new number or token is done once."""

    save: int = 0
    select: Mapping[str, Any] = field(default_factory=dict)


def seen(key: str) -> Seen:
    """What the explorer of this key has told before this run of the script."""
    told = st.session_state.get(key) or {}
    charts = told.get("charts") or {}
    names = tuple(charts["names"]) if charts else None
    return Seen(bool(told.get("dirty")), names, int(charts.get("at", 0)), told.get("failed"))


def show_component(key: str, explored: Explored, url: str, told: Seen, wishes: Wishes) -> None:
    """Draw the explorer over one table.

    Args:
        key: One for each thing that is explored: another one mounts anew.
        explored: What it shows.
        url: The kernel's address.
        told: What it has told; a new mount begins with nothing unsaved and nothing failed, and says so.
        wishes: What it is to do.
    """
    _mount(
        key=key,
        data={
            "src": frontend.address(),
            "url": url,
            "props": _props(key, explored),
            "styles": theme.inside(),
            "epoch": key,
            "saving": explored.dataset_id is not None,
            "save": wishes.save,
            "select": dict(wishes.select) or None,
            "told": {"dirty": told.dirty, "failed": told.failed is not None},
        },
        on_dirty_change=_hear,
        on_charts_change=_hear,
        on_failed_change=_hear,
        on_saved_change=_hear,
    )


def _hear() -> None:
    """The values are read from the session at the next run; the component wants a callback for each."""


def _props(key: str, explored: Explored) -> dict[str, Any]:
    """What the front end is told at the start. ``streamlit`` hides an advertisement; a file's spec may be saved."""
    fields = fields_of(explored.columns)
    return {
        "id": key,
        "version": "0.5.0.1",
        "env": "streamlit",
        "specType": "json_file",
        "gwMode": "explore",
        "defaultTab": "vis",
        "dataSource": [],
        "dataSourceProps": {"tunnelId": key, "dataSourceId": key},
        "datasetType": "connector_duckdb",
        "rawFields": list(fields.raw),
        "fieldMetas": list(fields.metas),
        "visSpec": [],
        "len": explored.rows,
        "hashcode": "",
        "themeKey": theme.charts(marks()),
        "extraConfig": {"uiTheme": theme.controls(), "i18nLang": "en-US"},
        "parseDslType": "server",
        "userConfig": {"privacy": "offline"},
        "sourceInvokeCode": "",
        "useKernelCalc": True,
        "needLoadLastSpec": True,
        "useSaveTool": explored.dataset_id is not None,
        **dict.fromkeys(("fieldkeyGuard", "needLoadDatas", "needInitChart", "isExportDataFrame"), False),
        **dict.fromkeys(("showCloudTool", "enableAskViz", "enableVlChat", "useCloudCalc"), False),
    }
