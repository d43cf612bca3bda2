/* The map beside the public list of requests, and beside that of works. At once on a wide screen, at a tap on a phone; the list is whole without it.

   A pin and the line of the same request are chosen together; the card is the server's own page part. */
const view = document.querySelector("[data-map-view]")
const field = view.querySelector("[data-field]")
const card = view.querySelector("[data-card]")
const content = view.querySelector("[data-card-content]")
const said = view.querySelector("[data-said]")
const toggle = view.querySelector("[data-switch]")
const wide = matchMedia("(width >= 60rem)")
const lines = new Map([...view.querySelectorAll(".side a[data-id]")].map((line) => [line.dataset.id, line]))
let board = null
let opening = null
let names = new Map()

async function read(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return answer
}

const label = ({ title, place, state_name: state }) => [title, place, state].filter(Boolean).join(", ")

async function open() {
  view.dataset.mapped = ""
  field.hidden = false
  const { openMap } = await import(field.dataset.map)
  const [opened, answer] = await Promise.all([
    openMap(field, { urls: field.dataset, bounds: null, keyboard: true }),
    read(field.dataset.pins),
  ])
  const { features } = await answer.json()
  names = new Map(features.map(({ id, properties }) => [String(id), label(properties)]))
  opened.setPins(
    features
      .filter(({ geometry }) => geometry)
      .map(({ id, geometry, properties }) => ({
        id: String(id),
        at: [geometry.coordinates[1], geometry.coordinates[0]],
        state: properties.state,
        label: names.get(String(id)),
      })),
  )
  opened.onSelect((id, ids) => choose(id, ids, { fromMap: true }))
  field.querySelector("[data-wait]").remove()
  board = opened
}

function fail() {
  delete view.dataset.mapped
  delete view.dataset.view
  field.remove()
  toggle.remove()
  said.className = "fine side-foot"
  said.textContent = field.dataset.failed
}

function start() {
  opening ||= open().catch(fail)
  return opening
}

function show(which) {
  view.dataset.view = which
  for (const button of toggle.querySelectorAll("[data-to]"))
    button.setAttribute("aria-pressed", String(button.dataset.to === which))
}

function mark(id) {
  for (const [other, line] of lines) {
    if (other === id) line.setAttribute("aria-current", "true")
    else line.removeAttribute("aria-current")
  }
}

/* Those of one spot, to choose among them. */
function together(ids, chosen) {
  const list = document.createElement("ul")
  list.className = "together"
  for (const id of ids) {
    const item = document.createElement("li")
    const button = document.createElement("button")
    button.type = "button"
    button.className = "btn small quiet"
    button.textContent = names.get(id) || id
    if (id === chosen) button.setAttribute("aria-pressed", "true")
    button.addEventListener("click", () => choose(id, ids, { fromMap: true }))
    item.append(button)
    list.append(item)
  }
  return list
}

async function choose(id, ids, { fromMap = false } = {}) {
  mark(id)
  if (fromMap && wide.matches) lines.get(id)?.scrollIntoView({ block: "nearest" })
  board?.focus(id)
  const answer = await read(field.dataset.cards.replace("{}", encodeURIComponent(id))).catch(() => null)
  if (!answer) return
  content.innerHTML = await answer.text() // our own page part, written by the server
  if (ids.length > 1) content.prepend(together(ids, id))
  card.hidden = false
  if (fromMap) content.querySelector("h2")?.focus({ preventScroll: true })
}

function close() {
  const id = view.querySelector(".side a[data-id][aria-current]")?.dataset.id
  card.hidden = true
  board?.focus(null)
  mark(null)
  lines.get(id)?.focus({ preventScroll: true })
}

view.querySelector("[data-close]").addEventListener("click", close)
card.addEventListener("keydown", (event) => event.key === "Escape" && close())
for (const [id, line] of lines) {
  line.addEventListener("click", (event) => {
    if (!board || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    choose(id, [id], { fromMap: true })
  })
}
toggle.hidden = false
show("list")
for (const button of toggle.querySelectorAll("[data-to]")) {
  button.addEventListener("click", () => {
    if (button.dataset.to === "map") {
      show("map")
      start()
    } else show("list")
  })
}
if (wide.matches) start()
wide.addEventListener("change", () => wide.matches && start())
