/* The tablet at the door and the screen of the hall: they renew themselves, and say since when they could not.

   data-poll="url" data-mark data-every="ms"   the address answers 204, or JSON {mark, html}. data-told on a piece: one whose
   value was not there before is new: it is shown so for a while (class "fresh"), and read out by [data-said].
   data-stale="zone"   shown, with the hour of the town in each language, once nothing was heard for three turns. data-back="s": the link is followed by itself. */
const live = document.querySelector("[data-poll]")
const stale = document.querySelector("[data-stale]")
const said = document.querySelector("[data-said]")
const FRESH = 20000
const NIGHT = 200 // milliseconds between two looks at the clock, so that a sleeping tablet wakes up in time

function sayStale(lost, since) {
  stale.hidden = !lost
  const how = { hour: "numeric", minute: "2-digit", timeZone: stale.dataset.stale }
  for (const el of stale.querySelectorAll("[data-lost]")) {
    el.textContent = lost ? el.dataset.lost.replace("{time}", new Date(since).toLocaleTimeString(el.lang, how)) : ""
  }
}
if (live) {
  const every = Number(live.dataset.every)
  let heard = Date.now(),
    next = heard + every,
    asking = false
  const told = () => [...live.querySelectorAll("[data-told]")]
  const poll = async () => {
    asking = true
    try {
      const url = new URL(live.dataset.poll, location.href)
      url.searchParams.set("mark", live.dataset.mark)
      const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(8000) })
      if (answer.status === 404) return location.reload()
      if (answer.status !== 200 && answer.status !== 204) throw new Error(String(answer.status))
      heard = Date.now()
      if (answer.status === 200) show(await answer.json())
    } catch {
      /* said by the clock below */
    } finally {
      asking = false
      next = Date.now() + every
    }
  }
  const show = (news) => {
    const before = new Set(told().map((el) => el.dataset.told))
    live.dataset.mark = news.mark
    live.innerHTML = news.html
    const fresh = told().filter((el) => !before.has(el.dataset.told))
    fresh.forEach((el) => {
      el.classList.add("fresh")
      setTimeout(() => el.classList.remove("fresh"), FRESH)
    })
    if (said && fresh.length) said.textContent = fresh.map((el) => el.dataset.words).join(". ")
  }
  setInterval(() => {
    if (!asking && Date.now() >= next) poll()
    const lost = Date.now() - heard > 3 * every + 3000
    if (lost === !stale.hidden) return
    sayStale(lost, heard)
  }, NIGHT)
}

const back = document.querySelector("[data-back]")
if (back) {
  let left = Number(back.dataset.back)
  const again = () => {
    left = Number(back.dataset.back)
  }
  for (const gesture of ["pointerdown", "keydown", "focusin"]) addEventListener(gesture, again)
  setInterval(() => {
    if (document.visibilityState === "visible" && --left <= 0) location.replace(back.href)
  }, 1000)
}
