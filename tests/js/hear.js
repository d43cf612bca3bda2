"use strict"
/* Hears, as a device does, each of the texts of {"values": ..., "texts": [...]} on the standard input: what it heard of
   each, in order, on the standard output. For tests/matching/test_device_dangers.py. */
const fs = require("node:fs")
const { Page } = require("./browser/index.js")

async function main() {
  const { values, texts } = JSON.parse(fs.readFileSync(0, "utf8"))
  const { hearer } = await new Page("").run("surfaces/public/static/public/danger-words.js")
  const hear = hearer(values)
  process.stdout.write(JSON.stringify(texts.map(hear)))
}
main()
