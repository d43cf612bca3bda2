"use strict"
/* Calls taken without the server: the numbers, what waits, in which order it is entered, and what the server says of it. */
process.env.TZ = "America/Toronto"
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Device, Page, flush, html, json, later, plain, redirected } = require("./browser/index.js")
const { template } = require("./browser/template.js")

const PAGE = template("surfaces/desk/templates/desk/continuity/page.html")
const NUMBERS = ["26-00001-A", "26-00002-B", "26-00003-C", "26-00004-D", "26-00005-E", "26-00006-F", "26-00007-G"]
const DAY = 24 * 3600_000

/* The desk of a town: its kit, the numbers held for this browser, the calls entered. */
class Desk {
  entered = []
  numbers = [...NUMBERS]
  up = true
  subjects = {
    light: {
      title: "Streetlight",
      nature: "request",
      place: "required",
      department: "Works",
      promise: "5 days",
      questions: [{ key: "pole", kind: "yesno", label: "On a pole?", hint: "", required: true, choices: [] }],
      short: { fr: { words: "On répare.", until: "2026-03-02" } },
    },
    park: {
      title: "Park",
      nature: "information",
      place: "",
      department: "Leisure",
      promise: "",
      questions: [],
      short: {},
    },
  }
  constructor(device) {
    this.device = device
    device.network.answer = (request) => this.answer(request)
  }
  kit() {
    return {
      now: new Date(this.now()).toISOString(),
      made: "today",
      zone: "America/Toronto",
      agent: "Ann",
      families: [{ title: "Streets", subjects: ["light", "park"] }],
      subjects: this.subjects,
      phones: [{ name: "Works", phone: "450 555-0100", dial: "+14505550100", ext: "2" }],
      unused: [],
      token: "token",
    }
  }
  /* The server's own time: that of the device, unless it differs. */
  now() {
    return this.time ? this.time() : this.device.clock.now()
  }
  async answer(request) {
    if (!this.up) throw new TypeError("Failed to fetch")
    if (request.path === "/healthz") return new Response("ok\n", { headers: { "Content-Type": "text/plain" } })
    const body = request.body && JSON.parse(request.body)
    const name = request.path.split("/").at(-1)
    if (name === "kit") return json(this.kit())
    if (name === "references") return json({ references: [...this.numbers] })
    if (name === "enter") return this.enter(body)
    throw new Error(request.path)
  }
  enter(call) {
    this.entered.push(call)
    this.numbers = this.numbers.filter((one) => one !== call.reference)
    const url = `/desk/cases/${call.reference}/`
    return json({ asked: call.reference, reference: call.reference, url, promise: "Friday", created: true })
  }
}

async function opened({ device = new Device(), desk = new Desk(device) } = {}) {
  const page = new Page(PAGE, { device, address: "/desk/continuity/" })
  await page.run("surfaces/desk/static/desk/continuity/page.js")
  await flush(30)
  return { page, desk, device, clock: device.clock }
}
/* A page that is ready, on a network that is then lost. */
async function alone(given) {
  const all = await opened(given)
  all.desk.up = false
  await all.clock.advance(5000)
  return all
}
const form = (page) => page.byId("call")
const field = (page, name) => form(page).elements[name]
const number = (page) => page.byId("number").textContent
const told = (page) => page.byId("told").textContent
const calls = (device) => device.databases.rows("parvis-continuity", "calls")
const useOf = (device, reference) =>
  device.databases.rows("parvis-continuity", "numbers").find((one) => one.reference === reference)?.use
const press = (page, id, words) =>
  page
    .all(`#${id} button`)
    .find((one) => one.textContent.startsWith(words))
    .click()
async function write(page, words, more = {}) {
  for (const [name, text] of Object.entries({ words, ...more })) page.type(field(page, name), text)
  await flush(20)
}
async function keep(page) {
  form(page).requestSubmit()
  await flush(40)
}
async function take(page, words, more) {
  const reference = number(page)
  await write(page, words, more)
  await keep(page)
  return reference
}

