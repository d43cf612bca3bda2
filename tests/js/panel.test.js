"use strict"
/* The screens: clocks that are wrong or moved, hours of the town, what lapses without a network, what was painted. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Device, Page, Worker, flush, html, json, later, plain, redirected, source } = require("./browser/index.js")

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
const SPACE = "panneau:/panneau/secret/:"
const LINE = (element) => `<p data-${element}></p>`
const PAGE = `<main class="calm"><div data-fit>${LINE("head")}${LINE("rest")}</div><b data-clock></b><i data-day></i><span data-turns></span></main>
  <main class="alert"><div data-fit>${LINE("head")}${LINE("rest")}</div>${LINE("until")}</main><main class="idle"><b data-clock></b></main>`

const memory = (held = {}) => ({ held, get: (name) => held[name] ?? null, set: (name, value) => (held[name] = value) })
async function exports(name, device = new Device()) {
  const page = new Page("", { device })
  return page.run(`surfaces/panels/static/panels/${name}.js`)
}

/* The server of a screen: its messages, and what it was told. */
class Server {
  told = []
  items = []
  seconds = 10
  hours = []
  version = "one"
  mark = "1"
  reply = { report: () => new Response(null, { status: 204 }) }
  constructor(device) {
    this.device = device
    const start = device.clock.now() - device.clock.steady
    this.time = () => start + device.clock.steady /* whatever is done to the machine's */
    device.network.answer = (request) => this.answer(request)
  }
  stamp(response) {
    response.headers.set("Parvis-Now", String(this.time()))
    return response
  }
  answer({ path, body, url }) {
    if (path.endsWith("report")) {
      this.told.push(JSON.parse(body))
      return this.stamp(this.reply.report())
    }
    if (this.reply.list) return this.reply.list()
    if (url.searchParams.get("mark") === this.mark) return this.stamp(new Response(null, { status: 204 }))
    const { items, seconds, hours, version, mark } = this
    const night = ["18:00", "07:00"]
    return this.stamp(json({ version, zone: "America/Toronto", hours, night, seconds, bands: [200, 100], items, mark }))
  }
}
const message = (text, { at, lasts = HOUR, priority = 10, ...more }) => ({
  key: text,
  revision: 1,
  priority,
  rank: 0,
  hours: [],
  days: [],
  starts: at,
  expires: at + lasts,
  slides: [{ text, lang: "fr", head: text, rest: "", pages: [] }],
  ...more,
})

async function screen({ device = new Device(), items = () => [], settle = SECOND, server = new Server(device) } = {}) {
  if (!server.items.length) server.items = items(device.clock.now())
  const page = new Page(PAGE, { device, address: "/panneau/secret/" })
  Object.assign(page.document.body.dataset, {
    list: "messages",
    report: "report",
    worker: "worker.js",
    version: "one",
    state: "idle",
  })
  await page.run("surfaces/panels/static/panels/panel.js")
  await device.clock.advance(settle)
  return { page, server, device, clock: device.clock }
}
const state = ({ document }) => document.body.dataset.state
const head = (page) => page.find(`main.${state(page)} [data-head]`)?.textContent
const shownClock = (page) => page.find("main.idle [data-clock]").textContent
/* The machine restarts: its page is loaded again, with what it kept; its steady clock goes on, nothing reads it across. */
const restart = ({ device, server }) => {
  device.clock.timers.clear()
  return screen({ device, server })
}

