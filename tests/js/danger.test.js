"use strict"
/* A danger told without a network: its numbers on the device. What is heard is compared with the server in
   tests/matching/test_device_dangers.py. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Device, Page, flush, json } = require("./browser/index.js")

const LINE = { number: "+18003618003", shown: "1 800 361-8003", fr: "Urgence gaz", en: "Gas emergencies" }
const BLOCK = '<div class="danger-first"><span data-say>Appelez.</span><span class="end"><a></a></span></div>'
const VALUES = {
  rules: {
    sets: { leak: "fuite|odeur" },
    splits: { sentence: "[.?!]", clause: ",", doubled: "([a-z])\\1+", negated: "^$", since: "^$" },
    idioms: [],
    guards: { hypotheses: [], past: [], present: [], topics: [] },
    families: [
      { name: "gas", lines: ["gas"], first: "go_out", said: [["(?: (?:{leak})(?= ))", " gaz"]] },
      { name: "fire", lines: [], first: "", said: [[" feu "]] },
    ].map((family) => ({ whenever: false, sure: [], whole: [], unless: [], doubt: [], ...family })),
  },
  phrases: [["personne", "bless"]],
  phone: "911",
  lines: { gas: LINE },
  first: { go_out: { fr: "Sortez.", en: "Go out." } },
  blocks: { fr: BLOCK, en: BLOCK },
}
const PAGE = `<script data-dangers="/app/dangers.json"></script><form><textarea id="q"></textarea></form>
  <section data-offline-lines hidden></section>`

async function opened(html = PAGE, { address = "/", onLine = false, known = true } = {}) {
  const device = new Device()
  device.network.answer = () => {
    if (!known) throw new TypeError("Failed to fetch")
    return json(VALUES)
  }
  const page = new Page(html, { device, address })
  page.document.documentElement.setAttribute("lang", "fr-CA")
  page.navigator.onLine = onLine
  await page.run("surfaces/public/static/public/danger-here.js")
  return page
}
async function typed(page, text) {
  page.type(page.byId("q"), text)
  await page.clock.advance(500)
  await flush()
  return page.find(".danger-first")
}

describe("a danger told without a network", () => {
  test("gets its line above the field, what to do first, and 911", async () => {
    const page = await opened()
    const block = await typed(page, "Une odeur de GAZ dans la cave")
    assert.equal(block.querySelector(".end a").getAttribute("href"), "tel:911")
    assert.match(block.textContent, /^Sortez.*Urgence gaz, 1 800 361-8003.*911/s)
    assert.equal(block.querySelector(".line a").getAttribute("href"), "tel:+18003618003")
    assert.ok(page.document.body.innerHTML.indexOf("danger-first") < page.document.body.innerHTML.indexOf("textarea"))
  })
  test("by a phrase of the town gets 911 alone", async () => {
    const block = await typed(await opened(), "une personne blessée")
    assert.match(block.textContent, /^Appelez.*911/s)
    assert.equal(block.querySelector(".line"), null)
  })
  test("leaves with the words that told it, and what tells none gets nothing", async () => {
    const page = await opened()
    assert.equal(await typed(page, "mon bac de recyclage"), null)
    assert.ok(await typed(page, "le feu est pris"))
    assert.equal(await typed(page, "le bac est pris"), null)
  })
  test("is heard in the question of a page that the device shows in the place of another", async () => {
    const html = PAGE.replace("<textarea", "<textarea data-asked")
    const page = await opened(html, { address: "/?q=il+y+a+le+feu+ici" })
    await flush()
    assert.equal(page.byId("q").value, "il y a le feu ici")
    assert.ok(page.find(".danger-first"))
  })
  test("with a network is left to the server", async () => {
    assert.equal(await typed(await opened(PAGE, { onLine: true }), "le feu est pris"), null)
  })
  test("stays a question when the rules are not on the device", async () => {
    assert.equal(await typed(await opened(PAGE, { known: false }), "le feu est pris"), null)
  })
})

test("the numbers to call are shown while there is no network", async () => {
  const page = await opened(PAGE, { onLine: true })
  const list = page.find("[data-offline-lines]")
  assert.equal(list.hidden, true)
  page.navigator.onLine = false
  page.tell("offline")
  assert.equal(list.hidden, false)
  page.navigator.onLine = true
  page.tell("online")
  assert.equal(list.hidden, true)
})
