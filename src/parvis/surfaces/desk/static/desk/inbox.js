/* The inbox by keyboard: j and k move between messages, e edits the answer, ctrl+enter sends it, z unfolds quotes; any
   other key presses what carries it (data-key). */
const rows = () => [...document.querySelectorAll("a[data-row]")]
const answer = () => document.querySelector("[data-reply] textarea")
const inField = (el) => el.isContentEditable || /^(TEXTAREA|SELECT|INPUT)$/.test(el.tagName)

function move(step) {
  const all = rows()
  if (!all.length) return
  const open = all.findIndex((row) => row.hasAttribute("aria-current"))
  const to = open < 0 ? (step > 0 ? 0 : all.length - 1) : open + step
  if (all[to]) location.assign(all[to].href)
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  e: () => answer()?.focus(),
  z: () => document.querySelectorAll("details.quoted").forEach((quote) => (quote.open = !quote.open)),
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return
  const form = document.querySelector("[data-reply]")
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && form && !event.repeat) {
    event.preventDefault()
    form.requestSubmit()
    return
  }
  if (event.key === "Escape" && event.target === answer()) return answer().blur()
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || inField(event.target)) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (!keys[key] && !target) return
  event.preventDefault()
  if (keys[key]) keys[key]()
  else target.click()
})

/* sent twice by a second press: the first one holds the form */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-reply]")) return
  if (event.target.dataset.sent) event.preventDefault()
  event.target.dataset.sent = "1"
})

/* what can be taken back goes when its time is over */
const undo = document.querySelector("[data-undo]")
if (undo) setTimeout(() => undo.remove(), Number(undo.dataset.undo) * 1000)

document.querySelector('.msgs [aria-current="true"]')?.scrollIntoView({ block: "nearest" })