describe("the number told to the caller", () => {
  test("is the first one held for this browser", async () => {
    const { page } = await opened()
    assert.equal(number(page), NUMBERS[0])
  })
  test("is another for each call kept", async () => {
    const { page } = await alone()
    assert.deepEqual([await take(page, "one"), await take(page, "two"), number(page)], NUMBERS.slice(0, 3))
  })
  test("is found again with the words when the page is opened again", async () => {
    const { page, device, desk } = await alone()
    await take(page, "kept")
    await write(page, "half a sent")
    device.locks.held.clear()
    const again = await opened({ device, desk })
    assert.equal(number(again.page), NUMBERS[1])
    assert.equal(field(again.page, "words").value, "half a sent")
  })
  test("is not given to the next caller by numbers asked before the call was entered", async () => {
    const { page, desk, device } = await opened()
    const slow = later()
    const before = desk.answer.bind(desk)
    desk.answer = (request) =>
      request.path.endsWith("references") ? slow.promise.then(() => json({ references: NUMBERS })) : before(request)
    const { prepare } = await new Page("", { device }).run("surfaces/desk/static/desk/continuity/store.js")
    const tab = prepare() // another page of the desk asks for numbers, and is answered late
    await flush(20)
    desk.answer = before
    const first = await take(page, "entered meanwhile")
    assert.deepEqual(
      desk.entered.map((one) => one.reference),
      [first],
    )
    slow.resolve()
    await tab
    await flush(20)
    assert.equal(useOf(device, first), undefined)
    const given = []
    desk.up = false
    for (let turn = 0; turn < 6; turn++) given.push(await take(page, `call ${turn}`))
    assert.ok(!given.includes(first), `${first} was told to two people`)
  })
  test("is not given to the next caller when the call under it was given up", async () => {
    const { page, desk, clock, device } = await alone()
    const first = await take(page, "refused")
    desk.up = true
    desk.enter = () => json({ message: "No.", fields: {} }, { status: 422 })
    await clock.advance(5000)
    press(page, "calls", "Give up")
    page.byId("give-up-yes").click()
    await flush(30)
    await clock.advance(605_000)
    assert.ok(useOf(device, first), "the number is known, and not free")
    desk.up = false
    const given = []
    for (let turn = 0; turn < 6; turn++) given.push(await take(page, `call ${turn}`))
    assert.ok(!given.includes(first), `${first} was told to two people`)
  })
  test("is not given to the next caller when the disk was full and the call went on paper", async () => {
    const { page, device } = await alone()
    const first = number(page)
    device.databases.isFull = true
    await write(page, "on paper then")
    assert.equal(page.byId("full").hidden, false)
    page.byId("drop").click()
    await flush(30)
    assert.notEqual(number(page), first)
    device.databases.isFull = false
    await take(page, "another caller")
    assert.notEqual(number(page), first)
    assert.ok(!calls(device).some((one) => one.reference === first))
  })
  test("stays on the screen when the server comes back while the agent writes", async () => {
    const { page, desk, clock } = await alone()
    await write(page, "still talking")
    desk.up = true
    desk.numbers = NUMBERS.slice(3)
    await clock.advance(5000)
    assert.equal(number(page), NUMBERS[0])
    assert.equal(field(page, "words").value, "still talking")
  })
  test("is free again when nothing was kept of the call", async () => {
    const { page, device } = await alone()
    await write(page, "wrong number")
    page.byId("drop").click()
    await flush(30)
    assert.deepEqual([useOf(device, NUMBERS[0]), calls(device).length, number(page)], ["", 0, NUMBERS[0]])
  })
  test("is none when none is left: the page says to use paper", async () => {
    const { page } = await alone()
    for (const words of NUMBERS) await take(page, words)
    assert.equal(number(page), "no number left")
    assert.equal(page.byId("none").hidden, false)
    await write(page, "one too many")
    await keep(page)
    assert.equal(field(page, "words").value, "one too many")
  })
  test("of another year leaves when the server holds it no more", async () => {
    const { desk, clock, device } = await opened()
    desk.numbers = ["27-00001-A", "27-00002-B"]
    await clock.advance(605_000)
    assert.deepEqual(
      device.databases.rows("parvis-continuity", "numbers").map((one) => one.reference),
      desk.numbers,
    )
  })
  test("is not told in a second tab: it waits until the first one is closed", async () => {
    const { device, desk } = await opened()
    const second = await opened({ device, desk })
    assert.equal(second.page.byId("elsewhere").hidden, false)
    assert.equal(form(second.page).inert, true)
    assert.equal(number(second.page), "…")
  })
  test("announced as kept is the one of the call, though Ctrl+Enter was pressed twice", async () => {
    const { page, device } = await alone()
    await write(page, "twice")
    form(page).requestSubmit()
    form(page).requestSubmit()
    await flush(60)
    assert.equal(told(page), `${NUMBERS[0]} is kept in this browser.`)
    assert.deepEqual(
      calls(device).map((one) => one.reference),
      [NUMBERS[0]],
    )
    assert.equal(number(page), NUMBERS[1])
  })
})

