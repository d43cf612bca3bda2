"use strict"
/* The app of residents: the requests that wait on the device, the pages that open without a network, their age, notices. */
const assert = require("node:assert")
const { File } = require("node:buffer")
const { describe, test } = require("node:test")
const {
  Device,
  Event,
  ORIGIN,
  Page,
  Worker,
  flush,
  html,
  json,
  later,
  plain,
  redirected,
} = require("./browser/index.js")

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const [FORM, REPORT, APP, WAITING, OFFLINE] = [
  "/demande/nid/",
  "/signaler/",
  "/app/",
  "/app/envoi/",
  "/app/hors-ligne/",
]
const [STYLE, MODULE] = ["/static/public/app.1a2b.css", "/static/public/outbox-send.js"]
const SETTINGS = {
  version: "one",
  statics: [STYLE, MODULE],
  hashed: [STYLE],
  pages: [WAITING, OFFLINE],
  day: APP,
  forms: "/app/formulaires.json",
  dangers: "/app/dangers.json",
  icon: "/i.png",
  badge: "/b.png",
  share: "/partage/",
  device: "/appareil/",
  choose: REPORT,
  words: {
    fr: { title: "Nouvelles", body: "Ouvrez.", full: "Ni envoyée ni gardée." },
    en: { title: "News", body: "Open.", full: "Neither sent nor kept." },
  },
}
const HEAD = '<link rel="manifest" href="/m.json">'
const KEY = '<input type="hidden" name="key" value="signed">'
const page = (text, options) => html(`${HEAD}${text}`, options)
const alertUntil = (end, words, key = words) => `<!--alert ${end} ${key}-->${words}<!--/alert-->`
const band = (alerts, shape = "") => `<!--band${shape}-->${alerts && `band${shape} ${alerts}`}<!--/band-->`

/* The town: its pages, and the requests that it took. */
class Town {
  taken = []
  listed = [REPORT, FORM]
  alerts = ""
  constructor(device) {
    this.device = device
    device.network.answer = (request) => this.answer(request)
  }
  answer(request) {
    const { path, method, body } = request
    if (path.endsWith("envoi") && method === "POST" && body) return this.take(body)
    if (method === "POST") return this.page(request)
    if (path === SETTINGS.forms) return json({ forms: this.listed })
    if (path === SETTINGS.dangers) return json({ phone: "911" })
    if (path === STYLE || path === MODULE)
      return new Response(`${path} now`, { headers: { "Content-Type": "text/css" } })
    if (path === FORM || path === REPORT) return page(`${band(this.alerts, " line")} form ${KEY}`)
    if (path === OFFLINE) return this.offline()
    if (path === WAITING) return page(`${band(this.alerts)} page ${path}`)
    return page(`page ${path}`)
  }
  /* The page of what is not kept: the alerts whole, and in one line each for a form. */
  offline() {
    const at = new Date(this.device.clock.now()).toISOString()
    const known = this.alerts && `known at ${at}`
    return page(`<!--known ${at}-->${band(this.alerts + known)}${band(this.alerts + known, " line")} offline`)
  }
  /* A form sent by its page. */
  page() {
    return Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" })
  }
  take(body) {
    this.taken.push(Object.fromEntries([...body.entries()].filter(([, value]) => typeof value === "string")))
    const number = new Set(this.taken.map((one) => one.outbox)).size
    const made = { reference: `26-${number}`, secret: `secret-${number}`, title: "Nid", receipt: `/recu/${number}/` }
    return json(made, { status: 201 })
  }
}
async function installed({ device = new Device(), town = new Town(device), settings = {} } = {}) {
  const files = ["surfaces/public/static/public/outbox-send.js", "surfaces/public/static/public/worker.js"]
  const worker = new Worker("", { device, settings: { ...SETTINGS, ...settings }, files })
  await worker.send("install")
  await worker.send("activate")
  return { device, town, worker, clock: device.clock, network: device.network }
}
const here = (worker, values = {}) =>
  worker.send("message", { data: { type: "here", lang: "fr", path: "/", ...values } })
