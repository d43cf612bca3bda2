/* The service worker: the pages that open without a network, the requests that wait, shared photos, notices. The script
   /sw.js defines self.SETTINGS, whose `version` changes with the release, then imports this file. */
const { version, statics, hashed, pages, day, forms, dangers, icon, badge, share, device, choose, words } =
  self.SETTINGS
const store = self.parvisStore
const SHELL = `shell-${version}`
const PAGES = "pages"
const SHELLS_KEPT = 2 /* the former one serves the pages that are open since before */
const FRESH = 12 * 3600_000
const ALERTS_FRESH = 10 * 60_000
/* Screens of the staff, and of programs, are none of its business. */
const LEFT_ALONE = /^\/(desk|edition|staff|dev|hooks|api|panneau|attente)\//
const FORM = /^\/(demande\/[\w-]+|signaler)\/$/

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell())
})
const NEW = { cache: "no-cache" }

/* All of it, or nothing. */
async function keepShell() {
  const urls = [...statics, ...pages]
  const answers = await Promise.all(urls.map((url) => fetch(new Request(url, NEW))))
  const ours = await Promise.all(answers.map((one, rank) => (rank < statics.length ? isFile(one) : isPage(one))))
  const foreign = urls.filter((_, rank) => !ours[rank])
  if (foreign.length) throw new Error(`not from this site: ${foreign}`)
  const cache = await caches.open(SHELL)
  await Promise.all(urls.map((url, rank) => cache.put(url, answers[rank])))
}

/* What a proxy or a portal puts in the place of a file or of a page is never kept: the pages of this site name its
   manifest. */
const isFile = (response) => response.ok && !response.redirected && !/html/.test(response.headers.get("Content-Type"))
const isPage = async (response) =>
  Boolean(response?.ok) && !response.redirected && (await response.clone().text()).includes('rel="manifest"')

/* Whether a moment is less than so many milliseconds away: a clock that was set back makes nothing new. */
const isRecent = (moment, span) => Math.abs(Date.now() - moment) < span

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const shells = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL)
      await Promise.all(
        shells.slice(0, Math.max(0, shells.length - SHELLS_KEPT + 1)).map((name) => caches.delete(name)),
      )
      await self.clients.claim()
      await sendWaiting()
    })(),
  )
})

/* Pages say that they are here, in which language; the forms kept are those of that language. */
self.addEventListener("message", (event) => {
  if (event.data?.type === "activate") self.skipWaiting()
  if (event.data?.type === "here")
    event.waitUntil(Promise.allSettled([keepForms(event.data), keepAlerts(event.data), keepDangers(), sendWaiting()]))
})

/* The forms of the subjects asked for most, whose list is read anew, and the one that is open. They are asked for
   without cookies: a page kept on the device holds nothing of anybody. */
async function keepForms({ lang, path }) {
  const kept = await store.get("kept", "forms")
  const fresh = kept?.lang === lang && kept.version === version && isRecent(kept.at, FRESH)
  const cache = await caches.open(PAGES)
  const listed = fresh ? [] : await listedForms()
  const wanted = [...(listed ?? [])]
  if (FORM.test(path) && !wanted.includes(path) && !(fresh && (await cache.match(path)))) wanted.push(path)
  for (const form of wanted.reverse()) {
    const response = await fetch(`${form}?langue=${lang}`, { credentials: "omit", ...NEW }).catch(() => null)
    if (await isPage(response)) await cache.put(form, await withoutKey(response))
  }
  if (listed && !fresh) await store.put("kept", { name: "forms", lang, version, at: Date.now() })
}

/* The page of what is not kept says the alerts that were known at the last visit; they are those of every other kept page
   too. They are read again after a while, and as soon as an open page shows others. */