describe("what waits is entered", () => {
  test("oldest first, one by one, then is erased here", async () => {
    const { page, desk, clock, device } = await alone()
    for (const words of ["first", "second", "third"]) {
      await take(page, words)
      await clock.advance(60_000)
    }
    desk.up = true
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => one.words),
      ["first", "second", "third"],
    )
    assert.equal(calls(device).length, 0)
    assert.equal(page.all("#entered li").length, 3)
  })
  test("by the moment of the call, not by the order of the numbers", async () => {
    const { page, desk, clock } = await alone()
    await take(page, "at ten")
    await take(page, "on paper, at eight", { taken: "2026-03-02T08:00" })
    desk.up = true
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => one.words),
      ["on paper, at eight", "at ten"],
    )
  })
  test("at once while the server answers", async () => {
    const { page, desk } = await opened()
    await take(page, "now")
    assert.deepEqual(
      desk.entered.map((one) => one.words),
      ["now"],
    )
    assert.equal(told(page), `${NUMBERS[0]} is entered, and erased from this browser.`)
  })
  test("with its true time and length", async () => {
    const { page, desk, clock } = await alone()
    const at = clock.now()
    await write(page, "long")
    await clock.advance(90_000)
    await keep(page)
    await clock.advance(3_600_000)
    desk.up = true
    await clock.advance(5000)
    assert.equal(desk.entered[0].taken_at, new Date(at).toISOString())
    assert.equal(desk.entered[0].seconds, 90)
  })
  test("once, when the answer is lost after the server accepted it", async () => {
    const { page, desk, clock, device } = await opened()
    const enter = desk.enter.bind(desk)
    let lost = 0
    desk.enter = (call) => {
      const answer = enter(call)
      if (lost++) return answer
      throw new TypeError("Failed to fetch")
    }
    const first = await take(page, "twice on the way")
    assert.equal(calls(device).length, 1)
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => one.reference),
      [first, first],
    )
    assert.equal(calls(device).length, 0)
    assert.equal(page.all("#entered li").length, 1)
  })
  test("again after a 500, under the same number", async () => {
    const { page, desk, clock, device } = await opened()
    const enter = desk.enter.bind(desk)
    desk.enter = (call) => (enter(call), new Response("", { status: 500 }))
    const first = await take(page, "accepted, then failed")
    assert.deepEqual(
      calls(device).map((one) => one.state),
      ["kept"],
    )
    desk.enter = enter
    await clock.advance(5000)
    assert.deepEqual(new Set(desk.entered.map((one) => one.reference)), new Set([first]))
    assert.equal(calls(device).length, 0)
  })
  test("without waiting for a call at which the server fails", async () => {
    const { page, desk, clock, device } = await alone()
    const [first, second] = [await take(page, "fails"), await take(page, "passes")]
    const enter = desk.enter.bind(desk)
    desk.enter = (call) => (call.reference === first ? new Response("", { status: 500 }) : enter(call))
    desk.up = true
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => one.reference),
      [second],
    )
    assert.deepEqual(
      calls(device).map((one) => one.reference),
      [first],
    )
  })
  test("never two at a time", async () => {
    const { page, desk, clock } = await alone()
    await take(page, "one")
    await take(page, "two")
    const slow = later()
    const enter = desk.enter.bind(desk)
    desk.enter = (call) => slow.promise.then(() => enter(call))
    desk.up = true
    await clock.advance(15_000)
    assert.equal(page.network.paths().filter((path) => path.endsWith("enter")).length, 1)
    slow.resolve()
    await flush(60)
    assert.deepEqual(
      desk.entered.map((one) => one.words),
      ["one", "two"],
    )
  })
  test("not while it is open to be mended", async () => {
    const { page, desk, clock } = await alone()
    await take(page, "to be read again")
    press(page, "calls", "Open")
    await flush(20)
    desk.up = true
    await clock.advance(10_000)
    assert.equal(desk.entered.length, 0)
    page.type(field(page, "words"), "read again")
    await keep(page)
    assert.deepEqual(
      desk.entered.map((one) => one.words),
      ["read again"],
    )
  })
  test("not when the answer is about another number", async () => {
    const { page, desk, device } = await opened()
    desk.enter = () => json({ asked: NUMBERS[5], reference: NUMBERS[5], url: "/", promise: "" })
    await take(page, "mine")
    assert.equal(calls(device).length, 1)
  })
  test("later, when the town asks to slow down", async () => {
    const { page, desk, clock, device } = await opened()
    const enter = desk.enter.bind(desk)
    desk.enter = () => json({}, { status: 429 })
    await take(page, "too many")
    assert.deepEqual(
      calls(device).map((one) => one.state),
      ["kept"],
    )
    desk.enter = enter
    await clock.advance(5000)
    assert.equal(calls(device).length, 0)
  })
  test("though the disk is full: that makes room", async () => {
    const { page, desk, clock, device } = await alone()
    await take(page, "kept before")
    device.databases.isFull = true
    desk.up = true
    await clock.advance(10_000)
    assert.deepEqual(desk.entered.map((one) => one.words).slice(0, 1), ["kept before"])
  })
})

