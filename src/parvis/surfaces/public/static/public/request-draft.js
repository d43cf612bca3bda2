/* Keeps on this device what is being written in the request form, without who writes it, until it is sent; the page of
   the form says so. "Sent" is the receipt, or the event `parvis:sent` of whatever sends it later. */
const form = document.getElementById("request")
const PREFIX = "parvis.request:"
const WEEK = 7 * 86400000
const PERSONAL = /^(key|seen|altcha|website|code|kept|photos|found|offered|guessed|shown|name|email|phone)$/

function read(at) {
  try {
    const draft = JSON.parse(localStorage.getItem(at))
    return draft && Date.now() - draft.at < WEEK ? draft : null
  } catch {
    return null
  }
}

function write(at, draft) {
  try {
    draft ? localStorage.setItem(at, JSON.stringify(draft)) : localStorage.removeItem(at)
  } catch {
    /* storage is disabled or full */
  }
}

function forgetAll() {
  try {
    for (const at of Object.keys(localStorage)) if (at.startsWith(PREFIX)) localStorage.removeItem(at)
  } catch {
    /* storage is disabled */
  }
}

const worth = (field) => field.name && !PERSONAL.test(field.name) && !/^(hidden|file|submit|button)$/.test(field.type)
const ticked = (field) => /^(radio|checkbox)$/.test(field.type)

function values() {
  return [...form.elements]
    .filter((field) => worth(field) && (ticked(field) ? field.checked : field.value))
    .map((field) => [field.name, field.value, field.closest(".pin")?.querySelector("span").textContent])
}

/* The questions of a kind come from the server once the kind is chosen, so they are put back when they arrive. */
function restore(saved) {
  const left = []
  for (const [name, value, words] of saved) {
    const fields = [...form.elements].filter((one) => one.name === name && worth(one))
    const field = fields.find((one) => !ticked(one) || one.value === value) ?? (name === "pin" ? fields[0] : null)
    if (!field) left.push([name, value, words])
    else if (name === "pin") {
      field.value = value
      field.checked = true
      field.closest("label").hidden = false
      field.closest("label").querySelector("span").textContent = words
    } else if (ticked(field)) field.checked = true
    else field.value = value
  }
  return left
}

function begin() {
  const at = PREFIX + form.getAttribute("action").split("?")[0]
  const note = document.querySelector("[data-draft-note]")
  const draft = form.dataset.draft === "blank" && !location.search ? read(at) : null
  const substance = draft?.values.filter(([name]) => /^(words|place|pin|subject|ask-)/.test(name)) ?? []
  if (substance.length && !form.elements.words.value) {
    let left = restore(draft.values)
    note.hidden = false
    if (left.length)
      document.addEventListener("htmx:oobAfterSwap", () => {
        left = restore(left)
      })
    form.elements.words.dispatchEvent(new Event("change", { bubbles: true }))
  }
  let timer
  const save = () => {
    clearTimeout(timer)
    timer = null
    write(at, { at: Date.now(), values: values() })
  }
  const saveSoon = () => {
    clearTimeout(timer)
    timer = setTimeout(save, 400)
  }
  const forget = () => {
    clearTimeout(timer)
    timer = null
    forgetAll()
  }
  form.addEventListener("input", saveSoon)
  form.addEventListener("change", saveSoon)
  addEventListener("pagehide", () => timer && save())
  addEventListener("parvis:sent", forget)
  note.querySelector("[data-draft-erase]").addEventListener("click", () => {
    forget()
    location.assign(location.pathname)
  })
}

if (form) begin()
else if (document.querySelector(".received")) forgetAll()
