/* What the device keeps (IndexedDB), and the sending of the requests that wait for the network. Read by the pages, as a
   module, and by the service worker, with importScripts: it exports nothing and defines self.parvisStore. */
;(() => {
  const STORES = { outbox: "id", requests: "secret", shared: "id", kept: "name" }
  /* Answers that say that the request will never be taken as it is; any other failure is tried again. */
  const REFUSALS = [400, 403, 404, 409, 410, 413, 415, 422]
  const TOO_LARGE = 413 /* said by the proxy of the town, without words */
  const LONGEST_SENDING = 120_000
  const LONGEST_EDITING = 30 * 60_000 /* then it leaves as it is */
  const LOCK = "parvis-outbox"
  let opening
  const open = () =>
    (opening ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open("parvis", 1)
      asked.onupgradeneeded = () => {
        for (const [name, keyPath] of Object.entries(STORES)) asked.result.createObjectStore(name, { keyPath })
      }
      asked.onsuccess = () => {
        asked.result.onversionchange = () => asked.result.close()
        resolve(asked.result)
      }
      asked.onerror = () => {
        opening = undefined
        reject(asked.error)
      }
    }))
  async function run(store, mode, act) {
    const transaction = (await open()).transaction(store, mode, { durability: "strict" })
    const asked = act(transaction.objectStore(store))
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(asked?.result)
      transaction.onerror = transaction.onabort = () => reject(transaction.error)
    })
  }
  const all = (store) => run(store, "readonly", (rows) => rows.getAll())
  const get = (store, key) => run(store, "readonly", (rows) => rows.get(key))
  const put = (store, row) => run(store, "readwrite", (rows) => rows.put(row))
  const remove = (store, key) => run(store, "readwrite", (rows) => rows.delete(key))
  const clear = (store) => run(store, "readwrite", (rows) => rows.clear())

  /* Others of this device (the pages, the service worker) hear of each change. */
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("parvis") : null
  const tell = () => channel?.postMessage("changed")

  /* Keeps a form as it was sent to the page at `path`: its fields, and its photos as bytes; `state`: "editing" when it is
     about to be sent by the page itself. Returns its key. */
  async function keep(path, title, data, id = crypto.randomUUID(), state = "waiting") {
    const fields = [],
      files = []
    for (const [name, value] of data.entries()) {
      if (typeof value === "string") fields.push([name, value])
      else if (value.size) files.push({ name: value.name, type: value.type, bytes: await value.arrayBuffer() })
    }
    const now = Date.now()
    await put("outbox", { id, path, title, fields, files, made: now, edited: now, state, words: "", errors: {} })
    tell()
    return id
  }

  /* Whether it leaves by itself: not while it is being mended in the form. */
  const isWaiting = ({ state, edited }) =>
    state === "waiting" || (state === "editing" && Math.abs(Date.now() - edited) > LONGEST_EDITING)

  /* Holds a request back while it is mended, once it is not being sent. Returns it: it may have been sent meanwhile. */
  async function edit(id) {
    const entry = await get("outbox", id)
    if (!entry) return
    return isWaiting(entry) ? navigator.locks.request(LOCK, () => holdBack(id)) : holdBack(id)
  }
  async function holdBack(id) {
    const entry = await get("outbox", id)
    if (!entry || !["waiting", "editing"].includes(entry.state)) return entry
    await put("outbox", { ...entry, state: "editing", edited: Date.now() })
    return entry
  }

  function bodyOf(entry) {
    const body = new FormData()
    for (const [name, value] of entry.fields) body.append(name, value)
    for (const { name, type, bytes } of entry.files) body.append("photos", new File([bytes], name, { type }))
    body.set("outbox", entry.id)
    return body
  }
  const post = (entry) =>
    fetch(`${entry.path}envoi`, {
      method: "POST",
      body: bodyOf(entry),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(LONGEST_SENDING),
    })

  async function send(entry) {
    const response = await post(entry)
    if (response.ok) {
      const { reference, secret, title, receipt } = await response.json()
      if (!receipt) return false /* a portal, which is not the town */
      if (secret) await put("requests", { secret, reference, title, kept: Date.now() }).catch(() => {})
      await put("outbox", { ...entry, fields: [], files: [], state: "sent", reference, receipt, sent: Date.now() })
      return true
    }
    if (!REFUSALS.includes(response.status)) return false
    const said = await response.json().catch(() => ({}))
    if (!said.words && response.status !== TOO_LARGE) return false /* the town explains its refusals */
    await put("outbox", { ...entry, state: "refused", words: said.words ?? "", errors: said.errors ?? {} })
    return true
  }

  /* Sends what waits, one after the other, never twice at a time on this device; false when some still waits. */
  const sendAll = () =>
    navigator.locks.request(LOCK, async () => {
      let done = true
      for (const entry of await all("outbox")) {
        if (!isWaiting(entry)) continue
        const sent = await send(entry).catch(() => false)
        done &&= sent
        if (sent) tell()
      }
      return done
    })

  self.parvisStore = { all, get, put, remove, clear, keep, edit, isWaiting, sendAll, tell, channel }
})()
