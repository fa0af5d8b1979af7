// The cited page. What changes with the reader's own pages and zoom stays here; the server hears only of a step to
// another marked place. Every text is set with textContent.

const parts = root => Object.fromEntries([...root.querySelectorAll("[id]")].map(node => [node.id, node]))

const address = (state, page) => {
  const plain = state.data.address.replace("{page}", page)
  return state.near ? plain + "?sharp=1" : plain
}

const mark = ([left, top, width, height], kind) => {
  const node = document.createElement("i")
  node.className = kind
  node.style.cssText = `left:${left * 100}%;top:${top * 100}%;width:${width * 100}%;height:${height * 100}%`
  return node
}

const drawMarks = ({ data, at, on }) => {
  const shown = at === data.page ? data.marks : []
  on.marks.classList.toggle("doubt", data.doubt)
  on.marks.replaceChildren(...shown.flatMap(box => [mark(box, ""), mark(box, "edge")]))
}

const aim = ({ data, at, on }) => {
  const marked = at === data.page && data.marks.length
  const top = marked ? Math.min(...data.marks.map(box => box[1])) : 0
  const left = marked ? Math.min(...data.marks.map(box => box[0])) : 0
  on.scroll.scrollTo({
    top: marked ? top * on.sheet.offsetHeight - on.scroll.clientHeight * .42 : 0,
    left: left * on.sheet.offsetWidth - 12,
  })
}

const drawHead = ({ data, at, near, on }) => {
  on.name.textContent = on.name.title = data.title
  on.count.textContent = `Page ${at} of ${data.pages}`
  on.before.setAttribute("aria-disabled", String(at <= 1))
  on.after.setAttribute("aria-disabled", String(at >= data.pages))
  on.steps.hidden = !data.place
  on.place.textContent = data.place ? `${data.place[0]} / ${data.place[1]}` : ""
  on.zoom.textContent = near ? "Fit page" : "Zoom in"
  on.zoom.setAttribute("aria-pressed", String(near))
}

const drawFoot = ({ data, on }) => {
  on.quote.closest("footer").hidden = !data.quote
  on.quote.textContent = data.quote
  on.quote.title = "Show it on the page"
  on.note.textContent = (data.verified ? "\u2713 " : "") + data.note
  on.note.className = data.doubt ? "doubt" : data.verified ? "verified" : ""
}

// A picture that does not come cannot say why: the same address, asked again, does.
const say = (state, wanted) => {
  const { why } = state.on
  why.textContent = "This page cannot be shown now."
  fetch(wanted, { cache: "no-store" }).then(answer => answer.ok ? {} : answer.json()).then(
    ({ what, todo }) => { if (what && address(state, state.at) === wanted) why.textContent = [what, todo].filter(Boolean).join(" ") },
    () => {})
}

const load = (state, then) => {
  const { on, at } = state, wanted = address(state, at)
  on.picture.alt = `Page ${at} of ${state.data.title}`
  if (on.picture.dataset.shown === wanted) return then()
  const came = missing => {
    if (address(state, state.at) !== wanted) return
    on.sheet.classList.remove("waiting")
    on.sheet.classList.toggle("missing", missing)
    on.missing.hidden = !missing
    if (missing) say(state, wanted)
    on.picture.dataset.shown = missing ? "" : wanted
    then()
  }
  if (!on.picture.dataset.shown) on.sheet.classList.add("waiting")
  on.picture.onload = () => came(false)
  on.picture.onerror = () => came(true)
  on.picture.src = wanted
}

const draw = (state, aimed = true) => {
  drawHead(state)
  drawFoot(state)
  if (address(state, state.at) !== state.on.picture.dataset.shown && !state.sameSheet) state.on.marks.replaceChildren()
  load(state, () => { drawMarks(state); if (aimed) aim(state) })
}

const turn = (state, by) => {
  const to = Math.min(Math.max(state.at + by, 1), state.data.pages)
  if (to === state.at) return
  state.at = to
  draw(state)
}

const zoom = state => {
  state.near = !state.near
  state.on.sheet.classList.toggle("near", state.near)
  state.sameSheet = true
  draw(state)
  state.sameSheet = false
  aim(state)
}

const keys = state => event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const steps = state.data.place && !state.near
  const does = {
    zoom: () => zoom(state), nearer: () => state.near || zoom(state), farther: () => state.near && zoom(state),
    before: steps ? () => state.step(-1) : null, after: steps ? () => state.step(1) : null,
    "page before": () => turn(state, -1), "page after": () => turn(state, 1),
  }[state.data.keys[event.key]]   // keyboard.py says which key does what
  if (!does) return
  event.preventDefault()
  does()
}

const begin = root => {
  const state = { root, on: parts(root), near: false, at: 0, seen: "" }
  const { on } = state
  on.before.onclick = () => turn(state, -1)
  on.after.onclick = () => turn(state, 1)
  on.prev.onclick = () => state.step(-1)
  on.next.onclick = () => state.step(1)
  on.zoom.onclick = () => zoom(state)
  on.retry.onclick = () => { on.picture.dataset.shown = ""; on.picture.removeAttribute("src"); draw(state) }
  on.quote.onclick = () => { state.at = state.data.page; draw(state) }
  on.quote.onkeydown = event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); on.quote.click() } }
  on.scroll.onkeydown = keys(state)
  return state
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section")
  const state = (root.state ??= begin(root))
  state.step = by => setTriggerValue("step", by)
  root.style.setProperty("--page-height", data.height)
  const now = JSON.stringify(data)
  if (state.seen === now) return   // a rerun of the page leaves the reader where he is
  const moved = state.seen !== ""
  state.seen = now
  state.data = data
  state.at = data.page
  if (moved && data.sought && innerWidth <= 640) root.scrollIntoView({ block: "center" })
  draw(state)
}
