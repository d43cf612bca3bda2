/* The service worker of one screen, whose scope is its own address: it keeps the page and its files, so that a screen that
   restarts without a network opens. The messages themselves are kept by the page (panel.js). */
const { version, page, files, plain } = self.SETTINGS
const KEPT = `panel-${page}-${version}`
const LONGEST = 6000 /* milliseconds before the kept page is shown */

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.addAll([page, ...files, ...plain].map((url) => new Request(url, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const former = (await caches.keys()).filter((name) => name.startsWith(`panel-${page}-`) && name !== KEPT)
      await Promise.all(former.map((name) => caches.delete(name)))
      await self.clients.claim()
    })(),
  )
})

self.addEventListener("fetch", (event) => {
  const { request } = event
  const path = new URL(request.url).pathname
  if (request.method !== "GET") return
  if (request.mode === "navigate" && path === page) event.respondWith(fresh(request))
  else if (files.includes(path)) event.respondWith(kept(request))
  else if (plain.includes(path)) event.respondWith(network(request))
})

async function fresh(request) {
  const cache = await caches.open(KEPT)
  try {
    const response = await fetch(request.url, { cache: "no-store", signal: AbortSignal.timeout(LONGEST) })
    if (response.ok) await cache.put(page, response.clone())
    else if (response.status === 404) await caches.delete(KEPT)
    if (response.status < 500) return response
  } catch {}
  return (await cache.match(page)) ?? Response.error()
}

async function kept(request) {
  const cache = await caches.open(KEPT)
  return (await cache.match(new URL(request.url).pathname)) ?? fetch(request)
}

/* Modules are imported under their plain names: a page of the new release must not import one of the former. */
async function network(request) {
  try {
    const response = await fetch(request)
    if (response.ok) return response
  } catch {}
  return kept(request)
}
