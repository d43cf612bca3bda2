/* The page of calls taken offline: the call being written, the stored calls, and their entry once online. */
import * as store from "./store.js"

const EVERY = 5000
const AGAIN = 600000 // ms between two refreshes of the kit
const byId = (id) => document.getElementById(id)
const words = byId("words").dataset
const form = byId("call")
const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "")
const make = (tag, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes)
  element.append(...children)
  return element
}
let kit,
  current,
  reachable,
  entering = false,
  signedOut = false,
  writing = false,
  newer = false,
  settling = false // a call is being kept or dropped: what is typed until the next one is shown belongs to none
const unkept = new Set() // numbers told for a call that could not be stored: this page tells them to nobody else

/* --- The call being written --------------------------------------------------------------------------------------- */
const values = () => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]))
const written = (given) => ["words", "name", "phone", "email", "place", "subject"].some((name) => given[name])
const local = (moment) => {
  const there = new Date(moment - new Date(moment).getTimezoneOffset() * 60000)
  return there.toISOString().slice(0, 16)
}

async function begin(call) {
  const free = (await store.numbers()).find((one) => !one.use && !unkept.has(one.reference))
  current = call || { reference: free?.reference || "", state: "open", started: 0, values: {}, wrong: {} }
  form.reset()
  showSubject(current.values.subject || "", current.values)
  for (const [name, value] of Object.entries(current.values)) {
    const field = form.elements[name]
    if (field) field.value = value
  }
  if (!current.values.taken) form.elements.taken.value = ""
  byId("number").textContent = current.reference || words.none
  byId("none").hidden = Boolean(current.reference) || !kit
  showWrong(current.message || "", current.wrong || {})
}

function changed() {
  if (settling || !current?.reference) return
  const given = values()
  if (!current.started && written(given)) {
    current.started = store.now()
    if (!given.taken) current.first = form.elements.taken.value = given.taken = local(current.started)
  }
  if (!current.started) return
  current.values = given
  writeDown()
}
/* Each change is stored as soon as the previous one is: a crash loses at most the change in progress. */
async function writeDown() {
  newer = true
  if (writing) return
  writing = true
  while (newer) {
    newer = false
    await keptHere(current)
  }
  writing = false
  await show()
}
/* Stores a call; false, with a message, when the browser could not (disk full). */
async function keptHere(call) {
  const kept = await store.writeCall(call).then(
    () => true,
    () => false,
  )
  byId("full").hidden = kept
  if (kept) unkept.delete(call.reference)
  else unkept.add(call.reference)
  return kept
}
form.addEventListener("input", changed)
form.addEventListener("change", (event) => {
  if (event.target.name === "subject") {
    showSubject(event.target.value, { ...values(), nature: undefined })
    changed()
  }
})

form.addEventListener("submit", (event) => {
  event.preventDefault()
  const given = values(),
    wrong = problems(given)
  if (Object.keys(wrong).length) return showWrong(words.missing, wrong, true)
  settle(() => keepCall(given))
})
byId("drop").addEventListener("click", () => settle(drop))

async function settle(act) {
  if (settling) return
  settling = true
  newer = false
  await act().finally(() => {
    settling = false
  })
}

async function keepCall(given) {
  const typed = given.taken !== current.first && given.taken ? new Date(given.taken).getTime() : 0
  const started = typed || current.started || store.now()
  const length = typed || current.ended ? current.ended - current.started || 0 : store.now() - started
  const call = { ...current, values: given, started, ended: started + length, first: given.taken }
  if (!(await keptHere({ ...call, state: "kept", wrong: {}, message: "" }))) return
  await begin()
  form.elements.words.focus()
  tell(say(words.kept, { number: call.reference }))
  await show()
  enterAll()
}

async function drop() {
  if (current.state === "refused" || current.state === "kept") return begin().then(show)
  /* a call that could not be stored went on paper, under its number */
  const use = current.paper || unkept.has(current.reference) ? "paper" : ""
  if (current.started) await store.forgetCall(current.reference, use).catch(() => {})
  await begin()
  form.elements.words.focus()
  await show()
}

