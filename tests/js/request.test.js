"use strict"
/* The request form: its steps on a phone, what is to be decided on the way, and where one is, with and without a network. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Page, flush, html, json } = require("./browser/index.js")

const BAR = 703 /* the top of the bar at the foot of a phone */
const AT = { latitude: 45.4, longitude: -73.3, accuracy: 12 }
const POINT = "45.400000,-73.300000"
const NEAR = "/demande/lieux/pres/"

const twin = (mark) =>
  `<div class="twin" data-decide="${mark}"><input type="hidden" name="shown" value="${mark}"></div>`
const twins = (...marks) => `<div class="known twins"><h3>Déjà dit</h3>${marks.map(twin).join("")}</div>`
const OFFER = '<div class="offer" data-decide="photo 1,2"><input type="checkbox" name="pin" value="1,2"></div>'
const WHERE = (known) => `<section data-step="where" id="etape-ou"><h2>Où?</h2>
  <button type="button" hidden data-here data-near="${NEAR}" data-looking="looking" data-refused="refused"
    data-failed="failed" data-outside="outside" data-kept="kept" data-good="good {m}" data-rough="rough {m}"></button>
  <span data-here-said></span><input id="id_place" name="place">
  <div id="pin" data-template="Point: {}" data-bare="Point">
    <label hidden><input type="checkbox" name="pin" id="id_pin" value=""><span></span></label></div>
  <div id="known">${known}</div></section>`
const form = ({ where = true, known = "", offer = "" }) => `
  <div data-flow-top data-of="{n} of {all}" data-last="check"><button data-back></button>
    <b data-step-words></b><a class="quit" href="/"></a><i data-stones></i></div>
  <div id="danger"></div>
  <form id="request" action="/demande/nid/?envoi" data-step-url="/demande/nid/etape/" data-draft="blank">
    <input type="hidden" name="seen" value="">
    <section data-step="photo" id="etape-photo"><h2>Photo</h2><div id="photos">${offer}</div></section>
    ${where ? WHERE(known) : ""}
    <section data-step="what" id="etape-quoi"><h2>Quoi?</h2><div id="asked"></div></section>
    <section data-step="you" id="etape-vous"><h2>Vous</h2></section>
    <section data-step="check" id="etape-verifier"><h2>Vérifier</h2><div id="check"></div></section>
    <div data-flow><p data-flow-error></p><button type="button" data-next data-words="Continue"
      data-words-twin="Another" data-words-check="Check"></button><button type="button" data-skip></button></div>
    <div data-before></div>
  </form>`

/* A phone at the form: `tops` are the distances in pixels, from the top of the page, of what is to be decided. */
class Phone {
  scroll = 0
  shown = []
  steps = ["photo", "where", "what", "you", "check"]
  answers = {}
  constructor(given = {}, tops = {}) {
    if (given.where === false) this.steps.splice(1, 1)
    this.tops = tops
    const location = { hash: "", pathname: "/demande/nid/", search: "", assign() {}, href: "https://x.ca/demande/nid/" }
    const phone = this
    Object.defineProperty(location, "hash", {
      get: () => phone.hash ?? "",
      set: (id) => {
        phone.hash = `#${id}`
        phone.page.tell("hashchange")
      },
    })
    const values = {
      htmx: { process() {}, trigger() {} },
      location,
      matchMedia: () => ({ matches: true, addEventListener() {} }),
    }
    values.scrollTo = (_left, top) => (this.scroll = top)
    this.page = new Page(form(given), { values, address: "/demande/nid/" })
    this.page.document.layout = (one) => this.place(one)
    this.page.document.scrolled = (one, { block }) => this.scrollTo(one, block)
    this.page.network.answer = (request) => this.answer(request)
  }
  place(one) {
    if (one.dataset.flow !== undefined) return { top: BAR, bottom: BAR + 100 }
    const [top, height] = this.tops[one.dataset.decide ?? one.querySelector("[data-decide]").dataset.decide]
    return { top: top - this.scroll, bottom: top + height - this.scroll }
  }
  scrollTo(one, block) {
    const { top, bottom } = this.place(one)
    this.scroll += block === "end" ? bottom - BAR : top
    this.shown.push(one)
  }
  answer({ path, body }) {
    if (path === NEAR) return this.near()
    const at = body.get("step")
    const made = this.answers[at]?.shift()
    if (made) return html(made)
    return html(this.said(this.steps[this.steps.indexOf(at) + 1]))
  }
  said(step, { stop = false, known } = {}) {
    const part = known === undefined ? "" : `<div data-part="known">${known}</div>`
    return `<div data-step="${step}" ${stop ? "data-stop" : ""}><input type="hidden" name="seen" value="">${part}</div>`
  }
  async run(...names) {
    for (const name of names) await this.page.run(`surfaces/public/static/public/${name}.js`)
    return this
  }
  get step() {
    return this.page.document.documentElement.dataset.step
  }
  get button() {
    return this.page.find("[data-next]").textContent
  }
  async go() {
    this.page.find("[data-next]").click()
    await flush(20)
    return this.step
  }
}

describe("the steps of a form", () => {
  test("follow one another to the last one, with a place or without", async () => {
    for (const where of [true, false]) {
      const phone = await new Phone({ where }).run("request-steps")
      const walked = [phone.step]
      while (walked.at(-1) !== "check" && walked.length < 9) walked.push(await phone.go())
      assert.deepEqual(walked, phone.steps)
    }
  })
  test("go on when the server names one that the page does not have", async () => {
    const phone = await new Phone({ where: false }).run("request-steps")
    phone.answers.photo = [phone.said("where")]
    assert.equal(await phone.go(), "what")
  })
})