describe("what the server refuses", () => {
  const refused = async () => {
    const all = await alone()
    await take(all.page, "bad", { name: "Zoé", phone: "450 555-0123" })
    all.desk.up = true
    all.enter = all.desk.enter.bind(all.desk)
    all.desk.enter = () =>
      json({ message: "Something is missing.", fields: { phone: "Not a number." } }, { status: 422 })
    await all.clock.advance(5000)
    return all
  }
  test("stays, with the words of the server", async () => {
    const { page, device } = await refused()
    assert.deepEqual(
      calls(device).map((one) => one.state),
      ["refused"],
    )
    assert.equal(page.find("#calls .error").textContent, "Something is missing. Not a number.")
  })
  test("is not sent again until it is mended", async () => {
    const { page, clock } = await refused()
    const before = page.network.asked.length
    await clock.advance(20_000)
    assert.ok(
      !page.network
        .paths()
        .slice(before)
        .some((path) => path.endsWith("enter")),
    )
  })
  test("opens with the error beside its field, and goes under the same number once mended", async () => {
    const { page, desk, enter } = await refused()
    press(page, "calls", "Open")
    await flush(20)
    assert.equal(page.byId("f-phone-error").textContent, "Not a number.")
    assert.equal(number(page), NUMBERS[0])
    desk.enter = enter
    page.type(field(page, "phone"), "450 555-0199")
    await keep(page)
    assert.deepEqual(
      desk.entered.map((one) => [one.reference, one.phone]),
      [[NUMBERS[0], "450 555-0199"]],
    )
  })
  test("does not open over a call that is being written", async () => {
    const { page } = await refused()
    await write(page, "someone else talks")
    press(page, "calls", "Open")
    await flush(20)
    assert.equal(field(page, "words").value, "someone else talks")
    assert.equal(told(page), "Keep the call being written first.")
  })
  test("is not what a proxy answers: the call goes on waiting", async () => {
    const { page, desk, device, clock } = await alone()
    await take(page, "behind a portal")
    desk.up = true
    const enter = desk.enter.bind(desk)
    for (const answer of [() => html("<h1>Blocked</h1>", { status: 404 }), () => html("<h1>Sign in to Wi-Fi</h1>")]) {
      desk.enter = answer
      await clock.advance(5000)
      assert.deepEqual(
        calls(device).map((one) => one.state),
        ["kept"],
      )
    }
    desk.enter = enter
    await clock.advance(5000)
    assert.equal(calls(device).length, 0)
  })
})