async function keepAlerts({ lang, alerts }) {
  const kept = await store.get("kept", "alerts")
  const same = !alerts || alerts.join() === kept?.keys?.join()
  if (same && kept?.lang === lang && kept.version === version && isRecent(kept.at, ALERTS_FRESH)) return
  const response = await fetch(`${pages[1]}?langue=${lang}`, { credentials: "omit", ...NEW }).catch(() => null)
  if (!(await isPage(response))) return
  const keys = keysOf(bandsOf(await response.clone().text()).full)
  await (await caches.open(PAGES)).put(pages[1], response)
  await store.put("kept", { name: "alerts", lang, version, at: Date.now(), keys })
}

/* The rules by which a page hears a danger without a network. */
async function keepDangers() {
  const kept = await store.get("kept", "dangers")
  if (kept?.version === version && isRecent(kept.at, FRESH)) return
  const response = await fetch(dangers, { credentials: "omit", ...NEW }).catch(() => null)
  if (!response || !isFile(response)) return
  await (await caches.open(PAGES)).put(dangers, response)
  await store.put("kept", { name: "dangers", version, at: Date.now() })
}
const dangersKnown = async (request) =>
  (await fetch(request).catch(() => null)) ?? (await (await caches.open(PAGES)).match(dangers)) ?? Response.error()

const listedForms = async () => {
  const response = await fetch(forms, { credentials: "omit", ...NEW }).catch(() => null)
  return response?.ok ? ((await response.json().catch(() => ({}))).forms ?? null) : null
}

/* The key of a page is for one request; a page kept on the device may serve for many, which get one each when sent. */
async function withoutKey(response) {
  const text = await response.text()
  const html = text.replace(/(<input[^>]*name="key"[^>]*?)\svalue="[^"]*"/, "$1")
  return new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8" } })
}

self.addEventListener("fetch", (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== location.origin || LEFT_ALONE.test(url.pathname)) return
  if (request.method === "POST" && request.mode === "navigate") {
    if (url.pathname === share) return event.respondWith(receiveShare(request))
    if (FORM.test(url.pathname) && url.searchParams.has("envoi")) return event.respondWith(submit(request, url))
    if (url.pathname.startsWith(day)) event.waitUntil(caches.open(PAGES).then((cache) => cache.delete(day)))
    return
  }
  if (request.method !== "GET") return
  if (url.pathname.startsWith("/static/")) {
    if (isOfStaff(request.referrer)) return
    return event.respondWith(staticFile(event, url.pathname))
  }
  if (url.pathname === dangers) return event.respondWith(dangersKnown(request))
  if (request.mode === "navigate") event.respondWith(page(event, url))
})

/* Only a name with the hash of what it holds never changes. Any other name comes from the network first: a page of the
   new release must not import a module of the former one. */
async function staticFile({ request, clientId }, path) {
  const client = clientId ? await self.clients.get(clientId) : null
  if (isOfStaff(client?.url)) return fetch(request)
  if (hashed.includes(path)) return (await keptFile(request)) ?? fetch(request)
  try {
    const response = await fetch(request)
    return response.ok ? response : ((await keptFile(request)) ?? response)
  } catch {
    return (await keptFile(request)) ?? Response.error()
  }
}
const keptFile = async (request) => (await (await caches.open(SHELL)).match(request)) ?? (await caches.match(request))
const isOfStaff = (address) => Boolean(address) && LEFT_ALONE.test(new URL(address, location.origin).pathname)

async function page(event, url) {
  try {
    const response = await fetch(event.request)
    if (url.pathname === day && !url.search) event.waitUntil(keepDay(response.clone()))
    return response
  } catch {
    const cache = await caches.open(PAGES)
    const kept = (await cache.match(url.pathname)) ?? (await caches.match(url.pathname, { ignoreSearch: true }))
    const offline = (await cache.match(pages[1])) ?? (await caches.match(pages[1]))
    const shown = kept ?? offline
    return shown ? withAlertsKnown(shown, offline?.clone()) : Response.error()
  }
}

async function keepDay(response) {
  if (await isPage(response)) await (await caches.open(PAGES)).put(day, response).catch(() => {})
}

/* A kept page shows the alerts that were known last, whenever it was kept. One leaves at its end; without a known end it
   stays, with the moment at which it was known, until it is known to be lifted. */