describe("the corrected clock", () => {
  const made = async (held = {}, device = new Device()) => {
    const { correctedClock } = await exports("time", device)
    const store = memory(held)
    return { clock: correctedClock(store), store, device, time: device.clock, again: () => correctedClock(store) }
  }
  test("is that of the server, on a machine that is late", async () => {
    const { clock, time } = await made()
    clock.sync(time.now() + 2 * HOUR)
    await time.advance(MINUTE)
    assert.equal(clock.now(), time.now() + 2 * HOUR)
  })
  for (const [name, moved] of [
    ["an hour", HOUR],
    ["a day", DAY],
    ["ten years", 3650 * DAY],
  ])
    test(`does not go back when the machine's is set back by ${name}`, async () => {
      const { clock, time } = await made()
      clock.sync(time.now())
      const before = clock.now()
      time.setMachine(time.now() - moved)
      await time.advance(MINUTE)
      assert.equal(clock.now(), before + MINUTE)
    })
  test("does not go back on a machine that restarted without a network either", async () => {
    const { clock, time } = await made()
    const before = clock.now()
    time.setMachine(time.now() - HOUR)
    await time.advance(MINUTE)
    assert.equal(clock.now(), before + MINUTE)
  })
  test("goes ahead with the machine's: what lapsed is not shown", async () => {
    const { clock, time } = await made()
    clock.sync(time.now())
    time.setMachine(time.now() + DAY)
    assert.equal(clock.now(), time.now())
  })
  test("is right again once the server is heard, after the machine's was ahead", async () => {
    const { clock, time } = await made()
    const right = time.now()
    time.setMachine(right + DAY)
    clock.now()
    clock.sync(right)
    assert.equal(clock.now(), right)
  })
  test("is not believed after a restart behind the last moment known", async () => {
    const { clock, time, again } = await made()
    clock.sync(time.now())
    await time.advance(HOUR)
    clock.now()
    time.setMachine(time.now() - 2 * HOUR)
    const restarted = again()
    assert.equal(restarted.sure(), false)
    restarted.sync(time.now() + 2 * HOUR)
    assert.equal(restarted.sure(), true)
  })
  test("is believed after a restart within two minutes of it", async () => {
    const { clock, time, again } = await made()
    clock.sync(time.now())
    clock.now()
    time.setMachine(time.now() - 100 * SECOND)
    assert.equal(again().sure(), true)
  })
  test("keeps its correction for the restart without a network", async () => {
    const { clock, time, again } = await made()
    clock.sync(time.now() + 3 * HOUR)
    assert.equal(again().now(), time.now() + 3 * HOUR)
  })
  test("writes the last moment at most each twenty seconds", async () => {
    const { clock, store, time } = await made()
    clock.now()
    const first = store.held.last
    await time.advance(19 * SECOND)
    clock.now()
    assert.equal(store.held.last, first)
    await time.advance(2 * SECOND)
    clock.now()
    assert.equal(store.held.last, time.now())
  })
})

describe("the time of the town", () => {
  const zone = async () => (await exports("time")).townTime("America/Toronto")
  const at = (text) => Date.parse(text)
  for (const [moment, text, day] of [
    ["2026-03-08T06:59:00Z", "01:59", 7],
    ["2026-03-08T07:00:00Z", "03:00", 7],
    ["2026-11-01T05:30:00Z", "01:30", 7],
    ["2026-11-01T06:30:00Z", "01:30", 7],
    ["2026-07-02T03:59:00Z", "23:59", 3],
    ["2026-07-02T04:00:00Z", "00:00", 4],
    ["2026-01-01T04:59:00Z", "23:59", 3],
  ])
    test(`${moment} is ${text} on day ${day}`, async () => {
      const told = (await zone()).clock(at(moment))
      assert.deepEqual([told.text, told.day], [text, day])
    })
  test("says the first of the month as people do", async () => {
    const { day } = await zone()
    assert.equal(day(at("2026-05-01T16:00:00Z")), "vendredi 1er mai")
    assert.equal(day(at("2026-05-11T16:00:00Z")), "lundi 11 mai")
  })
  test("an end of the same day is an hour; of another day, a date, by the town and not by Greenwich", async () => {
    const { until } = await zone()
    assert.equal(until(at("2026-07-02T03:30:00Z"), at("2026-07-01T15:00:00Z")), "Jusqu’à 23\u00a0h\u00a030")
    assert.equal(until(at("2026-07-02T04:00:00Z"), at("2026-07-01T15:00:00Z")), "Jusqu’au 2\u00a0juillet, 0\u00a0h")
  })
  for (const [name, [start, end], inside, outside] of [
    ["by day", ["08:00", "17:00"], ["08:00", "16:59"], ["07:59", "17:00"]],
    ["across midnight", ["22:00", "06:00"], ["22:00", "23:59", "00:00", "05:59"], ["06:00", "21:59"]],
    ["all day, when both are the same", ["08:00", "08:00"], ["00:00", "08:00", "23:59"], []],
  ])
    test(`hours ${name}`, async () => {
      const { isWithin } = await exports("time")
      for (const text of inside) assert.equal(isWithin([start, end], text), true, text)
      for (const text of outside) assert.equal(isWithin([start, end], text), false, text)
    })
  test("hours across midnight belong to the day when they begin", async () => {
    const { plays } = await exports("time")
    const saturday = { hours: ["22:00", "02:00"], days: [6] }
    assert.equal(plays(saturday, { text: "23:00", day: 6 }), true)
    assert.equal(plays(saturday, { text: "01:00", day: 7 }), true)
    assert.equal(plays(saturday, { text: "01:00", day: 6 }), false)
    assert.equal(plays({ hours: ["22:00", "02:00"], days: [7] }, { text: "01:00", day: 1 }), true)
  })
  test("a message kept from a former version, without hours or days, is always shown", async () => {
    const { plays } = await exports("time")
    assert.equal(plays({}, { text: "03:00", day: 2 }), true)
  })
})

