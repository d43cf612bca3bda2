/* The time of a basket, or of a payment, as it passes, said aloud at five minutes, two minutes and thirty seconds; a
   payment that may be made elsewhere; the filters' fold. */
const SAID = [300, 120, 30]
const FOLLOWED = 5000

for (const fold of document.querySelectorAll("details.more-sift")) {
  // Where the browser cannot show a closed one whole (::details-content), it is opened on a wide screen.
  const wide = matchMedia("(width >= 60rem)")
  const follow = () => wide.matches && !CSS.supports("selector(::details-content)") && (fold.open = true)
  follow()
  wide.addEventListener("change", follow)
}

for (const timer of document.querySelectorAll("[data-hold-until]")) {
  // The clock of the page counts from the seconds that the server left: a device that is late shows the same.
  const ends = performance.now() + Number(timer.dataset.seconds) * 1000
  const hold = timer.closest(".hold") ?? document
  const voice = hold.querySelector("[data-hold-voice]")
  const setts = [...hold.querySelectorAll("[data-hold-setts] i")]
  const whole = Number(timer.dataset.whole)
  let last = Infinity
  const tick = () => {
    const left = Math.max(0, Math.round((ends - performance.now()) / 1000))
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
    for (const mark of SAID) {
      if (left <= mark && last > mark && last !== Infinity && voice) voice.textContent = voice.dataset[`at${mark}`]
    }
    const past = Math.min(setts.length - 1, Math.floor(((whole - left) / whole) * setts.length))
    setts.forEach((sett, at) => (sett.className = at < past ? "past" : at === past ? "now" : ""))
    last = left
    if (left === 0) {
      clearInterval(pulse)
      location.reload()
    }
  }
  const pulse = setInterval(tick, 1000)
  tick()
}

for (const shown of document.querySelectorAll("[data-follows]")) {
  // Loaded again once what it says changed, and not before: whoever reads it or chooses there is left alone.
  setInterval(async () => {
    if (document.hidden) return
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(4000) })
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      const now = page.querySelector("[data-state]")
      if (answer.ok && now && now.dataset.state !== shown.dataset.state) location.reload()
    } catch {
      // The network is away: it is asked again.
    }
  }, FOLLOWED)
}