async function withAlertsKnown(kept, latest) {
  const [text, other] = [await kept.text(), (await latest?.text()) ?? ""]
  const known = bandsOf(other)
  const judged = text
    .match(/<!--judged([^>]*?)-->/)?.[1]
    .split(" ")
    .filter(Boolean)
  let html = text
  if (judged) {
    /* the day of an address keeps its own words of the alerts that it judged, but for those lifted since */
    if (known.at > Date.parse(text.match(/ data-day="([^"]*)"/)?.[1])) {
      const now = keysOf(known.full)
      html = alertsKept(html, (key) => !judged.includes(key) || now.includes(key))
      html = html.replace(BAND, () => alertsKept(known.full, (key) => !judged.includes(key)))
    }
  } else if (known.at) html = html.replace(BAND, (_, shape) => (shape ? known.line : known.full))
  html = alertsKept(html, (_, end) => !end || Date.parse(end) > Date.now())
  html = html.replace(new RegExp(BAND, "g"), (band) => (band.includes("<!--alert ") ? band : ""))
  html = html.replace("<html", "<html data-from-device")
  return new Response(html, { status: kept.status, headers: kept.headers })
}
/* The alerts stand between two comments, with the end and the key of each, in a band between two others. */
const BAND = /<!--band( line)?-->[^]*?<!--\/band-->/
const ALERT = /<!--alert ([^\s>]*)(?: ([^\s>]*))?\s*-->[^]*?<!--\/alert-->/g
const alertsKept = (html, wanted) => html.replace(ALERT, (alert, end, key) => (wanted(key, end) ? alert : ""))
const keysOf = (html) => [...html.matchAll(ALERT)].map(([, , key]) => key)
function bandsOf(html) {
  const [full, line] = html.match(new RegExp(BAND, "g")) ?? []
  return { at: Date.parse(html.match(/<!--known ([^\s>]+)-->/)?.[1]), full: full ?? "", line: line ?? "" }
}

/* A form goes to the server; when it does not arrive, or the server fails, it is kept, and goes by itself later. A page
   kept on the device has no key: its request is kept first, so that it arrives once whatever happens. One that was mended
   keeps its key, and is kept as mended before it leaves: the server may have it already. A full phone that cannot keep it
   sends it all the same; without a network it stays in the page, which says so. */
async function submit(request, url) {
  const data = await request.clone().formData()
  if (data.has("see")) return fetch(request)
  const mended = String(data.get("outbox-mends") ?? "")
  const former = mended ? await store.edit(mended).catch(() => store.get("outbox", mended)) : null
  if (former?.state === "sent") return Response.redirect(former.receipt, 303)
  const title = String(data.get("outbox-title") ?? "")
  if (former) await store.keep(url.pathname, title, data, mended, "editing").catch(() => {})
  const tried = data.get("key") && navigator.onLine
  if (tried) {
    try {
      const response = await fetch(request)
      if (response.status < 500) {
        if (mended && response.type === "opaqueredirect") await store.remove("outbox", mended).then(store.tell)
        return response
      }
    } catch {}
  }
  const id = await store.keep(url.pathname, title, data, mended || undefined).catch(() => null)
  if (id === null) return (!tried && (await sentAsItIs(request))) || staysInPage(url)
  await self.registration.sync?.register("outbox").catch(() => {})
  if (navigator.onLine) await sendWaiting()
  const entry = await store.get("outbox", id)
  return Response.redirect(entry?.state === "sent" ? entry.receipt : `${pages[0]}?cle=${id}`, 303)
}

const sentAsItIs = async (request) => {
  const response = navigator.onLine ? await fetch(request).catch(() => null) : null
  return response && response.status < 500 ? response : null
}

/* Answers that there is nothing to show, so that the browser leaves the form as it is, and tells it why. */
async function staysInPage(url) {
  const said = await wordsHere()
  for (const client of await self.clients.matchAll({ type: "window" }))
    if (new URL(client.url).pathname === url.pathname) client.postMessage({ type: "not-kept", words: said.full })
  return new Response(null, { status: 204 })
}

