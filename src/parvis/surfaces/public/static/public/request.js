/* The request form: updates the preview of what will happen, fills in what the words say, finds where one is, and opens
   the map, whose engine (440 kB) is loaded only then. */
const form = document.getElementById("request")

/* The library that renews the parts of the form comes with the first thing done in it: who only looks does not fetch it.
   What was typed meanwhile is answered once it is there. */
function fetchOnUse() {
  const kinds = ["focusin", "pointerdown", "input", "change"]
  const start = () => {
    for (const kind of kinds) form.removeEventListener(kind, start)
    if (document.readyState === "complete") add()
    else addEventListener("load", add, { once: true })
  }
  const add = () => {
    const script = document.createElement("script")
    script.src = form.dataset.htmx
    script.addEventListener("load", () => setTimeout(renew))
    document.head.append(script)
  }
  for (const kind of kinds) form.addEventListener(kind, start)
  /* its first event would take the focus back to the errors of the page */
  addEventListener("htmx:load", (event) => event.target === document.body && event.stopPropagation(), true)
}

let touched = false
const renew = () => touched && form.querySelector("[data-before]").dispatchEvent(new Event("parvis:words"))

/* Only one point may be chosen: the location of a photo, or the pin (of the map, or of where one is). */
function keepOnePoint(event) {
  if (event.target.matches("[data-pin-offer]:checked")) document.getElementById("id_pin").checked = false
  if (event.target.matches("#id_pin:checked"))
    form.querySelectorAll("[data-pin-offer]").forEach((offer) => {
      offer.checked = false
    })
}

/* The answer to what the form said before would undo what was just chosen: another is asked for at once. */
const giveUpWaiting = () => globalThis.htmx?.trigger(form.querySelector("[data-before]"), "htmx:abort")

/* Skips swaps that change no text, so that screen readers do not repeat it and a focused control stays. A choice just
   made in a part does not swap it either: the answer to it comes with the next change of the words or of the kind. */
function skipSame(event) {
  const { target, fragment } = event.detail
  const box = document.createElement("div")
  box.append(fragment.cloneNode(true))
  const plain = (text) => text.replace(/\s+/g, " ").trim()
  const sameText = plain(box.textContent) === plain(target.textContent)
  const chosen = (within) => [...within.querySelectorAll("[name=subject]:checked")].map((radio) => radio.value).join()
  const asked = (within) => [...within.querySelectorAll("[data-for], .filled")].map((one) => one.dataset.for).join()
  const busy = target.id === "asked" && (target.querySelector(".wrong") || target.contains(document.activeElement))
  if ((sameText && chosen(box) === chosen(target)) || (busy && asked(box) === asked(target)))
    event.detail.shouldSwap = false
  else if (target.id === "kinds" && target.contains(document.activeElement))
    refocus(target, document.activeElement.value)
}

function refocus(target, value) {
  document.addEventListener(
    "htmx:oobAfterSwap",
    () => target.querySelector(`[name=subject][value="${CSS.escape(value)}"]`)?.focus({ preventScroll: true }),
    { once: true },
  )
}

function openMap(button) {
  let opened
  button.hidden = false
  button.addEventListener("click", async () => {
    const box = document.getElementById(button.getAttribute("aria-controls"))
    const show = box.hidden
    box.hidden = !show
    button.setAttribute("aria-expanded", String(show))
    button.querySelector("[data-show]").hidden = show
    button.querySelector("[data-hide]").hidden = !show
    if (!show) return
    if (opened) return opened.pin.focus()
    const waiting = box.querySelector("[data-waiting]")
    try {
      const { open } = await import(button.dataset.module)
      opened = await open(box, button.dataset, document.getElementById("pin"))
      opened.pin.focus()
    } catch (error) {
      box.querySelector("[data-canvas]").hidden = true
      box.querySelector("[data-said]").textContent = box.dataset.failed
    }
    waiting.hidden = true
  })
}

