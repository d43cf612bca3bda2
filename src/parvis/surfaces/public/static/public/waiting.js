/* The ticket tablet and the call screen: they poll for changes, and warn when the server stops answering.

   data-poll="url" data-mark data-every="ms"   polled; the URL answers 204, or JSON {mark, html}.
   data-told="id"      in that HTML: an element with a new id is highlighted for a while (class "fresh") and announced
                       to screen readers by [data-said].
   data-stale="zone"   shown after three missed polls, with the local time of the last answer in each language.
   data-back="s"       a link followed automatically after so many idle seconds. */
const live = document.querySelector("[data-poll]")
const stale = document.querySelector("[data-stale]")
const announcer = document.querySelector("[data-said]")
const FRESH = 20000
const TICK = 200 // milliseconds between two looks at the clock, so that a tablet that was asleep polls at once

function showStale(lost, since) {
  stale.hidden = !lost
  const format = { hour: "numeric", minute: "2-digit", timeZone: stale.dataset.stale }
  for (const el of stale.querySelectorAll("[data-lost]")) {
    el.textContent = lost ? el.dataset.lost.replace("{time}", new Date(since).toLocaleTimeString(el.lang, format)) : ""
  }
}
if (live) {
  const every = Number(live.dataset.every)
  let lastAnswer = Date.now(),
    next = lastAnswer + every,
    polling = false
  const items = () => [...live.querySelectorAll("[data-told]")]
  const poll = async () => {
    polling = true
    try {
      const url = new URL(live.dataset.poll, location.href)
      url.searchParams.set("mark", live.dataset.mark)
      const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(8000) })
      if (response.status === 404) return location.reload()
      if (response.status !== 200 && response.status !== 204) throw new Error(String(response.status))
      lastAnswer = Date.now()
      if (response.status === 200) show(await response.json())
    } catch {
      /* the timer below shows the warning */
    } finally {
      polling = false
      next = Date.now() + every
    }
  }
  const show = (changes) => {
    const before = new Set(items().map((el) => el.dataset.told))
    live.dataset.mark = changes.mark
    live.innerHTML = changes.html
    const fresh = items().filter((el) => !before.has(el.dataset.told))
    fresh.forEach((el) => {
      el.classList.add("fresh")
      setTimeout(() => el.classList.remove("fresh"), FRESH)
    })
    if (announcer && fresh.length) announcer.textContent = fresh.map((el) => el.dataset.words).join(". ")
  }
  setInterval(() => {
    if (!polling && Date.now() >= next) poll()
    const lost = Date.now() - lastAnswer > 3 * every + 3000
    if (lost === !stale.hidden) return
    showStale(lost, lastAnswer)
  }, TICK)
}

const back = document.querySelector("[data-back]")
if (back) {
  let left = Number(back.dataset.back)
  const reset = () => {
    left = Number(back.dataset.back)
  }
  for (const gesture of ["pointerdown", "keydown", "focusin"]) addEventListener(gesture, reset)
  setInterval(() => {
    if (document.visibilityState === "visible" && --left <= 0) location.replace(back.href)
  }, 1000)
}
