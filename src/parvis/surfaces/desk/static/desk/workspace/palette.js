/* The command palette: the gestures of the page, every screen, and search results, by a few letters.

   Gestures come from the keys and buttons of the page (ui/keys.js), screens from its bar, search results from htmx as
   links. Letters match in order, ignoring accents and case. */
import { keyShown, keysOf, shown, wordsOf } from "../../ui/keys.js"

const box = document.querySelector("[data-palette]")
const dialog = box.closest("dialog")
const field = box.querySelector("input")
const list = box.querySelector("ul")
const said = box.querySelector("[data-palette-said]")
const all = (selector, from = document) => [...from.querySelectorAll(selector)]
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
let gestures = [],
  found = [],
  at = 0

Object.entries({
  role: "combobox",
  "aria-autocomplete": "list",
  "aria-expanded": "true",
  "aria-controls": list.id,
}).forEach(([name, value]) => field.setAttribute(name, value))
list.setAttribute("role", "listbox")

/* the score of a match: 0 for none; the beginning of a word scores more than scattered letters */
function fit(words, typed) {
  const text = plain(words)
  let score = 1
  for (const word of typed.split(/\s+/).filter(Boolean)) {
    const start = text.search(new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u"))
    if (start >= 0) {
      score += 100 - Math.min(start, 50)
      continue
    }
    if (text.includes(word)) {
      score += 40
      continue
    }
    let from = -1,
      gaps = 0
    for (const letter of word) {
      const next = text.indexOf(letter, from + 1)
      if (next < 0) return 0
      gaps += from < 0 ? 0 : next - from - 1
      from = next
    }
    if (gaps > word.length * 3) return 0
    score += Math.max(1, 20 - gaps)
  }
  return score
}

/* the commands of the page now */
function gather() {
  const here = keysOf().filter(
    ({ el, told }) =>
      !told && !dialog.contains(el) && !el.closest("nav") && el.dataset.dialogOpen !== "palette" && !el.disabled,
  )
  const names = new Set(here.map(({ words }) => words))
  const more = all("main [data-panel], main .do button, main .acts a, main header a.btn").filter(
    (el) => shown(el) && !el.dataset.key && !names.has(wordsOf(el)),
  )
  const screens = all(".bar nav a[href], .bar .who a[href]")
  return [
    ...here.map(({ key, words, el }) => ({ group: "here", words, key: keyShown(key, el), run: () => act(el) })),
    ...more.map((el) => ({ group: "here", words: wordsOf(el), key: "", run: () => act(el) })),
    ...screens.map((el) => ({
      group: "go",
      words: (el.querySelector("span") || el).textContent.replace(/\s+/g, " ").trim(),
      key: "",
      run: () => location.assign(el.href),
    })),
  ].filter((one) => one.words)
}
function act(el) {
  if (el.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
    el.focus()
    el.select?.()
  } else el.click()
}

function show() {
  const typed = plain(field.value.trim())
  const kept = typed
    ? gestures
        .map((one) => ({ ...one, score: fit(one.words, typed) }))
        .filter((one) => one.score)
        .sort((a, b) => b.score - a.score)
    : gestures
  const rows = [...kept.slice(0, 30), ...found]
  if (typed && box.dataset.find && !found.length)
    rows.push({
      group: "found",
      words: `${box.dataset.tFind} ${field.value.trim()}`,
      key: "",
      run: () => location.assign(`${box.dataset.find}?q=${encodeURIComponent(field.value.trim())}`),
    })
  list.replaceChildren(...rows.map((one, rank) => option(one, rank)))
  list.rows = rows
  mark(0)
  said.textContent = rows.length ? "" : box.dataset.tNone
}
function option(one, rank) {
  const li = document.createElement("li"),
    group = document.createElement("small"),
    words = document.createElement("span")
  li.setAttribute("role", "option")
  li.id = `palette-${rank}`
  group.textContent = { here: box.dataset.tHere, go: box.dataset.tGo, found: box.dataset.tFound }[one.group]
  words.textContent = one.words
  li.append(words, group)
  if (one.key) {
    const kbd = document.createElement("kbd")
    kbd.textContent = one.key
    li.append(kbd)
  }
  return li
}
function mark(to) {
  const options = all('[role="option"]', list)
  at = options.length ? (to + options.length) % options.length : 0
  options.forEach((each, rank) => each.setAttribute("aria-selected", String(rank === at)))
  if (options[at]) {
    field.setAttribute("aria-activedescendant", options[at].id)
    options[at].scrollIntoView({ block: "nearest" })
  } else field.removeAttribute("aria-activedescendant")
}
function choose(rank) {
  const one = list.rows[rank]
  if (!one) return
  dialog.close()
  one.run()
}

/* instant search: htmx puts the links in a hidden list */
const short = () => field.value.trim().length < 2
field.addEventListener("input", () => {
  found = []
  show()
})
field.addEventListener("htmx:beforeRequest", (event) => {
  if (short()) event.preventDefault()
})
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "palette-found" || short()) return
  found = all("a[href]", target)
    .slice(0, 12)
    .map((link) => ({
      group: "found",
      words: all("span, small", link)
        .map((part) => part.textContent.trim())
        .join(", "),
      key: "",
      run: () => location.assign(link.getAttribute("href")),
    }))
  show()
})

field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault()
    mark(at + (event.key === "ArrowDown" ? 1 : -1))
  }
  if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault()
    choose(at)
  }
})
list.addEventListener("click", (event) => {
  const one = event.target.closest('[role="option"]')
  if (one) choose(all('[role="option"]', list).indexOf(one))
})
document.addEventListener("click", (event) => {
  if (event.target.closest('[data-dialog-open="palette"]')) open()
})
function open() {
  gestures = gather()
  field.value = ""
  found = []
  show()
  field.focus()
}