const outbox = (device) => device.databases.rows("parvis", "outbox")
const kept = (device, name) => device.databases.rows("parvis", "kept").find((one) => one.name === name)
const text = async (answer) => (await answer).text()
function filled(values = {}) {
  const data = new FormData()
  for (const [name, value] of Object.entries({ key: "signed", words: "Un trou.", "outbox-title": "Nid", ...values }))
    if (value !== null) data.append(name, value)
  return data
}
const send = (worker, data = filled(), path = FORM) =>
  worker.ask(`${path}?envoi`, { mode: "navigate", method: "POST", data })
async function lost({ network, worker }, data, path) {
  network.down = true
  const answer = await send(worker, data, path)
  network.down = false
  return answer
}
/* What a page and the worker share, in a page. */
async function store(device) {
  const made = new Page("", { device })
  await made.run("surfaces/public/static/public/outbox-send.js")
  return made.context.parvisStore
}

describe("a form that is sent", () => {
  test("goes to the town when the network is there: nothing is kept", async () => {
    const { worker, device } = await installed()
    assert.equal((await send(worker)).type, "opaqueredirect")
    assert.deepEqual(outbox(device), [])
  })
  test("without the network is kept, and the page says so", async () => {
    const all = await installed()
    const answer = await lost(all)
    const [entry] = outbox(all.device)
    assert.equal(new URL(answer.headers.get("Location")).search, `?cle=${entry.id}`)
    assert.equal(entry.state, "waiting")
    assert.deepEqual(Object.fromEntries(entry.fields).words, "Un trou.")
    assert.deepEqual(all.worker.registered, ["outbox"])
  })
  test("keeps its photos, byte for byte", async () => {
    const all = await installed()
    const data = filled()
    data.append("photos", new File([new Uint8Array([1, 2, 3])], "trou.jpg", { type: "image/jpeg" }))
    await lost(all, data)
    const [photo] = outbox(all.device)[0].files
    assert.deepEqual([photo.name, photo.type, [...new Uint8Array(photo.bytes)]], ["trou.jpg", "image/jpeg", [1, 2, 3]])
  })
  test("at which the server failed after accepting it goes again with the same key, for it to be made once", async () => {
    const { worker, town, device } = await installed()
    town.page = () => html("", { status: 500 })
    const answer = await send(worker)
    assert.deepEqual(
      town.taken.map((one) => one.key),
      ["signed"],
    )
    assert.equal(new URL(answer.headers.get("Location")).pathname, "/recu/1/")
    assert.equal(outbox(device)[0].state, "sent")
  })
  test("that the town refuses comes back to its page, and nothing is kept", async () => {
    const { worker, town, device } = await installed()
    town.page = () => page("mend this", { status: 422 })
    assert.match(await text(send(worker)), /mend this/)
    assert.deepEqual(outbox(device), [])
  })
  test("from a page kept on the device is kept first, then sent under a key of its own", async () => {
    const { worker, town } = await installed()
    const answer = await send(worker, filled({ key: null }))
    assert.equal(town.taken.length, 1)
    assert.match(town.taken[0].outbox, /^[\da-f-]{36}$/)
    assert.equal(new URL(answer.headers.get("Location")).pathname, "/recu/1/")
  })
  test("to see what it says only is never kept", async () => {
    const { worker, device } = await installed()
    await send(worker, filled({ see: "1" }))
    assert.deepEqual(outbox(device), [])
  })
  test("of another page is left to the browser", async () => {
    const { worker } = await installed()
    assert.equal(await worker.ask("/suivi/x/", { mode: "navigate", method: "POST", data: filled() }), undefined)
  })
})

