/* Saves the drafts of a case's forms on the server, for their writer alone, until they are submitted.

   At most one save every two seconds while typing, and a last one when the page is left. The server restores a draft in
   the form itself; words it had not received yet are restored from this browser. */
import { Keeper } from "./draft.js"

const DELAY = 2000
const SILENT = /^(hidden|file|password|submit|button|reset)$/
const panels = document.querySelector("[data-panels]")
const all = (selector, from = document) => [...from.querySelectorAll(selector)]
let keepers = new WeakMap()

const fields = (panel) =>
  [...panel.querySelector("form").elements].filter(
    (field) => field.name && field.type && !SILENT.test(field.type) && !("draftSkip" in field.dataset),
  )
const typed = (panel) =>
  Object.fromEntries(
    fields(panel)
      .filter((field) => field.type !== "radio" || field.checked)
      .map((field) => [field.name, field.type === "checkbox" ? (field.checked ? "on" : "") : field.value]),
  )
const stored = () => `parvis-words-${panels.dataset.user}-${panels.closest("[data-reference]").dataset.reference}-`

function keeperOf(panel) {
  if (keepers.has(panel)) return keepers.get(panel)
  const line = panel.querySelector("[data-kept]"),
    form = panel.querySelector("form")
  const keeper = new Keeper({
    url: panel.dataset.draftUrl,
    store: stored() + panel.id.slice(3),
    seq: Number(panel.dataset.draftSeq),
    values: {},
    delay: DELAY,
    steady: true,
    forgets: true,
    onState(name, words) {
      line.dataset.state = { unkept: "unsaved", kept: "saved", failed: "failed", out: "failed", gone: "failed" }[name]
      line.textContent = name === "kept" ? words : panels.dataset[`t${name[0].toUpperCase()}${name.slice(1)}`]
      if (name !== "kept") return
      panel.querySelector("[data-discard]").hidden = false
      if (!all("input[type=file]", form).some((field) => field.files.length))
        form.dispatchEvent(new CustomEvent("form:kept", { bubbles: true }))
    },
  })
  keepers.set(panel, keeper)
  return keeper
}

function changed(panel) {
  const keeper = keeperOf(panel),
    values = typed(panel)
  if (JSON.stringify(values) === JSON.stringify(keeper.values)) return
  keeper.values = values
  keeper.changed()
}

/* The draft goes on from the number of what is put back: the server, which may receive it late from the page that was
   left, would otherwise hold what is typed next for older than it. */
function putBack(panel, { seq, values }) {
  const keeper = keeperOf(panel)
  keeper.seq = Math.max(keeper.seq, seq)
  for (const field of fields(panel)) {
    if (!(field.name in values)) continue
    if (field.type === "radio") field.checked = field.value === values[field.name]
    else if (field.type === "checkbox") field.checked = values[field.name] === "on"
    else field.value = values[field.name]
  }
  changed(panel)
}

/* the words held by this browser that never reached the server; deletes those sent or saved since */
function lost() {
  const seqs = Object.fromEntries(
    panels.dataset.drafts
      .split(",")
      .filter(Boolean)
      .map((one) => one.split(" ")),
  )
  const found = {}
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(stored()))) {
      const gesture = name.slice(stored().length),
        kept = JSON.parse(localStorage.getItem(name))
      if (kept?.seq > Number(seqs[gesture] || 0)) found[gesture] = kept
      else localStorage.removeItem(name)
    }
  } catch {
    /* storage is blocked: the server alone keeps the draft */
  }
  return found
}

if (panels) {
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, ({ target }) => {
      const panel = target.closest?.("[data-draft-url]")
      if (panel && target.name && !SILENT.test(target.type) && !("draftSkip" in target.dataset)) changed(panel)
    })
  }
  document.addEventListener("submit", (event) => {
    const panel = event.target.closest("[data-draft-url]")
    const keeper = panel && keepers.get(panel)
    if (!keeper || event.defaultPrevented) return
    keeper.leave()
    keeper.pause()
  })
  addEventListener("pageshow", (event) => {
    if (event.persisted) keepers = new WeakMap()
  })
  const waiting = lost()
  document.addEventListener("htmx:load", ({ detail }) => {
    const gesture = detail.elt.id?.slice(3)
    if (!detail.elt.matches?.("[data-draft-url]") || !(gesture in waiting)) return
    putBack(detail.elt, waiting[gesture])
    delete waiting[gesture]
  })
  for (const gesture of Object.keys(waiting)) {
    const panel = document.getElementById(`do-${gesture}`)
    if (panel) {
      putBack(panel, waiting[gesture])
      delete waiting[gesture]
    } else document.querySelector(`[data-panel="${gesture}"]`)?.click()
  }
}
