/* One case, while someone reads it: what others do to it appears, who else is there is told, typed words stay.

   Asks every 4 seconds while the page is seen; 204 when nothing moved. What moved is read from the page itself and put in
   place; a form with words in it is left as it is, and the server says what changed when it is sent. */
const EVERY = 4000
const article = document.querySelector("[data-live]")
const all = (selector, from = document) => [...from.querySelectorAll(selector)]
let have = "", over = false

const typed = (form) => form.closest("[data-drafted]") || all("textarea, input:not([type=hidden], [type=radio], [type=checkbox]), select", form).some((field) => (field.matches("select") ? all("option", field).some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0 : field.type === "file" ? field.files.length : field.value !== field.defaultValue))
const busy = (panel) => panel.classList.contains("on") || typed(panel)
const writing = () => all("[data-panels] form", article).some((form) => !form.dataset.sent && Boolean(typed(form)))

async function poll() {
  if (over || document.visibilityState === "hidden") return
  const url = new URL(article.dataset.live, location.href)
  url.searchParams.set("after", article.dataset.seq)
  url.searchParams.set("have", have)
  if (writing()) url.searchParams.set("writing", "1")
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (answer.status !== 200) return
  const news = await answer.json()
  if (news.gone) { over = true; return tell(news.words) }
  people(news)
  if (String(news.seq) !== article.dataset.seq) { await renew(); tell(news.words) }
}

function people(news) {
  if (news.mark === have) return
  have = news.mark
  const said = article.querySelector("[data-others-said]")
  article.querySelector("[data-others]").innerHTML = news.others
  said.textContent = news.said ? `${said.dataset.tHere} ${news.said}` : said.dataset.tNobody
}

function tell(words) {
  const bar = article.querySelector("[data-news]")
  bar.hidden = false
  bar.textContent = words
}

/* the page as it is now, put in the place of what is shown */
async function renew() {
  const address = new URL(location.href)
  address.searchParams.delete("do")
  address.hash = ""
  const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } })
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]")
  if (!fresh || fresh.dataset.reference !== article.dataset.reference) return
  const focused = whereFocusIs()
  const before = new Set(all(".journal > li", article).map((one) => one.textContent))
  mergePanels(fresh)
  window.Idiomorph.morph(article, fresh, {
    callbacks: {
      beforeNodeMorphed: (old) => !(old.matches?.("[data-keep], [data-panels]")),
      beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
    },
  })
  all(".journal > li", article).forEach((one) => one.classList.toggle("arrived", !before.has(one.textContent)))
  window.htmx?.process(article)
  document.dispatchEvent(new CustomEvent("case:renewed"))
  focusAgain(focused)
}

/* the forms that nobody touched are those of the new page; a form in hand stays, even when its gesture is gone */
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

/* see it again: the small form comes in a dialog instead of a page of its own */
async function later(link) {
  const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } })
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const dialog = document.createElement("dialog")
  dialog.className = "dialog later-dialog"
  dialog.setAttribute("aria-labelledby", "later-title")
  const title = page.querySelector("h1")
  const head = document.createElement("header"), h2 = document.createElement("h2"), body = document.createElement("div")
  h2.id = "later-title"
  h2.textContent = title.textContent
  body.className = "dialog-body"
  body.append(...all("main .later, main .later-now", page).map((part) => document.importNode(part, true)))
  head.append(h2)
  dialog.append(head, body)
  document.body.append(dialog)
  dialog.addEventListener("close", () => { dialog.remove(); link.focus() })
  dialog.showModal()
  dialog.querySelector("[data-first]")?.focus()
}

if (article) {
  poll().catch(() => {})
  setInterval(() => poll().catch(() => {}), EVERY)
  document.addEventListener("visibilitychange", () => poll().catch(() => {}))
  /* what was asked for since the page came (the gloss, those that look like it) stays when the rest is renewed */
  document.addEventListener("htmx:afterSwap", (event) => { if (article.contains(event.detail.target)) event.detail.target.dataset.keep = "" })
  article.addEventListener("input", () => { if (writing() !== article.writing) { article.writing = writing(); poll().catch(() => {}) } })
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-later]")
    if (!link || event.ctrlKey || event.metaKey || event.button) return
    event.preventDefault()
    later(link).catch(() => location.assign(link.href))
  })
  addEventListener("pagehide", () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")
    if (!token || over) return
    const body = new FormData()
    body.set("csrfmiddlewaretoken", token.value)
    navigator.sendBeacon(article.dataset.leave, body)
  })
}