describe("the proofs of what was painted", () => {
  const made = async (store = memory()) => ({ store, ...(await exports("proof")) })
  test("are one for each text and hour, from the first frame to the last", async () => {
    const { proofs, store } = await made()
    const kept = proofs(store)
    assert.deepEqual([kept.add("k", "t", 10), kept.add("k", "t", 20), kept.add("k", "t", HOUR)], [true, false, true])
    assert.deepEqual(plain(kept.batch().map(([, entry]) => [entry.first, entry.last])), [
      [10, 20],
      [HOUR, HOUR],
    ])
  })
  test("are not shortened by a clock that goes back", async () => {
    const { proofs, store } = await made()
    const kept = proofs(store)
    kept.add("k", "t", 5000)
    kept.add("k", "t", 1000)
    assert.equal(kept.batch()[0][1].last, 5000)
  })
  test("leave once the server has them, not before", async () => {
    const { proofs, store } = await made()
    const kept = proofs(store)
    kept.add("k", "t", 1)
    const batch = kept.batch()
    assert.equal(proofs(store).batch().length, 1)
    kept.sent(batch)
    assert.equal(proofs(store).batch().length, 0)
  })
  test("that grew while they were sent are sent again", async () => {
    const { proofs, store } = await made()
    const kept = proofs(store)
    kept.add("k", "t", 1)
    const batch = kept.batch()
    kept.add("k", "t", 2)
    kept.sent(batch)
    assert.deepEqual(plain(kept.batch().map(([, entry]) => entry.last)), [2])
  })
  test("are a bounded queue: the oldest leave first, 400 at a time", async () => {
    const { proofs, store } = await made()
    const kept = proofs(store)
    for (let n = 0; n < 4100; n++) kept.add("k", `text ${n}`, n)
    assert.equal(store.held.proofs.length, 4000)
    assert.deepEqual([kept.batch().length, kept.batch()[0][1].text], [400, "text 100"])
  })
})

