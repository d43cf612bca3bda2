"use strict"
/* The HTML of a Django template, near enough for its scripts: the words of `translate` as they are, the tags that draw
   dropped, a loop run once. The names by which scripts find their elements are those of the product. */
const { source } = require("./index.js")

function template(file) {
  const said = (tag) => /^\{%\s*translate "([^"]*)"/.exec(tag)
  return source(file)
    .replace(/\{#[^]*?#\}/g, "")
    .replace(/\{%\s*translate "[^"]*" as \w+\s*%\}/g, "")
    .replace(/\{%\s*dialog "([\w-]+)"[^%]*%\}/g, '<dialog id="$1">')
    .replace(/\{%\s*enddialog\s*%\}/g, "</dialog>")
    .replace(/\{%\s*url "[\w]+:([\w]+)"[^%]*%\}/g, "/$1/")
    .replace(/\{%(?:[^%"]|"[^"]*")*%\}/g, (tag) => said(tag)?.[1] ?? "")
    .replace(/\{\{[^}]*\}\}/g, "")
}

module.exports = { template }
