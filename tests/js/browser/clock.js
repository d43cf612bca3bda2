"use strict"
/* The time of a page under test: the machine's clock, which may be set back or ahead, and the steady clock by which timers
   run. Nothing passes but by `advance`. */
const flush = async (turns = 6) => {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
}

const SECOND = 1000 /* what is looked at more often than that begins little */

class Clock {
  constructor(start) {
    this.steady = 0
    this.difference = typeof start === "number" ? start : Date.parse(start)
    this.timers = new Map()
    this.serial = 0
  }

  /* Milliseconds since 1970, by the machine. */
  now() {
    return this.difference + this.steady
  }

  /* Sets the machine's clock, as a person or a time server does: no timer moves. */
  setMachine(moment) {
    this.difference = (typeof moment === "number" ? moment : Date.parse(moment)) - this.steady
  }

  setTimeout(run, delay = 0, ...given) {
    this.timers.set(++this.serial, { at: this.steady + Math.max(0, Number(delay) || 0), run, given })
    return this.serial
  }

  setInterval(run, every, ...given) {
    this.timers.set(++this.serial, { at: this.steady + every, every, run, given })
    return this.serial
  }

  clear(id) {
    this.timers.delete(id)
  }

  /* Lets milliseconds pass as in a machine that sleeps: what came due runs once, at the end. */
  async sleep(milliseconds) {
    this.steady += milliseconds
    for (const timer of this.timers.values()) if (timer.every) timer.at = Math.max(timer.at, this.steady)
    await this.advance(0)
  }

  /* Lets milliseconds pass: each timer that is due runs at its time, and what it began goes on before the next one. */
  async advance(milliseconds) {
    const end = this.steady + milliseconds
    await flush()
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= end)
      if (!due.length) break
      const [id, timer] = due.reduce((first, other) => (other[1].at < first[1].at ? other : first))
      this.steady = Math.max(this.steady, timer.at)
      if (timer.every) timer.at += timer.every
      else this.timers.delete(id)
      timer.run(...timer.given)
      await flush(timer.every < SECOND ? 1 : 8)
    }
    this.steady = end
    await flush(60)
  }
}

module.exports = { Clock, flush }
