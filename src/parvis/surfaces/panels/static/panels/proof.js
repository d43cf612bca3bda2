/* What a screen painted: one entry for each text of each message and each hour, from the frame when it was seen first to
   the last one. Entries are kept until the server has them; sending one twice changes nothing. */
const HOUR = 3_600_000
const MOST = 4000 /* entries kept without a network: the oldest leave first */
const AT_ONCE = 400

export function proofs(store) {
  const entries = new Map(store.get("proofs") ?? [])
  const keep = () => store.set("proofs", [...entries])
  return {
    /* True for a text that was not painted in this hour yet. */
    add(key, text, moment) {
      const name = `${Math.floor(moment / HOUR)} ${key} ${text}`
      const entry = entries.get(name)
      if (entry) {
        entry.last = Math.max(entry.last, moment)
        return false
      }
      entries.set(name, { key, text, first: moment, last: moment })
      while (entries.size > MOST) entries.delete(entries.keys().next().value)
      keep()
      return true
    },
    batch: () => [...entries].slice(0, AT_ONCE).map(([name, entry]) => [name, { ...entry }]),
    sent(batch) {
      for (const [name, was] of batch) if (entries.get(name)?.last === was.last) entries.delete(name)
      keep()
    },
    keep,
  }
}