describe("the session that ended", () => {
  for (const [name, answer] of [
    ["401", () => json({}, { status: 401 })],
    ["403", () => json({}, { status: 403 })],
    ["a page to sign in", () => redirected(html("<form>"))],
  ])
    test(`${name}: the calls wait, and the page says to sign in`, async () => {
      const { page, desk, device } = await opened()
      desk.enter = answer
      await take(page, "kept")
      assert.equal(page.document.body.dataset.server, "out")
      assert.equal(page.byId("sign-in").hidden, false)
      assert.deepEqual(
        calls(device).map((one) => one.state),
        ["kept"],
      )
    })
  test("is looked for again: once signed in, the calls leave by themselves", async () => {
    const { page, desk, clock } = await opened()
    const answer = desk.answer.bind(desk)
    desk.answer = (request) => (request.path === "/healthz" ? answer(request) : json({}, { status: 401 }))
    await take(page, "kept")
    await clock.advance(5000)
    desk.answer = answer
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => one.words),
      ["kept"],
    )
    assert.equal(page.byId("sign-in").hidden, true)
  })
})

describe("the kit", () => {
  const kit = (device) => device.databases.rows("parvis-continuity", "kept").find((one) => one?.subjects)
  for (const [name, answer] of [
    ["a page of a proxy that says no", () => html("<h1>Blocked</h1>", { status: 404 })],
    ["a portal that asks to sign in to the Wi-Fi", () => html("<h1>Welcome</h1>")],
    ["the JSON of a portal", () => json({ portal: true, url: "https://wifi.example" })],
    ["the JSON of a proxy that says no", () => json({ error: "blocked" }, { status: 451 })],
  ])
    test(`stays the one of the town when the answer is ${name}`, async () => {
      const { page, desk, clock, device } = await opened()
      const before = plain(kit(device))
      const ask = desk.answer.bind(desk)
      desk.answer = (request) => (request.path.endsWith("kit") ? answer() : ask(request))
      await clock.advance(605_000)
      assert.deepEqual(plain(kit(device)), before)
      assert.equal(page.document.body.dataset.server, "down", "the town does not answer")
      assert.equal(await take(page, "all the same"), NUMBERS[0])
      const at = calls(device)[0].started
      assert.equal(at, clock.now(), "the clock is still that of the town")
    })
  test("is not thought near when a portal answers for the town", async () => {
    const { page, desk, clock } = await opened()
    desk.answer = () => html("<h1>Welcome</h1>")
    await clock.advance(5000)
    assert.equal(page.document.body.dataset.server, "down")
  })
  test("is asked again after ten minutes", async () => {
    const { page, clock } = await opened()
    const asked = () => page.network.paths().filter((path) => path.endsWith("/kit")).length
    const before = asked()
    await clock.advance(590_000)
    assert.equal(asked(), before)
    await clock.advance(20_000)
    assert.equal(asked(), before + 1)
  })
  test("is asked again though the machine's clock was set back", async () => {
    const { page, clock } = await opened()
    const before = page.network.paths().filter((path) => path.endsWith("/kit")).length
    clock.setMachine(clock.now() - 30 * DAY)
    await clock.advance(610_000)
    assert.ok(page.network.paths().filter((path) => path.endsWith("/kit")).length > before)
  })
  test("is missing on the first day without a network: the page says so", async () => {
    const device = new Device()
    device.network.down = true
    const { page } = await opened({ device })
    assert.equal(page.byId("unprepared").hidden, false)
  })
  test("stays when the disk is full", async () => {
    const { page, clock, device } = await opened()
    device.databases.isFull = true
    await clock.advance(605_000)
    assert.ok(kit(device))
    assert.equal(page.document.body.dataset.server, "up")
  })
})

