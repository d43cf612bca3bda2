/* The call screen: suggestions while typing, the answer, the forms in the middle, the draft. */
import { Keeper } from "./draft.js"

const desk = document.getElementById("desk")
const said = document.getElementById("said")
const read = document.getElementById("read")
const pane = document.getElementById("pane")
const found = document.getElementById("found")
const kept = document.getElementById("kept")
const base = desk.dataset.base
const t = (name) => desk.dataset[`t${name[0].toUpperCase()}${name.slice(1)}`]
const all = (selector, from = document) => [...from.querySelectorAll(selector)]
const values = JSON.parse(document.getElementById("draft-values").textContent)
values.fields ||= {}
values.dropped ||= []
values.matter = Number(desk.dataset.matters)
const REST = 1000 // ms between the notice about a key and a second press that counts
const arrived = (el) => document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: el } }))

/* ---- the draft, and its status ---- */
const keeper = new Keeper({
  url: `${base}draft`,
  store: `parvis-draft-${desk.dataset.user}-${desk.dataset.contact}`,
  seq: Number(desk.dataset.seq),
  values,
  onState(name, words) {
    kept.dataset.state = { unkept: "unsaved", kept: "saved", failed: "failed", out: "failed", gone: "failed" }[name]
    kept.textContent = { unkept: t("unkept"), kept: words, failed: t("failed"), out: t("out"), gone: t("elsewhere") }[
      name
    ]
  },
})
function keep(changes) {
  Object.assign(values, changes)
  keeper.changed()
}

/* ---- the answer in the middle ---- */
const shown = () => read.querySelector(".answer[data-slug]")
const lang = () => values.lang || desk.dataset.language || "fr"
const audience = () => values.audience || read.querySelector("[data-audience-switch]")?.value || "resident"
const where = () => values.fields["place-address"] || values.fields["case-address"] || ""
const mirror = (name, value) =>
  all(`[data-mirror="${name}"]`).forEach((field) => {
    field.value = value
  })

function settle() {
  const answer = shown(),
    open = values.pane || "read"
  const title = answer?.dataset.title || ""
  mirror("text", said.value)
  mirror("subject", answer?.dataset.slug || "")
  mirror("stamp", answer?.dataset.stamp || "")
  mirror("address", answer?.dataset.address || "")
  mirror("lang", answer?.dataset.lang || lang())
  mirror("audience", answer?.dataset.audience || audience())
  const about = document.getElementById("now-about")
  if (about) about.textContent = title || t("unknown")
  const tab = document.getElementById("tab-title")
  if (tab && (title || said.value)) tab.textContent = title || said.value.slice(0, 60)
  const f2 = document.getElementById("f2"),
    plus = document.getElementById("plus")
  f2.disabled = open !== "read" && open !== "opened"
  document.getElementById("f2-word").textContent = answer || said.value.trim() ? t("close") : t("end")
  plus.disabled = open !== "read" || !answer?.dataset.answer
  document.getElementById("email-it").disabled = open !== "read" || !answer?.dataset.answer
  document.getElementById("today").hidden = said.value.trim() !== ""
}

