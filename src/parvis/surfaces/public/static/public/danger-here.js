/* Without a network, a danger told in a question or in a request gets its numbers here, on the device: a call often works
   where data does not. With one, the server answers. */
const FIELDS = "#q, textarea[name=words]"
const PAUSE = 300
const root = document.documentElement
const lang = root.lang.slice(0, 2)
const address = document.querySelector("script[data-dangers]")?.dataset.dangers
const fromDevice = "fromDevice" in root.dataset
const isOffline = () => fromDevice || !navigator.onLine

let loading = null
async function load() {
  const { hearer } = await import("./danger-words.js")
  const values = await (await fetch(address)).json()
  return { values, hear: hearer(values) }
}

const shown = new WeakMap() /* what is said above each field, and its block */
async function judge(field) {
  if (!isOffline()) return
  loading ??= load()
  const known = await loading.catch(() => (loading = null))
  if (!known) return
  const told = known.hear(field.value)
  const said = JSON.stringify(told)
  const before = shown.get(field)
  if (before?.said === said) return
  before?.block?.remove()
  shown.set(field, { said, block: told && say(field, told, known.values) })
}

function say(field, told, { blocks, first, lines }) {
  const template = document.createElement("template")
  template.innerHTML = blocks[lang]
  const block = template.content.firstElementChild
  const words = block.querySelector("[data-say]")
  if (told.first) words.textContent = first[told.first][lang]
  for (const name of told.lines) {
    const line = document.createElement("span")
    const link = document.createElement("a")
    Object.assign(line, { className: "line", textContent: `${lines[name][lang]}, ` })
    Object.assign(link, { className: "num", href: `tel:${lines[name].number}`, textContent: lines[name].shown })
    line.append(link)
    words.append(line)
  }
  const call = block.querySelector(".end a")
  call.href = `tel:${told.phone}`
  call.append(told.phone)
  ;(field.closest(".field, form") ?? field).before(block)
  return block
}

let timer = 0
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.(FIELDS)) return
  clearTimeout(timer)
  timer = setTimeout(() => judge(target), PAUSE)
})

/* What cannot be sent comes back to this page, with the question in its address. */
function fill() {
  const field = document.querySelector("[data-asked]")
  const asked = new URLSearchParams(location.search).get("q")
  if (field && asked && !field.value) field.value = asked
}

function follow() {
  for (const list of document.querySelectorAll("[data-offline-lines]")) list.hidden = !isOffline()
  for (const field of document.querySelectorAll(FIELDS)) if (field.value) judge(field)
}
fill()
follow()
addEventListener("offline", follow)
addEventListener("online", follow)
