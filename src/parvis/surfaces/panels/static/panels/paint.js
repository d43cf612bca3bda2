/* Puts words on the screen: in large as far as they fit, never under 3.5 % of its height. */
const body = document.body
const strip = document.documentElement.classList.contains("strip")
const SMALLEST = 0.18 /* of the drawing's size of the words in large */
const STEP = 0.03
const PLAY = 8 /* pixels of the drawing, by a new place each minute */
const MOST_TURNS = 8

export function setState(state) {
  if (body.dataset.state !== state) body.dataset.state = state
}

export function paint(slide, page, { turn, turns, until }) {
  const main = document.querySelector(`main.${body.dataset.state}`)
  main.lang = slide.lang === "fr" ? "fr-CA" : "en-CA"
  if (strip) {
    const lines = slide.pages[page] ?? []
    main.querySelectorAll("[data-line]").forEach((line, rank) => write(line, lines[rank] ?? ""))
  } else {
    write(main.querySelector("[data-head]"), slide.head)
    write(main.querySelector("[data-rest]"), slide.rest)
    const end = main.querySelector("[data-until]")
    if (end) write(end, until)
    const marks = main.querySelector("[data-turns]")
    if (marks) drawTurns(marks, turn, turns)
  }
  fit(main.querySelector("[data-fit]"))
}

function drawTurns(marks, turn, turns) {
  const count = turns > 1 ? Math.min(turns, MOST_TURNS) : 0
  while (marks.childElementCount > count) marks.lastElementChild.remove()
  while (marks.childElementCount < count) marks.append(document.createElement("i"))
  for (const [rank, mark] of [...marks.children].entries()) mark.classList.toggle("on", rank === turn % MOST_TURNS)
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/* A word that is too wide overflows its own line, not the box: each is measured. On a strip, letters reach out of lines as
   high as they are: only the width and the height of the whole count. */
function overflows(box) {
  if ([...box.children].some((one) => one.scrollWidth > one.clientWidth + 1)) return true
  return strip ? box.offsetHeight > innerHeight : box.scrollHeight > box.clientHeight + 1
}

function fit(box) {
  let scale = 1
  box.classList.remove("smallest")
  const set = () => box.style.setProperty("--scale", scale.toFixed(2))
  set()
  while (overflows(box) && scale > SMALLEST) {
    scale -= STEP
    set()
  }
  box.classList.toggle("smallest", scale <= SMALLEST)
}

export function paintClock(time, day, date) {
  for (const element of document.querySelectorAll("[data-clock]")) {
    write(element, time ? (strip ? time.text : `${time.hour}\u00a0h\u00a0${time.minute}`) : "")
  }
  for (const element of document.querySelectorAll("[data-day]")) write(element, time ? day : "")
  for (const element of document.querySelectorAll("[data-date]")) write(element, time ? date : "")
  if (time) document.documentElement.style.setProperty("--play", String((Number(time.minute) % 3) * PLAY - PLAY))
}