async function piece(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.text()
}
function put(where, html) {
  where.innerHTML = html
  arrived(where)
}
/* Of several requests for the same part of the screen, only the last one counts: `const isLast = turn("place")`. */
const turns = {}
function turn(part) {
  const mine = (turns[part] = (turns[part] || 0) + 1)
  return () => mine === turns[part]
}
let coming = "" // the subject whose answer was asked for, until it arrives
async function show(slug) {
  const isLast = turn("read")
  coming = slug
  const query = new URLSearchParams({ lang: lang(), audience: audience(), address: where(), q: said.value })
  try {
    const html = await piece(`${base}answer/${encodeURIComponent(slug)}?${query}`)
    if (!isLast()) return
    put(read, html)
    settle()
  } catch (error) {
    if (isLast()) throw error
  } finally {
    if (isLast()) coming = ""
  }
}
/* an unchanged incident is not replaced: the focus and the checkbox stay as the agent left them */
function putIncident(html) {
  const box = document.getElementById("incident")
  const names = (from) =>
    all(".incident-here form", from)
      .map((form) => form.getAttribute("action"))
      .join()
  const made = document.createElement("div")
  made.innerHTML = html
  if (names(made) === names(box) && box.querySelector("[lang]")?.lang === made.querySelector("[lang]")?.lang) return
  put(box, html)
}
let asking, timer // asking: the request in progress, if any
function pick(slug) {
  const late = asking
  keep({ subject: slug, picked: true })
  if (late) suggest() // asked again with the pick: the words may tell a danger
  all("[data-slug]", found).forEach((link) => link.toggleAttribute("aria-current", link.dataset.slug === slug))
  all("[aria-current]", found).forEach((link) => link.setAttribute("aria-current", "true"))
  leaveOpened()
  if (values.pane === "case") {
    pane.dataset.subject = slug
    openPane("case", slug)
  } else {
    toRead()
    show(slug).catch(() => location.assign(`${base}?subject=${slug}`))
  }
}

/* ---- suggestions: only the latest response is shown, and none asked for before the agent picked a subject ---- */
async function suggest() {
  asking?.abort()
  const mine = (asking = new AbortController())
  const answer = shown()
  const query = new URLSearchParams({
    q: said.value,
    lang: values.lang || "",
    audience: audience(),
    subject: values.subject || "",
    picked: values.picked ? "1" : "0",
    address: where(),
  })
  query.set(
    "have",
    answer
      ? [
          answer.dataset.slug,
          answer.dataset.lang,
          answer.dataset.audience,
          answer.dataset.verdict || "",
          ...(answer.dataset.water ? [answer.dataset.stamp] : []),
        ].join(":")
      : "none",
  )
  values.dropped.forEach((word) => query.append("drop", word))
  try {
    const reply = await fetch(`${base}suggest?${query}`, {
      signal: mine.signal,
      headers: { "X-Requested-With": "fetch" },
    })
    if (!reply.ok) return
    const news = await reply.json()
    if (mine.signal.aborted) return
    put(found, news.found)
    put(document.getElementById("danger"), news.danger)
    putIncident(news.incident)
    if (news.read !== null) put(read, news.read)
    document.getElementById("count").textContent = news.said
    if (!gloss.hidden) showGloss(found.querySelector("[data-gloss]") !== null)
    if (news.slug !== values.subject) {
      values.subject = news.slug
      values.picked = false
    }
    settle()
  } catch (error) {
    if (error.name !== "AbortError") document.getElementById("count").textContent = ""
  } finally {
    if (asking === mine) asking = null
  }
}
said.addEventListener("input", () => {
  leaveOpened()
  keep({ text: said.value })
  settle()
  clearTimeout(timer)
  timer = setTimeout(suggest, 80)
})
said.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault()
    document.getElementById("middle").focus()
  }
  if (event.key === "Escape") {
    event.preventDefault()
    document.getElementById("middle").focus()
  }
})
said.form.addEventListener("submit", (event) => event.preventDefault())

