"use strict"
/* The screen of a call: suggestions that come late, the subject that the agent picks, the draft and what the server has. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Device, Event, Page, flush, html, json, later, plain } = require("./browser/index.js")

const WORDS = [
  "unkept",
  "failed",
  "out",
  "elsewhere",
  "restored",
  "unknown",
  "close",
  "end",
  "changed",
  "show",
  "next",
  "nobody",
]
const STORE = "parvis-draft-3-7"
const answerOf = (slug, stamp = `${slug}-1`) =>
  `<div class="answer" data-slug="${slug}" data-title="About ${slug}" data-stamp="${stamp}" data-lang="fr"
     data-audience="resident" data-answer="1">Answer: ${slug}</div>`
const pageOf = ({ draft = {}, seq = 4, read = "", pane = "", matters = 0, next = "" } = {}) => `
  <input type="hidden" name="csrfmiddlewaretoken" value="token">
  <div id="desk" data-base="/desk/contact/7/" data-user="3" data-contact="7" data-seq="${seq}" data-matters="${matters}"
    data-language="fr" data-english="1" ${WORDS.map((word) => `data-t-${word}="${word}"`).join(" ")}></div>
  <script id="draft-values">${JSON.stringify(draft)}</script>
  <nav><a id="tab-7">this call</a><span id="tab-title"></span></nav>
  <form><textarea id="said" name="text" data-draft="text">${draft.text ?? ""}</textarea></form>
  <output id="count"></output><span id="kept"></span><div id="gloss" hidden></div><div id="found"></div>
  <div id="today"></div><a data-gloss id="gloss-key">gloss</a><a data-pane="case" id="to-case">request</a>
  <a data-pane="place" id="to-place">place</a><a data-pane="incident" id="to-incident">incident</a>
  <article id="middle" tabindex="0"><div id="danger"></div><div id="incident"></div><div id="notice"></div>
    <div id="read">${read}</div><div id="pane" ${pane ? "" : "hidden"}>${pane}</div></article>
  <div id="person"></div><div id="texts"></div><b id="now-about"></b>
  <form id="answered" method="post" action="/desk/contact/7/answered/"><input type="hidden" data-mirror="subject" value="">
    <input type="hidden" data-mirror="text" value="">${next}<button id="f2"><span id="f2-word"></span></button></form>
  <button id="plus"></button><button id="email-it"></button><input id="email-to">`

/* The desk, whose answers come when the test says so: `wait(name)` holds the next one. */
class Desk {
  drafts = []
  held = {}
  suggested = { slug: "", read: null, found: "", danger: "", incident: "", said: "" }
  accept = (draft) => json({ seq: draft.seq, saved: "kept at ten" })
  constructor(network) {
    network.answer = async (request) => {
      const name = request.path.replace("/desk/contact/7/", "").split("/")[0]
      const answer = this.answer(name, request)
      const gate = this.held[name]?.shift()
      return gate ? gate.promise.then((given) => given ?? answer) : answer
    }
  }
  wait(name) {
    const gate = later()
    ;(this.held[name] ??= []).push(gate)
    return gate
  }
  answer(name, { path, url, body }) {
    const last = decodeURIComponent(path.split("/").filter(Boolean).at(-1))
    if (name === "draft") {
      const draft = { seq: Number(body.get("seq")), values: JSON.parse(body.get("draft")) }
      this.drafts.push(draft)
      return this.accept(draft)
    }
    if (name === "suggest") {
      const asked = url.searchParams
      const picked = asked.get("picked") === "1" ? { slug: asked.get("subject"), read: null } : {}
      return json({ ...this.suggested, ...picked })
    }
    if (name === "answer") return html(answerOf(last, this.stamp))
    if (name === "pane") return html(this.panes(last, url.searchParams))
    if (name === "gloss") return html(`gloss of ${url.searchParams.get("q")}`)
    if (name === "told") return html(`told of ${url.searchParams.get("place-address")}`)
    if (name === "describe") return html("")
    if (name === "")
      return html(`<div id="desk" data-language="${url.searchParams.get("lang")}"></div><div id="incident"></div>
        <div id="read">${answerOf(url.searchParams.get("subject"))}</div>`)
    throw new Error(path)
  }
  panes(name, query) {
    if (name === "place")
      return `<form data-pane-form="place" data-place="/desk/contact/7/told/"><h2>Place</h2>
        <input name="place-find"><input name="place-address" value=""><div id="place-told"></div></form>`
    if (name === "incident") return `<form data-pane-form="incident"><input type="text" name="incident-title"></form>`
    return `<form data-pane-form="case" class="pane-form" method="post"><h2>Request</h2>
      <select name="case-subject"><option value=""></option><option value="light">L</option><option value="park">P</option></select>
      <textarea name="case-words"></textarea><input type="checkbox" name="case-urgent">
      <input name="case-place" value="${query.get("subject")}"><input type="hidden" name="case-key" value="fresh"></form>`
  }
}

