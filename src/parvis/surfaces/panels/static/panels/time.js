/* The clock of a screen, corrected by the server's time, and never behind what has passed since: a wrong clock of the
   machine, or one that is moved back, shows nothing that has lapsed.

   `sync(server)` corrects it (milliseconds since 1970), `now()` reads it, `sure()` tells whether it can be believed: a
   machine that restarts without a network, with a clock behind the last moment known, cannot. */
const MAY_LAG = 120_000
const KEEP_EVERY = 20_000

export function correctedClock(store) {
  let offset = store.get("offset") ?? 0
  let kept = 0
  const floor = store.get("last") ?? 0
  let believed = Date.now() + offset >= floor - MAY_LAG
  /* the server's time, and the steady clock of the page then; that of the machine until the server is heard */
  let base = { server: Date.now() + offset, at: performance.now() }

  const now = () => {
    const machine = Date.now() + offset
    const steady = base.server + performance.now() - base.at
    const moment = Math.max(machine, steady)
    if (believed && Math.abs(moment - kept) > KEEP_EVERY) store.set("last", (kept = moment))
    return moment
  }
  return {
    now,
    sure: () => believed,
    sync(server) {
      offset = server - Date.now()
      base = { server, at: performance.now() }
      believed = true
      store.set("offset", offset)
    },
  }
}

const WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

/* The parts of a moment in the town's zone: "HH:MM", the day of the week (Monday is 1) and the words of the day. */
export function townTime(zone) {
  const hours = new Intl.DateTimeFormat("fr-CA", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  })
  const weekday = new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short" })
  const day = new Intl.DateTimeFormat("fr-CA", { timeZone: zone, weekday: "long", day: "numeric", month: "long" })
  const date = new Intl.DateTimeFormat("fr-CA", { timeZone: zone, day: "numeric", month: "short" })
  const parts = (format, moment) => Object.fromEntries(format.formatToParts(moment).map((p) => [p.type, p.value]))
  const first = (text, number) => (number === "1" ? text.replace(/\b1\b/, "1er") : text)
  return {
    clock(moment) {
      const { hour, minute } = parts(hours, moment)
      const day = WEEK.indexOf(weekday.format(moment)) + 1
      return { hour: String(Number(hour)), minute, text: `${hour}:${minute}`, day }
    },
    day: (moment) => first(day.format(moment), parts(day, moment).day),
    date: (moment) => date.format(moment).replace(".", ""),
    until(moment, from) {
      const { hour, minute } = parts(hours, moment)
      const at = `${Number(hour)}\u00a0h${minute === "00" ? "" : `\u00a0${minute}`}`
      if (day.format(moment) === day.format(from)) return `Jusqu’à ${at}`
      const { day: number, month } = parts(day, moment)
      return `Jusqu’au ${number === "1" ? "1er" : number}\u00a0${month}, ${at}`
    },
  }
}

/* Whether "HH:MM" is between two others, across midnight when the first is later; always, without them. */
export const isWithin = ([start, end], text) =>
  !start || start === end || (start < end ? start <= text && text < end : text >= start || text < end)

/* Whether a message is shown at a time of its town, by its hours and its days. Hours across midnight belong to the day
   when they begin. A list kept from a former version has neither. */
export function plays({ hours = [], days = [] }, { text, day }) {
  if (!isWithin(hours, text)) return false
  const since = hours[0] > hours[1] && text < hours[1] ? ((day + 5) % 7) + 1 : day
  return !days.length || days.includes(since)
}