describe("the short answer to read aloud", () => {
  const words = async (at, until) => {
    const device = new Device({ at })
    const desk = new Desk(device)
    desk.subjects.light.short.fr.until = until
    const { page } = await opened({ device, desk })
    page.choose(field(page, "subject"), "light")
    return page.byId("short").textContent
  }
  const none = "No short answer is kept for this subject: take the request."
  for (const [name, at, until, said] of [
    ["is true in the evening of its last day in the town", "2026-03-03T01:30:00Z", "2026-03-02", "On répare."],
    ["has lapsed the day after, from midnight in the town", "2026-03-03T05:00:01Z", "2026-03-02", none],
    ["is true until midnight in summer too", "2026-07-02T03:59:00Z", "2026-07-01", "On répare."],
    ["has lapsed at midnight in summer", "2026-07-02T04:00:01Z", "2026-07-01", none],
    ["is true on the day when clocks go back", "2026-11-02T04:30:00Z", "2026-11-01", "On répare."],
    ["has no end when its facts have none", "2030-01-01T15:00:00Z", "", "On répare."],
  ])
    test(name, async () => assert.equal(await words(at, until), said))
  test("is by the town's date on a machine of another zone", async () => {
    process.env.TZ = "Asia/Tokyo"
    try {
      assert.equal(await words("2026-03-03T01:30:00Z", "2026-03-02"), "On répare.")
    } finally {
      process.env.TZ = "America/Toronto"
    }
  })
  test("is judged by the server's clock, when the machine's is a day ahead", async () => {
    const device = new Device({ at: "2026-03-03T15:00:00Z" })
    const desk = new Desk(device)
    desk.time = () => device.clock.now() - DAY
    const { page } = await opened({ device, desk })
    page.choose(field(page, "subject"), "light")
    assert.equal(page.byId("short").textContent, "On répare.")
  })
})

describe("clocks", () => {
  test("the call is dated by the server's clock, on a machine that is twenty minutes late", async () => {
    const device = new Device()
    const desk = new Desk(device)
    desk.time = () => device.clock.now() + 1_200_000
    const { page } = await opened({ device, desk })
    await take(page, "late clock")
    assert.equal(desk.entered[0].taken_at, new Date(desk.time()).toISOString())
  })
  test("the call is dated by a clock that is right, when the server's time comes late", async () => {
    const device = new Device()
    const desk = new Desk(device)
    const slow = later()
    const answer = desk.answer.bind(desk)
    desk.answer = async (request) => {
      const given = await answer(request)
      if (request.path.endsWith("kit")) await slow.promise
      return given
    }
    const { page, clock } = await opened({ device, desk })
    await clock.advance(8000)
    slow.resolve()
    await flush(30)
    const at = clock.now()
    await take(page, "after a slow kit")
    assert.equal(desk.entered[0].taken_at, new Date(at).toISOString())
  })
  test("a clock set back during the call gives it no negative length", async () => {
    const { page, desk, clock } = await alone()
    await write(page, "during the change")
    clock.setMachine(clock.now() - 3_600_000)
    await keep(page)
    desk.up = true
    await clock.advance(5000)
    assert.equal(desk.entered[0].seconds, 0)
  })
  test("the hour is filled in as that of the town", async () => {
    const { page } = await alone()
    await write(page, "now")
    assert.equal(field(page, "taken").value, "2026-03-02T10:00")
  })
  test("the hour is filled in as that of summer once the clocks went ahead", async () => {
    const { page } = await alone({ device: new Device({ at: "2026-03-08T07:30:00Z" }) })
    await write(page, "at half past three")
    assert.equal(field(page, "taken").value, "2026-03-08T03:30")
  })
  test("an hour typed is the moment of the call, in the time of its season", async () => {
    const { page, desk, clock } = await alone({ device: new Device({ at: "2026-03-08T15:00:00Z" }) })
    await take(page, "before the change", { taken: "2026-03-08T01:30" })
    await take(page, "after the change", { taken: "2026-03-08T03:30" })
    desk.up = true
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => one.taken_at),
      ["2026-03-08T06:30:00.000Z", "2026-03-08T07:30:00.000Z"],
    )
  })
  test("an hour to come is refused while the person is there", async () => {
    const { page } = await alone()
    await take(page, "tomorrow", { taken: "2026-03-03T10:00" })
    assert.equal(page.byId("f-taken-error").textContent, "This moment is still to come.")
  })
})

