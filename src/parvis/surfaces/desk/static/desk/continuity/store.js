/* The data stored by this browser for continuity, in IndexedDB, and its requests to the server.

   "kept": single values by name ("kit", "browser", "prepared": the time of the last refresh).
   "numbers": the numbers reserved for this browser, {reference, use: "" | "call" | "paper"}.
   "calls": one for each number in use, {reference, state: "open" | "kept" | "refused", started, ended, values, wrong}. */
const base = new URL("/desk/continuity/", location.origin)
let opened

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("parvis-continuity", 1)
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept")
      asked.result.createObjectStore("numbers", { keyPath: "reference" })
      asked.result.createObjectStore("calls", { keyPath: "reference" })
    }
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
  return opened
}

/* Runs `work(stores)` in one transaction; resolves to the result of the request it returns, once all is written. */
async function change(names, work) {
  const transaction = (await database()).transaction(names, "readwrite", { durability: "strict" })
  return new Promise((resolve, reject) => {
    const asked = work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])))
    transaction.oncomplete = () => resolve(asked?.result)
    transaction.onabort = transaction.onerror = () => reject(transaction.error)
  })
}

export const read = (name) => change(["kept"], ({ kept }) => kept.get(name))
export const keep = (name, value) => change(["kept"], ({ kept }) => kept.put(value, name))
export const calls = async () =>
  (await change(["calls"], ({ calls }) => calls.getAll())).sort((a, b) => a.started - b.started)
export const numbers = () => change(["numbers"], ({ numbers }) => numbers.getAll())

/* Stores a call and marks its number as used. */
export const writeCall = (call) =>
  change(["calls", "numbers"], ({ calls, numbers }) => {
    calls.put(call)
    numbers.put({ reference: call.reference, use: "call" })
  })
/* Deletes a call. Once entered, its number is deleted too; if abandoned, its number is free again, or still on paper. */
export const forgetCall = (reference, use) =>
  change(["calls", "numbers"], ({ calls, numbers }) => {
    calls.delete(reference)
    if (use === undefined) numbers.delete(reference)
    else numbers.put({ reference, use })
  })
export const setUse = (references, use) =>
  change(["numbers"], ({ numbers }) => {
    references.forEach((reference) => numbers.put({ reference, use }))
  })

/* Deletes free numbers that are unknown to the server, or of another year. */
const dropFree = (free) =>
  change(["numbers"], ({ numbers }) => {
    free.forEach((one) => numbers.delete(one.reference))
  })

/* The current time by the server's clock, if known. */
let skew = 0
export const now = () => Date.now() + skew
export async function clock() {
  skew = (await read("skew")) || 0
}

export class SignedOut extends Error {}
export class Unreachable extends Error {}
export class Failing extends Unreachable {}

/* Requests the server: resolves to {status, body}; throws SignedOut when it asks to sign in, Unreachable when it does not
   answer, Failing on a server error. */
export async function ask(path, body) {
  const kit = body && (await read("kit"))
  let answer
  try {
    answer = await fetch(new URL(path, base), {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json", "X-CSRFToken": kit?.token || "" } : {},
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(20000),
    })
  } catch (lost) {
    throw new Unreachable(String(lost))
  }
  if (answer.status >= 500) throw new Failing(String(answer.status))
  if (answer.status === 429) throw new Unreachable(String(answer.status))
  if (answer.status === 401 || answer.status === 403 || answer.redirected) throw new SignedOut()
  try {
    return { status: answer.status, body: await answer.json() }
  } catch (garbled) {
    if (answer.ok) throw new Unreachable("no JSON")
    return { status: answer.status, body: {} }
  }
}

export async function answers() {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok
  } catch (lost) {
    return false
  }
}

/* Refreshes the kit and tops up the numbers. */
export async function prepare() {
  const { body: kit } = await ask("kit")
  skew = Date.parse(kit.now) - Date.now()
  await keep("skew", skew)
  await keep("kit", kit)
  let browser = await read("browser")
  if (!browser) await keep("browser", (browser = crypto.randomUUID()))
  const { status, body } = await ask("references", { browser })
  if (status === 200) {
    const known = await numbers(),
      held = new Set(body.references)
    await dropFree(known.filter((one) => !one.use && !held.has(one.reference)))
    known.forEach((one) => held.delete(one.reference))
    await setUse([...held], "")
  }
  await keep("prepared", Date.now())
  return kit
}
