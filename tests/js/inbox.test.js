"use strict"
/* The list of the inbox by keyboard: what each key does to the messages that are chosen. */
const assert = require("node:assert")
const { describe, test } = require("node:test")
const { Page, flush } = require("./browser/index.js")

const LIST = `<section class="msgs"><ol>
    <li><input type="checkbox" name="picked" value="1"><a data-row href="/desk/inbox/1/" aria-current="true">1</a></li>
    <li><input type="checkbox" name="picked" value="2"><a data-row href="/desk/inbox/2/">2</a></li></ol>
  <form id="several" method="post"><select name="do"><option value="mine">M</option>
    <option value="later:tomorrow">L</option><option value="spam">S</option><option value="close:thanks">C</option>
    </select></form></section>`

async function opened() {
  const page = new Page(LIST, { address: "/desk/inbox/?view=new", values: { sessionStorage: new Map() } })
  Object.assign(page.context.sessionStorage, { getItem: () => null, setItem: () => {}, removeItem: () => {} })
  await page.run("surfaces/desk/static/desk/inbox.js")
  await flush(20)
  const sent = []
  page.byId("several").addEventListener("submit", (event) => {
    event.preventDefault()
    sent.push(page.byId("several").elements.do.value)
  })
  return { page, sent }
}

describe("a key pressed while messages are chosen", () => {
  test("! puts them among the spam, and s, which asks for help on a call, does nothing", async () => {
    const { page, sent } = await opened()
    page.press("x", page.document.body)
    page.press("s", page.document.body)
    assert.deepEqual(sent, [])
    page.press("!", page.document.body)
    assert.deepEqual(sent, ["spam"])
  })
})
