/* The service worker of one screen, whose scope is its own address: it keeps the page and its files, so that a screen that
   restarts without a network opens. The messages themselves are kept by the page (panel.js). */
const { version, page, files, plain } = self.SETTINGS
const KEPT = `panel-${page}-${version}`
const LONGEST = 6000 /* milliseconds before the kept page is shown */

/* All of it, or nothing. */
async function keep() {
  const paths = [page, ...files, ...plain]
  const answers = await Promise.all(paths.map((path) => fetch(new Request(path, { cache: "reload" }))))
  const foreign = paths.filter((path, rank) => !isOurs(answers[rank], path))
  if (foreign.length) throw new Error(`not from this release: ${foreign}`)
  const cache = await caches.open(KEPT)
  await Promise.all(paths.map((path, rank) => cache.put(path, answers[rank])))
  await self.skipWaiting()
}
self.addEventListener("install", (event) => event.waitUntil(keep()))

/* What a proxy or a portal puts in the place of the page or of a file is never kept, nor shown on the screen. */
function isOurs(response, path) {
  if (!response.ok || response.redirected) return false
  if (path === page) return response.headers.get("Parvis-Page") === version
  return !/html/.test(response.headers.get("Content-Type"))
}

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
    if (isOurs(response, page)) await cache.put(page, response.clone()).catch(() => {})
    else if (response.status === 404) await caches.delete(KEPT)
    const portal = response.ok && !response.headers.has("Parvis-Page")
    if (response.status < 500 && !portal) return response
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
    if (isOurs(response, new URL(request.url).pathname)) return response
  } catch {}
  return kept(request)
}
