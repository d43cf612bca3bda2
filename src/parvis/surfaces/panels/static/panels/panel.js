/* The page of a screen: it asks for its messages, keeps them, judges by itself what has lapsed, shows them in turn, and
   tells what it painted. Without a network it goes on with what it has; after an hour, the clock and the number alone. */
import { paint, paintClock, setState } from "./paint.js"
import { proofs as makeProofs } from "./proof.js"
import { correctedClock, isWithin, plays, townTime } from "./time.js"

const body = document.body
const { list: LIST, report: REPORT, worker: WORKER, version: VERSION } = body.dataset
const POLL = 5000
const TELL = 30_000
const SOON = 1500 /* before a new painting is told */
const ALONE = 3_600_000 /* without a network: nothing but the clock and the number after that */
const PATIENCE = 8000
const NIGHTLY = "04:" /* the hour of the reload; its minute differs by screen */
const SHORTEST = 4000 /* of one page of a message */

const space = `panneau:${location.pathname}:`
const store = {
  get(name) {
    try {
      return JSON.parse(localStorage.getItem(space + name))
    } catch {
      return null
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(space + name, JSON.stringify(value))
    } catch {
      /* full or refused: the page goes on with what it has in memory */
    }
  },
  clear() {
    for (const name of Object.keys(localStorage)) if (name.startsWith(space)) localStorage.removeItem(name)
  },
}
const clock = correctedClock(store)
const proofs = makeProofs(store)
const isList = (values) => Array.isArray(values?.items) && Array.isArray(values.bands)
let list = isList(store.get("list")) ? store.get("list") : null
let zone = townTime(list?.zone ?? "America/Toronto")
let heard = store.get("heard") ?? 0 /* the last answer of the server, by the corrected clock */
let shown = null /* { slide, page, until, since } */
let revoked = false
let tellAt = 0
let telling = false
let polling = false
let nextPoll = 0

/* --- what to show --- */
const band = (priority) => list.bands.findIndex((least) => priority >= least) + 1 || list.bands.length + 1

function turns(moment) {
  if (!list || !clock.sure() || moment - heard > ALONE) return []
  const time = zone.clock(moment)
  const live = list.items.filter((item) => item.starts <= moment && moment < item.expires && plays(item, time))
  const top = Math.min(...live.map((item) => band(item.priority)))
  const chosen = live.filter((item) => band(item.priority) === top)
  chosen.sort((a, b) => b.priority - a.priority || a.rank - b.rank || a.starts - b.starts)
  return chosen.flatMap((item) =>
    item.slides.map((slide, rank) => ({
      ...slide,
      item,
      alert: top === 1,
      id: `${item.key} ${item.revision} ${rank}`,
    })),
  )
}

function show(moment) {
  const slides = turns(moment)
  const text = zone.clock(moment).text
  if (list?.hours.length && !isWithin(list.hours, text)) return clearTo("off")
  if (!slides.length) return clearTo("idle")
  const at = slides.findIndex((slide) => slide.id === shown?.slide.id)
  if (at >= 0 && moment < shown.until && moment >= shown.since - 1000) return
  const pages = Math.max(1, slides[Math.max(0, at)].pages.length)
  const next = at >= 0 && shown.page + 1 < pages ? [at, shown.page + 1] : [(at + 1) % slides.length, 0]
  const slide = slides[next[0]]
  const lasts = Math.max(SHORTEST, (list.seconds * 1000) / Math.max(1, slide.pages.length))
  const same = shown?.slide.id === slide.id && shown.page === next[1]
  shown = { slide, page: next[1], until: moment + lasts, since: moment }
  if (same) return
  setState(slide.alert ? "alert" : "calm")
  paint(slide, next[1], { turn: next[0], turns: slides.length, until: zone.until(slide.item.expires, moment) })
  afterFrame(slide)
}

function clearTo(state) {
  if (shown) tellSoon()
  shown = null
  setState(state)
}

