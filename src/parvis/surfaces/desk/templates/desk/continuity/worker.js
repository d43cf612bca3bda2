/* Caches the pages of continuity, so that they open offline. Its scope is these pages alone.

   A page comes from the server when it responds within PATIENCE, and its cached copy is updated; otherwise from the cache.
   Static files come from the cache; the modules that others import by name come from where the page came. What a proxy or
   a portal puts in their place, and a page of another release, whose files are not here, is never cached, nor is anything
   else (submissions, personal data). */
const PAGES = {{ pages|safe }}
const FILES = {{ files|safe }}
const PLAIN = {{ plain|safe }}
const RELEASE = "{{ release }}"
const CACHE = `continuity-${RELEASE}`
const PATIENCE = 4000
const LONGEST = 60000
let withoutServer = false /* the last page came from the cache */

addEventListener("install", (event) => event.waitUntil(keep()))
/* All of it, or nothing. */
async function keep() {
  const paths = [...PAGES, ...FILES, ...PLAIN]
  const answers = await Promise.all(
    paths.map((path) => fetch(new Request(path, { cache: "reload", credentials: "same-origin" }))),
  )
  const foreign = paths.filter((path, rank) => !isOurs(answers[rank], path))
  if (foreign.length) throw new Error(`not from this release: ${foreign}`)
  const cache = await caches.open(CACHE)
  await Promise.all(paths.map((path, rank) => cache.put(path, answers[rank])))
  await self.skipWaiting()
}

function isOurs(answer, path) {
  if (!answer.ok || answer.redirected) return false
  if (PAGES.includes(path)) return answer.headers.get("Parvis-Page") === RELEASE
  return !/html/.test(answer.headers.get("Content-Type"))
}

addEventListener("activate", (event) => event.waitUntil(takeOver()))
async function takeOver() {
  const others = (await caches.keys()).filter((name) => name.startsWith("continuity-") && name !== CACHE)
  await Promise.all(others.map((name) => caches.delete(name)))
  await self.clients.claim()
}

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url), path = url.pathname
  if (request.method !== "GET" || url.origin !== location.origin) return
  if (request.mode === "navigate") event.respondWith(page(request, path))
  else if (FILES.includes(path)) event.respondWith(kept(path).then((file) => file || fetch(request)))
  else if (PLAIN.includes(path)) event.respondWith(module(request, path))
})
const kept = async (path) => (await caches.open(CACHE)).match(path)

async function page(request, path) {
  const copy = await kept(path)
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(copy ? PATIENCE : LONGEST) })
    const mine = isOurs(answer, path)
    if (mine) await (await caches.open(CACHE)).put(path, answer.clone()).catch(() => {})
    const portal = answer.ok && !answer.redirected && !answer.headers.has("Parvis-Page")
    withoutServer = Boolean(copy) && (answer.status >= 500 || portal)
    return withoutServer ? copy : answer
  } catch (lost) {
    withoutServer = Boolean(copy)
    if (copy) return copy
    throw lost
  }
}

async function module(request, path) {
  const copy = await kept(path)
  if (copy && withoutServer) return copy
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(copy ? PATIENCE : LONGEST) })
    return copy && !isOurs(answer, path) ? copy : answer
  } catch (lost) {
    if (copy) return copy
    throw lost
  }
}
