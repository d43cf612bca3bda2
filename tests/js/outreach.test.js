"use strict"
/* The composer: the channels stay as they are chosen while the previews are painted again. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Event } = require("./browser/dom.js")
const { Page, flush } = require("./browser/index.js")

const COMPOSER = `<span id="kept-state" data-failed="Not kept"></span><form id="composer"></form>
  <div id="previews"><input type="checkbox" name="channels" value="site">
    <input type="checkbox" name="channels" value="panels"></div>`

async function opened() {
  const page = new Page(COMPOSER)
  await page.run("surfaces/desk/static/desk/outreach.js")
  await flush()
  const [site, panels] = page.document.querySelectorAll("[name=channels]")
  const tell = (name) => page.byId("previews").dispatchEvent(new Event(name, { bubbles: true }))
  return { site, panels, tell }
}

describe("previews painted from an earlier answer of the server", () => {
  test("leave a channel chosen meanwhile as it is", async () => {
    const { site, panels, tell } = await opened()
    site.checked = true
    tell("htmx:beforeSwap")
    site.checked = panels.checked = false // the answer knew nothing of it
    tell("htmx:afterSwap")
    assert.ok(site.checked && !panels.checked)
  })

  test("undo no channel chosen while they settle", async () => {
    const { panels, tell } = await opened()
    tell("htmx:beforeSwap")
    tell("htmx:afterSwap")
    panels.checked = true
    tell("htmx:afterSettle")
    assert.ok(panels.checked)
  })
})
