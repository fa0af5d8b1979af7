// Hears the buttons of all feet on the page: they are plain HTML, and one listener at the top is enough for them.

const older = text => {   // without HTTPS there is no navigator.clipboard
  const field = document.createElement("textarea")
  field.value = text
  document.body.append(field)
  field.select()
  document.execCommand("copy")
  field.remove()
}

const say = (button, name, icon) => {
  button.title = name
  button.setAttribute("aria-label", name)
  button.firstElementChild.textContent = icon
}

const copy = async (button, text) => {
  if (navigator.clipboard) await navigator.clipboard.writeText(text)
  else older(text)
  button.focus()
  say(button, "Copied", "check")
  setTimeout(() => say(button, "Copy", "content_copy"), 1500)
}

const listening = new WeakMap()   // one listener for each place, with what the last run gave it

export default function ({ data, parentElement, setTriggerValue }) {
  const known = listening.get(parentElement)
  if (known) Object.assign(known, { data, setTriggerValue })
  else {
    const now = { data, setTriggerValue }
    listening.set(parentElement, now)
    now.hear = event => {
      const button = event.target.closest?.(".foot button[data-press]")
      if (!button) return
      const { press, reply } = button.dataset
      if (press === "again") now.setTriggerValue("again", reply)
      else if (reply in now.data.texts) copy(button, now.data.texts[reply])
    }
    document.addEventListener("click", now.hear)
  }
  return () => {
    document.removeEventListener("click", listening.get(parentElement)?.hear)
    listening.delete(parentElement)
  }
}