describe("what is to be decided", () => {
  test("under the bar comes into view before the next step", async () => {
    for (const [given, mark, step, after] of [
      [{ known: twins("near-1") }, "near-1", "where", "what"],
      [{ known: '<div class="known" data-decide="elsewhere"></div>' }, "elsewhere", "where", "what"],
      [{ offer: OFFER }, "photo 1,2", "photo", "where"],
    ]) {
      const phone = await new Phone(given, { [mark]: [763, 180] }).run("request-steps")
      if (step === "where") await phone.go()
      assert.equal(phone.button, "Continue")
      assert.equal(await phone.go(), step, `${mark} was not in view`)
      const found = phone.page.find(`[data-decide="${mark}"]`)
      assert.ok(phone.place(found).bottom <= BAR, "it is above the bar now")
      assert.ok(phone.shown[0].contains(found) && phone.page.document.activeElement === phone.shown[0])
      assert.equal(phone.button, mark === "near-1" ? "Another" : "Continue")
      assert.equal(await phone.go(), after)
    }
  })
  test("in view already is not brought again", async () => {
    const phone = await new Phone({ known: twins("near-1") }, { "near-1": [300, 180] }).run("request-steps")
    assert.equal(await phone.go(), "where")
    assert.equal(phone.button, "Another")
    assert.equal(await phone.go(), "what")
  })
  test("scrolled to by hand is not brought again", async () => {
    const phone = await new Phone({ known: twins("near-1") }, { "near-1": [763, 180] }).run("request-steps")
    await phone.go()
    phone.scroll = 400
    phone.page.tell("scroll")
    phone.scroll = 0
    assert.equal(phone.button, "Another")
    assert.equal(await phone.go(), "what")
  })
  test("is all seen: those that do not fit together, and one taller than the window", async () => {
    const tops = { "near-1": [763, 500], "near-2": [1263, 900] }
    const phone = await new Phone({ known: twins("near-1", "near-2") }, tops).run("request-steps")
    await phone.go()
    const scrolls = []
    for (const _time of [1, 2, 3]) {
      assert.equal(await phone.go(), "where")
      scrolls.push(phone.scroll)
    }
    assert.deepEqual(scrolls, [763, 1263, 1263 + 900 - BAR])
    assert.equal(await phone.go(), "what")
  })
  test("learnt after the place is shown where one is", async () => {
    const phone = await new Phone({}, { "near-1": [763, 180] }).run("request-steps")
    await phone.go()
    await phone.go()
    phone.answers.what = [phone.said("what", { stop: true, known: twins("near-1") })]
    assert.equal(await phone.go(), "what")
    assert.ok(phone.page.byId("etape-quoi").contains(phone.page.find(".twin")), "it is in the step shown")
    assert.equal(phone.shown.length, 1)
    assert.equal(await phone.go(), "you")
  })
})

describe("where I am", () => {
  const near = (values) =>
    json({ inside: true, words: "12, rue du Quai", beyond: false, told: "", at: POINT, ...values })
  async function tapped(answer) {
    const phone = new Phone()
    phone.near = answer
    phone.page.navigator.geolocation = { getCurrentPosition: (found) => found({ coords: AT }) }
    await phone.run("request")
    phone.page.find("[data-here]").click()
    await flush(20)
    return phone
  }
  const lost = () => {
    throw new TypeError("Failed to fetch")
  }
  const pin = ({ page }) => page.byId("id_pin")
  const label = ({ page }) => page.find("#pin label span").textContent
  const said = ({ page }) => page.find("[data-here-said]").textContent
  const chosen = (phone) => pin(phone).checked && pin(phone).value === POINT && !pin(phone).closest("label").hidden

  test("is the point of the request, named", async () => {
    const phone = await tapped(() => near())
    assert.ok(chosen(phone))
    assert.deepEqual([label(phone), said(phone)], ["Point: 12, rue du Quai", "good 10"])
  })
  for (const [name, answer] of [
    ["without a network", lost],
    ["when the server fails", () => new Response("", { status: 500 })],
    ["when nothing answers in time", () => new Promise(() => {})],
  ])
    test(`is kept ${name}, and named later`, async () => {
      const phone = await tapped(answer)
      assert.ok(chosen(phone), "it is chosen before it has a name")
      await phone.page.clock.advance(8000)
      assert.deepEqual([label(phone), said(phone)], ["Point", "kept"])
      phone.near = () => near()
      await phone.page.clock.advance(15_000)
      assert.ok(chosen(phone))
      assert.deepEqual([label(phone), said(phone)], ["Point: 12, rue du Quai", "good 10"])
    })
  test("is named as soon as the network is back", async () => {
    const phone = await tapped(lost)
    phone.near = () => near()
    phone.page.tell("online")
    await flush(20)
    assert.equal(label(phone), "Point: 12, rue du Quai")
    await phone.page.clock.advance(120_000)
    assert.equal(phone.page.network.paths().filter((path) => path === NEAR).length, 2, "and asked for no more")
  })
  test("is asked for again less and less often", async () => {
    const phone = await tapped(lost)
    await phone.page.clock.advance(10 * 60_000)
    assert.ok(phone.page.network.paths().length < 16)
  })
  test("leaves when it turns out to be outside the town", async () => {
    const phone = await tapped(lost)
    phone.near = () => near({ inside: false, told: "Chambly" })
    await phone.page.clock.advance(5000)
    assert.deepEqual([pin(phone).checked, said(phone)], [false, "Chambly"])
  })
  test("does not come back over a point chosen meanwhile", async () => {
    const phone = await tapped(lost)
    pin(phone).value = "45.500000,-73.400000"
    phone.near = () => near()
    await phone.page.clock.advance(60_000)
    assert.equal(pin(phone).value, "45.500000,-73.400000")
    assert.equal(label(phone), "Point")
  })
})
