/* The inbox: j and k open the next and the previous message, z unfolds what is quoted; the page's markup has the others. */
const rows = () => [...document.querySelectorAll("a[data-row]")]
const inField = (el) => el.isContentEditable || /^(TEXTAREA|SELECT|INPUT)$/.test(el.tagName)

function move(step) {
  const all = rows()
  const open = all.findIndex((row) => row.hasAttribute("aria-current"))
  const next = all[open < 0 ? (step > 0 ? 0 : all.length - 1) : open + step]
  if (next) location.assign(next.href)
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  z: () => document.querySelectorAll("details.quoted").forEach((quote) => (quote.open = !quote.open)),
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inField(event.target)) return
  const act = document.querySelector("dialog[open]") ? undefined : keys[event.key.toLowerCase()]
  if (!act) return
  event.preventDefault()
  act()
})

document.querySelector('.msgs [aria-current="true"]')?.scrollIntoView({ block: "nearest" })