function problems(given) {
  const wrong = {},
    subject = kit?.subjects[given.subject]
  if (!current.reference) wrong.reference = words.none
  if (!given.words) wrong.words = words.needWords
  if (subject?.place === "required" && !given.place && given.nature !== "comment") wrong.place = words.needPlace
  if (!given.name && (given.phone || given.email)) wrong.name = words.needName
  if (given.phone && !given.phone.startsWith("+") && given.phone.replace(/\D/g, "").length < 10)
    wrong.phone = words.needPhone
  if (given.email && !/^\S+@[^\s@]+\.[^\s@]+$/.test(given.email)) wrong.email = words.needEmail
  const typed = given.taken !== current.first && new Date(given.taken).getTime()
  if (typed > store.now() + 300000) wrong.taken_at = words.needPast
  if (!given.taken && current.paper) wrong.taken_at = words.needTime
  if (given.nature !== "comment")
    for (const one of subject?.questions || [])
      if (one.required && !given[`ask-${one.key}`]) wrong[one.key] = words.needAnswer
  return wrong
}

/* Shows errors beside their fields and in a summary, as on every page. */
function showWrong(message, wrong, focus = false) {
  form.querySelectorAll(".error").forEach((one) => one.remove())
  form.querySelectorAll("[aria-invalid]").forEach((one) => {
    one.removeAttribute("aria-invalid")
    one.closest(".field")?.classList.remove("wrong")
  })
  const summary = byId("summary"),
    list = summary.querySelector("ul")
  summary.hidden = !message
  summary.querySelector("b").textContent = message
  list.replaceChildren(
    ...Object.entries(wrong).map(([name, text]) => {
      const field = form.elements[name === "taken_at" ? "taken" : name] || form.elements[`ask-${name}`]
      if (!field?.id) return make("li", {}, text)
      const id = `${field.id}-error`
      const box = field.closest(".field")
      box.classList.add("wrong")
      box.querySelector("label").after(make("p", { className: "error", id }, text))
      field.setAttribute("aria-invalid", "true")
      field.setAttribute("aria-describedby", id)
      return make(
        "li",
        {},
        make(
          "a",
          { href: `#${field.id}` },
          say(words.pair, { label: box.querySelector("label").firstChild.textContent.trim(), text }),
        ),
      )
    }),
  )
  if (focus) summary.focus()
}

/* The date in the town, "2026-03-02": that of the machine, in another zone, or that of Greenwich may be another day. */
const today = () =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: kit?.zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    store.now(),
  )

/* --- The subject: its questions, its answer -------------------------------------------------------------------------- */
function showSubject(slug, given) {
  const subject = kit?.subjects[slug]
  byId("questions").replaceChildren(
    ...(subject?.questions || []).map((one) => question(one, given[`ask-${one.key}`] || "")),
  )
  const short = subject?.short[given.language || "fr"] || null
  const valid = short && (!short.until || short.until >= today())
  byId("said").hidden = !subject
  byId("place-needed").hidden = subject?.place !== "required"
  form.elements.place.ariaRequired = String(subject?.place === "required")
  byId("short").textContent = valid ? short.words : words.noAnswer
  byId("short").classList.toggle("say", Boolean(valid))
  byId("goes").textContent = subject ? say(words.goes, { department: subject.department }) : ""
  byId("promised").textContent = subject?.promise ? say(words.promise, { promise: subject.promise }) : ""
  if (subject && given.nature === undefined)
    form.elements.nature.value = subject.nature === "information" ? "request" : subject.nature
}
form.elements.language.forEach((radio) =>
  radio.addEventListener("change", () => showSubject(form.elements.subject.value, values())),
)

function question(one, value) {
  const id = `ask-${one.key}`,
    common = { id, name: id, className: "input" }
  const options =
    one.kind === "yesno"
      ? [
          { value: "yes", label: words.yes },
          { value: "no", label: words.no },
        ]
      : one.choices
  const field =
    one.kind === "choice" || one.kind === "yesno"
      ? make(
          "select",
          common,
          make("option", { value: "" }, "—"),
          ...options.map((each) => make("option", { value: each.value }, each.label)),
        )
      : one.kind === "long"
        ? make("textarea", { ...common, rows: 2 })
        : make("input", { ...common, type: one.kind === "date" ? "date" : "text" })
  field.value = value
  field.ariaRequired = String(one.required)
  const box = make(
    "div",
    { className: "field" },
    make(
      "label",
      { htmlFor: id },
      `${one.label} `,
      ...(one.required ? [make("span", { className: "need", ariaHidden: "true" }, words.required)] : []),
    ),
  )
  if (one.hint) box.append(make("p", { className: "hint" }, one.hint))
  box.append(field)
  return box
}

/* --- Stored and entered calls ---------------------------------------------------------------------------------------- */
async function show() {
  const kept = (await store.calls()).filter((call) => call.state !== "open")
  byId("kept-count").textContent = kept.length
  byId("no-calls").hidden = kept.length > 0
  refill("calls", kept.map(row))
  const paper = (await store.numbers()).filter((one) => one.use === "paper")
  byId("on-paper").hidden = !paper.length
  refill("papers", paper.map(paperRow))
  const free = (await store.numbers()).filter((one) => !one.use && !unkept.has(one.reference)).length
  byId("free").textContent = say(words.free, { n: free })
}

