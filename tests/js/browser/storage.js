"use strict"
/* What a browser keeps, in memory: IndexedDB, the caches of a service worker, localStorage, locks. Each may be full. */
const full = () => new DOMException("The quota has been exceeded.", "QuotaExceededError")

/* The databases of one device: pages and workers that are given the same one share what they keep. While `isFull`, what is
   written is refused, as a browser refuses it: the whole transaction. */
class Databases {
  constructor() {
    this.held = new Map()
    this.isFull = false
  }
  open(name) {
    const asked = {}
    setImmediate(() => {
      const isNew = !this.held.has(name)
      if (isNew) this.held.set(name, { stores: new Map(), queue: Promise.resolve() })
      asked.result = new Database(this, this.held.get(name))
      if (isNew) asked.onupgradeneeded?.({})
      asked.onsuccess?.({})
    })
    return asked
  }
  /* The rows of a store, as a test reads them. */
  rows(name, store) {
    return structuredClone([...(this.held.get(name)?.stores.get(store)?.rows.values() ?? [])])
  }
}

class Database {
  constructor(device, data) {
    Object.assign(this, { device, data })
  }
  createObjectStore(name, { keyPath } = {}) {
    this.data.stores.set(name, { keyPath, rows: new Map() })
  }
  close() {}
  transaction(names) {
    const wanted = [names].flat()
    for (const name of wanted) if (!this.data.stores.has(name)) throw new DOMException(name, "NotFoundError")
    const transaction = { error: null, steps: [] }
    transaction.objectStore = (name) => new Rows(transaction, this.data.stores.get(name))
    this.data.queue = this.data.queue.then(() => new Promise(setImmediate)).then(() => this.run(transaction, wanted))
    return transaction
  }
  run(transaction, names) {
    const before = names.map((name) => [name, new Map(this.data.stores.get(name).rows)])
    while (transaction.steps.length) {
      const { asked, writes, act } = transaction.steps.shift()
      if (writes && this.device.isFull) {
        for (const [name, rows] of before) this.data.stores.get(name).rows = rows
        transaction.error = full()
        transaction.onabort?.({})
        return
      }
      asked.result = act()
      asked.onsuccess?.({})
    }
    transaction.oncomplete?.({})
  }
}

class Rows {
  constructor(transaction, store) {
    Object.assign(this, { transaction, store })
  }
  ask(act, writes = false) {
    const asked = {}
    this.transaction.steps.push({ asked, act: () => act(this.store), writes })
    return asked
  }
  get(key) {
    return this.ask(({ rows }) => structuredClone(rows.get(key)))
  }
  getAll() {
    const inOrder = (rows) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
    return this.ask(({ rows }) => structuredClone(inOrder(rows)))
  }
  put(row, key) {
    const kept = structuredClone(row)
    return this.ask(({ rows, keyPath }) => void rows.set(keyPath ? kept[keyPath] : key, kept), true)
  }
  delete(key) {
    return this.ask(({ rows }) => void rows.delete(key)) /* needs no room */
  }
  clear() {
    return this.ask(({ rows }) => rows.clear())
  }
}

/* The caches of one site. A response is kept with its bytes, and read again as often as wanted. */
class Caches {
  constructor(origin, fetch) {
    Object.assign(this, { origin, fetch, held: new Map(), isFull: false })
  }
  async open(name) {
    if (!this.held.has(name)) this.held.set(name, new Cache(this))
    return this.held.get(name)
  }
  async keys() {
    return [...this.held.keys()]
  }
  async delete(name) {
    return this.held.delete(name)
  }
  async match(request, options) {
    for (const cache of this.held.values()) {
      const found = await cache.match(request, options)
      if (found) return found
    }
  }
}
class Cache {
  entries = new Map()
  constructor(caches) {
    this.caches = caches
  }
  key(request, { ignoreSearch = false } = {}) {
    const url = new URL(request.url ?? request, this.caches.origin)
    return ignoreSearch ? url.origin + url.pathname : url.href
  }
  async match(request, options) {
    const wanted = this.key(request, options)
    for (const [url, make] of this.entries) if (this.key(url, options) === wanted) return make()
  }
  async put(request, response) {
    if (this.caches.isFull) throw full()
    const bytes = await response.arrayBuffer()
    const { status, headers, redirected } = response
    this.entries.set(this.key(request), () => {
      const made = new Response(bytes, { status, headers })
      return redirected ? Object.defineProperty(made, "redirected", { value: true }) : made
    })
  }
  async addAll(requests) {
    const answers = await Promise.all(requests.map((request) => this.caches.fetch(request)))
    if (answers.some((one) => !one.ok)) throw new TypeError("Request failed")
    for (const [rank, answer] of answers.entries()) await this.put(requests[rank], answer)
  }
  async delete(request) {
    return this.entries.delete(this.key(request))
  }
}

class LocalStorage {
  getItem(name) {
    return Object.hasOwn(this, name) ? this[name] : null
  }
  setItem(name, value) {
    if (this.isFull) throw full()
    this[name] = String(value)
  }
  removeItem(name) {
    delete this[name]
  }
}
Object.defineProperty(LocalStorage.prototype, "isFull", { value: false, writable: true })

/* Web locks: one holder of a name at a time, in the order in which they asked. */
class Locks {
  held = new Map()
  async request(name, ...rest) {
    const run = rest.at(-1)
    const { ifAvailable = false } = rest.length > 1 ? rest[0] : {}
    const before = this.held.get(name)
    if (ifAvailable && before) return run(null)
    let free
    const mine = new Promise((resolve) => (free = resolve))
    this.held.set(name, mine)
    await before
    try {
      return await run({ name })
    } finally {
      if (this.held.get(name) === mine) this.held.delete(name)
      free()
    }
  }
}

module.exports = { Caches, Databases, LocalStorage, Locks }
