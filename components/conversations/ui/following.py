"""Bringing the end of the talk into view: Streamlit follows it only for a reader who is already there."""

from __future__ import annotations

import streamlit as st

_JS = """
const moved = new WeakMap(), FOOT = 190   // pixels of the composer

const scroller = node => {   // the nearest box around it that scrolls, out of the component's own tree
  for (node = node.getRootNode().host ?? node; node; node = node.parentElement)
    if (/auto|scroll/.test(getComputedStyle(node).overflowY) && node.scrollHeight > node.clientHeight + 1) return node
}

export default function ({ data, parentElement }) {
  if (moved.get(parentElement) === data.reply) return
  moved.set(parentElement, data.reply)
  const place = parentElement.host ?? parentElement   // a shadow root has no place of its own
  const box = scroller(place), until = performance.now() + 1200   // what is drawn at once is still growing
  if (!box) return
  let alone = true
  for (const touch of ["wheel", "pointerdown", "keydown"])
    box.addEventListener(touch, () => { alone = false }, { once: true, passive: true })
  const follow = () => {
    if (!alone) return
    if (data.alone) box.scrollTop = box.scrollHeight
    else box.scrollTop += place.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom + FOOT
    if (performance.now() < until) requestAnimationFrame(follow)
  }
  requestAnimationFrame(follow)
}
"""

_component = st.components.v2.component("groundwork_following", js=_JS)


def bring_into_view(reply_id: str, *, alone: bool = True) -> None:
    """Scroll to the end of the talk, once for each reply.

    Args:
        alone: Nothing comes below the talk, so its end is the page's.
    """
    _component(data={"reply": reply_id, "alone": alone}, key=f"follow-{reply_id}", height="content")
