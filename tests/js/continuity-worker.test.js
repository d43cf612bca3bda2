"use strict"
/* The service worker of the calls taken without the server: what it keeps, what it shows, and what it never keeps. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Device, Worker, html, later, redirected, source } = require("./browser/index.js")

const TEMPLATE = source("surfaces/desk/templates/desk/continuity/worker.js")
const [PAGE, PAPER] = ["/desk/continuity/", "/desk/continuity/paper/"]
const STORE = "/static/desk/continuity/store.js"

/* The server of one release: its pages, its files with the release in their names, the modules imported by plain names. */
class Site {
  up = true
  constructor(device, release) {
    this.device = device
    this.to(release)
    device.network.answer = (request) => this.answer(request)
  }
  to(release) {
    this.release = release
    this.file = `/static/desk/continuity/page.${release}.js`
  }
  answer({ path }) {
    if (!this.up) throw new TypeError("Failed to fetch")
    if (path === PAGE || path === PAPER)
      return html(`${path} of ${this.release}`, { headers: { "Parvis-Page": this.release } })
    if (path === this.file || path === STORE)
      return new Response(`${path} of ${this.release}`, { headers: { "Content-Type": "text/javascript" } })
    return html("not found", { status: 404 })
  }
  worker() {
    const code = TEMPLATE.replace("{{ pages|safe }}", JSON.stringify([PAGE, PAPER]))
      .replace("{{ files|safe }}", JSON.stringify([this.file]))
      .replace("{{ plain|safe }}", JSON.stringify([STORE]))
      .replace("{{ release }}", this.release)
    return new Worker(code, { device: this.device, address: "/desk/continuity/worker.js" })
  }
}
async function installed(release = "one") {
  const device = new Device()
  const site = new Site(device, release)
  const worker = site.worker()
  await worker.send("install")
  await worker.send("activate")
  return { device, site, worker }
}
const text = async (answer) => (await answer).text()
const kept = async (device, path) => (await device.caches.match(path))?.text()

describe("the pages kept for the days without a network", () => {
  test("open when the network is lost, with their files and modules", async () => {
    const { site, worker } = await installed()
    site.up = false
    assert.equal(await text(worker.open(PAGE)), `${PAGE} of one`)
    assert.equal(await text(worker.open(PAPER)), `${PAPER} of one`)
    assert.equal(await text(worker.ask(site.file)), `${site.file} of one`)
    assert.equal(await text(worker.ask(STORE)), `${STORE} of one`)
  })
  test("open after four seconds of silence", async () => {
    const { site, worker, device } = await installed()
    device.network.answer = () => later().promise
    const asked = worker.open(PAGE)
    await device.clock.advance(3900)
    let shown = false
    asked.then(() => (shown = true))
    await device.clock.advance(50)
    assert.equal(shown, false)
    await device.clock.advance(100)
    assert.equal(await text(asked), `${PAGE} of one`)
    const modules = await worker.ask(STORE)
    assert.equal(await text(modules), `${STORE} of one`, "at once: the server was waited for already")
    assert.equal(site.up, true)
  })
  test("open when the server fails", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => html("Bad gateway", { status: 502 })
    assert.equal(await text(worker.open(PAGE)), `${PAGE} of one`)
  })
  test("are renewed each time the server gives them", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => html("corrected", { headers: { "Parvis-Page": "one" } })
    assert.equal(await text(worker.open(PAGE)), "corrected")
    device.network.down = true
    assert.equal(await text(worker.open(PAGE)), "corrected")
  })
  test("lead to the page to sign in, which is not kept", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => redirected(html("sign in"))
    assert.equal(await text(worker.open(PAGE)), "sign in")
    assert.equal(await kept(device, PAGE), `${PAGE} of one`)
  })
  test("say that the role is missing, when the server says so", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => html("not yours", { status: 403 })
    assert.equal((await worker.open(PAGE)).status, 403)
    assert.equal(await kept(device, PAGE), `${PAGE} of one`)
  })
})

