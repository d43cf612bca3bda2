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
}
if (bar) {
  setInterval(() => poll().catch(() => {}), EVERY)
  document.addEventListener("visibilitychange", () => poll().catch(() => {}))
}