/* --- what was painted: after the frame was drawn, and as long as it stays --- */
function afterFrame(slide) {
  requestAnimationFrame(() => requestAnimationFrame(() => prove(slide)))
}
function prove(slide) {
  if (shown?.slide.id !== slide.id || document.visibilityState !== "visible" || !clock.sure()) return
  if (proofs.add(slide.item.key, slide.text, Math.round(clock.now()))) tellSoon()
}
const tellSoon = () => {
  tellAt = Math.min(tellAt, performance.now() + SOON)
}

async function tell() {
  telling = true
  tellAt = performance.now() + TELL
  const batch = proofs.batch()
  const shows = shown && { key: shown.slide.item.key, text: shown.slide.text, since: Math.round(shown.since) }
  const ratio = devicePixelRatio
  const told = {
    clock: Date.now(),
    version: VERSION,
    width: Math.round(innerWidth * ratio),
    height: Math.round(innerHeight * ratio),
    shows,
    painted: batch.map(([, entry]) => entry),
  }
  try {
    const answer = await ask(REPORT, { method: "POST", body: JSON.stringify(told) })
    if (answer.status === 204) proofs.sent(batch) /* a portal says 200 */
  } catch {
    proofs.keep()
  } finally {
    telling = false
  }
}

/* --- the server --- */
async function ask(address, options = {}) {
  const url = new URL(address, location.href)
  const before = performance.now()
  const signal = AbortSignal.timeout(PATIENCE)
  const answer = await fetch(url, { cache: "no-store", credentials: "omit", signal, ...options })
  if (answer.status === 410) forget()
  const server = Number(answer.headers.get("Parvis-Now"))
  if (server) {
    clock.sync(server + (performance.now() - before) / 2)
    heard = clock.now()
    store.set("heard", heard)
  }
  return answer
}

async function poll() {
  polling = true
  try {
    const answer = await ask(`${LIST}?mark=${list?.mark ?? ""}`)
    const values = answer.status === 200 ? await answer.json() : null
    if (isList(values)) {
      list = values
      store.set("list", list)
      zone = townTime(list.zone)
      if (list.version !== VERSION) return reload()
      show(clock.now())
    }
  } catch {
    /* no network: what is kept goes on */
  } finally {
    polling = false
    nextPoll = performance.now() + POLL
  }
}

/* A new version: once a minute at most, so that a server in the middle of an update is not asked for ever. */
function reload() {
  const last = store.get("reloaded") ?? 0
  if (Math.abs(Date.now() - last) < 60_000) return
  store.set("reloaded", Date.now())
  location.reload()
}

/* The address was revoked: nothing of it stays on this machine. */
async function forget() {
  revoked = true
  list = shown = null
  setState("off")
  store.clear()
  for (const one of (await navigator.serviceWorker?.getRegistrations()) ?? [])
    if (one.scope === new URL("./", location.href).href) await one.unregister()
  for (const name of await caches.keys()) if (name.startsWith(`panel-${location.pathname}-`)) await caches.delete(name)
}

/* --- the passing of time --- */
const minuteOfReload = String([...location.pathname].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 60).padStart(2, "0")
const opened = performance.now()

function tick() {
  if (revoked) return
  const moment = clock.now()
  const time = zone.clock(moment)
  document.documentElement.classList.toggle("night", !list || isWithin(list.night, time.text))
  paintClock(clock.sure() ? time : null, zone.day(moment), zone.date(moment))
  show(moment)
  if (shown) prove(shown.slide)
  if (!polling && performance.now() >= nextPoll) poll()
  if (!telling && performance.now() >= tellAt) tell()
  if (time.text === NIGHTLY + minuteOfReload && performance.now() - opened > 2 * 3_600_000) location.reload()
}

addEventListener("online", () => (nextPoll = 0))
addEventListener("pagehide", proofs.keep)
navigator.serviceWorker?.register(WORKER).catch(() => {})
await document.fonts.ready
tick()
setInterval(tick, 500)
