/* The page of a case: gesture panels open one at a time, keep what is typed, take and restore the focus. */
const panels = document.querySelector("[data-panels]")
const all = (selector, from = document) => [...from.querySelectorAll(selector)]
let opener = null

const sections = () => all(":scope > .reply", panels)

async function open(name, from) {
  const link = from || document.querySelector(`[data-panel="${name}"]`)
  const panel = document.getElementById(`do-${name}`) || (link && (await fetched(name, link)))
  if (!panel) return
  sections().forEach((one) => one.classList.toggle("on", one === panel))
  all("[data-panel]").forEach((one) => one.setAttribute("aria-expanded", String(one.dataset.panel === name)))
  opener = link
  link?.closest("details[open]")?.removeAttribute("open")
  first(panel)?.focus()
  panel.scrollIntoView({ block: "nearest" })
}

/* the form is fetched on demand; keys typed meanwhile are put in it */
async function fetched(name, link) {
  if (link.ariaBusy === "true") return null
  const early = []
  const hold = (event) => {
    if (
      event.key.length > 1 ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      (event.repeat && event.key === link.dataset.key)
    )
      return
    event.preventDefault()
    event.stopImmediatePropagation()
    early.push(event.key)
  }
  addEventListener("keydown", hold, true)
  link.ariaBusy = "true"
  try {
    const url = new URL(link.href)
    url.searchParams.set("seen", panels.closest("[data-seq]").dataset.seq)
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
    if (answer.status !== 200 || answer.redirected) throw new Error(String(answer.status))
    const made = document.createElement("template")
    made.innerHTML = await answer.text()
    const panel = document.getElementById(`do-${name}`) || panels.appendChild(made.content.firstElementChild)
    window.htmx?.process(panel)
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: panel } }))
    const field = first(panel)
    if (early.length && field.matches("textarea")) {
      field.setRangeText(early.join(""), 0, 0, "end")
      field.dispatchEvent(new Event("input", { bubbles: true }))
    }
    return panel
  } catch {
    location.assign(link.href)
    return null
  } finally {
    removeEventListener("keydown", hold, true)
    link.ariaBusy = null
  }
}

function first(panel) {
  const wrong = panel.querySelector("[data-focus]")
  if (wrong) return wrong
  const marked = all("[data-first]", panel)
  return marked.find((el) => el.checked) || marked.find((el) => el.matches("input, select, textarea")) || panel
}

function shut() {
  const shown = sections().find((one) => one.classList.contains("on"))
  if (!shown) return false
  shown.classList.remove("on")
  all("[data-panel]").forEach((link) => link.setAttribute("aria-expanded", "false"))
  ;(opener?.checkVisibility() ? opener : opener?.closest("details")?.querySelector("summary"))?.focus()
  return true
}

/* sets up the links of the gestures, once the page or a part of it is loaded */
function dress() {
  all("[data-panel]").forEach((link) => {
    link.setAttribute("aria-expanded", String(Boolean(document.querySelector(`#do-${link.dataset.panel}.on`))))
    link.setAttribute("aria-controls", `do-${link.dataset.panel}`)
    link.setAttribute("role", "button")
  })
}

/* the menu of the gestures opens where there is more room, and scrolls beyond it */
const MARGIN = 12 // px
const menu = document.querySelector(".more-gestures")
menu?.addEventListener("toggle", () => {
  const line = menu.getBoundingClientRect()
  const [above, below] = [line.top - MARGIN, innerHeight - line.bottom - MARGIN]
  const box = menu.querySelector(".menu-box")
  const up = box.scrollHeight > below && above > below
  menu.classList.toggle("up", up)
  box.style.maxBlockSize = `${up ? above : below}px`
})

if (panels) {
  dress()
  document.addEventListener("case:renewed", dress)
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-panel]")
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      open(link.dataset.panel, link)
    }
    if (event.target.matches(".reply[data-alt-key]")) first(event.target).focus() // its key, when it shows no button
    if (event.target.closest("[data-panel-shut]")) {
      event.preventDefault()
      shut()
    }
  })
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches?.("[data-panel]")) {
      event.preventDefault()
      event.target.click()
    }
    if (
      event.key === "Escape" &&
      !event.defaultPrevented &&
      !document.querySelector("dialog[open], details.menu[open], :popover-open") &&
      shut()
    )
      event.preventDefault()
  })
  const already = sections().find((one) => one.matches(".on:not([data-given-back])"))
  const asked = location.hash.startsWith("#do-") ? location.hash.slice(4) : already?.id.slice(3)
  if (asked) open(asked)
}