async function sendWaiting() {
  const before = await waitingIds()
  if (!before.length) return true
  const done = await store.sendAll()
  for (const id of before) await sayReceived(await store.get("outbox", id))
  return done
}
const waitingIds = async () => (await store.all("outbox")).filter(store.isWaiting).map((one) => one.id)

/* Said by a notice only when nobody looks, and when notices were accepted before. */
async function sayReceived(entry) {
  if (entry?.state !== "sent" || self.Notification?.permission !== "granted") return
  const open = await self.clients.matchAll({ type: "window" })
  if (open.some((client) => client.visibilityState === "visible")) return
  const options = { body: entry.title, icon, badge, tag: entry.id, data: { url: entry.receipt } }
  await self.registration.showNotification(entry.reference, options)
}

self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return
  event.waitUntil(
    sendWaiting().then((done) => {
      if (!done) throw new Error("some requests still wait")
    }),
  )
})

/* Photos shared by another app wait on the device for the form that takes them. */
async function receiveShare(request) {
  const data = await request.formData()
  const files = await Promise.all(
    data
      .getAll("photos")
      .filter((file) => file instanceof File && file.size)
      .map(async (file) => ({ name: file.name, type: file.type, bytes: await file.arrayBuffer() })),
  )
  const said = ["title", "text", "url"].map((name) => String(data.get(name) ?? "").trim()).filter(Boolean)
  await store.clear("shared").catch(() => {})
  /* on a full phone the form asks for the photos; the words go on */
  if (files.length) await store.put("shared", { id: crypto.randomUUID(), files, at: Date.now() }).catch(() => {})
  const query = new URLSearchParams(said.length ? { q: said.join(" ").slice(0, 300) } : {})
  return Response.redirect(`${choose}${query.size ? `?${query}` : ""}`, 303)
}

/* --- notices --- */
self.addEventListener("push", (event) => event.waitUntil(show(event.data)))

/* Something is always shown: a browser withdraws the permission of a site whose pushes show nothing. */
async function show(data) {
  let note = {}
  try {
    note = data.json().notification ?? {}
  } catch {}
  const said = note.title ? {} : await wordsHere()
  const title = note.title || said.title
  const options = {
    body: note.body || said.body || "",
    icon,
    badge,
    data: { url: note.navigate || day },
  }
  if (note.tag) Object.assign(options, { tag: note.tag, renotify: true })
  if (note.lang) Object.assign(options, { lang: note.lang, dir: "ltr" })
  if (note.data?.kind === "alert") options.requireInteraction = true
  await self.registration.showNotification(title, options).catch(() => self.registration.showNotification(title))
  await countUnread(note.tag || crypto.randomUUID()).catch(() => {})
}

/* The words of the worker itself, in the language in which its pages were last read, else in that of the browser. */
async function wordsHere() {
  const kept = await store.get("kept", "forms").catch(() => null)
  return words[kept?.lang] ?? words[navigator.language.slice(0, 2)] ?? words.fr
}

/* One at a time: several may arrive at once. */
const countUnread = (tag) =>
  navigator.locks.request("parvis-unread", async () => {
    const kept = (await store.get("kept", "unread"))?.tags ?? []
    const tags = [...new Set([...kept, tag])]
    await store.put("kept", { name: "unread", tags })
    store.tell()
    await self.navigator.setAppBadge?.(tags.length)
  })

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(openPage(event.notification.data?.url ?? day))
})

async function openPage(address) {
  const url = new URL(address, location.origin)
  const target = url.origin === location.origin ? url.href : new URL(day, location.origin).href
  const open = await self.clients.matchAll({ type: "window" })
  const same = open.find((client) => client.url === target)
  await (same ? same.focus() : self.clients.openWindow(target))
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew()))

async function renew() {
  const { key, live } = await (await fetch(device)).json()
  if (!live) return
  const options = { userVisibleOnly: true, applicationServerKey: key }
  const subscription = await self.registration.pushManager.subscribe(options)
  await fetch(device, { method: "POST", body: JSON.stringify(subscription) })
}
