"""A quiet button that copies text to the reader's clipboard: only the browser can do that."""

from __future__ import annotations

import streamlit as st

_CSS = """
button { all: unset; cursor: pointer; display: inline-flex; align-items: center; justify-content: center;
  width: 1.9rem; height: 1.75rem; border-radius: var(--st-button-radius, 6px);
  color: var(--st-text-color); opacity: .8 }
button:hover { background: var(--st-secondary-background-color); opacity: 1 }
button:focus-visible { outline: 2px solid currentColor; outline-offset: 1px }
svg { width: 1.05rem; height: 1.05rem; fill: currentColor }
button.done .copy, button:not(.done) .check { display: none }
"""

_HTML = """
<button type="button" title="Copy" aria-label="Copy">
  <svg class="copy" viewBox="0 -960 960 960" aria-hidden="true"><path d="M360-240q-33 0-56.500-23.500T280-320v-480q0-33
  23.500-56.500T360-880h360q33 0 56.500 23.500T800-800v480q0 33-23.500 56.500T720-240H360Zm0-80h360v-480H360v480ZM200-80
  q-33 0-56.500-23.500T120-160v-560h80v560h440v80H200Z"/></svg>
  <svg class="check" viewBox="0 -960 960 960" aria-hidden="true"><path d="M382-240 154-468l57-57 171 171 367-367 57
  57-424 424Z"/></svg>
</button>
"""

_JS = """
const older = text => {   // without HTTPS there is no navigator.clipboard
  const field = document.createElement("textarea")
  field.value = text
  document.body.append(field)
  field.select()
  document.execCommand("copy")
  field.remove()
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.onclick = async () => {
    if (navigator.clipboard) await navigator.clipboard.writeText(data.text)
    else older(data.text)
    button.classList.add("done")
    button.setAttribute("aria-label", "Copied")
    setTimeout(() => { button.classList.remove("done"); button.setAttribute("aria-label", "Copy") }, 1500)
  }
}
"""

_component = st.components.v2.component("groundwork_copy", html=_HTML, css=_CSS, js=_JS)


def copy_button(text: str, key: str) -> None:
    """Draw the button; ``text`` is copied as it is."""
    _component(data={"text": text}, key=key, width=32, height="content")
