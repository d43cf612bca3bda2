/* The page of the line: looks again after the seconds that the server gave, and shows its words; a change of state loads
   the page again. The server's clock alone counts.

   data-line="url" data-state data-again="s"   what is asked, and the state of the page.
   data-told="name"     takes the word of that name.
   data-stones          its first `past` stones are behind.
   data-lost            shown while the server does not answer.
   data-ring            a button: rings, and says so in the title, when the turn comes. */
const page = document.querySelector("[data-line]")
const ring = document.querySelector("[data-ring]")
const lost = document.querySelector("[data-lost]")
const RETRY = 10

function tell(words) {
  for (const el of document.querySelectorAll("[data-told]")) {
    const word = words[el.dataset.told]
    if (word !== undefined && el.textContent !== word) el.textContent = word
  }
  document.querySelectorAll("[data-stones] > i").forEach((stone, at) => {
    stone.className = at < words.past ? "past" : at === words.past ? "now" : ""
  })
}

let sound
function beep() {
  sound ||= new AudioContext()
  for (const at of [0, 0.35, 0.7]) {
    const tone = sound.createOscillator()
    tone.frequency.value = 660
    tone.connect(sound.destination)
    tone.start(sound.currentTime + at)
    tone.stop(sound.currentTime + at + 0.2)
  }
}

function look(seconds) {
  setTimeout(async () => {
    try {
      const answer = await fetch(page.dataset.line, { cache: "no-store", signal: AbortSignal.timeout(10000) })
      if (answer.status >= 500) throw new Error(String(answer.status))
      const words = await answer.json()
      lost.hidden = true
      if (words.state !== page.dataset.state) {
        if (words.state === "turn" && ring?.getAttribute("aria-pressed") === "true") {
          beep()
          setTimeout(() => location.reload(), 1200)
        } else location.reload()
        return
      }
      tell(words)
      look(words.again)
    } catch {
      lost.hidden = false
      look(RETRY + Math.random() * RETRY)
    }
  }, seconds * 1000)
}

if (page) look(Number(page.dataset.again))
if (ring) {
  ring.hidden = false
  const show = (on) => ring.setAttribute("aria-pressed", String(on))
  ring.addEventListener("click", () => {
    const on = ring.getAttribute("aria-pressed") !== "true"
    show(on)
    if (on) beep() // a browser lets sound out only after a gesture, and one hears what it will be
  })
}