/* ---- forms in the middle ---- */
function leaveOpened() {
  const opened = document.querySelector(".opened")
  if (!opened) return
  opened.remove()
  history.replaceState(null, "", base)
  read.hidden = false
}
function toRead() {
  if ((values.pane || "read") !== "read") keep({ pane: "read" })
  pane.hidden = true
  pane.replaceChildren()
  read.hidden = false
  settle()
  if (where() !== (shown()?.dataset.address || "")) againForAddress()
}
let opening = 0
async function openPane(name, subject, back = "case-subject") {
  /* an incident is public: the key that opened its form neither submits it nor moves the focus */
  const form = name === "incident" && !pane.hidden && pane.querySelector("[data-pane-form=incident]")
  if (form) return form.contains(document.activeElement) || form.querySelector("input:not([type=hidden])").focus()
  const turn = ++opening
  leaveOpened()
  if (name === "read") {
    toRead()
    return said.focus()
  }
  keep({ pane: name })
  const slug =
    subject ??
    (values.fields["case-subject"] && name === "case" ? values.fields["case-subject"] : shown()?.dataset.slug || "")
  const query = new URLSearchParams({ subject: slug, text: said.value, lang: lang(), audience: audience() })
  if (values.fields["case-nature"] && back === "case-nature") query.set("nature", values.fields["case-nature"])
  if (name === "work")
    for (const [field, value] of Object.entries(values.fields))
      if (field === "work-name" || field.startsWith("in-")) query.set(field, value)
  let html
  try {
    html = await piece(`${base}pane/${name}?${query}`)
  } catch {
    return location.assign(name === "work" ? `${base}?pane=work&${query}` : `${base}?pane=${name}`)
  }
  if (turn !== opening) return
  /* keeps the caret of an agent who went on typing while the form was fetched */
  const here = subject !== undefined && pane.contains(document.activeElement) ? document.activeElement : null
  const caret = here?.matches("textarea, input:not([type=radio], [type=checkbox])") ? here.selectionEnd : null
  put(pane, html)
  if (name === "case") {
    delete values.fields["case-subject"]
    if (back !== "case-nature") delete values.fields["case-nature"]
  }
  fill(pane, slug)
  if (name === "place") tellPlace()
  countText()
  pane.hidden = false
  read.hidden = true
  settle()
  const first = pane.querySelector("textarea:not([type=hidden]), select, input:not([type=hidden])")
  const same =
    here?.name &&
    all(`[name="${CSS.escape(here.name)}"]`, pane).find(
      (field) => field.type !== "hidden" && (field.type !== "radio" || field.value === here.value),
    )
  ;(
    pane.querySelector("[data-focus]") ||
    same ||
    (subject === undefined ? first : pane.querySelector(`[name="${back}"]`)) ||
    pane.querySelector("h2")
  )?.focus()
  if (same && caret !== null) same.setSelectionRange?.(caret, caret)
  else document.getElementById("middle").scrollTop = 0
  /* a typed title replaces the suggested one */
  const at = document.activeElement
  if (name === "incident" && !same && at.matches("input[type=text]") && !(at.name in values.fields)) at.select()
  /* the suggestions of a field were removed with it: typing requests them again */
  if (same?.dataset.combobox && !document.getElementById(same.dataset.comboboxValue)?.value)
    same.dispatchEvent(new Event("input", { bubbles: true }))
}
/* Restores what was typed in a form before it was replaced; the subject is the one just chosen. */
const NEVER = /-(key|subject|text|case|language)$/
function fill(from, slug) {
  all("input, select, textarea", from).forEach((field) => {
    const name = field.name
    if (!name || NEVER.test(name) || !(name in values.fields)) return
    const value = values.fields[name]
    if (field.type === "radio") field.checked = field.value === value
    else if (field.type === "checkbox") field.checked = value === "on"
    else field.value = value
  })
  const choice = from.querySelector("[name=case-subject]")
  if (choice && slug) choice.value = slug
  mirror("text", said.value)
}
// scrolls an opened section into view
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.matches(".full")) target.scrollIntoView({ block: "nearest" })
  },
  true,
)
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.button) return
  const link = event.target.closest(
    "[data-slug][href], [data-pane], [data-gloss], [data-drop], [data-undrop], [data-toggle-lang]",
  )
  if (!link) return
  event.preventDefault()
  if (link.dataset.slug) pick(link.dataset.slug)
  else if (link.dataset.work) openWork(link.dataset.work)
  else if ("gloss" in link.dataset) showGloss(gloss.hidden)
  else if (link.dataset.pane) openPane(link.dataset.pane)
  else if (link.dataset.drop) drop([...values.dropped, link.dataset.drop])
  else if (link.dataset.undrop) drop(values.dropped.filter((word) => word !== link.dataset.undrop))
  else languageChoice(lang() === "en" ? "fr" : "en")
})
function drop(dropped) {
  keep({ dropped, picked: false })
  suggest()
  said.focus()
}

