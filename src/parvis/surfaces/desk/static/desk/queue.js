/* The queue: j and k move between rows, t takes the current row, x opens it to say whose it is; others' changes appear
   and are announced. */
const WHERE = "parvis.queue.row"
const list = () => document.querySelector("[data-queue]")
const rows = () => [...list().querySelectorAll("a[data-row]")].filter((a) => a.getClientRects().length)
const inField = (el) =>
  el.isContentEditable ||
  /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
  (el.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(el.type))
const standing = () => rows().findIndex((a) => a.closest("tr").contains(document.activeElement))

function go(step) {
  const found = rows()
  if (!found.length) return
  const at = standing()
  const to = at >= 0 ? at + step : 0
  const row = found[Math.max(0, Math.min(found.length - 1, to))]
  row.focus({ focusVisible: true })
  row.scrollIntoView({ block: "nearest" })
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inField(event.target)) return
    if (document.querySelector("dialog[open]")) return
    const key = event.key.toLowerCase()
    if ((key === "j" || key === "k") && rows().length) {
      event.preventDefault()
      go(key === "j" ? 1 : -1)
    }
    if (key === "t" && !event.repeat && standing() >= 0) {
      const button = rows()[standing()].closest("tr").querySelector("[data-take]")
      if (button) {
        event.preventDefault()
        button.click()
      }
    }
    if (key === "x" && !event.repeat && standing() >= 0) {
      event.preventDefault()
      location.assign(`${rows()[standing()].href}&do=not-mine`)
    }
  },
  true,
)

document.addEventListener("submit", (event) => {
  if (!event.submitter?.matches("[data-take]")) return
  const at = rows().findIndex((a) => a.closest("tr").contains(event.submitter))
  sessionStorage.setItem(WHERE, JSON.stringify({ path: location.pathname + location.search, at }))
})

/* what was just done is undone under the row where it was done, and stays there while others' changes arrive */
const bar = document.querySelector("[data-queue] > .undo-bars")
function placeBar(row) {
  if (!bar || !row || !bar.querySelector("form")) return
  const line = document.createElement("tr"),
    cell = document.createElement("td")
  line.className = "undo-line"
  cell.colSpan = [...row.closest("tr").querySelectorAll("td")].filter((one) => one.getClientRects().length).length
  cell.append(bar)
  line.append(cell)
  row.closest("tr").after(line)
}

/* after a take: focuses the same row, or the one that replaced it; back from a request, its row */
function comeBack() {
  const kept = JSON.parse(sessionStorage.getItem(WHERE) || "null")
  sessionStorage.removeItem(WHERE)
  const found = rows()
  const same = location.hash && document.getElementById(location.hash.slice(1))?.querySelector("a[data-row]")
  const took = kept?.path === location.pathname + location.search
  const row = same || (took && found[Math.min(kept.at, found.length - 1)])
  if (!row) return
  if (took) placeBar(row)
  const focus = () => document.activeElement === document.body && row.focus({ focusVisible: true })
  focus()
  addEventListener("load", focus, { once: true }) // going to the row of the address took the focus from it
}

/* htmx swaps in others' changes; the current row is kept, and the notice is shown for a while */
let held
document.addEventListener("htmx:beforeSwap", ({ target }) => {
  if (target !== list()) return
  const at = standing()
  held = { at, stood: rows()[at]?.closest("tr").id, onButton: document.activeElement.matches("[data-take]") }
  held.under = document.querySelector(".undo-line")?.previousElementSibling?.id
  held.before = new Map(rows().map((a) => [a.closest("tr").id, a.closest("tr").dataset.seq]))
})
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target !== list()) return
  const { at, stood, onButton, before, under } = held,
    found = rows()
  if (bar && !bar.isConnected) placeBar(found.find((a) => a.closest("tr").id === under) || found[0])
  found.forEach((a) => {
    const tr = a.closest("tr")
    tr.classList.toggle("arrived", before.get(tr.id) !== tr.dataset.seq)
  })
  if (at < 0 || !found.length) return
  const row = found.find((a) => a.closest("tr").id === stood) || found[Math.min(at, found.length - 1)]
  const next = (onButton && row.closest("tr").querySelector("[data-take]")) || row
  if (document.activeElement !== next) next.focus({ focusVisible: true, preventScroll: true })
})

comeBack()
