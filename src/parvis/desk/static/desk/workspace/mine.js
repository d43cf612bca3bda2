/* My work, beside any screen: how much waits for me, counted at its name in the bar; and beside a case the parts that are
   unfolded. Asked for every 15 seconds while the page is seen; 204 when nothing changed. What is unfolded is remembered. */
const EVERY = 15000
const line = document.getElementById("mine-said")
const rail = document.querySelector("[data-rail]")
const folds = [...document.querySelectorAll("details[data-fold]")]
const KEPT = "parvis.folds"
let have = "", counted = null

function remembered() { try { return JSON.parse(localStorage.getItem(KEPT)) || {} } catch { return {} } }
function remember(fold) { try { localStorage.setItem(KEPT, JSON.stringify({ ...remembered(), [fold.dataset.fold]: fold.open })) } catch { /* a browser that keeps nothing */ } }

function count(news) {
  const link = document.querySelector(`.bar nav a[href="${line.dataset.minePage}"]`)
  if (link) {
    link.querySelector(".count")?.remove()
    if (news.count) { const b = document.createElement("b"); b.className = "count"; b.textContent = news.count; link.append(b) }
  }
  if (counted !== null && news.count > counted) line.textContent = news.words
  counted = news.count
}

async function poll() {
  if (document.visibilityState === "hidden") return
  const url = new URL(line.dataset.mine, location.href)
  const parts = folds.filter((fold) => fold.open && "part" in fold.dataset).map((fold) => fold.dataset.fold)
  url.searchParams.set("have", have)
  if (parts.length) { url.searchParams.set("parts", parts.join(",")); url.searchParams.set("queue", rail?.dataset.queue || "") }
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } })
  if (answer.status !== 200) return
  const news = await answer.json()
  const moved = have !== ""
  have = news.mark
  count(news)
  for (const [name, html] of Object.entries(news.parts)) fill(folds.find((fold) => fold.dataset.fold === name), html)
  if (moved) document.dispatchEvent(new CustomEvent("mine"))
}

function fill(fold, html) {
  const body = fold.querySelector("[data-fold-body]")
  const stood = body.contains(document.activeElement) && document.activeElement.getAttribute("href")
  if (window.Idiomorph) window.Idiomorph.morph(body, html, { morphStyle: "innerHTML" })
  else body.innerHTML = html
  if (stood) body.querySelector(`[href="${CSS.escape(stood)}"]`)?.focus()
}

/* the file of the person, the plan: asked for once, when they are unfolded */
async function fetched(fold) {
  if (!fold.open || !fold.dataset.from || fold.dataset.there) return
  fold.dataset.there = "1"
  try {
    const answer = await fetch(fold.dataset.from, { headers: { "X-Requested-With": "fetch" } })
    if (answer.ok) fold.querySelector("[data-fold-body]").innerHTML = await answer.text()
  } catch { delete fold.dataset.there }
}

const before = remembered()
const wide = matchMedia("(width >= 64rem)").matches
folds.forEach((fold) => {
  fold.open = wide && (before[fold.dataset.fold] ?? ("part" in fold.dataset))
  if (fold.open) fetched(fold)
  fold.addEventListener("toggle", () => {
    if (wide) remember(fold)
    fetched(fold)
    if (fold.open && "part" in fold.dataset && line.dataset.mine) poll().catch(() => {})
  })
})
if (line.dataset.mine) {
  poll().catch(() => {})
  setInterval(() => poll().catch(() => {}), EVERY)
}
