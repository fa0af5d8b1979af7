// Words as spans. Every text is set with textContent or append(string): nothing from a user, a model or a table is
// ever read as HTML. Numbers are written in the reader's own locale from their exact digits.

const el = (tag, cls, text) => {
  const node = document.createElement(tag)
  if (cls) node.className = cls
  if (text !== undefined) node.textContent = text
  return node
}

const written = span => {
  if (span.exact === undefined || span.digits === undefined) return span.text
  try {
    const format = new Intl.NumberFormat(navigator.language, { maximumFractionDigits: span.digits, useGrouping: span.grouped })
    return format.format(span.exact)   // the digits as a string: nothing is lost on the way through a double
  } catch { return span.text }
}

const place = (slip, button) => {
  const at = button.getBoundingClientRect(), box = slip.getBoundingClientRect()
  const below = at.bottom + 8, above = at.top - box.height - 8
  slip.style.left = Math.max(12, Math.min(at.left, innerWidth - box.width - 12)) + "px"
  slip.style.top = (below + box.height > innerHeight - 8 ? Math.max(8, above) : below) + "px"
}

const queryOf = span => {
  const code = el("pre")
  code.tabIndex = 0
  code.setAttribute("aria-label", "Query")
  span.sql.split("\n").forEach((line, n) => code.append(el("div", n + 1 === span.line ? "on" : "", line || " ")))
  return code
}

const fill = (slip, span, press) => {
  const head = el("header")
  head.append(el("b", "", written(span)), el("span", "", span.kind === "doubt" ? "not found on the page" : "from the result"))
  const facts = el("dl")
  for (const [label, value] of span.facts ?? []) facts.append(el("dt", "", label), el("dd", "", value))
  const foot = el("footer")
  for (const [action, label] of span.actions ?? []) {
    const button = el("button", "", label)
    button.type = "button"
    button.onclick = () => { slip.hidePopover(); press(span.id, action) }
    foot.append(button)
  }
  slip.replaceChildren(head, facts, ...(span.sql ? [queryOf(span)] : []), ...(foot.childElementCount ? [foot] : []))
  slip.setAttribute("aria-label", "Evidence for " + written(span))
}

const opens = (button, span, slip, press) => {
  button.setAttribute("aria-haspopup", "dialog")
  button.setAttribute("aria-expanded", "false")
  button.onclick = () => {
    fill(slip, span, press)
    slip.showPopover()
    place(slip, button)
    slip.querySelector(".on")?.scrollIntoView({ block: "nearest" })
    button.setAttribute("aria-expanded", "true")
    slip.ontoggle = event => {
      if (event.newState !== "closed") return
      button.setAttribute("aria-expanded", "false")
      button.focus({ preventScroll: true })
    }
    slip.focus({ preventScroll: true })
  }
}

const marked = (span, slip, press, open) => {
  const doubt = span.kind === "doubt"
  const node = el(doubt ? "span" : "button", span.kind, written(span))   // a button would not break over two lines
  if (doubt) {
    node.tabIndex = 0
    node.setAttribute("role", "button")
    node.onkeydown = event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); node.click() } }
  } else node.type = "button"
  if (span.kind === "cite") {
    node.setAttribute("aria-label", "Citation " + span.text + ", show the page")
    node.setAttribute("aria-pressed", String(span.id === open))
    node.onclick = () => press(span.id, "page")
  } else opens(node, span, slip, press)
  return node
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("#words"), slip = parentElement.querySelector("#slip")
  root.press = (id, action) => setTriggerValue("picked", { id, action })
  const now = JSON.stringify(data)
  if (root.drawn === now) return           // a rerun of the page leaves an open slip open
  root.drawn = now
  const press = (id, action) => root.press(id, action)
  root.replaceChildren(...data.paragraphs.map((spans, n) => {
    const paragraph = el("p", data.lead && n === 0 ? "lead" : data.voice)
    for (const span of spans) {
      if (!["number", "cite", "doubt"].includes(span.kind)) { paragraph.append(span.text); continue }
      paragraph.append(marked(span, slip, press, data.open))
      if (span.kind === "doubt") {
        const flag = el("span", "flag", "unverified")
        flag.title = "No quote and no passage shows this. Press the words to see what was looked for."
        paragraph.append(flag)
      }
    }
    return paragraph
  }))
}
