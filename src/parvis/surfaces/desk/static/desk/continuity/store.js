/* The data stored by this browser for continuity, in IndexedDB, and its requests to the server.

   "kept": single values by name ("kit", "browser", "prepared": the time of the last refresh).
   "numbers": the numbers reserved for this browser, {reference, use: "" | "call" | "paper" | "void"}; "void": told to
   someone whose call was given up, so that nobody else hears it.
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
    asked.onerror = () => {
      opened = undefined
      reject(asked.error)
    }
  })
  return opened
}

/* Runs `work(stores)` in one transaction; resolves to the result of the request it returns, once all is written. */
async function change(names, work) {
  const transaction = (await database()).transaction(names, "readwrite", { durability: "strict" })
  return new Promise((resolve, reject) => {
    const asked = work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])))
    transaction.oncomplete = () => resolve(asked?.result)
    transaction.onabort = transaction.onerror = () =>
      reject(transaction.error || new DOMException("not kept", "AbortError"))
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
/* Deletes a call. Once entered, its number is deleted too; otherwise the number is free again (""), still on paper, or
   void. */
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

/* Adds the numbers that the server reserved since they were `known` here, and deletes those without a call that it holds
   no more (entered elsewhere, or of another year). One known before and absent now was entered meanwhile. */
const topUp = (references, known) =>
  change(["numbers"], ({ numbers }) => {
    const asked = numbers.getAll()
    asked.onsuccess = () => {
      const held = new Set(references)
      for (const { reference, use } of asked.result)
        if (!held.has(reference) && (use === "" || use === "void")) numbers.delete(reference)
      const here = new Set([...known, ...asked.result].map((one) => one.reference))
      for (const reference of references) if (!here.has(reference)) numbers.put({ reference, use: "" })
    }
  })

/* The current time by the server's clock, if known. */
let skew = 0
export const now = () => Date.now() + skew
export async function clock() {
  skew = (await read("skew")) || 0
}

/* Whether a moment of this machine is less than so many milliseconds away. A clock that was set back makes nothing new. */
export const isRecent = (moment, span) => Math.abs(Date.now() - (moment || 0)) < span

export class SignedOut extends Error {}
export class Unreachable extends Error {}
export class Failing extends Unreachable {}

/* Requests the server: resolves to {status, body}; throws SignedOut when it asks to sign in, Unreachable when it does not
   answer, Failing on a server error. */
let token
export async function ask(path, body) {
  if (body) token ??= (await read("kit"))?.token
  let answer
  try {
    answer = await fetch(new URL(path, base), {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json", "X-CSRFToken": token || "" } : {},
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

/* Whether the town's server answers: a page put in its place by a proxy or a portal is no answer. */
export async function answers() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) })
    return answer.ok && (await answer.text()).trim() === "ok"
  } catch (lost) {
    return false
  }
}

/* Refreshes the kit and tops up the numbers; one page at a time, so that no late answer brings back a number given since.
   Throws as `ask` does; Unreachable too when it is not the town that answered. */
export const prepare = () => (navigator.locks ? navigator.locks.request("parvis-continuity-kit", refresh) : refresh())

const isKit = ({ now, families, subjects, phones, unused } = {}) =>
  !Number.isNaN(Date.parse(now)) && subjects && [families, phones, unused].every(Array.isArray)

/* How far the server's clock is ahead of this one, when it told its time between the asking and the answer: a clock that
   may be right is held for right, however long the answer took. */
const ahead = (told, asked, answered) => Math.max(told - answered, Math.min(0, told - asked))

async function refresh() {
  const asked = Date.now()
  const { status, body: kit } = await ask("kit")
  if (status !== 200 || !isKit(kit || {})) throw new Unreachable("no kit")
  token = kit.token
  skew = ahead(Date.parse(kit.now), asked, Date.now())
  await keep("skew", skew)
  await keep("kit", kit)
  let browser = await read("browser")
  if (!browser) await keep("browser", (browser = crypto.randomUUID()))
  const known = await numbers()
  const reserved = await ask("references", { browser })
  if (reserved.status !== 200 || !Array.isArray(reserved.body?.references)) throw new Unreachable("no numbers")
  await topUp(reserved.body.references, known)
  await keep("prepared", Date.now())
  return kit
}
