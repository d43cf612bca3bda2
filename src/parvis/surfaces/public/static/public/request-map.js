/* The map of the request form: a pin that the mouse, a finger or the keyboard moves.

   `open(root, urls, field)` draws it in [data-canvas] of `root` and resolves to { map, pin }. The point goes into the
   checkbox of `field` (#pin), with a description of what is near it, which [data-said] of `root` also announces. */
import { openMap } from "../ui/map.js"

const STEP = 10 // metres
const FAR = 100
const METRES_A_DEGREE = 111195
const CLOSE = 16

async function pointOf(place, near) {
  if (!place.trim()) return ""
  const answer = await fetch(`${near}?place=${encodeURIComponent(place)}`)
  return answer.ok ? (await answer.json()).at : ""
}

function drawPin(name) {
  const pin = document.createElement("button")
  pin.type = "button"
  pin.className = "map-pin"
  pin.innerHTML =
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 10c0 4.993-5.539 10.193-7.399 11.799a1 1 0 0 1-1.202 0C9.539 20.193 4 14.993 4 10a8 8 0 0 1 16 0"/><circle cx="12" cy="10" r="3"/></svg>'
  pin.setAttribute("aria-label", name)
  return pin
}

/* Writes the point of the pin in the form, with what is near it. */
function pointWriter(root, urls, field, marker) {
  const tick = field.querySelector("#id_pin"),
    words = field.querySelector("span"),
    label = tick.closest("label"),
    announcer = root.querySelector("[data-said]")
  const offers = () => [...document.querySelectorAll("[data-pin-offer]:checked")]
  let pending
  tick.addEventListener("change", () => {
    if (!tick.checked) announcer.textContent = ""
  })
  return async () => {
    const { lng, lat } = marker.getLngLat()
    const at = `${lat.toFixed(6)},${lng.toFixed(6)}`
    pending?.abort()
    pending = new AbortController()
    try {
      const answer = await fetch(`${urls.near}?at=${at}`, { signal: pending.signal })
      const { inside, words: near, beyond, told } = await answer.json()
      tick.value = at
      tick.checked = inside
      if (inside)
        offers().forEach((offer) => {
          offer.checked = false
        })
      label.hidden = !inside
      words.textContent = near ? field.dataset.template.replace("{}", near) : field.dataset.bare
      announcer.textContent = inside
        ? told || near || (beyond ? root.dataset.beyond : root.dataset.nowhere)
        : told || root.dataset.outside
      tick.dispatchEvent(new Event("change", { bubbles: true }))
    } catch (error) {
      if (error.name !== "AbortError") announcer.textContent = root.dataset.failed
    }
  }
}

function moveByKeys(pin, marker, { go, zoom, write, LngLat }) {
  pin.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const step = (event.shiftKey ? FAR : STEP) / METRES_A_DEGREE
    const { lng, lat } = marker.getLngLat()
    const wide = step / Math.cos((lat * Math.PI) / 180)
    const moves = { ArrowUp: [0, step], ArrowDown: [0, -step], ArrowLeft: [-wide, 0], ArrowRight: [wide, 0] }
    if (moves[event.key]) go(new LngLat(lng + moves[event.key][0], lat + moves[event.key][1]))
    else if (event.key === "+" || event.key === "=") zoom(1)
    else if (event.key === "-") zoom(-1)
    else if (event.key === "Enter" || event.key === " ") write()
    else return
    event.preventDefault()
    event.stopPropagation()
  })
}

export async function open(root, urls, field) {
  const tick = field.querySelector("#id_pin")
  const offer = document.querySelector("[data-pin-offer]:checked")
  const chosen =
    (tick.checked && tick.value) ||
    offer?.value ||
    (await pointOf(document.getElementById("id_place").value, urls.near))
  const { map, engine, calm } = await openMap(root, { urls, keyboard: false })
  const pin = drawPin(root.dataset.pinName)
  const start = chosen ? chosen.split(",").map(Number).reverse() : map.getCenter()
  const marker = new engine.Marker({ element: pin, anchor: "bottom", draggable: true }).setLngLat(start).addTo(map)
  pin.setAttribute("aria-label", root.dataset.pinName)

  const write = pointWriter(root, urls, field, marker)
  let timer
  const moved = () => {
    clearTimeout(timer)
    timer = setTimeout(write, 350)
  }
  const go = (to) => {
    marker.setLngLat(to)
    if (!map.getBounds().contains(to)) map.panTo(to, { animate: !calm })
    moved()
  }
  const zoom = (by) => map.easeTo({ zoom: map.getZoom() + by, center: marker.getLngLat(), duration: calm ? 0 : 200 })
  map.on("click", (event) => go(event.lngLat))
  marker.on("dragend", moved)
  moveByKeys(pin, marker, { go, zoom, write, LngLat: engine.LngLat })
  if (chosen) map.jumpTo({ center: start, zoom: CLOSE })
  return { map, pin }
}
