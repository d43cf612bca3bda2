/* The map of the request form: drawn from the town's own GeoJSON, without tiles or third parties, with a pin that the
   keyboard can move.

   `open(root, urls, field)` draws it in [data-canvas] of `root` and resolves to { map, pin }. The point goes into the
   checkbox of `field` (#pin), with a description of what is near it, which [data-said] of `root` also announces. */
const STEP = 10 // metres
const FAR = 100
const METRES_A_DEGREE = 111195

function colour(name) {
  const probe = document.createElement("i")
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const computed = getComputedStyle(probe).color
  probe.remove()
  const canvas = document.createElement("canvas").getContext("2d")
  canvas.fillStyle = computed
  return canvas.fillStyle
}

function style(plan) {
  const of = (kind) => ["==", ["get", "kind"], kind]
  const english = document.documentElement.lang.startsWith("en")
  const name = english ? ["coalesce", ["get", "name_en"], ["get", "name"]] : ["get", "name"]
  const ink = colour("ink"),
    halo = colour("ground")
  return {
    version: 8,
    sources: { town: { type: "geojson", data: plan } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("stone-1") } },
      {
        id: "sectors",
        type: "fill",
        source: "town",
        filter: of("sector"),
        paint: { "fill-color": colour("ground"), "fill-opacity": 0.7 },
      },
      {
        id: "bounds",
        type: "line",
        source: "town",
        filter: of("sector"),
        paint: { "line-color": colour("edge"), "line-dasharray": [3, 2] },
      },
      {
        id: "streets",
        type: "line",
        source: "town",
        filter: of("street"),
        layout: { "line-cap": "round", "line-join": "round" },
        paint: {
          "line-color": colour("surface"),
          "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 2, 18, 26],
        },
      },
      {
        id: "kerbs",
        type: "line",
        source: "town",
        filter: of("street"),
        layout: { "line-cap": "round", "line-join": "round" },
        paint: {
          "line-color": colour("edge"),
          "line-width": 1,
          "line-gap-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 2, 18, 26],
        },
      },
      {
        id: "houses",
        type: "circle",
        source: "town",
        filter: of("house"),
        minzoom: 14,
        paint: {
          "circle-color": colour("ink-2"),
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 14, 1, 18, 4],
        },
      },
      {
        id: "sector-names",
        type: "symbol",
        source: "town",
        filter: of("sector"),
        maxzoom: 14,
        layout: { "text-field": name, "text-size": 13 },
        paint: { "text-color": colour("ink-2"), "text-halo-color": halo, "text-halo-width": 2 },
      },
      {
        id: "street-names",
        type: "symbol",
        source: "town",
        filter: of("street"),
        minzoom: 12.5,
        layout: { "text-field": name, "text-size": 13, "symbol-placement": "line" },
        paint: { "text-color": ink, "text-halo-color": halo, "text-halo-width": 2 },
      },
    ],
  }
}

/* Repaints the map whenever the system's or the page's theme changes. */
function followTheme(map, plan) {
  const paint = () => {
    for (const layer of style(plan).layers) {
      for (const [name, value] of Object.entries(layer.paint)) map.setPaintProperty(layer.id, name, value)
    }
  }
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
    matchMedia(query).addEventListener("change", paint)
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-look"] })
}

function boundsOf(plan) {
  const [west, south, east, north] = plan.bbox || [-73, 45, -72, 46]
  const edge = 0.02
  return {
    whole: [
      [west, south],
      [east, north],
    ],
    most: [
      [west - edge * 5, south - edge * 5],
      [east + edge * 5, north + edge * 5],
    ],
  }
}

async function pointOf(place, near) {
  if (!place.trim()) return ""
  const answer = await fetch(`${near}?place=${encodeURIComponent(place)}`)
  return answer.ok ? (await answer.json()).at : ""
}