/* Keeps the focus on a button of the list when the server comes back. */
function refill(id, rows) {
  const list = byId(id),
    held = list.contains(document.activeElement) ? document.activeElement.textContent : ""
  list.replaceChildren(...rows)
  if (held) [...list.querySelectorAll("button")].find((one) => one.textContent === held)?.focus()
}

function row(call) {
  const subject = kit?.subjects[call.values.subject]
  const when = new Date(call.started).toLocaleString(document.documentElement.lang, {
    dateStyle: "short",
    timeStyle: "short",
  })
  const item = make(
    "li",
    { className: call.state },
    make("b", { className: "ref num" }, call.reference),
    make("span", {}, [when, call.values.name, subject?.title].filter(Boolean).join(", ")),
  )
  item.append(
    make(
      "span",
      { className: `tag ${call.state === "refused" ? "bad" : "warm"}` },
      call.state === "refused" ? words.refused : words.waiting,
    ),
  )
  if (call.message)
    item.append(make("p", { className: "error" }, [call.message, ...Object.values(call.wrong)].join(" ")))
  const acts = make(
    "div",
    { className: "acts" },
    button(words.mend, call.reference, () => mend(call)),
  )
  if (call.state === "refused") acts.append(button(words.giveUp, call.reference, () => giveUp(call)))
  item.append(acts)
  return item
}

function paperRow({ reference }) {
  const enter = button(words.enterPaper, reference, async () => {
    if (busy()) return tell(words.busy)
    await begin({ reference, state: "open", started: 0, values: {}, wrong: {}, paper: true })
    form.elements.taken.focus()
  })
  const back = button(words.notUsed, reference, () =>
    store
      .setUse([reference], "")
      .then(() => (busy() ? null : begin()))
      .then(show),
  )
  return make("li", {}, make("b", { className: "ref num" }, reference), make("div", { className: "acts" }, enter, back))
}

const button = (text, reference, onclick) => {
  const made = make("button", { type: "button", className: "btn quiet small", onclick }, text)
  made.append(make("span", { className: "hush" }, ` ${reference}`))
  return made
}
const busy = () => current?.state === "open" && current.started > 0 && written(values())

async function mend(call) {
  if (busy()) return tell(words.busy)
  await begin(call)
  byId("summary").hidden ? form.elements.words.focus() : byId("summary").focus()
}
function giveUp(call) {
  const dialog = byId("give-up")
  byId("give-up-number").textContent = call.reference
  byId("give-up-yes").onclick = async () => {
    await store.forgetCall(call.reference, "void")
    dialog.close()
    if (current.reference === call.reference) await begin()
    await show()
  }
  dialog.showModal()
}

byId("print-numbers").addEventListener("click", async () => {
  const free = (await store.numbers())
    .filter((one) => !one.use && !unkept.has(one.reference) && one.reference !== (busy() ? current.reference : ""))
    .slice(0, 5)
  if (!free.length) return tell(words.none)
  const references = free.map((one) => one.reference)
  await store.setUse(references, "paper")
  if (!busy()) await begin()
  await show()
  const address = new URL(byId("print-blank").href)
  references.forEach((reference) => address.searchParams.append("reference", reference))
  open(address, "_blank", "noopener")
})

/* --- The server ------------------------------------------------------------------------------------------------------ */
const tell = (text) => {
  byId("told").textContent = text
}
function state() {
  const here = signedOut ? "out" : reachable ? "up" : "down"
  document.body.dataset.server = here
  byId("state").textContent = words[here]
  byId("sign-in").hidden = !signedOut
}

async function look() {
  const before = reachable
  reachable = navigator.onLine !== false && (await store.answers())
  try {
    if (reachable && (!before || signedOut || !store.isRecent(await store.read("prepared"), AGAIN))) {
      await store.prepare()
      signedOut = false
      await arrived()
    }
  } catch (trouble) {
    if (trouble instanceof store.SignedOut) signedOut = true
    else if (trouble instanceof store.Unreachable) reachable = false
    else if (trouble instanceof DOMException) signedOut = false // the disk is full: entering what waits makes room
    else throw trouble
  }
  state()
  if (reachable && !signedOut) await enterAll()
}

