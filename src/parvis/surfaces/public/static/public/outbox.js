/* The requests that wait on this device: listed where there is [data-outbox], mended in the form (?brouillon=), and the
   photos shared by another app, given to the form. */
import "./outbox-send.js"

const store = self.parvisStore
const box = document.querySelector("[data-outbox]")
const form = document.getElementById("request")
const wanted = new URLSearchParams(location.search).get("cle")
const SHARED_KEPT = 24 * 3600_000

const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "")
const hour = (time) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(time)

function card(entry) {
  const state = entry.state === "refused" ? "refused" : "waiting"
  const one = box.querySelector(`template[data-for="${state}"]`).content.firstElementChild.cloneNode(true)
  const values = {
    title: entry.title,
    photos: String(entry.files.length),
    made: hour(entry.made),
    reference: entry.reference ?? "",
    words: entry.words,
  }
  for (const part of one.querySelectorAll("[data-words]")) {
    const { words, wordsOne, wordsNone } = part.dataset
    const chosen =
      entry.files.length === 0 ? (wordsNone ?? words) : entry.files.length === 1 ? (wordsOne ?? words) : words
    part.textContent = filled(chosen, values)
  }
  for (const link of one.querySelectorAll("[data-mend]")) link.href = `${entry.path}?brouillon=${entry.id}`
  for (const link of one.querySelectorAll("[data-receipt]")) link.href = entry.receipt
  one.querySelector("[data-drop]")?.addEventListener("click", async (event) => {
    if (!confirm(event.target.dataset.drop)) return
    await store.remove("outbox", entry.id)
    await list()
  })
  return one
}

async function list() {
  const entries = (await store.all("outbox")).sort((a, b) => b.made - a.made)
  const mine = entries.find((entry) => entry.id === wanted)
  if (mine?.state === "sent" && box.hasAttribute("data-follow")) return location.replace(mine.receipt)
  const shown = entries.filter((entry) => entry.state !== "sent")
  box.hidden = !shown.length
  box.querySelectorAll("[data-entry]").forEach((one) => one.remove())
  for (const entry of shown) {
    const one = card(entry)
    one.setAttribute("data-entry", entry.id)
    box.append(one)
  }
  for (const entry of entries) if (entry.state === "sent" && entry.id !== wanted) await store.remove("outbox", entry.id)
  document.querySelectorAll("[data-outbox-none]").forEach((one) => (one.hidden = shown.length > 0))
}

function give(input, files) {
  const transfer = new DataTransfer()
  for (const { name, type, bytes } of files) transfer.items.add(new File([bytes], name, { type }))
  input.files = transfer.files
  input.dispatchEvent(new Event("change", { bubbles: true }))
}

const valuesOf = (entry, wanted) => entry.fields.filter(([name]) => name === wanted).map(([, value]) => value)
const hidden = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value })

/* The photos that had arrived before the form was sent: shown again, or at least carried when there is no network. */
async function takeBack(tokens) {
  if (!tokens.length) return
  const photos = document.getElementById("photos")
  const body = new FormData()
  body.append("key", form.elements.key.value)
  for (const token of tokens) body.append("kept", token)
  const response = await fetch(photos.dataset.url, { method: "POST", body }).catch(() => null)
  if (!response?.ok) return photos.append(...tokens.map((token) => hidden("kept", token)))
  photos.innerHTML = await response.text()
  photos.dispatchEvent(new CustomEvent("photos:renewed"))
}

/* Puts the values of a kept form back in the page, and says what the town answered. The form carries the key of what
   it mends, the words of each attempt and the key of its page, on the pages that follow too: it may have arrived, and only
   its answer be lost. What was sent meanwhile leads to its receipt. */
async function mend(id) {
  const entry = await store.get("outbox", id)
  if (!entry) return
  if (entry.state === "sent") return location.replace(entry.receipt)
  form.elements["outbox-mends"].value = id
  const key = valuesOf(entry, "key")[0]
  if (key) form.elements.key.value = key
  form.querySelectorAll("[name=outbox-was]").forEach((one) => one.remove())
  for (const value of new Set([...valuesOf(entry, "outbox-was"), ...valuesOf(entry, "words")].filter(Boolean)))
    form.append(hidden("outbox-was", value))
  store.edit(id).catch(() => {})
  for (const [name, value] of entry.fields) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (/^(key|seen|kept|website|altcha|outbox.*)$/.test(name)) continue
      if (/^(radio|checkbox)$/.test(field.type)) field.checked ||= field.value === value
      else if (field.type !== "file") field.value = value
      field.dispatchEvent(new Event("change", { bubbles: true }))
    }
  }
  await takeBack(valuesOf(entry, "kept"))
  const input = form.querySelector('input[type="file"][name="photos"]')
  if (input && entry.files.length) give(input, entry.files)
  if (entry.words) say(entry.words)
}

function say(words) {
  form.querySelectorAll("[data-outbox-said]").forEach((one) => one.remove())
  const note = document.createElement("p")
  note.className = "error"
  note.setAttribute("role", "alert")
  note.setAttribute("data-outbox-said", "")
  note.tabIndex = -1
  note.textContent = words
  form.prepend(note)
  note.focus()
}

/* Neither sent nor kept: the form is as it was, may be sent again, and is not left without a warning. */
function notKept({ data }) {
  if (data?.type !== "not-kept") return
  dispatchEvent(new Event("pageshow"))
  form.elements.words?.dispatchEvent(new Event("input", { bubbles: true }))
  say(data.words)
}

async function takeShared() {
  const input = form.querySelector('input[type="file"][name="photos"]')
  const [shared] = await store.all("shared")
  if (!shared || !input) return
  await store.clear("shared")
  if (Date.now() - shared.at < SHARED_KEPT) give(input, shared.files)
}

if (self.indexedDB) {
  if (box) {
    list().catch(() => {})
    store.channel?.addEventListener("message", () => list().catch(() => {}))
    addEventListener("online", () => list().catch(() => {}))
  }
  if (form) {
    navigator.serviceWorker?.addEventListener("message", notKept)
    form.append(hidden("outbox-title", document.querySelector("h1")?.textContent.trim() ?? ""))
    const draft = new URLSearchParams(location.search).get("brouillon")
    ;(draft ? mend(draft) : takeShared()).catch(() => {})
  }
}