async function opened(given = {}, { device = new Device(), search = "" } = {}) {
  const page = new Page(pageOf(given), { device, address: `/desk/contact/7/${search}` })
  const desk = new Desk(device.network)
  await page.run("surfaces/desk/static/desk/call.js")
  await flush(20)
  return { page, desk, device, clock: device.clock }
}
const suggestion = (slug, more = {}) => ({
  slug,
  read: answerOf(slug),
  found: `<a href="?subject=light" data-slug="light">L</a><a href="?subject=park" data-slug="park">P</a>`,
  danger: "",
  incident: "",
  said: `${slug} found`,
  ...more,
})
const subject = (page) => page.find('[data-mirror="subject"]').value
const read = (page) => page.find("#read .answer")?.dataset.slug
async function say(page, words, wait = 80) {
  page.type(page.byId("said"), words)
  await page.clock.advance(wait)
}
async function pick(page, slug) {
  page.find(`#found [data-slug=${slug}]`).click()
  await flush(20)
}
async function suggested(given) {
  const all = await opened(given)
  all.desk.suggested = suggestion("light")
  await say(all.page, "the light is out")
  return all
}

describe("suggestions", () => {
  test("are asked 80 ms after the last letter, once for the whole word", async () => {
    const { page } = await opened()
    for (const words of ["t", "tr", "tree"]) page.type(page.byId("said"), words)
    await page.clock.advance(79)
    assert.ok(!page.network.paths().some((path) => path.endsWith("suggest")))
    await page.clock.advance(1)
    const asked = page.network.asked.filter((one) => one.path.endsWith("suggest"))
    assert.deepEqual(
      asked.map((one) => one.url.searchParams.get("q")),
      ["tree"],
    )
  })
  test("show the answer, and its subject is the one that the call would be closed under", async () => {
    const { page } = await suggested()
    assert.deepEqual([read(page), subject(page)], ["light", "light"])
  })
  test("of older words do not replace those of newer ones", async () => {
    const { page, desk } = await opened()
    const slow = desk.wait("suggest")
    await say(page, "tree")
    desk.suggested = suggestion("park")
    await say(page, "tree in the park")
    slow.resolve(json(suggestion("light")))
    await flush(20)
    assert.deepEqual([read(page), subject(page)], ["park", "park"])
  })
  test("asked before the agent picked a subject do not replace it", async () => {
    const { page, desk } = await suggested()
    const slow = desk.wait("suggest")
    await say(page, "the light is out in the park")
    await pick(page, "park")
    slow.resolve(json(suggestion("light")))
    await flush(20)
    assert.deepEqual([read(page), subject(page)], ["park", "park"])
    await page.clock.advance(300)
    assert.deepEqual([desk.drafts.at(-1).values.subject, desk.drafts.at(-1).values.picked], ["park", true])
  })
  test("tell a danger, though a subject was picked before they came", async () => {
    const { page, desk } = await suggested()
    const slow = desk.wait("suggest")
    desk.suggested = suggestion("light", { danger: "911 first" })
    await say(page, "it smells of gas")
    await pick(page, "park")
    slow.resolve()
    await flush(20)
    assert.equal(page.byId("danger").textContent, "911 first")
    assert.deepEqual([read(page), subject(page)], ["park", "park"])
  })
  test("asked after a pick say to the server that the subject was picked", async () => {
    const { page } = await suggested()
    await pick(page, "park")
    await say(page, "and more")
    const query = page.network.asked.filter((one) => one.path.endsWith("suggest")).at(-1).url.searchParams
    assert.deepEqual([query.get("subject"), query.get("picked")], ["park", "1"])
  })
  test("that fail leave the screen as it is", async () => {
    const { page, desk } = await suggested()
    desk.wait("suggest").resolve(html("", { status: 500 }))
    await say(page, "more words")
    assert.equal(read(page), "light")
    page.network.down = true
    await say(page, "more words still")
    assert.deepEqual([read(page), page.byId("said").value], ["light", "more words still"])
  })
  test("without a word that was dropped are asked at once", async () => {
    const { page, desk } = await opened()
    desk.suggested = suggestion("light", { found: `<button data-drop="tree">tree</button>` })
    await say(page, "tree and light")
    page.find("[data-drop]").click()
    await flush(20)
    assert.deepEqual(page.network.asked.at(-1).url.searchParams.getAll("drop"), ["tree"])
  })
  test("do not replace an incident that is the same", async () => {
    const { page, desk } = await opened()
    const incident = `<div class="incident-here" lang="fr"><form action="/i/1/"><input type="checkbox" id="box"></form></div>`
    desk.suggested = suggestion("light", { incident })
    await say(page, "water")
    page.byId("box").checked = true
    await say(page, "water main")
    assert.equal(page.byId("box").checked, true)
  })
})

