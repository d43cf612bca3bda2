/* The inbox: j and k open the next and the previous message, the arrows move through the list, x chooses one and m, !, l, c
   then work on all those chosen; z unfolds what is quoted; the page's markup has the other keys. */
const CHOSEN = "parvis.inbox.chosen"
const rows = () => [...document.querySelectorAll("a[data-row]")]
const inField = (el) => el.isContentEditable || /^(TEXTAREA|SELECT|INPUT)$/.test(el.tagName)

function move(step) {
  const all = rows()
  const open = all.findIndex((row) => row.hasAttribute("aria-current"))
  const next = all[open < 0 ? (step > 0 ? 0 : all.length - 1) : open + step]
  if (next) location.assign(next.href)
}

/* the messages chosen stay chosen while others are read, in the same view */
const boxes = () => [...document.querySelectorAll(".msgs input[name=picked]")]
const chosen = () => boxes().filter((box) => box.checked)
const where = new URL(location.href).searchParams.get("view") || "new"
const several = document.getElementById("several")
function keep() {
  sessionStorage.setItem(CHOSEN, JSON.stringify({ where, ids: chosen().map((box) => box.value) }))
}
function choose() {
  const row =
    rows().find((one) => one === document.activeElement) || rows().find((one) => one.hasAttribute("aria-current"))
  const box = row?.closest("li").querySelector("input[name=picked]")
  if (!box) return
  box.checked = !box.checked
  keep()
}
const kept = JSON.parse(sessionStorage.getItem(CHOSEN) || "null")
if (kept?.where === where) for (const box of boxes()) box.checked = kept.ids.includes(box.value)
document.addEventListener("change", ({ target }) => target.matches("input[name=picked]") && keep())
several?.addEventListener("submit", () => sessionStorage.removeItem(CHOSEN))

/* m, !, l and c work on the messages chosen, when there are some */
function onChosen(key) {
  const list = several?.elements.do
  const wanted = { m: "mine", "!": "spam", l: "later:", c: "close:" }[key]
  if (!list || !wanted || !chosen().length) return false
  list.value = [...list.options].find((option) => option.value.startsWith(wanted)).value
  if (wanted.endsWith(":")) list.focus()
  else several.requestSubmit()
  return true
}

function step(by) {
  const all = rows()
  const at = all.indexOf(document.activeElement)
  const from = at < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : at
  all[Math.max(0, Math.min(all.length - 1, from + by))]?.focus({ focusVisible: true })
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: choose,
  arrowdown: () => step(1),
  arrowup: () => step(-1),
  z: () => document.querySelectorAll("details.quoted").forEach((quote) => (quote.open = !quote.open)),
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inField(event.target)) return
    if (document.querySelector("dialog[open]")) return
    const key = event.key.toLowerCase()
    if (/^arrow/.test(key) && document.activeElement !== document.body && !event.target.closest(".msgs")) return
    const act = keys[key]
    if (act) act()
    else if (!onChosen(key)) return
    event.preventDefault()
  },
  true,
)

/* an action that opens receives the focus in its first field */
for (const one of document.querySelectorAll("details.sort"))
  one.addEventListener(
    "toggle",
    () => one.open && one.querySelector("select, button, input:not([type=hidden])").focus(),
  )
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.sort[open]")
  if (!open) return
  open.open = false
  open.querySelector("summary").focus()
})

/* a request of a part of the message: of the words that are selected in it */
const part = document.querySelector("form[data-part]")
part?.addEventListener("submit", () => {
  const selected = getSelection()
  const inMessage = selected.anchorNode?.parentElement?.closest(".mail .roll")
  part.elements.words.value = inMessage ? selected.toString() : ""
})

/* who else reads, and whether they write */
const live = document.querySelector(".mail [data-state]")
if (live) {
  const answer = document.querySelector("[data-reply] textarea")
  const writing = () => Boolean(answer && answer.value !== answer.defaultValue)
  let told = false
  document.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target.id !== "mail-watch") return
    detail.parameters.after = live.dataset.state
    if (writing()) detail.parameters.writing = "1"
  })
  answer?.addEventListener("input", () => {
    if (writing() === told) return
    told = writing()
    document.dispatchEvent(new CustomEvent("writing"))
  })
  addEventListener("pagehide", () => {
    const body = new FormData()
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value)
    navigator.sendBeacon(live.dataset.leave, body)
  })
}

document.querySelector('.msgs [aria-current="true"]')?.scrollIntoView({ block: "nearest" })
