/* The waiting line renews itself, without taking the focus away from the button one stands on. */
const EVERY = 4000
const line = document.getElementById("line")
const said = document.getElementById("line-said")

const nameOf = (el) => el && line.contains(el) && (el.getAttribute("formaction") || el.getAttribute("href"))

async function poll() {
  if (document.visibilityState === "hidden" || line.closest("form").dataset.sent) return
  const url = new URL(line.dataset.changes, location.href)
  url.searchParams.set("mark", line.dataset.mark)
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (answer.status !== 200) return
  const news = await answer.json()
  const stood = nameOf(document.activeElement)
  line.dataset.mark = news.mark
  line.innerHTML = news.html
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: line } }))
  if (stood) line.querySelector(`[formaction="${stood}"], [href="${stood}"]`)?.focus()
  said.textContent = said.dataset.tLine
  setTimeout(() => { said.textContent = "" }, 2000)
}
setInterval(() => poll().catch(() => {}), EVERY)
