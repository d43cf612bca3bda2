/* :: in any text area suggests snippets, and standard answers in a form with data-phrases-answers (whose value is the
   audience), in the language of data-phrases-lang, to who wrote data-phrases-message; "phrase:put" tells what was inserted. @ in an internal note suggests colleagues. Arrows choose, Enter or Tab inserts,
   Escape dismisses. Suggestions come from the server, with placeholders filled for the case on the screen. */
const PICK = document.querySelector("[data-phrases]").dataset.phrases
const WAIT = 120
const list = document.createElement("ul")
list.className = "options phrases-list"
list.id = "phrases-list"
list.hidden = true
list.setAttribute("role", "listbox")
let field = null,
  begin = 0,
  at = 0,
  timer,
  asked

const options = () => [...list.children]
const within = (area) => area.matches("textarea") && !area.readOnly && !area.hasAttribute("data-no-phrases")

/* the trigger before the caret: its kind, its letters and its start; null for plain words */
function called(area) {
  const before = area.value.slice(0, area.selectionEnd)
  const phrase = /(^|[\s(«“"])::([\p{L}\p{N}_-]{0,40})$/u.exec(before)
  if (phrase) return { kind: "phrase", text: phrase[2], begin: before.length - phrase[2].length - 2 }
  const colleague = area.closest("[data-mentions]") && /(^|[\s(«“"])@([\p{L}\p{N}._-]{0,40})$/u.exec(before)
  return colleague ? { kind: "colleague", text: colleague[2], begin: before.length - colleague[2].length - 1 } : null
}

function address(area, what) {
  const here = area.closest("[data-reference]") || document.querySelector("[data-reference]")
  if (what.kind === "colleague") return here && `${here.dataset.colleagues}?q=${encodeURIComponent(what.text)}`
  const query = new URLSearchParams({ q: what.text })
  if (here) query.set("case", here.dataset.reference)
  const letter = area.closest("[data-citizen]")
  if (letter) query.set("citizen", letter.querySelector("[name=language]:checked")?.value || "")
  const mail = area.closest("[data-phrases-lang]")
  if (mail) query.set("lang", mail.dataset.phrasesLang)
  if (mail?.dataset.phrasesMessage) query.set("message", mail.dataset.phrasesMessage)
  if (mail?.dataset.phrasesAnswers) query.set("answers", mail.dataset.phrasesAnswers)
  return `${PICK}?${query}`
}

async function propose(area) {
  const what = called(area)
  asked?.abort()
  const url = what && address(area, what)
  if (!url) return close()
  asked = new AbortController()
  try {
    const answer = await fetch(url, { signal: asked.signal, headers: { "X-Requested-With": "fetch" } })
    if (answer.status !== 200 || document.activeElement !== area) return close()
    list.innerHTML = await answer.text()
  } catch (error) {
    if (error.name !== "AbortError") close()
    return
  }
  if (!list.children.length) return close()
  open(area, what.begin)
}

function open(area, where) {
  field = area
  begin = where
  options().forEach((one, rank) => {
    one.id = `phrase-${rank}`
  })
  if (list.previousElementSibling !== area) area.after(list)
  list.setAttribute("aria-label", area.labels?.[0]?.textContent.trim() || area.ariaLabel || "")
  list.hidden = false
  Object.entries({ "aria-autocomplete": "list", "aria-controls": list.id }).forEach(([name, value]) =>
    area.setAttribute(name, value),
  )
  mark(0)
}

function close() {
  list.hidden = true
  field?.removeAttribute("aria-activedescendant")
  field?.removeAttribute("aria-controls")
  field = null
}

function mark(to) {
  const found = options()
  at = (to + found.length) % found.length
  found.forEach((one, rank) => one.setAttribute("aria-selected", String(rank === at)))
  field.setAttribute("aria-activedescendant", found[at].id)
  found[at].scrollIntoView({ block: "nearest" })
}

/* inserts the words as if typed, so that the browser's undo works; selects an unfilled placeholder */
function put(option) {
  const area = field,
    words = option.dataset.insert,
    from = begin
  close()
  area.focus()
  area.setSelectionRange(from, area.selectionEnd)
  if (!document.execCommand("insertText", false, words)) {
    area.setRangeText(words, from, area.selectionEnd, "end")
    area.dispatchEvent(new Event("input", { bubbles: true }))
  }
  area.dispatchEvent(new CustomEvent("phrase:put", { bubbles: true, detail: option.dataset }))
  const hole = words.search(/\[[^\]]+\]/)
  if (hole >= 0) area.setSelectionRange(from + hole, from + words.indexOf("]", hole) + 1)
}

document.addEventListener("input", (event) => {
  if (!within(event.target)) return
  clearTimeout(timer)
  if (!called(event.target)) return close()
  timer = setTimeout(() => propose(event.target), WAIT)
})
document.addEventListener(
  "keydown",
  (event) => {
    if (list.hidden || event.target !== field || event.ctrlKey || event.metaKey || event.altKey) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) mark(at + step)
    else if ((event.key === "Enter" || event.key === "Tab") && !event.isComposing) put(options()[at])
    else if (event.key === "Escape") close()
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  },
  true,
)
document.addEventListener("focusout", (event) => {
  if (event.target === field)
    setTimeout(() => {
      if (document.activeElement !== field) close()
    }, 150)
})
list.addEventListener("mousedown", (event) => event.preventDefault())
list.addEventListener("click", (event) => {
  const one = event.target.closest('[role="option"]')
  if (one) put(one)
})
