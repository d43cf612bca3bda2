/* What moves on every screen of the desk: the figures of the moment, the incidents under way, and the news that an answer
   was republished.

   Polls data-changes every 3 seconds while the page is seen; 204 when nothing changed. A change of edition is told by the
   event "edition" on the document, of the incidents by "incidents", of the figures by "moment". */
const EVERY = 3000
const figures = document.getElementById("figures")
const alarms = document.getElementById("alarms")
const contact = document.getElementById("desk")?.dataset.contact

async function poll() {
  if (document.visibilityState === "hidden") return
  const url = new URL(figures.dataset.changes, location.href)
  url.searchParams.set("edition", figures.dataset.edition)
  url.searchParams.set("figures", figures.dataset.figures)
  if (alarms) url.searchParams.set("alarm", alarms.dataset.alarm)
  if (contact) url.searchParams.set("contact", contact)
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (answer.status !== 200) return
  const news = await answer.json()
  const before = figures.dataset.edition
  figures.dataset.edition = news.edition
  if (figures.dataset.figures !== news.figures) {
    figures.dataset.figures = news.figures
    figures.innerHTML = news.html
    document.dispatchEvent(new CustomEvent("moment"))
  }
  if (alarms && alarms.dataset.alarm !== news.alarm) {
    alarms.dataset.alarm = news.alarm
    alarms.innerHTML = news.bar
    document.dispatchEvent(new CustomEvent("incidents"))
  }
  if (before !== String(news.edition)) document.dispatchEvent(new CustomEvent("edition"))
}
if (figures) setInterval(() => poll().catch(() => {}), EVERY)

/* The notice of what was just kept is said once: going back to this page does not say it again. */
const address = new URL(location.href)
if (address.searchParams.has("done") || address.searchParams.has("ended")) {
  address.searchParams.delete("done")
  address.searchParams.delete("ended")
  history.replaceState(null, "", address)
}

/* A link to one contact of "My last ten" opens what it points at. */
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1))
  if (!target) return
  if (target.tagName === "DETAILS") { target.open = true; target.querySelector("summary").focus() } else if (target.tabIndex === -1) target.focus()
}
openTarget()
addEventListener("hashchange", openTarget)
