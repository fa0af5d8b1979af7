"""The door: what a stranger sees, on every page alike. No navigation, nothing to learn."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from components.auth.linking import waiting
from components.auth.routes import FAILED
from components.auth.setup import needs_owner
from components.auth.tabs import TabEndedError
from components.auth.ui.forms import show_invitation, show_password_form, show_reset, show_set_up
from components.auth.ui.popup import browser_secrets
from components.auth.ui.providers import show_consent, show_providers
from components.auth.ui.refusals import show_refusal
from components.auth.ui.signing import failed_signing, show_signing
from components.errors import SignInRequiredError
from components.workbench import workbench


def show_door(reason: SignInRequiredError) -> None:
    """Draw the door: the ways in, or why there is none, and what this place is."""
    with st.container(key="door", horizontal=True, gap=None):
        with (
            st.container(key="door-form", width="stretch", horizontal_alignment="center"),
            st.container(width=340, gap="small", key="door-sheet"),
        ):
            st.markdown("![](app/static/icons/mark.svg)")
            _sheet(reason)
        with (
            st.container(key="door-proof", width="stretch", horizontal_alignment="center", vertical_alignment="center"),
            st.container(width=460, gap="medium", key="door-specimen"),
        ):
            _specimen()


def _sheet(reason: SignInRequiredError) -> None:
    settings = workbench().settings
    if isinstance(reason, TabEndedError):
        _closed(reason)
        show_signing(reload=True)
    elif not settings.asks_sign_in:
        _closed(reason)
    else:
        _open(reason)
        show_signing()


def _closed(reason: SignInRequiredError) -> None:
    st.title("Nobody is signed in", anchor=False)
    st.markdown(reason.what)
    st.caption(reason.todo)


def _open(reason: SignInRequiredError) -> None:
    """The ways in, for who was invited, forgot a password, is the first, or comes back."""
    bench = workbench()
    accounts = bench.settings.has_local_accounts
    if st.query_params.get("invite"):
        _invited(st.query_params["invite"])
    elif accounts and st.query_params.get("reset"):
        show_reset(st.query_params["reset"])
    elif needs_owner(bench.settings, bench.store):
        show_set_up()
    elif waiting(st.query_params.get("link", ""), browser_secrets()):
        show_consent(st.query_params["link"])
    else:
        _sign_in(reason)


def _invited(code: str) -> None:
    """A password of one's own, or a provider that knows the invited e-mail: with it the invitation is used."""
    settings = workbench().settings
    goes_on = show_invitation(code, with_password=settings.has_local_accounts)
    if goes_on and settings.sign_in_providers:
        st.caption("Or come in by who knows you under this e-mail", text_alignment="center")
        show_providers()


def _sign_in(reason: SignInRequiredError) -> None:
    settings = workbench().settings
    st.title("Sign in", anchor=False)
    host = urlsplit(settings.public_url).netloc
    st.markdown(f":gray[to the workbench at **{host}**]" if host else ":gray[to this workbench]")
    _say_before(reason)
    show_providers()
    if settings.has_local_accounts:
        if settings.sign_in_providers:
            st.caption("or with a local account", text_alignment="center")
        show_password_form()
    st.caption("No account? Ask the person who runs this workbench.")


def _say_before(reason: SignInRequiredError) -> None:
    """Why one stands here, where there is more to it than that nobody is signed in."""
    failed = FAILED.find(st.query_params.get("failed", ""))
    handed = failed_signing()
    if failed:
        show_refusal(*failed)
    elif handed:
        show_refusal(SignInRequiredError(handed))
    elif reason.kept:
        st.caption(reason.kept)


def _specimen() -> None:
    """What answers look like here, as a drawing: nothing in it comes from anybody's files."""
    from components.ui.proof import show_words  # the frame around pages stands on the door

    st.markdown("## Every answer shows its work.")
    with st.container(border=True, key="specimen-answer", gap="small"):
        show_words([SPECIMEN], key="specimen", lead=True)
        st.markdown(":green[:material/check_circle:] :gray[:small[2 of 2 numbers found in the rows]]")
    st.code(QUERY, language="sql")
    with st.container(border=True, key="quote-door", gap=None):
        st.markdown(
            "\N{LEFT DOUBLE QUOTATION MARK}Either party may terminate with"
            " :yellow-background[three months\N{RIGHT SINGLE QUOTATION MARK} notice]"
            " to the end of a quarter.\N{RIGHT DOUBLE QUOTATION MARK}"
        )
        st.caption("Frame contract, page 14 · found word for word")
    st.markdown(
        ":gray[A number leads to its query and rows. A claim leads to the line on the page. What could not be checked"
        " says so.]"
    )


SPECIMEN = (
    {"text": "Net revenue in March was "},
    {
        "text": "\N{EURO SIGN}4.21 M",
        "id": "n",
        "kind": "number",
        "facts": [["Cell", "2024-03, revenue"], ["From", "6,561 orders"]],
    },
    {"text": ", up "},
    {"text": "38 %", "id": "m", "kind": "number", "facts": [["Is", "4.21 M / 3.05 M \N{MINUS SIGN} 1"]]},
    {"text": " on February."},
)
QUERY = "SELECT sum(net_amount)          -- 6,561 orders\nFROM   orders\nWHERE  order_date >= DATE '2024-03-01'"