/* the French gloss of English words: the same key shows and hides it */
const gloss = document.getElementById("gloss")
async function showGloss(wanted) {
  gloss.hidden = !wanted
  if (!wanted) return
  const isLast = turn("gloss")
  const query = new URLSearchParams({ q: said.value, subject: shown()?.dataset.slug || "" })
  try {
    const html = await piece(`${base}gloss?${query}`)
    if (isLast()) put(gloss, html)
  } catch {
    if (isLast()) gloss.hidden = true
  }
}

/* every field of the middle forms and of the person's pane is part of the draft */
function remember(field) {
  const name = field.dataset.draft || (field.closest("#pane") ? field.name : "")
  if (!name || field === said || field.name === "csrfmiddlewaretoken" || "draftSkip" in field.dataset) return
  if (field.type === "radio" && !field.checked) return
  values.fields[name] = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value
  const hidden = field.dataset.comboboxValue && document.getElementById(field.dataset.comboboxValue)
  if (hidden) values.fields[hidden.dataset.draft || hidden.name] = hidden.value
  keeper.changed()
}
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const field = event.target
    if (!field.matches?.("input, select, textarea")) return
    remember(field)
    if (kind === "change") moved(field)
  })
}
const OUTLOOK = new Set(["case-nature", "case-audience", "case-place", "case-words", "case-address"])
let looking
function moved(field) {
  if (field.matches("[data-audience-switch]")) return audienceIs(field.value)
  if (field.name === "english_ground") return ground(field.value)
  if (field.name === "case-subject") return openPane("case", field.value)
  if (field.name === "case-nature")
    return openPane("case", pane.querySelector("[name=case-subject]").value, "case-nature")
  if (field.name === "transfer-receiver" && field.checked)
    all("[name=transfer-department]", pane).forEach((room) => {
      room.checked = room.value === field.dataset.department
    })
  if (field.name === "transfer-department")
    all("[name=transfer-receiver]", pane).forEach((one) => {
      if (one.dataset.department !== field.value) one.checked = false
    })
  if (field.name === "callback-at" && field.value)
    all("[name=callback-when]", pane).forEach((one) => {
      one.checked = one.value === "other"
    })
  if (field.name === "place-find") return tellPlace()
  if (field.name === "case-find" && document.getElementById("id_case-person")?.value)
    all("[name=case-who]", pane).forEach((one) => {
      one.checked = one.value === "known"
    })
  if (OUTLOOK.has(field.name)) {
    clearTimeout(looking)
    looking = setTimeout(outlook, 60)
  }
}
/* the answers for an address load after the pane, which shows at once */
async function tellPlace() {
  const form = pane.querySelector("[data-place]")
  if (!form) return
  const query = new URLSearchParams(new FormData(form))
  query.set("lang", lang())
  query.set("subject", shown()?.dataset.slug || "")
  const isLast = turn("place")
  try {
    const html = await piece(`${form.dataset.place}?${query}`)
    if (!isLast() || !form.isConnected) return
    put(document.getElementById("place-told"), html)
    mirror("text", said.value)
  } catch {
    if (isLast() && form.isConnected) form.submit()
  }
}
/* a calculator: its form is submitted, and comes back with the result or with the next questions */
function openWork(key) {
  if (values.fields["work-name"] !== key) typedForWork({ "work-name": key })
  return openPane("work")
}
function typedForWork(typed) {
  for (const name of Object.keys(values.fields)) if (name.startsWith("in-")) delete values.fields[name]
  Object.assign(values.fields, typed)
  keeper.changed()
}
async function workOut(form) {
  const typed = Object.fromEntries(
    [...new FormData(form)].filter(([name]) => name === "work-name" || name.startsWith("in-")),
  )
  const turn = ++opening
  typedForWork(typed)
  let html
  try {
    html = await piece(`${base}pane/work?${new URLSearchParams({ ...typed, text: said.value, lang: lang() })}`)
  } catch {
    return form.submit()
  }
  if (turn !== opening) return
  put(pane, html)
  mirror("text", said.value)
  document.getElementById("middle").scrollTop = 0
  const asked = all("fieldset", pane).find((one) => one.querySelector("[type=radio]") && !one.querySelector(":checked"))
  ;(
    pane.querySelector("[aria-invalid]") ||
    document.getElementById("work-told") ||
    asked?.querySelector("input") ||
    pane.querySelector("h2")
  )?.focus()
}
async function outlook() {
  const form = pane.querySelector("[data-outlook]")
  if (!form) return
  const query = new URLSearchParams(
    [...new FormData(form)].filter(([name]) => name.startsWith("case-") && name !== "case-key"),
  )
  const isLast = turn("outlook")
  try {
    const html = await piece(`${form.dataset.outlook}?${query}`)
    if (isLast() && form.isConnected) put(document.getElementById("outlook"), html)
  } catch {
    /* the promise is read aloud again once the request is opened */
  }
}