describe("a screen", () => {
  test("shows its message, then nothing of it from its end", async () => {
    const { page, clock } = await screen({ items: (at) => [message("Patinoire", { at, lasts: 10 * MINUTE })] })
    assert.deepEqual([state(page), head(page)], ["calm", "Patinoire"])
    await clock.sleep(10 * MINUTE - 2 * SECOND)
    assert.equal(state(page), "calm")
    await clock.advance(2 * SECOND)
    assert.equal(state(page), "idle")
  })
  test("shows an alert alone, above the rest, until its end", async () => {
    const items = (at) => [message("Patinoire", { at }), message("Évacuez", { at, priority: 200, lasts: 5 * MINUTE })]
    const { page, clock } = await screen({ items })
    assert.deepEqual([state(page), head(page)], ["alert", "Évacuez"])
    await clock.advance(MINUTE)
    assert.equal(head(page), "Évacuez")
    await clock.sleep(4 * MINUTE)
    assert.deepEqual([state(page), head(page)], ["calm", "Patinoire"])
  })
  test("shows its messages in turn, the first ones first", async () => {
    const items = (at) => [
      message("third", { at, rank: 2 }),
      message("first", { at, priority: 20 }),
      message("second", { at, rank: 1 }),
    ]
    const { page, clock } = await screen({ items })
    const seen = []
    for (let turn = 0; turn < 4; turn++) {
      seen.push(head(page))
      await clock.advance(10 * SECOND)
    }
    assert.deepEqual(seen, ["first", "second", "third", "first"])
  })
  test("begins a message at its moment, without the network", async () => {
    const { page, clock, device } = await screen({ items: (at) => [message("Bientôt", { at: at + 10 * MINUTE })] })
    assert.equal(state(page), "idle")
    device.network.down = true
    await clock.sleep(10 * MINUTE)
    assert.equal(head(page), "Bientôt")
  })
  test("says nothing but the hour after an hour without the network", async () => {
    const { page, clock, device } = await screen({ items: (at) => [message("Patinoire", { at, lasts: DAY })] })
    device.network.down = true
    await clock.sleep(59 * MINUTE)
    assert.equal(state(page), "calm")
    await clock.advance(2 * MINUTE)
    assert.equal(state(page), "idle")
    assert.equal(shownClock(page), "11\u00a0h\u00a001")
    device.network.down = false
    await clock.advance(10 * SECOND)
    assert.equal(state(page), "calm")
  })
  for (const [name, moved] of [
    ["an hour", HOUR],
    ["a day", DAY],
  ])
    test(`shows no lapsed alert again when the machine's clock is set back by ${name}`, async () => {
      const all = await screen({
        items: (at) => [message("Évacuez", { at: at - 2 * DAY, priority: 200, lasts: 2 * DAY + 10 * MINUTE })],
      })
      all.device.network.down = true
      const { page, clock } = await restart(all)
      assert.equal(state(page), "alert", "kept for the restart")
      await clock.sleep(11 * MINUTE)
      assert.equal(state(page), "idle")
      clock.setMachine(clock.now() - moved)
      await clock.advance(MINUTE)
      assert.equal(state(page), "idle")
    })
  test("lets its alert lapse in its time, though the clock was set back meanwhile", async () => {
    const all = await screen({
      items: (at) => [message("Évacuez", { at: at - 2 * DAY, priority: 200, lasts: 2 * DAY + 10 * MINUTE })],
    })
    all.device.network.down = true
    const { page, clock } = await restart(all)
    clock.setMachine(clock.now() - 5 * HOUR)
    await clock.sleep(11 * MINUTE)
    assert.equal(state(page), "idle")
  })
  test("counts its hour without the network by what passed, though the clock was set back", async () => {
    const all = await screen({ items: (at) => [message("Patinoire", { at: at - 2 * DAY, lasts: 9 * DAY })] })
    all.device.network.down = true
    const { page, clock } = await restart(all)
    clock.setMachine(clock.now() - 5 * HOUR)
    await clock.sleep(61 * MINUTE)
    assert.equal(state(page), "idle")
  })
  test("goes on in turn when the clock is set back", async () => {
    const items = (at) => [
      message("first", { at, rank: 0, lasts: DAY }),
      message("second", { at, rank: 1, lasts: DAY }),
    ]
    const { page, clock } = await screen({ items })
    clock.setMachine(clock.now() - 30 * MINUTE)
    const seen = new Set()
    for (let turn = 0; turn < 6; turn++) {
      seen.add(head(page))
      await clock.advance(10 * SECOND)
    }
    assert.deepEqual([...seen].sort(), ["first", "second"])
  })
  test("shows no hour and no message after a restart whose clock cannot be believed", async () => {
    const all = await screen({ items: (at) => [message("Patinoire", { at, lasts: DAY })] })
    await all.clock.advance(MINUTE)
    all.device.network.down = true
    all.clock.setMachine(all.clock.now() - DAY)
    const { page, device, clock } = await restart(all)
    assert.deepEqual([state(page), shownClock(page)], ["idle", ""])
    device.network.down = false
    await clock.advance(10 * SECOND)
    assert.equal(state(page), "calm")
  })
  test("is off outside its hours, which are those of the town", async () => {
    const device = new Device({ at: "2026-03-02T12:59:00Z" })
    const server = new Server(device)
    server.hours = ["08:00", "20:00"]
    const { page, clock } = await screen({ device, server, items: (at) => [message("Patinoire", { at, lasts: DAY })] })
    assert.equal(state(page), "off")
    await clock.advance(MINUTE)
    assert.equal(state(page), "calm")
  })
  test("asks at once when the network is back", async () => {
    const { page, clock, device, server } = await screen()
    device.network.down = true
    await clock.advance(MINUTE)
    device.network.down = false
    server.items = [message("De retour", { at: clock.now() })]
    server.mark = "2"
    page.tell("online")
    await clock.advance(SECOND)
    assert.equal(head(page), "De retour")
  })
  test("does not ask twice at a time", async () => {
    const device = new Device()
    const server = new Server(device)
    server.reply.list = () => later().promise
    await screen({ device, server, settle: 7 * SECOND })
    assert.equal(device.network.paths().filter((path) => path.endsWith("messages")).length, 1)
    await device.clock.advance(10 * SECOND)
    assert.equal(device.network.paths().filter((path) => path.endsWith("messages")).length, 2)
  })
  for (const [name, answer] of [
    ["a page", () => html("<h1>Wi-Fi</h1>")],
    ["JSON", () => json({ portal: true })],
    ["an error", () => html("", { status: 502 })],
  ])
    test(`keeps its messages when a portal answers with ${name}, also after a restart`, async () => {
      const all = await screen({ items: (at) => [message("Patinoire", { at, lasts: DAY })] })
      all.server.reply.list = answer
      await all.clock.advance(20 * SECOND)
      assert.deepEqual([head(all.page), all.page.went], ["Patinoire", []])
      const { page } = await restart(all)
      assert.equal(head(page), "Patinoire")
    })
  test("starts all the same from a list that cannot be read", async () => {
    const device = new Device()
    device.localStorage.setItem(`${SPACE}list`, '{"portal": true}')
    const { page } = await screen({ device, items: (at) => [message("Patinoire", { at })] })
    assert.equal(head(page), "Patinoire")
  })
  test("goes on when the storage of the machine is full", async () => {
    const device = new Device()
    device.localStorage.isFull = true
    const { page } = await screen({ device, items: (at) => [message("Patinoire", { at })] })
    assert.equal(head(page), "Patinoire")
  })
  test("takes a new version of its page, once a minute at most, and though the clock was set back", async () => {
    const { page, server, clock } = await screen()
    server.version = "two"
    for (const mark of ["2", "3"]) {
      server.mark = mark
      await clock.advance(6 * SECOND)
    }
    assert.deepEqual(page.went, ["reload"])
    clock.setMachine(clock.now() - DAY)
    server.mark = "4"
    await clock.advance(6 * SECOND)
    assert.deepEqual(page.went, ["reload", "reload"])
  })
  test("forgets everything once its address is revoked", async () => {
    const { page, server, clock, device } = await screen({ items: (at) => [message("Patinoire", { at })] })
    device.localStorage.setItem("other", "1")
    server.reply.list = () => new Response("", { status: 410 })
    await clock.advance(6 * SECOND)
    assert.equal(state(page), "off")
    assert.deepEqual(Object.keys(device.localStorage), ["other"])
    const asked = device.network.asked.length
    await clock.advance(MINUTE)
    assert.equal(device.network.asked.length, asked)
  })
  test("tells what it painted within seconds, dated by the server's clock", async () => {
    const { server, clock } = await screen({ items: (at) => [message("Patinoire", { at: at - MINUTE })] })
    await clock.advance(3 * SECOND)
    const painted = server.told.flatMap((one) => one.painted)
    assert.equal(painted[0].text, "Patinoire")
    assert.ok(Math.abs(painted[0].first - clock.now()) < 10 * SECOND)
  })
  for (const [name, answer] of [
    ["the network is lost", () => Promise.reject(new TypeError("lost"))],
    ["the server fails after accepting", () => html("", { status: 500 })],
    ["a portal says yes", () => html("<h1>Wi-Fi</h1>")],
  ])
    test(`keeps its proofs when ${name}`, async () => {
      const device = new Device()
      const server = new Server(device)
      const ask = server.answer.bind(server)
      server.answer = (request) => (request.path.endsWith("report") ? answer() : ask(request))
      const { clock } = await screen({ device, server, items: (at) => [message("Patinoire", { at: at - MINUTE })] })
      const first = clock.now()
      await clock.advance(10 * SECOND)
      server.answer = ask
      await clock.advance(31 * SECOND)
      assert.ok(server.told.flatMap((one) => one.painted)[0].first <= first, "from the first frame")
    })
  test("proves nothing of what is painted on a page that is hidden", async () => {
    const device = new Device()
    const server = new Server(device)
    server.items = [message("Patinoire", { at: device.clock.now() - MINUTE })]
    device.network.down = true
    const { page, clock } = await screen({ device, server })
    page.document.visibilityState = "hidden"
    device.network.down = false
    await clock.advance(40 * SECOND)
    assert.deepEqual(
      server.told.flatMap((one) => one.painted),
      [],
    )
  })
})