const ROUGH = 40 // metres of uncertainty beyond which the address may be another one
const PATIENCE = 8000 // milliseconds for the address of a point to come
const [SOON, LATEST] = [5000, 60000] // milliseconds between two tries, when it did not

/* "Where I am": the position is asked for only on a tap, and becomes the point of the request, with its precision. It is
   chosen as soon as it is known, and named when the server answers: without a network, the form leaves with it. */
function findHere(button) {
  const said = form.querySelector("[data-here-said]")
  const tick = document.getElementById("id_pin")
  const words = button.dataset
  const write = () => document.getElementById("id_place").focus()
  let timer
  button.hidden = false
  button.addEventListener("click", () => {
    said.textContent = words.looking
    button.setAttribute("aria-busy", "true")
    navigator.geolocation.getCurrentPosition(found, lost, {
      enableHighAccuracy: true,
      timeout: 15000,
      maximumAge: 0,
    })
  })
  function lost(error) {
    button.removeAttribute("aria-busy")
    said.textContent = error.code === 1 ? words.refused : words.failed
    write()
  }
  async function found({ coords }) {
    const at = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`
    const metres = Math.max(5, Math.round(coords.accuracy / 5) * 5)
    const good = (metres > ROUGH ? words.rough : words.good).replace("{m}", metres)
    choosePoint(at, "")
    const named = await name(at, good)
    button.removeAttribute("aria-busy")
    if (named) return tick.checked || write()
    said.textContent = words.kept
    nameLater(at, good, SOON)
  }
  /* Whether the server told what is at the point; one outside the town is not kept. */
  async function name(at, good) {
    let told
    try {
      const answer = await fetch(`${words.near}?at=${at}`, { signal: AbortSignal.timeout(PATIENCE) })
      if (!answer.ok) return false
      told = await answer.json()
    } catch {
      return false
    }
    if (!isStill(at)) return true
    if (told.inside) choosePoint(at, told.words)
    else leavePoint()
    said.textContent = told.inside ? good : told.told || words.outside
    return true
  }
  function nameLater(at, good, wait) {
    clearTimeout(timer)
    const again = async () => {
      clearTimeout(timer)
      removeEventListener("online", again)
      if (isStill(at) && !(await name(at, good))) nameLater(at, good, Math.min(wait * 2, LATEST))
    }
    timer = setTimeout(again, wait)
    addEventListener("online", again)
  }
  const isStill = (at) => tick.checked && tick.value === at
}

function leavePoint() {
  const tick = document.getElementById("id_pin")
  tick.checked = false
  tick.closest("label").hidden = true
  tick.dispatchEvent(new Event("change", { bubbles: true }))
}

function choosePoint(at, near) {
  const field = document.getElementById("pin")
  const tick = document.getElementById("id_pin")
  const label = tick.closest("label")
  tick.value = at
  tick.checked = true
  label.hidden = false
  label.querySelector("span").textContent = near ? field.dataset.template.replace("{}", near) : field.dataset.bare
  tick.dispatchEvent(new Event("change", { bubbles: true }))
}

if (form) {
  fetchOnUse()
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => (touched = true), { once: true })
  document.addEventListener("htmx:oobBeforeSwap", skipSame)
  form.addEventListener("change", keepOnePoint)
  form.addEventListener("change", giveUpWaiting)
  document.addEventListener("parvis:filled", ({ detail }) => {
    const place = document.getElementById("id_place")
    if (place && !place.value && document.activeElement !== place) place.value = detail.place
  })
  /* The field of the words may be replaced, so its events are heard from the form. */
  form.addEventListener("input", ({ target }) => {
    if (target.id === "id_words") form.querySelector("[data-before]").dispatchEvent(new Event("parvis:words"))
  })
  const map = form.querySelector("[data-map]")
  if (map) openMap(map)
  const here = form.querySelector("[data-here]")
  if (here && navigator.geolocation) findHere(here)
}