/* ---- language and audience of the answer ---- */
async function post(url, data) {
  const body = new FormData()
  body.set("csrfmiddlewaretoken", keeper.token())
  Object.entries(data).forEach(([name, value]) => body.set(name, value))
  return fetch(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } })
}
async function languageChoice(to) {
  if (!desk.dataset.english) return
  keep({ lang: to })
  await post(`${base}describe/`, { language: to }).catch(() => {})
  await again(to)
}
/* replaces the text read to the person without touching the field being typed in */
async function again(to) {
  await keeper.save()
  const answer = shown() // the boil-water answer is not a picked subject: it is searched for again
  const slug = coming || (answer && !answer.dataset.water ? answer.dataset.slug : "")
  const url = slug ? `${base}?lang=${to}&subject=${slug}` : `${base}?lang=${to}`
  if (!pane.hidden) return location.assign(url)
  const isLast = turn("read")
  coming = slug
  let page
  try {
    page = new DOMParser().parseFromString(await piece(url), "text/html")
  } catch {
    return location.assign(url)
  }
  if (!page.getElementById(read.id)) return location.assign(url)
  const was = document.getElementById("ground-form"),
    asked = page.getElementById("ground-form")
  was?.remove()
  if (asked) read.before(asked)
  if (asked) arrived(asked)
  /* a subject picked meanwhile was asked for in this language already */
  if (isLast()) coming = ""
  const parts = isLast() ? [document.getElementById("incident"), read] : [document.getElementById("incident")]
  for (const part of parts) put(part, page.getElementById(part.id).innerHTML)
  desk.dataset.language = page.getElementById("desk").dataset.language
  settle()
  if (document.activeElement === document.body) said.focus()
}
async function ground(value) {
  if (!value) return
  await post(`${base}describe/`, { language: "en", english_ground: value }).catch(() => {})
  const form = document.getElementById("ground-form"),
    field = document.getElementById("ground")
  document.getElementById("ground-said").textContent = field.selectedOptions[0].textContent
  form.classList.remove("warm")
  form.open = false
  if (values.pane === "case") return openPane("case", pane.querySelector("[name=case-subject]")?.value)
  ;(read.querySelector("[data-toggle-lang]") || form.querySelector("summary")).focus()
}
function audienceIs(value) {
  keep({ audience: value })
  post(`${base}describe/`, { audience: value }).catch(() => {})
  const answer = shown()
  if (answer)
    show(coming || answer.dataset.slug)
      .then(() => read.querySelector("[data-audience-switch]")?.focus())
      .catch(() => {})
}