export async function open(root, urls, field) {
  const sheet = document.createElement("link")
  sheet.rel = "stylesheet"
  sheet.href = urls.sheet
  const styled = new Promise((done, failed) => {
    sheet.onload = done
    sheet.onerror = failed
  })
  document.head.prepend(sheet)
  const [engine, plan] = await Promise.all([
    import(urls.engine),
    fetch(urls.plan).then((answer) => {
      if (!answer.ok) throw new Error(answer.status)
      return answer.json()
    }),
    styled,
  ])
  engine.setWorkerUrl(new URL(urls.worker, location.href).href)
  const tick = field.querySelector("#id_pin"),
    words = field.querySelector("span"),
    label = tick.closest("label")
  const announcer = root.querySelector("[data-said]")
  const { whole, most } = boundsOf(plan)
  const offers = () => [...document.querySelectorAll("[data-pin-offer]:checked")]
  const chosen =
    (tick.checked && tick.value) ||
    offers()[0]?.value ||
    (await pointOf(document.getElementById("id_place").value, urls.near))
  const map = new engine.Map({
    container: root.querySelector("[data-canvas]"),
    style: style(plan),
    bounds: whole,
    fitBoundsOptions: { padding: 24 },
    maxBounds: most,
    maxZoom: 19,
    keyboard: false,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const canvas = map.getCanvas()
  canvas.setAttribute("aria-label", root.dataset.name)
  canvas.tabIndex = -1

  const pin = document.createElement("button")
  pin.type = "button"
  pin.className = "map-pin"
  pin.setAttribute("aria-label", root.dataset.pinName)
  pin.innerHTML =
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 10c0 4.993-5.539 10.193-7.399 11.799a1 1 0 0 1-1.202 0C9.539 20.193 4 14.993 4 10a8 8 0 0 1 16 0"/><circle cx="12" cy="10" r="3"/></svg>'
  const start = chosen ? chosen.split(",").map(Number).reverse() : map.getCenter()
  const marker = new engine.Marker({ element: pin, anchor: "bottom", draggable: true }).setLngLat(start).addTo(map)
  pin.setAttribute("aria-label", root.dataset.pinName)

  let timer, pending
  async function updatePoint() {
    const { lng, lat } = marker.getLngLat()
    const at = `${lat.toFixed(6)},${lng.toFixed(6)}`
    pending?.abort()
    pending = new AbortController()
    try {
      const answer = await fetch(`${urls.near}?at=${at}`, { signal: pending.signal })
      const { inside, words: near, beyond } = await answer.json()
      tick.value = at
      tick.checked = inside
      if (inside)
        offers().forEach((offer) => {
          offer.checked = false
        })
      label.hidden = !inside
      words.textContent = near ? field.dataset.template.replace("{}", near) : field.dataset.bare
      announcer.textContent = inside
        ? near || (beyond ? root.dataset.beyond : root.dataset.nowhere)
        : root.dataset.outside
      tick.dispatchEvent(new Event("change", { bubbles: true }))
    } catch (error) {
      if (error.name !== "AbortError") announcer.textContent = root.dataset.failed
    }
  }
  const moved = () => {
    clearTimeout(timer)
    timer = setTimeout(updatePoint, 350)
  }
  const go = (to) => {
    marker.setLngLat(to)
    if (!map.getBounds().contains(to)) map.panTo(to, { animate: !calm })
    moved()
  }
  const zoom = (by) => map.easeTo({ zoom: map.getZoom() + by, center: marker.getLngLat(), duration: calm ? 0 : 200 })

  map.on("click", (event) => go(event.lngLat))
  marker.on("dragend", moved)
  pin.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const step = (event.shiftKey ? FAR : STEP) / METRES_A_DEGREE
    const { lng, lat } = marker.getLngLat()
    const wide = step / Math.cos((lat * Math.PI) / 180)
    const moves = { ArrowUp: [0, step], ArrowDown: [0, -step], ArrowLeft: [-wide, 0], ArrowRight: [wide, 0] }
    if (moves[event.key]) go(new engine.LngLat(lng + moves[event.key][0], lat + moves[event.key][1]))
    else if (event.key === "+" || event.key === "=") zoom(1)
    else if (event.key === "-") zoom(-1)
    else if (event.key === "Enter" || event.key === " ") updatePoint()
    else return
    event.preventDefault()
    event.stopPropagation()
  })

  const keys = document.createElement("div")
  keys.className = "map-keys"
  for (const [sign, by, name] of [
    ["+", 1, root.dataset.closer],
    ["\u2212", -1, root.dataset.farther],
  ]) {
    const key = document.createElement("button")
    key.type = "button"
    key.textContent = sign
    key.setAttribute("aria-label", name)
    key.addEventListener("click", () => zoom(by))
    keys.append(key)
  }
  root.querySelector("[data-canvas]").append(keys)
  tick.addEventListener("change", () => {
    if (!tick.checked) announcer.textContent = ""
  })
  await new Promise((done, failed) => {
    map.once("load", done)
    map.once("error", (event) => failed(event.error))
  })
  followTheme(map, plan)
  if (chosen) map.jumpTo({ center: start, zoom: 16 })
  return { map, pin }
}