describe("the subject that is picked", () => {
  test("is the last one, when the answers come in the other order", async () => {
    const { page, desk } = await suggested()
    const slow = desk.wait("answer")
    await pick(page, "light")
    await pick(page, "park")
    slow.resolve()
    await flush(20)
    assert.deepEqual([read(page), subject(page)], ["park", "park"])
  })
  test("opens as a page when its answer cannot be had", async () => {
    const { page } = await suggested()
    page.network.down = true
    await pick(page, "park")
    assert.deepEqual(page.went, ["/desk/contact/7/?subject=park"])
  })
  test("is not left for a former one whose answer is lost late", async () => {
    const { page, desk } = await suggested()
    const slow = desk.wait("answer")
    await pick(page, "light")
    await pick(page, "park")
    slow.reject(new TypeError("Failed to fetch"))
    await flush(20)
    assert.deepEqual([page.went, read(page)], [[], "park"])
  })
  test("stays when the audience changes while its answer comes", async () => {
    const { page, desk } = await suggested()
    page.byId("read").innerHTML =
      `${answerOf("light")}<select data-audience-switch><option value="owner">o</option></select>`
    const slow = desk.wait("answer")
    await pick(page, "park")
    page.choose(page.find("[data-audience-switch]"), "owner")
    await flush(20)
    slow.resolve()
    await flush(20)
    assert.equal(read(page), "park")
  })
  test("stays when the language changes while its answer comes", async () => {
    const { page, desk } = await suggested()
    page.byId("found").innerHTML += `<a data-toggle-lang id="english">English</a>`
    const slow = desk.wait("answer")
    await pick(page, "park")
    page.byId("english").click()
    await flush(40)
    slow.resolve()
    await flush(20)
    assert.equal(read(page), "park")
    assert.equal(page.byId("desk").dataset.language, "en")
  })
  test("goes into the form of the request, when that is open", async () => {
    const { page } = await suggested()
    page.byId("to-case").click()
    await flush(20)
    await pick(page, "park")
    assert.equal(page.find("[name=case-subject]").value, "park")
  })
  test("is marked in the list, alone", async () => {
    const { page } = await suggested()
    await pick(page, "light")
    await pick(page, "park")
    assert.deepEqual(
      page.all("#found [aria-current]").map((one) => one.dataset.slug),
      ["park"],
    )
  })
})