/* ---- the person's pane ---- */
const person = document.getElementById("person")
async function sendPerson(form) {
  const reply = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { "X-Requested-With": "fetch" },
  })
  if (!reply.ok && reply.status !== 422) return form.submit()
  if (reply.ok) for (const name of Object.keys(values.fields)) if (name.startsWith("new.")) delete values.fields[name]
  put(person, await reply.text())
  const to = document.getElementById("email-to")
  if (reply.ok && !values.fields.email) to.value = person.querySelector("[data-email]")?.dataset.email || ""
  const line = document.getElementById("tab-line")
  if (line && reply.ok) line.textContent = person.querySelector("[data-name]")?.dataset.name || t("nobody")
  if (reply.ok && values.pane === "case") {
    delete values.fields["case-who"]
    delete values.fields["case-person"]
    openPane("case", pane.querySelector("[name=case-subject]")?.value)
  } else person.querySelector("[aria-invalid], [data-key=F7]")?.focus()
  keeper.changed()
  /* the person's language applies until the agent chooses one */
  const theirs = person.querySelector("[data-language]")?.dataset.language
  if (reply.ok && theirs && !values.lang && desk.dataset.english && theirs !== desk.dataset.language)
    return again(theirs)
  if (reply.ok) againForAddress()
}
/* an answer that differs by area is reloaded once the person's address is known */
function againForAddress() {
  const answer = shown()
  if (answer?.dataset.byArea && !coming) show(answer.dataset.slug).catch(() => {})
}
person.addEventListener("submit", (event) => {
  event.preventDefault()
  sendPerson(event.target).catch(() => event.target.submit())
})
person.addEventListener("combobox:choose", (event) => {
  if (event.target.id === "id_find_person") sendPerson(event.target.form).catch(() => event.target.form.submit())
})

/* ---- text messages: sent without leaving the screen ---- */
function countText() {
  const field = pane.querySelector("[data-count]"),
    count = field && document.getElementById(field.dataset.count)
  if (count) count.textContent = `${field.value.length} / ${count.dataset.longest}`
}
async function sendText(form) {
  const reply = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { "X-Requested-With": "fetch" },
  })
  if (reply.redirected) return location.assign(reply.url)
  if (!reply.ok && reply.status !== 422 && reply.status !== 409) return form.submit()
  const html = await reply.text()
  if (!reply.ok) {
    put(pane, html)
    countText()
    return (pane.querySelector("[aria-invalid]") || pane.querySelector("h2"))?.focus()
  }
  for (const name of Object.keys(values.fields)) if (name.startsWith("text-")) delete values.fields[name]
  keep({ pane: "read" })
  await keeper.save()
  const next = reply.headers.get("X-Next")
  if (next) return location.assign(base + next)
  document.getElementById("texts").outerHTML = html
  htmx.process(document.getElementById("texts"))
  toRead()
  document.querySelector("#texts button")?.focus()
}
pane.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-text-form]")) return
  event.preventDefault()
  sendText(event.target).catch(() => event.target.submit())
})
pane.addEventListener("input", countText)

/* ---- leaving: local words are cleared ---- */
document.addEventListener("submit", (event) => {
  const form = event.target
  if (event.defaultPrevented || form.method !== "post" || person.contains(form)) return
  mirror("text", said.value)
  if (form.matches("#answered, #email-answer, .pane-form")) {
    keeper.mirror()
    keeper.pause()
  }
})
pane.addEventListener("submit", (event) => {
  if (event.target.matches("[data-place]")) {
    event.preventDefault()
    tellPlace()
  }
  if (event.target.matches("[data-work-form]")) {
    event.preventDefault()
    workOut(event.target)
  }
})
/* hides a result that no longer matches the values typed */
pane.addEventListener("input", (event) => {
  if (event.target.closest("[data-work-form]")) document.getElementById("work-told")?.remove()
})
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload()
})