describe("a full phone", () => {
  const open = (worker, path = FORM) => {
    const told = []
    worker.windows.push({
      url: `${ORIGIN}${path}?x=1`,
      visibilityState: "visible",
      postMessage: (one) => told.push(one),
    })
    return told
  }
  test("without a network leaves the form on its page, and says so", async () => {
    const all = await installed()
    const [told, others] = [open(all.worker), open(all.worker, "/")]
    all.device.databases.isFull = true
    const answer = await lost(all)
    assert.equal(answer.status, 204, "the browser shows nothing else")
    assert.deepEqual(plain(told), [{ type: "not-kept", words: "Ni envoyée ni gardée." }])
    assert.deepEqual(others, [])
  })
  test("says it in the language of the pages", async () => {
    const all = await installed()
    const told = open(all.worker)
    await here(all.worker, { lang: "en" })
    all.device.databases.isFull = true
    await lost(all)
    assert.equal(told[0].words, "Neither sent nor kept.")
  })
  test("at which the server fails leaves the form on its page too", async () => {
    const all = await installed()
    const told = open(all.worker)
    all.device.databases.isFull = true
    all.town.page = () => html("", { status: 503 })
    assert.equal((await send(all.worker)).status, 204)
    assert.equal(told.length, 1)
  })
  test("with the network sends all the same a form whose page was kept on the device", async () => {
    const all = await installed()
    all.device.databases.isFull = true
    assert.equal((await send(all.worker, filled({ key: null }))).type, "opaqueredirect")
  })
  test("sends again what it could not note as sent, under the same key", async () => {
    const all = await installed()
    await lost(all)
    all.device.databases.isFull = true
    await here(all.worker)
    all.device.databases.isFull = false
    await here(all.worker)
    assert.equal(new Set(all.town.taken.map((one) => one.outbox)).size, 1)
    assert.equal(outbox(all.device)[0].state, "sent")
  })
  test("passes on the words shared by another app, without the photos", async () => {
    const { worker, device } = await installed()
    device.databases.isFull = true
    const data = new FormData()
    data.append("text", "un trou")
    data.append("photos", new File(["x"], "a.jpg", { type: "image/jpeg" }))
    const answer = await worker.ask("/partage/", { mode: "navigate", method: "POST", data })
    assert.equal(new URL(answer.headers.get("Location")).search, "?q=un+trou")
  })
  test("shows the day, though it cannot be kept", async () => {
    const { worker, device } = await installed()
    device.caches.isFull = true
    assert.match(await text(worker.open(APP)), /page \/app\//)
  })
  test("the page of the form says it, keeps its words, and may be sent again", async () => {
    const device = new Device()
    const body = `<h1>Nid</h1><form id="request" method="post"><textarea name="words">Un trou.</textarea></form>`
    const made = new Page(body, { device, address: FORM })
    let released = 0
    made.window.addEventListener("pageshow", () => released++)
    await made.run("surfaces/public/static/public/outbox.js")
    for (let turn = 0; turn < 2; turn++)
      made.serviceWorker.dispatchEvent(
        new Event("message", { data: { type: "not-kept", words: "Ni envoyée ni gardée." } }),
      )
    const said = made.all("#request [role=alert]")
    assert.deepEqual(
      said.map((one) => one.textContent),
      ["Ni envoyée ni gardée."],
    )
    assert.equal(made.document.activeElement, said[0])
    assert.equal(made.find("[name=words]").value, "Un trou.")
    assert.equal(released, 2, "its button is not held any more")
  })
})

describe("the requests that wait", () => {
  const waiting = async (count = 1) => {
    const all = await installed()
    for (let n = 1; n <= count; n++) await lost(all, filled({ words: `Trou ${n}` }))
    return all
  }
  test("leave when a page opens, each once, and lead to their receipts", async () => {
    const { worker, town, device } = await waiting(3)
    await here(worker)
    await here(worker)
    assert.deepEqual(town.taken.map((one) => one.words).sort(), ["Trou 1", "Trou 2", "Trou 3"])
    assert.deepEqual(
      outbox(device).map((one) => [one.state, one.fields.length]),
      Array(3).fill(["sent", 0]),
    )
    assert.equal(device.databases.rows("parvis", "requests").length, 3)
  })
  test("leave by the background, which is asked again while one waits", async () => {
    const { worker, town, network } = await waiting()
    network.down = true
    await assert.rejects(worker.send("sync", { tag: "outbox" }), /still wait/)
    network.down = false
    await worker.send("sync", { tag: "outbox" })
    assert.equal(town.taken.length, 1)
  })
  test("are never sent twice at a time, by the worker and by a page", async () => {
    const { worker, town, device } = await waiting()
    const slow = later()
    const take = town.take.bind(town)
    town.take = (body) => slow.promise.then(() => take(body))
    const both = [here(worker), (await store(device)).sendAll()]
    await flush(20)
    slow.resolve()
    await Promise.all(both)
    assert.equal(town.taken.length, 1)
  })
  test("go again under the same key when the answer is lost after the town took it", async () => {
    const { worker, town, device } = await waiting()
    const take = town.take.bind(town)
    town.take = (body) => {
      take(body)
      throw new TypeError("lost")
    }
    await here(worker)
    town.take = take
    await here(worker)
    assert.equal(town.taken.length, 2)
    assert.equal(town.taken[0].outbox, town.taken[1].outbox)
    assert.equal(outbox(device)[0].reference, "26-1")
  })
  for (const status of [429, 500, 503])
    test(`wait on after a ${status}`, async () => {
      const { worker, town, device } = await waiting()
      town.take = () => json({ words: "Plus tard." }, { status })
      await here(worker)
      assert.equal(outbox(device)[0].state, "waiting")
    })
  for (const status of [400, 404, 409, 422])
    test(`stop at a ${status} of the town, with its words`, async () => {
      const { worker, town, device } = await waiting()
      town.take = () => json({ words: "Ce sujet est fermé.", errors: {} }, { status })
      await here(worker)
      assert.deepEqual([outbox(device)[0].state, outbox(device)[0].words], ["refused", "Ce sujet est fermé."])
      assert.equal(Object.fromEntries(outbox(device)[0].fields).words, "Trou 1")
    })
  for (const [name, answer] of [
    ["a page that says no", () => html("<h1>Blocked</h1>", { status: 403 })],
    ["a page not found", () => html("<h1>Not found</h1>", { status: 404 })],
    ["a page of welcome", () => html("<h1>Wi-Fi</h1>")],
    ["JSON of its own", () => json({ portal: true })],
  ])
    test(`wait on when a portal answers with ${name}`, async () => {
      const { worker, town, device } = await waiting()
      const take = town.take.bind(town)
      town.take = answer
      await here(worker)
      assert.equal(outbox(device)[0].state, "waiting")
      town.take = take
      await here(worker)
      assert.equal(outbox(device)[0].state, "sent")
    })
  test("do not wait for one that fails", async () => {
    const { worker, town, device } = await waiting(2)
    const take = town.take.bind(town)
    town.take = (body) => (body.get("words") === "Trou 1" ? html("", { status: 500 }) : take(body))
    await here(worker)
    assert.deepEqual(
      town.taken.map((one) => one.words),
      ["Trou 2"],
    )
    assert.equal(outbox(device).filter((one) => one.state === "waiting").length, 1)
  })
  test("are held back while they are read again, for half an hour", async () => {
    const { worker, town, device, clock } = await waiting()
    await (await store(device)).edit(outbox(device)[0].id)
    await clock.advance(29 * MINUTE)
    await here(worker)
    assert.equal(town.taken.length, 0)
    await clock.advance(2 * MINUTE)
    await here(worker)
    assert.equal(town.taken.length, 1)
  })
  test("are not held back for days by a clock that was set back", async () => {
    const { worker, town, device, clock } = await waiting()
    await (await store(device)).edit(outbox(device)[0].id)
    clock.setMachine(clock.now() - 30 * DAY)
    await here(worker)
    assert.equal(town.taken.length, 1)
  })
  test("that were mended go as mended, under their first key", async () => {
    const all = await waiting()
    const [{ id }] = outbox(all.device)
    await lost(all, filled({ words: "Trou 1, devant le 12", "outbox-mends": id }))
    assert.deepEqual(
      outbox(all.device).map((one) => one.id),
      [id],
    )
    await here(all.worker)
    assert.deepEqual(
      all.town.taken.map((one) => [one.outbox, one.words]),
      [[id, "Trou 1, devant le 12"]],
    )
  })
  test("that left while they were mended lead to their receipt", async () => {
    const { worker, town, device } = await waiting()
    const [{ id }] = outbox(device)
    await here(worker)
    const answer = await send(worker, filled({ words: "too late", "outbox-mends": id }))
    assert.equal(new URL(answer.headers.get("Location")).pathname, "/recu/1/")
    assert.equal(town.taken.length, 1)
  })
  test("that were mended and taken by the town leave the device", async () => {
    const { worker, device } = await waiting()
    await send(worker, filled({ "outbox-mends": outbox(device)[0].id }))
    assert.deepEqual(outbox(device), [])
  })
  test("are told by a notice once received, when nobody looks", async () => {
    const { worker } = await waiting()
    await here(worker)
    assert.deepEqual(
      worker.shown.map((one) => [one.title, one.body]),
      [["26-1", "Nid"]],
    )
  })
  test("are told by no notice to someone who looks", async () => {
    const { worker } = await waiting()
    worker.windows.push({ url: ORIGIN, visibilityState: "visible" })
    await here(worker)
    assert.deepEqual(worker.shown, [])
  })
})

describe("the pages kept on the device", () => {
  test("are the forms asked for most, without the key of anybody", async () => {
    const { worker, network } = await installed()
    await here(worker)
    network.down = true
    const form = await text(worker.open(FORM))
    assert.match(form, /name="key"/)
    assert.doesNotMatch(form, /signed/)
  })
  test("are asked for without cookies, in the language of the page", async () => {
    const { worker, network } = await installed()
    await here(worker, { lang: "en" })
    const asked = network.asked.filter((one) => one.path === FORM)
    assert.deepEqual(
      asked.map((one) => [one.credentials, one.url.search]),
      [["omit", "?langue=en"]],
    )
  })
  test("are asked for again after twelve hours, not before", async () => {
    const { worker, network, clock } = await installed()
    const asked = () => network.paths().filter((path) => path === FORM).length
    await here(worker)
    await clock.advance(11 * HOUR)
    await here(worker)
    assert.equal(asked(), 1)
    await clock.advance(2 * HOUR)
    await here(worker)
    assert.equal(asked(), 2)
  })
  test("are asked for again in another language, and by another version", async () => {
    const all = await installed()
    await here(all.worker)
    await here(all.worker, { lang: "en" })
    const next = await installed({ device: all.device, town: all.town, settings: { version: "two" } })
    await here(next.worker, { lang: "en" })
    assert.equal(all.network.paths().filter((path) => path === FORM).length, 3)
  })
  test("are asked for again when the clock was set back since", async () => {
    const { worker, network, clock } = await installed()
    await here(worker)
    clock.setMachine(clock.now() - 30 * DAY)
    await here(worker)
    assert.equal(network.paths().filter((path) => path === FORM).length, 2)
    assert.equal(network.paths().filter((path) => path === OFFLINE).length, 3, "the alerts too, after the installation")
  })
  test("the alerts are asked for again after ten minutes", async () => {
    const { worker, network, clock } = await installed()
    const asked = () => network.paths().filter((path) => path === OFFLINE).length
    await here(worker)
    const before = asked()
    await clock.advance(9 * MINUTE)
    await here(worker)
    assert.equal(asked(), before)
    await clock.advance(2 * MINUTE)
    await here(worker)
    assert.equal(asked(), before + 1)
  })
  test("show no alert that lapsed since they were kept", async () => {
    const { worker, town, network, clock } = await installed()
    const end = (span) => new Date(clock.now() + span).toISOString()
    town.alerts = alertUntil(end(HOUR), "short") + alertUntil(end(DAY), "long")
    await here(worker)
    network.down = true
    assert.match(await text(worker.open("/nouvelles/")), /short.*long/s)
    await clock.advance(2 * HOUR)
    const shown = await text(worker.open("/nouvelles/"))
    assert.doesNotMatch(shown, /short/)
    assert.match(shown, /band .*long/)
    await clock.advance(DAY)
    assert.doesNotMatch(await text(worker.open("/nouvelles/")), /band|long/)
  })
  test("show an alert without a known end, with its age, until it is known to be lifted", async () => {
    const { worker, town, network, clock } = await installed()
    const moment = new Date(clock.now()).toISOString()
    town.alerts = alertUntil("", "boil")
    await here(worker)
    network.down = true
    await clock.advance(40 * DAY)
    for (const path of [FORM, WAITING, OFFLINE, "/nouvelles/"]) {
      const shown = await text(worker.open(path))
      assert.match(shown, path === FORM ? /band line .*boil/ : /band .*boil/, path)
      assert.ok(shown.includes(`known at ${moment}`), path)
    }
    network.down = false
    town.alerts = ""
    await here(worker)
    network.down = true
    for (const path of [FORM, WAITING, OFFLINE, "/nouvelles/"])
      assert.doesNotMatch(await text(worker.open(path)), /boil|known at/, path)
  })
  test("show an alert known since they were kept", async () => {
    const { worker, town, network, clock } = await installed()
    await here(worker)
    await clock.advance(HOUR)
    town.alerts = alertUntil("", "boil")
    await here(worker)
    network.down = true
    for (const path of [FORM, WAITING]) assert.match(await text(worker.open(path)), /boil/, path)
  })
  test("the alerts are asked for again at once when an open page shows others", async () => {
    const { worker, town, network } = await installed()
    const asked = () => network.paths().filter((path) => path === OFFLINE).length
    await here(worker, { alerts: [] })
    const before = asked()
    town.alerts = alertUntil("", "boil")
    await here(worker, { alerts: ["boil"] })
    assert.equal(asked(), before + 1)
    await here(worker, { alerts: ["boil"] })
    await here(worker, { alerts: null })
    assert.equal(asked(), before + 1)
  })
  test("the day keeps its own words of its alerts, without those lifted since, and with those that came since", async () => {
    const { worker, town, network, clock } = await installed()
    const answer = town.answer.bind(town)
    const made = new Date(clock.now()).toISOString()
    const own =
      alertUntil("", "yours", "works-1") + alertUntil("", "lifted", "works-2") + alertUntil("", "cut", "cut-9")
    town.answer = (request) =>
      request.path === APP
        ? page(`<!--judged works-1 works-2 works-3--><!--band--><!--/band--><i data-day="${made}">${own}`)
        : answer(request)
    await worker.open(APP)
    await clock.advance(HOUR)
    town.alerts = [1, 3, 4].map((one) => alertUntil("", `town-${one}`, `works-${one}`)).join("")
    await here(worker)
    network.down = true
    const shown = await text(worker.open(APP))
    for (const words of [/yours/, /cut/, /town-4/, /known at/]) assert.match(shown, words)
    for (const words of [/lifted/, /town-1/, /town-3/]) assert.doesNotMatch(shown, words)
  })
  test("hear a danger by the rules read at the last visit", async () => {
    const { worker, network, town } = await installed()
    await here(worker)
    network.down = true
    assert.match(await text(worker.ask(SETTINGS.dangers)), /911/)
    town.answer = () => html("<h1>Wi-Fi</h1>")
    network.down = false
    await here(worker)
    network.down = true
    assert.match(await text(worker.ask(SETTINGS.dangers)), /911/, "those of a portal are not kept")
  })
  test("judge the end of an alert in whatever zone it is written", async () => {
    const { worker, town, network } = await installed()
    town.alerts = alertUntil("2026-03-02T10:30:00-05:00", "still") + alertUntil("2026-03-02T09:30:00-05:00", "over")
    await here(worker)
    network.down = true
    const shown = await text(worker.open("/nouvelles/"))
    assert.match(shown, /still/)
    assert.doesNotMatch(shown, /over/)
  })
  test("are those of the town, not those of a portal", async () => {
    const { worker, network, town } = await installed()
    await here(worker)
    await worker.open(APP)
    const portal = () => html(`<h1>Wi-Fi</h1>`)
    const answer = town.answer.bind(town)
    town.answer = portal
    await here(worker, { lang: "en" })
    assert.match(await text(worker.open(APP)), /Wi-Fi/, "shown, so that one may sign in")
    town.answer = answer
    network.down = true
    for (const path of [FORM, APP, OFFLINE]) assert.doesNotMatch(await text(worker.open(path)), /Wi-Fi/, path)
  })
  test("the forms are looked for again after a portal answered for their list", async () => {
    const { worker, town, device } = await installed()
    const answer = town.answer.bind(town)
    town.answer = () => html("<h1>Wi-Fi</h1>")
    await here(worker)
    assert.equal(kept(device, "forms"), undefined)
    town.answer = answer
    await here(worker)
    assert.ok(kept(device, "forms"))
  })
  test("hold no day that asks to sign in, nor one with a question", async () => {
    const { worker, network, town } = await installed()
    town.answer = () => redirected(page("sign in"))
    await worker.open(APP)
    town.answer = () => page("search")
    await worker.open(`${APP}?q=12`)
    network.down = true
    assert.match(await text(worker.open(APP)), /offline/)
  })
  test("forget the day when its address changes", async () => {
    const { worker, network } = await installed()
    await worker.open(APP)
    await worker.ask(`${APP}oublier/`, { mode: "navigate", method: "POST", data: new FormData() })
    network.down = true
    assert.match(await text(worker.open(APP)), /offline/)
  })
})

describe("files of the release", () => {
  test("with a hash in their name come from the device", async () => {
    const { worker, network } = await installed()
    network.down = true
    assert.equal(await text(worker.ask(STYLE)), `${STYLE} now`)
  })
  test("imported by plain names come from the server first", async () => {
    const { worker, town, network } = await installed()
    town.answer = () => new Response("next release")
    assert.equal(await text(worker.ask(MODULE)), "next release")
    network.down = true
    assert.equal(await text(worker.ask(MODULE)), `${MODULE} now`)
  })
  test("of a portal install nothing", async () => {
    const device = new Device()
    const town = new Town(device)
    const answer = town.answer.bind(town)
    for (const path of [STYLE, WAITING]) {
      town.answer = (request) => (request.path === path ? html("<h1>Wi-Fi</h1>") : answer(request))
      await assert.rejects(installed({ device, town }), /not from this site/)
    }
    assert.deepEqual(await device.caches.keys(), [])
  })
  test("of the former release serve the pages that are open since before; older ones leave", async () => {
    const { device, town } = await installed()
    for (const version of ["two", "three"]) await installed({ device, town, settings: { version } })
    assert.deepEqual(await device.caches.keys(), ["shell-two", "shell-three"])
  })
  test("asked by a page of the staff are left alone", async () => {
    const { worker } = await installed()
    assert.equal(await worker.ask(STYLE, { referrer: `${ORIGIN}/desk/` }), undefined)
    assert.equal(await worker.open("/desk/continuity/"), undefined)
  })
})

describe("notices", () => {
  const push = (worker, notification) =>
    worker.send("push", {
      data: {
        json: () => {
          if (!notification) throw new SyntaxError("no JSON")
          return { notification }
        },
      },
    })
  test("show what the town wrote", async () => {
    const { worker } = await installed()
    await push(worker, { title: "Eau", body: "Faites bouillir.", tag: "water", lang: "fr", data: { kind: "alert" } })
    const [shown] = worker.shown
    assert.deepEqual([shown.title, shown.tag, shown.renotify, shown.requireInteraction], ["Eau", "water", true, true])
  })
  test("always show something, in the language of the pages", async () => {
    const { worker } = await installed()
    await push(worker)
    await here(worker, { lang: "en" })
    await push(worker)
    assert.deepEqual(
      worker.shown.map((one) => one.title),
      ["Nouvelles", "News"],
    )
  })
  test("are counted once each, though several come at once, or one comes twice", async () => {
    const { worker } = await installed()
    const note = (tag) => push(worker, { title: "t", tag })
    await Promise.all([note("a"), note("b"), note("a")])
    assert.equal(worker.badge, 2)
  })
  test("are shown though nothing can be counted on a full phone", async () => {
    const { worker, device } = await installed()
    device.databases.isFull = true
    await push(worker, { title: "Eau" })
    assert.equal(worker.shown.length, 1)
  })
  test("open the page that they name, of this site only", async () => {
    const { worker } = await installed()
    const click = (url) => worker.send("notificationclick", { notification: { close() {}, data: { url } } })
    await click("/avis/")
    await click("https://elsewhere.example/")
    assert.deepEqual(worker.opened, [`${ORIGIN}/avis/`, `${ORIGIN}${APP}`])
  })
})