describe("the worker of a screen", () => {
  const [page, file, plainFile] = ["/panneau/secret/", "/static/panels/panel.1.js", "/static/panels/time.js"]
  class Site {
    up = true
    version = "one"
    constructor(device) {
      this.device = device
      device.network.answer = (request) => this.answer(request)
    }
    answer({ path }) {
      if (!this.up) throw new TypeError("Failed to fetch")
      if (path === page) return html(`page ${this.version}`, { headers: { "Parvis-Page": this.version } })
      return new Response(`${path} ${this.version}`, { headers: { "Content-Type": "text/javascript" } })
    }
    worker() {
      const settings = { version: this.version, page, files: [file], plain: [plainFile] }
      const code = source("surfaces/panels/static/panels/worker.js")
      return new Worker(code, { device: this.device, address: `${page}worker.js`, settings })
    }
  }
  const installed = async () => {
    const device = new Device()
    const site = new Site(device)
    const worker = site.worker()
    await worker.send("install")
    await worker.send("activate")
    return { device, site, worker }
  }
  const text = async (answer) => (await answer).text()
  test("opens the screen without a network, with its files", async () => {
    const { site, worker } = await installed()
    site.up = false
    assert.deepEqual(
      [await text(worker.open(page)), await text(worker.ask(file)), await text(worker.ask(plainFile))],
      ["page one", `${file} one`, `${plainFile} one`],
    )
  })
  test("opens it after six seconds of silence, or when the server fails", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => later().promise
    const asked = worker.open(page)
    await device.clock.advance(6001)
    assert.equal(await text(asked), "page one")
    device.network.answer = () => html("", { status: 503 })
    assert.equal(await text(worker.open(page)), "page one")
  })
  test("serves the modules of the new release with its page", async () => {
    const { site, worker } = await installed()
    site.version = "two"
    assert.equal(await text(worker.open(page)), "page two")
    assert.equal(await text(worker.ask(plainFile)), `${plainFile} two`)
  })
  test("does not keep the page of a release whose files it has not", async () => {
    const { site, worker } = await installed()
    site.version = "two"
    await worker.open(page)
    site.up = false
    assert.equal(await text(worker.open(page)), "page one")
  })
  test("neither shows nor keeps the page of a portal", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => html("<h1>Wi-Fi</h1>")
    assert.equal(await text(worker.open(page)), "page one")
    assert.equal(await text(worker.ask(plainFile)), `${plainFile} one`)
    device.network.down = true
    assert.equal(await text(worker.open(page)), "page one")
  })
  test("installs nothing from a portal, nor from a page to sign in", async () => {
    for (const answer of [() => html("<h1>Wi-Fi</h1>"), () => redirected(html("sign in"))]) {
      const device = new Device()
      const site = new Site(device)
      site.answer = answer
      await assert.rejects(site.worker().send("install"))
      assert.deepEqual(await device.caches.keys(), [])
    }
  })
  test("keeps nothing of a screen that is no more", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => html("", { status: 404 })
    assert.equal((await worker.open(page)).status, 404)
    assert.deepEqual(await device.caches.keys(), [])
  })
  test("leaves the messages and the reports alone", async () => {
    const { worker } = await installed()
    assert.equal(await worker.ask(`${page}messages`), undefined)
    assert.equal(await worker.ask(`${page}report`, { method: "POST" }), undefined)
    await flush()
  })
})
