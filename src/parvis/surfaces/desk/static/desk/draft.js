/* Saves a draft: on the server within 300 ms, in this browser at once, until the server acknowledges it.

   Each save has an increasing number; the server ignores an older one. On load the newer of the two drafts wins, unless
   it belongs to a matter settled since (values.matter: how many were settled when it was typed). An acknowledged draft
   stays here until the contact is shown again: the next page may have been rendered just before.
   delay: how long after a change it is saved; steady: counted from the first change, not from the last. forgets: this
   browser keeps nothing that the server has. onState(name, words): "unkept" | "kept" | "failed" | "out" | "gone". */
const DELAY = 300
const RETRY = 3000

export class Keeper {
  constructor({ url, store, seq, values, onState, delay = DELAY, steady = false, forgets = false }) {
    Object.assign(this, {
      url,
      store,
      seq,
      values,
      onState,
      delay,
      steady,
      forgets,
      closed: false,
      sending: false,
      dirty: false,
    })
    this.token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || ""
    addEventListener("pagehide", () => this.leave())
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave()
    })
  }

  /* The draft held by this browser that the server never acknowledged, or null. */
  unacknowledged() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.store) || "null")
      if (kept && kept.seq > this.seq && kept.values.matter === this.values.matter) return kept
      localStorage.removeItem(this.store)
    } catch {
      /* storage is blocked: the server alone keeps the draft */
    }
    return null
  }

  changed() {
    if (this.closed) return
    this.dirty = true
    this.seq += 1
    this.mirror()
    this.onState("unkept")
    if (this.steady && this.timer) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), this.delay)
  }

  mirror() {
    try {
      localStorage.setItem(this.store, JSON.stringify({ seq: this.seq, values: this.values }))
    } catch {
      /* as above */
    }
  }

  body() {
    const body = new FormData()
    body.set("csrfmiddlewaretoken", this.token())
    body.set("seq", String(this.seq))
    body.set("draft", JSON.stringify(this.values))
    return body
  }

  async save() {
    clearTimeout(this.timer)
    this.timer = null
    if (this.closed || !this.dirty) return
    if (this.sending) {
      this.again = true
      return
    }
    this.sending = true
    this.transit = new AbortController()
    const seq = this.seq
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        body: this.body(),
        headers: { "X-Requested-With": "fetch" },
        signal: this.transit.signal,
      })
      if (this.closed) return
      if (answer.status === 401) return this.onState("out")
      if (answer.status === 409 || answer.status === 404) {
        this.stop()
        return this.onState("gone")
      }
      if (!answer.ok) throw new Error(String(answer.status))
      const said = await answer.json()
      if (this.closed) return
      if (said.seq > seq) {
        this.seq = Math.max(this.seq, said.seq) + 1
        this.again = true
        return
      }
      if (seq === this.seq) {
        this.dirty = false
        if (this.forgets) this.forget()
        this.onState("kept", said.saved)
      }
    } catch {
      if (!this.closed) {
        this.onState("failed")
        this.timer = setTimeout(() => this.save(), RETRY)
      }
    } finally {
      this.sending = false
      if (this.again) {
        this.again = false
        this.save()
      }
    }
  }

  /* The page is being left: the browser sends the last save by itself. */
  leave() {
    if (this.closed || !this.dirty) return
    navigator.sendBeacon(this.url, this.body())
  }

  /* Stops saving: the matter was submitted, or the contact is finished. */
  stop() {
    this.pause()
    this.forget()
  }

  forget() {
    try {
      localStorage.removeItem(this.store)
    } catch {
      /* nothing to delete */
    }
  }

  /* Submitted, but perhaps refused: this browser keeps the draft until the next page tells. A save in transit is given
     up: the server would refuse it after the submission, and its answer undo what came since. */
  pause() {
    this.closed = true
    clearTimeout(this.timer)
    this.transit?.abort()
  }
}