/* ---- keys without a button of their own ---- */
/* When closing a contact brings up another, the same key pressed again does not close it. Any other action first, or F2
   again a second after the notice, makes the key work. */
const cameNext = document.querySelector("#answered [name=came_next]")
let noticed = 0
if (cameNext) {
  const answered = document.getElementById("answered")
  const busyHere = (event) => {
    if (!answered.contains(event.target) && !/^(F2|Shift|Control|Alt|Meta)$/.test(event.key)) cameNext.remove()
  }
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, busyHere)
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "F2" || !cameNext.isConnected) return
      if (!event.repeat && noticed && Date.now() - noticed > REST) return cameNext.remove()
      event.preventDefault()
      event.stopImmediatePropagation()
      noticed = Date.now()
      notice(t("next"))
    },
    true,
  )
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && pane.contains(event.target)) {
    event.preventDefault()
    pane.querySelector(".pane-acts .main")?.click()
  }
})

/* ---- the answer was republished while on the screen ---- */
let fresh = null
document.addEventListener("incidents", () => suggest())
document.addEventListener("edition", async () => {
  const answer = shown()
  if (!answer || answer.dataset.water) return said.value.trim() ? suggest() : undefined
  const query = new URLSearchParams({ lang: lang(), audience: audience(), address: where(), q: said.value })
  const isLast = turn("edition")
  let html
  try {
    html = await piece(`${base}answer/${encodeURIComponent(answer.dataset.slug)}?${query}`)
  } catch {
    return
  }
  const other = new DOMParser().parseFromString(html, "text/html").querySelector(".answer")
  if (!other || other.dataset.stamp === answer.dataset.stamp || !isLast() || shown() !== answer) return
  fresh = html
  const button = document.createElement("button"),
    key = document.createElement("kbd"),
    line = notice(t("changed"), "changed")
  key.textContent = "R"
  button.className = "btn small"
  button.type = "button"
  button.dataset.key = "r"
  button.append(`${t("show")} `, key)
  button.addEventListener("click", () => {
    line.remove()
    if (shown()?.dataset.slug !== answer.dataset.slug) return // another one is read by now
    put(read, fresh)
    settle()
    suggest()
    document.getElementById("middle").focus()
  })
  line.append(button)
})
function notice(text, name = "") {
  const line = document.createElement("div"),
    words = document.createElement("p")
  line.className = `note warm ${name}`
  line.setAttribute("role", "status")
  words.textContent = text
  line.append(words)
  document.getElementById("notice").replaceChildren(line)
  return line
}

/* ---- loading: deletes the words of finished contacts from this browser; the newer of the two drafts wins ---- */
try {
  const mine = `parvis-draft-${desk.dataset.user}-`
  for (const name of Object.keys(localStorage))
    if (name.startsWith(mine) && !document.getElementById(`tab-${name.slice(mine.length)}`))
      localStorage.removeItem(name)
} catch {
  /* storage is blocked: nothing to delete */
}
const lost = keeper.unacknowledged()
if (lost) {
  keeper.seq = lost.seq
  Object.assign(values, lost.values)
  values.fields ||= {}
  values.dropped ||= []
  if (said.value !== (values.text || "")) {
    said.value = values.text || ""
    suggest()
  }
  fill(document, "")
  if (values.pane && values.pane !== "read" && pane.hidden) openPane(values.pane)
  if ((values.pane || "read") === "read" && !pane.hidden && !location.search) toRead()
  keeper.changed()
  kept.textContent = t("restored")
}
all("[data-draft^='new.']").forEach((field) => {
  if (values.fields[field.dataset.draft] && !field.value) field.value = values.fields[field.dataset.draft]
})
/* browsers apply "autofocus" after this script, and would put the caret before the words */
if (values.pane === "place" && !pane.hidden) tellPlace()
countText()
if (said.autofocus || document.activeElement === said) {
  said.focus()
  said.setSelectionRange(said.value.length, said.value.length)
}
settle()
