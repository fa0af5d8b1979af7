// Files go from the browser straight to disk. The page hears of chosen files, answers with a ticket for each (or why it
// is refused), and hears of those that have arrived. Every text is set with textContent.

const el = (tag, cls, text) => {
  const node = document.createElement(tag)
  if (cls) node.className = cls
  if (text !== undefined) node.textContent = text
  return node
}

const size = bytes => {
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"]
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 }) + " " + unit
}

const left = seconds => seconds < 60 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`

const draw = root => {
  const zone = el("div", "zone")
  const pick = el("button", "pick", "Upload")
  const hint = el("span", "hint")
  const input = el("input")
  const list = el("ul")
  const live = el("div", "live")
  pick.type = "button"
  input.type = "file"
  input.hidden = true
  live.setAttribute("role", "status")
  list.setAttribute("aria-label", "Files being uploaded")
  zone.append(pick, hint, input)
  root.replaceChildren(zone, list, live)
  return { zone, pick, hint, input, list, live, files: new Map(), done: [], failed: [] }
}

const row = (state, key, file) => {
  const item = el("li")
  const name = el("span", "name", file.name)
  const facts = el("span", "facts", size(file.size))
  const bar = el("progress")
  const cancel = el("button", "cancel", "Cancel")
  bar.max = 1
  bar.value = 0
  bar.setAttribute("aria-label", `Upload of ${file.name}`)
  cancel.type = "button"
  cancel.setAttribute("aria-label", `Cancel the upload of ${file.name}`)
  item.append(name, facts, cancel, bar)
  state.list.append(item)
  return { file, item, facts, bar, cancel, key, request: null }
}

const remove = (state, entry) => {
  entry.item.remove()
  state.files.delete(entry.key)
}

const refuse = (state, entry, text) => {
  entry.item.classList.add("refused")
  entry.facts.textContent = text
  entry.bar.remove()
  entry.cancel.textContent = "Put away"
  entry.cancel.setAttribute("aria-label", `Put away ${entry.file.name}`)
  entry.cancel.onclick = () => remove(state, entry)
  state.live.textContent = `${entry.file.name}: ${text}`
}

const send = (state, entry, id, tell) => {
  const request = entry.request = new XMLHttpRequest()
  const began = performance.now()
  request.open("PUT", `/api/uploads/${encodeURIComponent(id)}`)
  request.setRequestHeader("X-Groundwork", "1")
  request.setRequestHeader("Content-Type", "application/octet-stream")
  request.upload.onprogress = event => {
    const rate = event.loaded / Math.max(0.2, (performance.now() - began) / 1000)
    entry.bar.value = event.loaded / event.total
    const rest = event.total - event.loaded
    entry.facts.textContent = `${size(event.loaded)} of ${size(event.total)} · ${size(rate)}/s · ${left(rest / rate)}`
  }
  request.onload = () => {
    if (request.status === 200) {
      remove(state, entry)
      state.live.textContent = `${entry.file.name} has arrived`
      state.done.push(id)
      tell("done", [...state.done])
      return
    }
    let said = {}
    try { said = JSON.parse(request.responseText) } catch { said = {} }
    if (!said.what) return refuse(state, entry, `The server refused it (${request.status}).`)
    remove(state, entry)   // the page says it in full
    state.live.textContent = said.what
    state.failed.push(id)
    tell("failed", [...state.failed])
  }
  request.onerror = () => refuse(state, entry, "The connection broke off. Choose the file again.")
  request.onabort = () => {
    remove(state, entry)
    state.live.textContent = `The upload of ${entry.file.name} was cancelled`
  }
  entry.cancel.onclick = () => request.abort()
  request.send(entry.file)
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector("#upload")
  const state = root.state ??= draw(root)
  const choose = files => {
    const chosen = [...files].map(file => {
      const key = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2)
      const entry = row(state, key, file)
      entry.cancel.onclick = () => remove(state, entry)
      state.files.set(key, entry)
      return { key, name: file.name, bytes: file.size }
    })
    if (chosen.length) setTriggerValue("chosen", chosen)
  }
  state.pick.textContent = data.label
  state.pick.classList.toggle("primary", data.primary)
  state.hint.textContent = data.hint
  state.input.multiple = data.several
  state.input.accept = data.accept
  state.pick.onclick = () => state.input.click()
  state.input.onchange = () => { choose(state.input.files); state.input.value = "" }
  state.zone.ondragover = event => { event.preventDefault(); state.zone.classList.add("over") }
  state.zone.ondragleave = () => state.zone.classList.remove("over")
  state.zone.ondrop = event => {
    event.preventDefault()
    state.zone.classList.remove("over")
    choose(data.several ? event.dataTransfer.files : [...event.dataTransfer.files].slice(0, 1))
  }
  for (const [key, ticket] of Object.entries(data.tickets)) {
    const entry = state.files.get(key)
    if (!entry || entry.request || entry.item.classList.contains("refused")) continue
    ticket.id ? send(state, entry, ticket.id, setStateValue) : remove(state, entry)
  }
}