describe("an answer published again during the call", () => {
  const changed = async () => {
    const all = await suggested()
    all.desk.stamp = "light-2"
    all.desk.suggested = suggestion("light", { read: null })
    all.page.document.dispatchEvent(new Event("edition"))
    await flush(20)
    return all
  }
  test("is offered, not imposed", async () => {
    const { page } = await changed()
    assert.equal(page.find("#notice p").textContent, "changed")
    assert.equal(page.find("#read .answer").dataset.stamp, "light-1")
    page.find("#notice button").click()
    await flush(20)
    assert.equal(page.find("#read .answer").dataset.stamp, "light-2")
  })
  test("does not come over another one that is read by then", async () => {
    const { page, desk } = await changed()
    desk.stamp = undefined
    desk.suggested = suggestion("park", { read: null })
    await pick(page, "park")
    page.find("#notice button")?.click()
    await flush(20)
    assert.equal(read(page), "park")
  })
  test("is not offered when another one was picked meanwhile", async () => {
    const { page, desk } = await suggested()
    const slow = desk.wait("answer")
    page.document.dispatchEvent(new Event("edition"))
    await flush(10)
    await pick(page, "park")
    slow.resolve(html(answerOf("light", "light-2")))
    await flush(20)
    assert.equal(page.find("#notice p"), null)
  })
})

describe("what is known of a place", () => {
  const place = async () => {
    const all = await opened()
    all.page.byId("to-place").click()
    await flush(20)
    return all
  }
  const look = async (page, address) => {
    page.find("[name=place-address]").value = address
    page.choose(page.find("[name=place-find]"), address)
    await flush(20)
  }
  test("is that of the last address, when the answers come in the other order", async () => {
    const { page, desk } = await place()
    const slow = desk.wait("told")
    await look(page, "1 First")
    await look(page, "2 Second")
    slow.resolve()
    await flush(20)
    assert.equal(page.byId("place-told").textContent, "told of 2 Second")
  })
  test("does not submit the form of the last address when a former one is lost", async () => {
    const { page, desk } = await place()
    const slow = desk.wait("told")
    await look(page, "1 First")
    await look(page, "2 Second")
    slow.reject(new TypeError("Failed to fetch"))
    await flush(20)
    assert.deepEqual([page.document.submitted.length, page.byId("place-told").textContent], [0, "told of 2 Second"])
  })
  test("that comes once the form is closed changes nothing", async () => {
    const { page, desk } = await place()
    const slow = desk.wait("told")
    await look(page, "1 First")
    page.byId("to-case").click()
    await flush(20)
    slow.resolve()
    await flush(20)
    assert.ok(page.find("[data-pane-form=case]"))
  })
  test("the gloss is that of the last words", async () => {
    const { page, desk } = await opened()
    const slow = desk.wait("gloss")
    await say(page, "tree")
    page.byId("gloss-key").click()
    page.byId("gloss-key").click()
    await say(page, "tree down")
    page.byId("gloss-key").click()
    await flush(20)
    slow.resolve()
    await flush(20)
    assert.equal(page.byId("gloss").textContent, "gloss of tree down")
  })
})

describe("forms in the middle", () => {
  test("the last one asked for is shown, when they come in the other order", async () => {
    const { page, desk } = await opened()
    const slow = desk.wait("pane")
    page.byId("to-case").click()
    page.byId("to-place").click()
    await flush(20)
    slow.resolve()
    await flush(20)
    assert.ok(page.find("[data-pane-form=place]"))
    assert.equal(page.find("[data-pane-form=case]"), null)
  })
  test("one that cannot be had opens as a page", async () => {
    const { page } = await opened()
    page.network.down = true
    page.byId("to-case").click()
    await flush(20)
    assert.deepEqual(page.went, ["/desk/contact/7/?pane=case"])
  })
  test("what was typed in it comes back with it, but not its key", async () => {
    const { page } = await opened({
      draft: { fields: { "case-words": "dark", "case-urgent": "on", "case-key": "old" } },
    })
    page.byId("to-case").click()
    await flush(20)
    assert.deepEqual([page.find("[name=case-words]").value, page.find("[name=case-urgent]").checked], ["dark", true])
    assert.equal(page.find("[name=case-key]").value, "fresh")
  })
  test("an incident's form that is open stays as typed, though its key is pressed again", async () => {
    const { page } = await opened()
    page.byId("to-incident").click()
    await flush(20)
    page.type(page.find("[name=incident-title]"), "Water main")
    page.byId("to-incident").click()
    await flush(20)
    assert.equal(page.find("[name=incident-title]").value, "Water main")
  })
})

