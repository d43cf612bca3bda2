/* Live updates on the page of a case: others' changes appear, typed words stay.

   The page polls with htmx (#watch); on a change it fetches itself and swaps the changed parts. A form with words in it is
   left alone: the server reports the changes when it is submitted. */
const article = document.querySelector("[data-case][data-seq]")
const all = (selector, from = document) => [...from.querySelectorAll(selector)]

const typed = (form) =>
  form.closest("[data-drafted]") ||
  all("textarea, input:not([type=hidden], [type=radio], [type=checkbox]), select", form).some((field) =>
    field.matches("select")
      ? all("option", field).some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0
      : field.type === "file"
        ? field.files.length
        : field.value !== field.defaultValue,
  )
const busy = (panel) => panel.classList.contains("on") || typed(panel)
const writing = () => all("[data-panels] form", article).some((form) => !form.dataset.sent && Boolean(typed(form)))

/* replaces the page by its current version */
function here() {
  const address = new URL(location.href)
  address.searchParams.delete("do")
  address.hash = ""
  return address.href
}
function renew(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-case][data-seq]")
  if (!fresh || fresh.dataset.reference !== article.dataset.reference) return
  const focused = whereFocusIs()
  const before = new Set(all(".journal > li", article).map((one) => one.textContent))
  mergePanels(fresh)
  window.Idiomorph.morph(article, fresh, {
    callbacks: {
      beforeNodeMorphed: (old) => !old.matches?.("[data-keep], [data-panels]"),
      beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
    },
  })
  all(".journal > li", article).forEach((one) => one.classList.toggle("arrived", !before.has(one.textContent)))
  window.htmx?.process(article)
  document.dispatchEvent(new CustomEvent("case:renewed"))
  focusAgain(focused)
}

/* untouched forms are replaced; a form in use stays, even when its gesture is gone */
function mergePanels(fresh) {
  const mine = article.querySelector("[data-panels]")
  const theirs = all("[data-panels] > section", fresh)
  for (const panel of all(":scope > section", mine)) if (!busy(panel)) panel.remove()
  for (const panel of theirs) {
    if (document.getElementById(panel.id)) continue
    const made = mine.appendChild(document.importNode(panel, true))
    if ("givenBack" in made.dataset && all(":scope > section.on", mine).length > 1) made.classList.remove("on")
    window.htmx?.process(made)
  }
}

function whereFocusIs() {
  const el = document.activeElement
  if (!el || !article.contains(el) || el.closest("[data-panels]")) return ""
  if (el.id) return `#${CSS.escape(el.id)}`
  if (el.dataset.panel) return `[data-panel="${el.dataset.panel}"]`
  if (el.dataset.key) return `[data-key="${el.dataset.key}"]`
  return el.getAttribute("href") ? `[href="${CSS.escape(el.getAttribute("href"))}"]` : ""
}
function focusAgain(selector) {
  if (!selector || article.contains(document.activeElement)) return
  ;(article.querySelector(selector) || article.querySelector(".do .btn"))?.focus({ preventScroll: true })
}

if (article) {
  document.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target === article) detail.path = here()
    if (target.id !== "watch") return
    detail.parameters.after = article.dataset.seq
    if (writing()) detail.parameters.writing = "1"
  })
  document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
    if (target !== article) return
    detail.shouldSwap = false
    if (detail.xhr.status === 200) renew(detail.serverResponse)
  })
  /* parts loaded on demand (the gloss, similar cases) stay when the rest is replaced */
  document.addEventListener("htmx:afterSwap", (event) => {
    if (article.contains(event.detail.target)) event.detail.target.dataset.keep = ""
  })
  article.addEventListener("input", () => {
    if (writing() !== article.writing) {
      article.writing = writing()
      document.dispatchEvent(new CustomEvent("writing"))
    }
  })
  addEventListener("pagehide", () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")
    if (!token || !document.getElementById("watch")) return // the case is no longer readable
    const body = new FormData()
    body.set("csrfmiddlewaretoken", token.value)
    navigator.sendBeacon(article.dataset.leave, body)
  })
}
