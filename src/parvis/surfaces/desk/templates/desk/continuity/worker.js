/* Caches the pages of continuity, so that they open offline. Its scope is these pages alone.

   A page comes from the server when it responds within PATIENCE, and its cached copy is updated; otherwise from the cache.
   Static files come from the cache. Everything else (submissions, personal data) is never cached. */
const KEPT = {{ kept|safe }}
const CACHE = "continuity-{{ mark }}"
const PATIENCE = 4000

addEventListener("install", (event) => event.waitUntil(keep()))
async function keep() {
  const cache = await caches.open(CACHE)
  await cache.addAll(KEPT.map((url) => new Request(url, { cache: "reload", credentials: "same-origin" })))
  await self.skipWaiting()
}

addEventListener("activate", (event) => event.waitUntil(takeOver()))
async function takeOver() {
  const others = (await caches.keys()).filter((name) => name.startsWith("continuity-") && name !== CACHE)
  await Promise.all(others.map((name) => caches.delete(name)))
  await self.clients.claim()
}

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url)
  if (request.method !== "GET" || url.origin !== location.origin) return
  if (request.mode === "navigate") event.respondWith(page(request, url.pathname))
  else if (KEPT.includes(url.pathname)) event.respondWith(caches.match(url.pathname).then((kept) => kept || fetch(request)))
})

async function page(request, path) {
  const kept = await caches.match(path)
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(kept ? PATIENCE : 60000) })
    if (answer.ok && !answer.redirected && KEPT.includes(path)) await (await caches.open(CACHE)).put(path, answer.clone())
    return answer.status >= 500 && kept ? kept : answer
  } catch (lost) {
    if (kept) return kept
    throw lost
  }
}