describe("the draft", () => {
  test("leaves 300 ms after the last letter, with what was typed in the forms", async () => {
    const { page, desk } = await opened()
    page.byId("to-case").click()
    await flush(20)
    page.type(page.find("[name=case-words]"), "dark")
    await page.clock.advance(300)
    assert.equal(desk.drafts.at(-1).values.fields["case-words"], "dark")
    assert.equal(page.byId("kept").textContent, "kept at ten")
  })
  test("says that it is not kept, then tries again by itself", async () => {
    const { page, desk } = await opened()
    page.network.down = true
    await say(page, "no network", 300)
    assert.deepEqual([page.byId("kept").textContent, desk.drafts.length], ["failed", 0])
    page.network.down = false
    await page.clock.advance(3000)
    assert.deepEqual([page.byId("kept").textContent, desk.drafts.at(-1).values.text], ["kept at ten", "no network"])
  })
  test("is sent again after a 500, under the same number or a later one", async () => {
    const { page, desk } = await opened()
    const accept = desk.accept
    desk.accept = () => html("", { status: 500 })
    await say(page, "accepted, then failed", 300)
    desk.accept = accept
    await page.clock.advance(3000)
    assert.equal(desk.drafts.length, 2)
    assert.ok(desk.drafts[1].seq >= desk.drafts[0].seq)
    assert.equal(page.byId("kept").textContent, "kept at ten")
  })
  test("is overtaken by no older one: what is typed while one leaves follows it", async () => {
    const { page, desk } = await opened()
    const slow = desk.wait("draft")
    await say(page, "first", 300)
    await say(page, "first, then second", 300)
    assert.equal(desk.drafts.length, 1)
    slow.resolve()
    await page.clock.advance(400)
    assert.deepEqual(
      desk.drafts.map((one) => one.values.text),
      ["first", "first, then second"],
    )
    assert.ok(desk.drafts[1].seq > desk.drafts[0].seq)
  })
  test("passes the number that the server has from another tab", async () => {
    const { page, desk } = await opened()
    let told = 40
    desk.accept = (draft) => json({ seq: Math.max(told, draft.seq), saved: "kept" })
    await say(page, "mine", 300)
    told = 0
    await page.clock.advance(400)
    assert.ok(desk.drafts.at(-1).seq > 40)
    assert.equal(desk.drafts.at(-1).values.text, "mine")
  })
  for (const [name, status, said] of [
    ["the session ended", 401, "out"],
    ["the contact was closed elsewhere", 409, "elsewhere"],
    ["the contact is gone", 404, "elsewhere"],
  ])
    test(`says that ${name}`, async () => {
      const { page, desk } = await opened()
      desk.accept = () => html("", { status })
      await say(page, "words", 300)
      assert.equal(page.byId("kept").textContent, said)
    })
  test("newer in this browser than on the server comes back, and is sent", async () => {
    const device = new Device()
    const values = { text: "typed before the crash", fields: {}, dropped: [], matter: 0, subject: "park", picked: true }
    device.localStorage.setItem(STORE, JSON.stringify({ seq: 9, values }))
    const { page, desk } = await opened({ draft: { text: "typed before" }, seq: 4 }, { device })
    assert.equal(page.byId("said").value, "typed before the crash")
    assert.equal(page.byId("kept").textContent, "restored")
    await page.clock.advance(300)
    assert.deepEqual([desk.drafts.at(-1).values.text, desk.drafts.at(-1).seq > 9], ["typed before the crash", true])
  })
  test("older in this browser than on the server is left", async () => {
    const device = new Device()
    device.localStorage.setItem(STORE, JSON.stringify({ seq: 3, values: { text: "old", matter: 0 } }))
    const { page } = await opened({ draft: { text: "newer" }, seq: 4 }, { device })
    assert.equal(page.byId("said").value, "newer")
    assert.equal(device.localStorage.getItem(STORE), null)
  })
  test("of a matter settled since is left", async () => {
    const device = new Device()
    device.localStorage.setItem(STORE, JSON.stringify({ seq: 9, values: { text: "settled", matter: 0 } }))
    const { page } = await opened({ seq: 4, matters: 1 }, { device })
    assert.equal(page.byId("said").value, "")
  })
  test("brings back the form that was open, with its words", async () => {
    const device = new Device()
    const values = { text: "dark", fields: { "case-words": "on the corner" }, dropped: [], matter: 0, pane: "case" }
    device.localStorage.setItem(STORE, JSON.stringify({ seq: 9, values }))
    const { page } = await opened({ seq: 4 }, { device })
    assert.equal(page.find("[name=case-words]").value, "on the corner")
  })
  test("that cannot be read in this browser gives way to the one of the server", async () => {
    const device = new Device()
    device.localStorage.setItem(STORE, "{half")
    const { page } = await opened({ draft: { text: "of the server" } }, { device })
    assert.equal(page.byId("said").value, "of the server")
  })
  test("of finished contacts leaves this browser; those of others, and of other people, stay", async () => {
    const device = new Device()
    for (const name of ["parvis-draft-3-6", "parvis-draft-4-6", "other"]) device.localStorage.setItem(name, "{}")
    await opened({}, { device })
    assert.deepEqual(Object.keys(device.localStorage).sort(), ["other", "parvis-draft-4-6"])
  })
  test("is kept by the server alone when the storage of this browser is full", async () => {
    const { page, desk, device } = await opened()
    device.localStorage.isFull = true
    await say(page, "no room here", 300)
    assert.equal(desk.drafts.at(-1).values.text, "no room here")
    assert.equal(page.byId("kept").textContent, "kept at ten")
  })
  test("is held here while a form of the call is submitted, until the next page tells", async () => {
    const { page, desk, device } = await opened()
    await say(page, "answered", 300)
    page.byId("answered").requestSubmit()
    const before = desk.drafts.length
    await page.clock.advance(5000)
    assert.equal(desk.drafts.length, before)
    assert.equal(plain(JSON.parse(device.localStorage.getItem(STORE))).values.text, "answered")
  })
})

describe("the key that closes a call", () => {
  const next = { next: '<input name="came_next" value="1">' }
  const f2 = (page) => page.press("F2", page.document.body)
  test("pressed again at once does not close the one that came next", async () => {
    const { page } = await opened(next)
    assert.equal(f2(page).defaultPrevented, true)
    await page.clock.advance(900)
    assert.equal(f2(page).defaultPrevented, true)
    assert.equal(page.find("#notice p").textContent, "next")
  })
  test("works a second after the notice", async () => {
    const { page } = await opened(next)
    f2(page)
    await page.clock.advance(1001)
    assert.equal(f2(page).defaultPrevented, false)
    assert.equal(page.find("[name=came_next]"), null)
  })
  test("works at once after anything else was done", async () => {
    const { page } = await opened(next)
    page.press("a", page.byId("said"))
    assert.equal(f2(page).defaultPrevented, false)
  })
  test("works again though the clock was set back meanwhile", async () => {
    const { page, clock } = await opened(next)
    f2(page)
    clock.setMachine(clock.now() - 3_600_000)
    f2(page)
    await page.clock.advance(1001)
    assert.equal(f2(page).defaultPrevented, false)
  })
})