describe("what is typed", () => {
  test("is stored at each change", async () => {
    const { page, device } = await alone()
    await write(page, "a")
    await write(page, "a tree")
    assert.equal(calls(device)[0].values.words, "a tree")
    assert.equal(calls(device)[0].state, "open")
  })
  test("is stored whole, though faster than the disk", async () => {
    const { page, device } = await alone()
    for (const words of ["a", "a t", "a tree", "a tree fell"]) page.type(field(page, "words"), words)
    await flush(60)
    assert.equal(calls(device)[0].values.words, "a tree fell")
  })
  test("stays on the screen, and says so, when the disk is full", async () => {
    const { page, device } = await alone()
    device.databases.isFull = true
    await take(page, "no room")
    assert.equal(page.byId("full").hidden, false)
    assert.equal(field(page, "words").value, "no room")
    assert.equal(number(page), NUMBERS[0])
    device.databases.isFull = false
    await write(page, "no room, then some")
    assert.equal(page.byId("full").hidden, true)
    assert.equal(calls(device)[0].values.words, "no room, then some")
  })
  test("while the call is being kept does not open it again", async () => {
    const { page, desk, device, clock } = await alone()
    await write(page, "kept")
    form(page).requestSubmit()
    page.type(field(page, "words"), "kept, and one letter more")
    await flush(60)
    assert.deepEqual(
      calls(device).map((one) => one.state),
      ["kept"],
    )
    desk.up = true
    await clock.advance(5000)
    assert.equal(desk.entered.length, 1)
  })
  test("is checked before it is kept", async () => {
    const { page } = await alone()
    await take(page, "", { phone: "555-01", email: "leo@@ici" })
    for (const name of ["words", "name", "phone", "email"]) assert.ok(page.byId(`f-${name}-error`), name)
    assert.equal(page.document.activeElement.id, "summary")
  })
  test("answers the questions of the subject, and says where", async () => {
    const { page, desk, clock } = await alone()
    page.choose(field(page, "subject"), "light")
    await take(page, "dark")
    assert.ok(page.byId("f-place-error"))
    assert.ok(page.byId("ask-pole-error"))
    page.choose(page.byId("ask-pole"), "yes")
    page.type(field(page, "place"), "12 rue du Quai")
    await keep(page)
    desk.up = true
    await clock.advance(5000)
    assert.equal(desk.entered[0]["ask-pole"], "yes")
  })
})

describe("numbers on paper", () => {
  test("are five, and none of them is told at the screen", async () => {
    const { page, device } = await alone()
    page.byId("print-numbers").click()
    await flush(40)
    assert.equal(number(page), NUMBERS[5])
    assert.deepEqual(
      NUMBERS.map((one) => useOf(device, one)),
      ["paper", "paper", "paper", "paper", "paper", "", ""],
    )
    assert.match(page.went[0], /reference=26-00001-A&/)
  })
  test("leave aside the one of the call being written", async () => {
    const { page } = await alone()
    await write(page, "talking")
    page.byId("print-numbers").click()
    await flush(40)
    assert.equal(number(page), NUMBERS[0])
    assert.doesNotMatch(page.went[0], /26-00001-A/)
  })
  test("are entered with their hour, which is asked", async () => {
    const { page, desk, clock } = await alone()
    page.byId("print-numbers").click()
    await flush(40)
    press(page, "papers", "Enter")
    await flush(20)
    page.type(field(page, "words"), "by hand")
    page.type(field(page, "taken"), "")
    await keep(page)
    assert.equal(page.byId("f-taken-error").textContent, "Say when the call was taken.")
    await take(page, "by hand", { taken: "2026-03-02T08:15" })
    desk.up = true
    await clock.advance(5000)
    assert.deepEqual(
      desk.entered.map((one) => [one.reference, one.taken_at]),
      [[NUMBERS[0], "2026-03-02T13:15:00.000Z"]],
    )
  })
  test("stay on paper when their entry is dropped", async () => {
    const { page, device } = await alone()
    page.byId("print-numbers").click()
    await flush(40)
    press(page, "papers", "Enter")
    await flush(20)
    await write(page, "not this one")
    page.byId("drop").click()
    await flush(40)
    assert.equal(useOf(device, NUMBERS[0]), "paper")
  })
  test("are free again once said not used", async () => {
    const { page, device } = await alone()
    page.byId("print-numbers").click()
    await flush(40)
    press(page, "papers", "Not used")
    await flush(40)
    assert.equal(useOf(device, NUMBERS[0]), "")
  })
})
