// What only the browser can do at a sign-in: hand over a ticket for the cookie, give the cookie back, load the page anew.
// Tabs of one browser tell each other, so that none goes on showing what belongs to who was signed in before.

const tabs = globalThis.groundworkTabs ??= { done: new Set(), channel: null }
if (!tabs.channel && "BroadcastChannel" in window) {
  tabs.channel = new BroadcastChannel("groundwork-sign-in")
  tabs.channel.onmessage = () => location.reload()
}

const post = (path, body = "") =>
  fetch(path, { method: "POST", headers: { "X-Groundwork": "1" }, credentials: "same-origin", body })

const leave = path => {
  tabs.channel?.postMessage("changed")
  if (path) location.replace(path)
  else location.reload()
}

const hand = async ({ ticket, path }, fail) => {
  const answer = await post("/api/sign-in/ticket", ticket).catch(() => null)
  if (answer?.ok) leave(path)
  else fail(answer ? "refused" : "unreachable")
}

const out = async ({ path }, fail) => {
  const answer = await post("/api/sign-out").catch(() => null)
  if (answer?.ok) leave(path)
  else fail(answer ? "refused" : "unreachable")
}

export default function ({ data, setTriggerValue }) {
  const { act, once } = data ?? {}
  if (!once || tabs.done.has(once)) return
  tabs.done.add(once)
  const fail = why => setTriggerValue("failed", why)
  if (act === "hand") hand(data, fail)
  else if (act === "out") out(data, fail)
  else if (act === "go") location.assign(`${data.path}?back=${encodeURIComponent(location.pathname + location.search)}`)
  else if (act === "reload") location.reload()
}