/* Submits the calls one by one, oldest first; each is deleted here only once the server acknowledged it. */
async function enterAll() {
  if (entering || !reachable || signedOut) return
  entering = true
  let failed
  try {
    for (const call of await store.calls()) {
      if (call.state !== "kept" || call.reference === current?.reference) continue
      await enter(call).catch((trouble) => {
        if (trouble instanceof store.Failing) failed = trouble
        else if (!(trouble instanceof DOMException)) throw trouble // not stored as refused: it waits as it was
      })
    }
    if (failed) throw failed
  } catch (trouble) {
    if (trouble instanceof store.SignedOut) signedOut = true
    else if (trouble instanceof store.Unreachable) reachable = false
    else throw trouble
    state()
  } finally {
    entering = false
  }
}

/* What a proxy or a portal says in the place of the server, which explains its refusals. */
const OTHERS = [404, 405, 407, 408, 421, 451]
async function enter(call) {
  const { taken, ...given } = call.values
  const sent = {
    ...given,
    reference: call.reference,
    taken_at: new Date(Math.min(call.started, store.now())).toISOString(),
    seconds: Math.max(0, Math.round((call.ended - call.started) / 1000)), // the clock may have been set back meanwhile
  }
  const { status, body } = await store.ask("enter", sent)
  if (status === 200 && body.asked === call.reference) {
    await store.forgetCall(call.reference)
    const link = make("a", { href: body.url, className: "ref num" }, body.reference)
    byId("entered").append(make("li", {}, link, " ", make("span", {}, body.promise)))
    byId("entered-part").hidden = false
    tell(say(words.entered, { number: body.reference }))
  } else if (!body.message && OTHERS.includes(status)) {
    throw new store.Unreachable(`${status} from a proxy`)
  } else {
    await store.writeCall({
      ...call,
      state: "refused",
      message: body.message || words.unknown,
      wrong: body.fields || {},
    })
    tell(say(words.isRefused, { number: call.reference }))
  }
  await show()
}

async function arrived() {
  kit = await store.read("kit")
  if (!kit) return
  const select = form.elements.subject,
    chosen = select.value
  select.replaceChildren(
    select.options[0],
    ...kit.families
      .filter((family) => family.subjects.length)
      .map((family) =>
        make(
          "optgroup",
          { label: family.title },
          ...family.subjects
            .filter((slug) => kit.subjects[slug])
            .map((slug) => make("option", { value: slug }, kit.subjects[slug].title)),
        ),
      ),
  )
  select.value = chosen
  byId("phones").replaceChildren(
    ...kit.phones.map((one) => {
      const value = make("dd", {})
      if (one.phone) value.append(make("a", { href: `tel:${one.dial}`, className: "num" }, one.phone))
      if (one.ext) value.append(` ${words.ext} ${one.ext}`)
      return make("div", {}, make("dt", {}, one.name), value)
    }),
  )
  byId("made").textContent = say(words.made, { when: kit.made }).replace(/\.\.$/, ".")
  byId("unused").replaceChildren(
    ...kit.unused.map((one) =>
      make("li", {}, make("b", { className: "num" }, one.reference), ` ${one.agent}, ${one.when}`),
    ),
  )
  const held = (await store.numbers()).some((one) => one.reference === current?.reference)
  if (!current || (!held && !current.started)) await begin()
  await show()
}

async function start() {
  await store.clock()
  kit = await store.read("kit")
  await arrived()
  const open = (await store.calls()).find((call) => call.state === "open")
  await begin(open)
  await show()
  await look()
  byId("unprepared").hidden = Boolean(kit)
  if (kit && !current.reference) await begin()
  setInterval(look, EVERY)
  addEventListener("online", look)
  addEventListener("offline", () => {
    reachable = false
    state()
  })
  navigator.storage?.persist?.().catch(() => {})
}

/* Only one tab at a time writes: two could give two callers the same number. */
async function alone() {
  if (!navigator.serviceWorker || !window.isSecureContext || !window.indexedDB)
    return void (byId("unsafe").hidden = false)
  navigator.serviceWorker
    .register("/desk/continuity/worker.js", { scope: "/desk/continuity/" })
    .then(() => navigator.serviceWorker.ready)
    .then(() => {
      document.body.dataset.kept = ""
    })
    .catch(() => {})
  const here = () => {
    byId("elsewhere").hidden = true
    form.inert = false
    start()
  }
  if (!navigator.locks) return here()
  await navigator.locks.request("parvis-continuity", { ifAvailable: true }, (lock) => {
    if (lock) {
      here()
      return new Promise(() => {})
    }
    byId("elsewhere").hidden = false
    form.inert = true
    navigator.locks.request("parvis-continuity", () => {
      here()
      return new Promise(() => {})
    })
    return null
  })
}
alone()
