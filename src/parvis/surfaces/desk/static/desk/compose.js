/* The answer to a message: its words are kept on the server as they are typed, the files chosen are joined at once. */
import { Keeper } from "./draft.js"

const DELAY = 1000
const STATES = { unkept: "unsaved", kept: "saved", failed: "failed", out: "failed", gone: "failed" }
const aside = document.querySelector(".draft[data-store]")
const form = document.querySelector("form[data-reply][data-draft]")

function compose() {
  const line = form.querySelector("[data-kept]")
  const seq = form.elements.namedItem("seq")
  const fields = [...form.elements].filter(({ name, type }) => name.startsWith("reply-") && type !== "file")
  const typed = () =>
    Object.fromEntries(
      fields
        .filter(({ name }) => name !== "reply-key")
        .map((field) => [field.name.slice(6), field.type === "checkbox" ? (field.checked ? "on" : "") : field.value]),
    )
  const keeper = new Keeper({
    url: form.dataset.draft,
    store: aside.dataset.store,
    seq: Number(seq.value),
    values: {},
    delay: DELAY,
    steady: true,
    forgets: true,
    onState(name, words) {
      line.dataset.state = STATES[name]
      line.textContent = name === "kept" ? words : form.dataset[`t${name[0].toUpperCase()}${name.slice(1)}`]
      if (name === "kept") form.dispatchEvent(new CustomEvent("form:kept", { bubbles: true }))
    },
  })
  const changed = () => {
    keeper.values = typed()
    keeper.changed()
  }
  const lost = keeper.unacknowledged()
  if (lost) {
    for (const field of fields) {
      const value = lost.values[field.name.slice(6)]
      if (value === undefined) continue
      if (field.type === "checkbox") field.checked = value === "on"
      else field.value = value
    }
    keeper.seq = lost.seq
    changed()
  }

  form.addEventListener("input", ({ target }) => {
    if (fields.includes(target)) changed()
  })
  form.addEventListener("phrase:put", ({ detail }) => {
    const also = form.elements.namedItem("reply-also")
    if (!detail.answer || also.value.includes(detail.answer)) return
    also.value = `${also.value} ${detail.answer}`.trim()
    changed()
  })
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return
    seq.value = String(keeper.seq)
    keeper.pause()
  })

  /* a file is joined as soon as it is chosen */
  const join = form.querySelector("[data-join]")
  join.hidden = true
  form.querySelector("input[type=file]").addEventListener("change", ({ target }) => {
    if (target.files.length) form.requestSubmit(join)
  })
}

if (form) compose()
else if (aside) {
  try {
    localStorage.removeItem(aside.dataset.store)
  } catch {
    /* storage is blocked: nothing is there */
  }
}
