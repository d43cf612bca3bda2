/* The bar of the alerts that wait for someone: asked for every 10 seconds while the page is seen; 204 when nothing
   changed. One that comes is said by a screen reader, since each line is an alert. */
const EVERY = 10000
const bar = document.getElementById("alert-bar")

async function poll() {
  if (document.visibilityState === "hidden") return
  const url = new URL(bar.dataset.changes, location.href)
  url.searchParams.set("have", bar.dataset.have)
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (answer.status !== 200) return
  const news = await answer.json()
  bar.dataset.have = news.have
  bar.innerHTML = news.html
  await renew()
}

/* the page of the alerts says what the bar says, unless someone is at work in it */
async function renew() {
  const list = document.querySelector("[data-alerts]")
  if (!list || list.contains(document.activeElement) || [...list.querySelectorAll("[name=why]")].some((field) => field.value)) return
  const answer = await fetch(location.href)
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-alerts]")
  if (answer.ok && fresh) list.replaceChildren(...fresh.childNodes)
}
if (bar) {
  setInterval(() => poll().catch(() => {}), EVERY)
  document.addEventListener("visibilitychange", () => poll().catch(() => {}))
}
