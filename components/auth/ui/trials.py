"""Sign-in as it is set up: the ways in, who is let in, with which role, for how long; and a trial of each provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import streamlit as st

from components.auth.providers import Provider, providers_of, redirect_address
from components.auth.trial import Step, trial
from components.session import session
from components.settings import Settings
from components.ui.errors import plain
from components.ui.reader import counted
from components.workbench import workbench

_TRIAL = "Asks it for its addresses and keys, and says what is missing. Nobody is signed in by it."


@dataclass
class Tried:
    """What the trials of this tab came to, by the provider's name."""

    steps: dict[str, Sequence[Step]] = field(default_factory=dict)


def show_sign_in() -> None:
    """Draw what is set. It is changed in the settings of the server, not here."""
    settings = workbench().settings
    with st.container(gap=None, key="rows-ways"):
        for provider in providers_of(settings):
            _provider(settings, provider)
        if settings.has_local_accounts:
            _way("password", "Local accounts", "E-mail and password, kept here; people come by invitation.")
        if settings.proxy_user_header:
            _way("shield", "Trusted proxy", _proxy_facts(settings))
    if providers_of(settings):
        st.caption("Every provider must know this address, to send browsers back to:")
        st.code(redirect_address(settings), language=None)
    st.space("small")
    st.table(_facts(settings), border="horizontal")
    st.caption(
        "These are settings of the server: they are changed where it is started, and count from its next start."
        " [How to set them](help?at=sign-in)"
    )


def _provider(settings: Settings, provider: Provider) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-way-{provider.name}"):
        with st.container(width="stretch", gap=None):
            st.markdown(f":material/key: **{plain(provider.title)}**")
            st.caption(plain(_provider_facts(provider)))
        icon = ":material/network_check:"
        pressed = st.button("Test this provider", key=f"test-{provider.name}", icon=icon, help=_TRIAL)
    if pressed:
        with st.spinner(f"Asking {plain(provider.title)}"):
            session(Tried).steps[provider.name] = trial(provider, settings)
    _show_steps(provider, session(Tried).steps.get(provider.name, ()))


def _provider_facts(provider: Provider) -> str:
    kinds = {"oidc": "OpenID Connect", "oauth2": "OAuth 2"}
    host = urlsplit(provider.issuer or provider.authorize_url).netloc
    groups = "asks for groups" if provider.groups_claim or provider.groups_urls else "without groups"
    return f"{kinds[provider.kind]} at {host} · {groups} · named {provider.name} in the settings"


def _show_steps(provider: Provider, steps: Sequence[Step]) -> None:
    if not steps:
        return
    with st.container(gap="xsmall", key=f"trial-{provider.name}"):
        for step in steps:
            mark = ":green[:material/check_circle:]" if step.ok else ":red[:material/error:]"
            st.markdown(f"{mark} {plain(step.said)}")


def _way(icon: str, title: str, facts: str) -> None:
    with (
        st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-way-{icon}"),
        st.container(width="stretch", gap=None),
    ):
        st.markdown(f":material/{icon}: **{title}**")
        st.caption(plain(facts))


def _proxy_facts(settings: Settings) -> str:
    return f"{settings.proxy_user_header} is believed from {', '.join(str(one) for one in settings.trusted_proxies)}"


def _facts(settings: Settings) -> dict[str, list[str]]:
    """What is set, in words, beside the setting that says it."""
    lines = [
        ("Let in without an invitation", _admitted(settings), "admit_domains, admit_groups"),
        (
            "Administrators",
            _named(settings.administrators, settings.administrator_groups),
            "administrators, administrator_groups",
        ),
        ("Analysts", _named((), settings.analyst_groups), "analyst_groups"),
        ("Viewers", _named((), settings.viewer_groups), "viewer_groups"),
        ("Everybody else who is let in", settings.default_role, "default_role"),
        ("A login ends unused after", _span(settings.login_idle_minutes), "login_idle_minutes"),
        ("A login ends at the latest after", _span(settings.login_hours * 60), "login_hours"),
        ("Address in the browser", settings.public_url or "as the browser says", "public_url"),
        ("Cookie", "only over TLS" if settings.over_tls else "also without TLS", "public_url"),
    ]
    return {
        "What": [what for what, _, _ in lines],
        "Set to": [f"`{set_to}`" if "://" in set_to else plain(set_to) for _, set_to, _ in lines],
        "Setting": [", ".join(_led(name) for name in names.split(", ")) for _, _, names in lines],
    }


def _led(name: str) -> str:
    """A setting's name, which leads to what is said of it."""
    return f"[`{name}`](help?setting={name})"


def _admitted(settings: Settings) -> str:
    domains = [f"e-mails at {domain}" for domain in settings.admit_domains]
    groups = [f"group {group}" for group in settings.admit_groups]
    open_to_all = [f"everybody at {one.title}" for one in providers_of(settings) if one.admit_everyone]
    return ", ".join(domains + groups + open_to_all) or "nobody"


def _named(emails: Sequence[str], groups: Sequence[str]) -> str:
    return ", ".join([*emails, *(f"group {group}" for group in groups)]) or "nobody by a setting"


def _span(minutes: int) -> str:
    """``45 minutes``, ``12 hours``, ``7 days``."""
    for size, noun in ((1440, "day"), (60, "hour")):
        if minutes % size == 0:
            return counted(minutes // size, noun)
    return counted(minutes, "minute")
