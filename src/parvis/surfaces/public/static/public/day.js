/* The day page, when it comes from the device: it says so with its date, drops what lapsed, and what is true of a moment
   only once it is a day old. What is judged here is judged when it is read, not when it was kept. */
const page = document.querySelector("[data-day]")
const made = new Date(page.dataset.day)
const A_DAY = 24 * 3600_000
const lang = document.documentElement.lang

function judge() {
  const now = Date.now()
  const old = now - made > A_DAY
  const another = new Date(now).toDateString() !== made.toDateString()
  for (const one of page.querySelectorAll("[data-lapses]")) {
    const over = now >= Date.parse(one.dataset.lapses)
    const lapsed = over || (old && "value" in one.dataset && !one.querySelector("[data-stale]"))
    if (lapsed) one.remove()
    else if (old && "value" in one.dataset) {
      one.querySelectorAll("[data-fresh]").forEach((part) => part.remove())
      one.querySelectorAll("[data-stale]").forEach((part) => (part.hidden = false))
      one.classList.remove("no")
    }
  }
  for (const one of page.querySelectorAll("[data-on]")) {
    const [year, month, date] = one.dataset.on.split("-").map(Number)
    const on = new Date(year, month - 1, date)
    const near = on - now < 7 * A_DAY
    if (near) one.hidden = false
    if (another) {
      const words = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long" }).format(on)
      const when = one.querySelector("[data-when]")
      if (when) when.textContent = words[0].toUpperCase() + words.slice(1)
    }
  }
  if (another)
    page.querySelectorAll("[data-today]").forEach((one) => {
      const words = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long" }).format(now)
      one.textContent = words[0].toUpperCase() + words.slice(1)
    })
  const rows = page.querySelectorAll(".day > li:not([hidden])").length
  page.querySelectorAll("[data-quiet]").forEach((one) => (one.hidden = rows > 0))
  const bar = page.querySelector("[data-offline]")
  bar.hidden = navigator.onLine && now - made < 10 * 60_000
  const time = new Intl.DateTimeFormat(
    lang,
    another ? { dateStyle: "long", timeStyle: "short" } : { timeStyle: "short" },
  )
  bar.querySelector("[data-words]").textContent = bar
    .querySelector("[data-words]")
    .dataset.words.replace("{at}", time.format(made))
  page.querySelectorAll("[data-age]").forEach((one) => {
    one.hidden = bar.hidden
    one.textContent = one.dataset.words.replace("{at}", time.format(made))
  })
  page.classList.toggle("stale", !bar.hidden)
}

judge()
addEventListener("offline", judge)
addEventListener("online", () => location.reload())
setInterval(judge, 60_000)
