"use strict"
/* What was just done: its undo leaves when its time is over, and in the queue it stands under the row where it was done. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { CustomEvent } = require("./browser/dom.js")
const { Device, Page, flush } = require("./browser/index.js")

const MOMENT = "2026-03-02T15:00:00.000Z"
const bar = (until) => `<div class="undo-bars"><form class="undo-bar" data-undo-bar><p>Taken</p>
  <time data-until="${until}">0:10</time><button id="undo">Undo</button></form></div>`

describe("the bar that undoes", () => {
  test("counts the seconds down, then leaves and gives the focus back to the page", async () => {
    const page = new Page(`<main id="content" tabindex="-1">${bar("2026-03-02T15:00:10Z")}</main>`, {
      device: new Device({ at: MOMENT }),
    })
    await page.run("ui/static/ui/ui.js")
    page.byId("undo").focus()
    await page.clock.advance(4000)
    assert.equal(page.find("time").textContent, "0:06")
    await page.clock.advance(7000)
    assert.equal(page.find("form"), null)
    assert.equal(page.document.activeElement, page.byId("content"))
  })
})

describe("a page that comes with errors", () => {
  test("gives them the focus once, and leaves it to who has begun to type", async () => {
    const page = new Page(`<div id="errors" tabindex="-1" data-focus>Errors</div><textarea id="words"></textarea>`)
    await page.run("ui/static/ui/ui.js")
    assert.equal(page.document.activeElement, page.byId("errors"))
    page.byId("words").focus()
    page.document.body.dispatchEvent(
      new CustomEvent("htmx:load", { bubbles: true, detail: { elt: page.document.body } }),
    )
    assert.equal(page.document.activeElement, page.byId("words"))
  })

  test("gives the focus to the errors of a part that comes later", async () => {
    const page = new Page(`<div id="part"></div><textarea id="words"></textarea>`)
    await page.run("ui/static/ui/ui.js")
    page.byId("words").focus()
    page.byId("part").innerHTML = `<div id="errors" tabindex="-1" data-focus>Errors</div>`
    page.byId("part").dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: page.byId("part") } }))
    assert.equal(page.document.activeElement, page.byId("errors"))
  })
})

const row = (n) => `<tr id="case-${n}" data-seq="1"><td><a data-row href="/desk/queue/?case=${n}">${n}</a>
  <button data-take>T</button></td></tr>`

describe("the queue", () => {
  test("puts the undo of a take under the row that was taken", async () => {
    const path = "/desk/queue/works/"
    const kept = { "parvis.queue.row": JSON.stringify({ path, at: 1 }) }
    const page = new Page(
      `<section data-queue>${bar("2026-03-02T15:10:00Z")}<table><tbody>${row(1)}${row(2)}${row(3)}</tbody></table></section>`,
      {
        address: path,
        values: { sessionStorage: { getItem: (name) => kept[name] ?? null, setItem() {}, removeItem() {} } },
      },
    )
    page.location.hash = "#case-2"
    await page.run("surfaces/desk/static/desk/queue.js")
    await flush(20)
    const rows = page.all("tr")
    assert.deepEqual(
      rows.map((one) => one.id || one.className),
      ["case-1", "case-2", "undo-line", "case-3"],
    )
    assert.ok(rows[2].querySelector("#undo"))
    assert.equal(page.document.activeElement, page.all("a[data-row]")[1])
  })
})