describe("a proxy or a portal", () => {
  test("is not kept in the place of the page, which opens all the same", async () => {
    const { worker, device } = await installed()
    device.network.answer = () => html("<h1>Sign in to the Wi-Fi</h1>")
    assert.equal(await text(worker.open(PAGE)), `${PAGE} of one`)
    assert.equal(await kept(device, PAGE), `${PAGE} of one`)
    assert.equal(await text(worker.ask(STORE)), `${STORE} of one`)
  })
  for (const path of [PAGE, STORE])
    test(`installs nothing when it answers for ${path}`, async () => {
      const device = new Device()
      const site = new Site(device, "one")
      const answer = site.answer.bind(site)
      site.answer = (request) => (request.path === path ? html("<h1>Wi-Fi</h1>") : answer(request))
      const worker = site.worker()
      await assert.rejects(worker.send("install"), /not from this release/)
      assert.deepEqual(await device.caches.keys(), [])
      assert.equal(worker.skipped, 0)
    })
  test("answering once does not spoil what was installed before", async () => {
    const { site, device } = await installed()
    const answer = site.answer.bind(site)
    site.answer = () => html("<h1>Wi-Fi</h1>")
    await assert.rejects(site.worker().send("install"))
    site.answer = answer
    assert.equal(await kept(device, PAGE), `${PAGE} of one`)
  })
  test("asking to sign in during the installation installs nothing", async () => {
    const device = new Device()
    const site = new Site(device, "one")
    site.answer = () => redirected(html("sign in", { headers: { "Parvis-Page": "one" } }))
    await assert.rejects(site.worker().send("install"))
  })
})

describe("a new release", () => {
  test("is served with its own modules, before its worker is installed", async () => {
    const { site, worker } = await installed("one")
    site.to("two")
    assert.equal(await text(worker.open(PAGE)), `${PAGE} of two`)
    assert.equal(await worker.ask(site.file), undefined, "from the server, as its name is new")
    assert.equal(await text(worker.ask(STORE)), `${STORE} of two`, "not the module of the former one")
  })
  test("is not kept by the worker of the former one, which has none of its files", async () => {
    const { site, worker } = await installed("one")
    site.to("two")
    await worker.open(PAGE)
    site.up = false
    assert.equal(await text(worker.open(PAGE)), `${PAGE} of one`)
    assert.equal(await text(worker.ask(STORE)), `${STORE} of one`)
  })
  test("takes the place of the former one, whole", async () => {
    const { site, device } = await installed("one")
    site.to("two")
    const next = site.worker()
    await next.send("install")
    assert.equal(next.skipped, 1)
    await next.send("activate")
    assert.deepEqual(await device.caches.keys(), ["continuity-two"])
    site.up = false
    assert.equal(await text(next.open(PAGE)), `${PAGE} of two`)
    assert.equal(await text(next.ask(STORE)), `${STORE} of two`)
  })
  test("leaves the caches of the public site alone", async () => {
    const { site, device } = await installed("one")
    await device.caches.open("shell-1")
    site.to("two")
    const next = site.worker()
    await next.send("install")
    await next.send("activate")
    assert.deepEqual((await device.caches.keys()).sort(), ["continuity-two", "shell-1"])
  })
  test("half deployed installs nothing, and the former one goes on", async () => {
    const { site, device } = await installed("one")
    site.to("two")
    const next = site.worker()
    site.to("one")
    await assert.rejects(next.send("install"))
    assert.deepEqual(await device.caches.keys(), ["continuity-one"])
  })
})

describe("what is not its business", () => {
  for (const [name, url, options] of [
    ["a submission", "/desk/continuity/enter", { method: "POST" }],
    ["the kit", "/desk/continuity/kit", {}],
    ["another site", "https://tiles.example/1.png", {}],
    ["the picture of another page", "/static/other.png", {}],
  ])
    test(`${name} goes to the network, and is not kept`, async () => {
      const { worker } = await installed()
      assert.equal(await worker.ask(url, options), undefined)
    })
})
