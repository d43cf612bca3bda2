/* The map of every screen, loaded on demand: our colours, our pins, no host but ours unless the town configures one.

   openMap(root, { urls, bounds, keyboard, pointer }) draws it in [data-canvas] of `root` and resolves to
   { map, engine, setPins(pins), onSelect(fn), focus(id), goTo([lat, lng], zoom), calm }; rejects when it cannot be drawn.
   - `urls`: the data attributes of `{% include "public/parts/map_urls.html" %}` (engine, worker, sheet, ownSheet, protocol,
     sources), so `button.dataset` will do.
   - `bounds`: [west, south, east, north] to show at first; without it, the town.
   - `keyboard`: the canvas takes the focus, arrows move the map, + and - change the scale.
   - names of the controls come from `root.dataset`: name, closer, farther, cluster ("{} requests here"), seen
     ("{} on the map"); [data-said] of `root`, when there is one, announces.
   - pins: [{ id, at: [lat, lng], state, label }]; `state` is received, taken, visit, late, settled, incident or works.
   - onSelect(fn): `fn(id, ids)` when a pin is chosen; `ids` are all those of the very same spot.
   - focus(id): selects a pin (null: none) and brings it in view.

   pinDrawing(state) gives the svg of a pin for a list or a legend (ui/css/map.css must be on the page).
   themedStyle(sources) gives the style of the map from what the server answers at `urls.sources`. */
import { themedStyle } from "./map-style.js"

export { themedStyle }

const BODY = "M-13 -17a13 13 0 0 1 26 0v10q0 3 -3 3h-5.5L0 3l-4.5 -7H-10q-3 0 -3 -3z"
const GLYPHS = {
  received: '<circle class="dot" r="4"/>',
  taken: '<path class="line" d="M-5 3.5L0 -4.5L5 3.5"/>',
  visit: '<path class="line" d="M0 -5.5V0l4 3"/>',
  late: '<path class="line" d="M0 -5.5v6M0 5h.01"/>',
  incident: '<path class="line" d="M0 -6.5L6.5 5H-6.5zM0 -1.5v2.5"/>',
  works: '<path class="line" d="M-7 -2.5H7v4.5H-7zM-5 2v4M5 2v4M-2.5 2L0 -2.5"/>',
  settled: '<path class="line" d="M-5 0l3.6 3.8L5.5 -4.4"/>',
}
const CLUSTER_RADIUS = 30 // px at the scale of the tiles: 30 to 60 on the screen
const MAX_ZOOM = 19
const CLOSE = 16

export function pinDrawing(state) {
  const glyph = GLYPHS[state] || GLYPHS.received
  return `<svg class="pin-key ${state in GLYPHS ? state : "received"}" viewBox="-15 -32 30 38" aria-hidden="true"><path class="body" d="${BODY}"/><g transform="translate(0 -16)">${glyph}</g></svg>`
}

function addSheet(href) {
  if (!href || document.querySelector(`link[rel="stylesheet"][href="${CSS.escape(href)}"]`)) return
  const sheet = document.createElement("link")
  sheet.rel = "stylesheet"
  sheet.href = href
  const loaded = new Promise((done, failed) => {
    sheet.onload = done
    sheet.onerror = failed
  })
  document.head.append(sheet)
  return loaded
}

/* The reader of PMTiles is a classic script: it defines the global `pmtiles`. */
function addScript(src) {
  if (globalThis.pmtiles) return
  const script = document.createElement("script")
  script.src = src
  const loaded = new Promise((done, failed) => {
    script.onload = done
    script.onerror = failed
  })
  document.head.append(script)
  return loaded
}

async function read(url) {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return answer.json()
}

let protocolAdded = false
async function addProtocol(engine, urls) {
  await addScript(urls.protocol)
  if (!protocolAdded) engine.addProtocol("pmtiles", new globalThis.pmtiles.Protocol().tile)
  protocolAdded = true
}

/* Repaints the map whenever the system's or the page's theme changes. */
function followTheme(map, current) {
  const paint = () => {
    for (const layer of themedStyle(current()).layers) {
      if (!map.getLayer(layer.id)) continue
      for (const [name, value] of Object.entries(layer.paint)) map.setPaintProperty(layer.id, name, value)
    }
  }
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
    matchMedia(query).addEventListener("change", paint)
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-look"] })
}

/* Tiles that cannot be read are replaced once by the town's own layers. */
function drawn(map, sources, replace) {
  return new Promise((done, failed) => {
    map.once("load", done)
    map.on("error", (event) => {
      if (event.sourceId === "tiles" && (sources.pmtiles || sources.tiles)) replace()
      else if (!map.loaded() && event.sourceId !== "tiles") failed(event.error)
    })
  })
}

function addZoomKeys(canvas, names, zoom) {
  const keys = document.createElement("div")
  keys.className = "map-keys"
  for (const [sign, by, name] of [
    ["+", 1, names.closer],
    ["\u2212", -1, names.farther],
  ]) {
    const key = document.createElement("button")
    key.type = "button"
    key.textContent = sign
    key.setAttribute("aria-label", name || sign)
    key.addEventListener("click", () => zoom(by))
    keys.append(key)
  }
  canvas.append(keys)
}

function addCredit(canvas, words) {
  const credit = document.createElement("p")
  credit.className = "map-credit"
  const write = (text) => {
    credit.textContent = text || ""
  }
  write(words)
  canvas.append(credit)
  return write
}

/* Pins as buttons over the map; the engine groups those that are too close. */
function pinsOf(map, engine, root, calm) {
  let pins = new Map()
  let selected = null
  let listener = () => {}
  const shown = new Map()
  const collection = () => ({
    type: "FeatureCollection",
    features: [...pins.values()]
      .filter((pin) => pin.id !== selected)
      .map((pin) => ({
        type: "Feature",
        properties: { id: String(pin.id) },
        geometry: { type: "Point", coordinates: [pin.at[1], pin.at[0]] },
      })),
  })
  const byText = (id) => [...pins.values()].find((pin) => String(pin.id) === String(id))

  function button(key, at, className, name, drawing) {
    const element = document.createElement("button")
    element.type = "button"
    element.className = className
    element.innerHTML = drawing
    const marker = new engine.Marker({ element, anchor: className.includes("map-cluster") ? "center" : "bottom" })
    marker.setLngLat(at).addTo(map)
    element.setAttribute("aria-label", name)
    shown.set(key, marker)
    return element
  }
  function showPin(key, pin, chosen) {
    const element = button(
      key,
      [pin.at[1], pin.at[0]],
      `map-mark${chosen ? " sel" : ""}`,
      pin.label,
      pinDrawing(pin.state),
    )
    if (chosen) element.setAttribute("aria-pressed", "true")
    element.addEventListener("click", (event) => {
      event.stopPropagation()
      choose(pin.id, [pin.id])
    })
  }
  function showCluster(key, feature) {
    const count = feature.properties.point_count
    const name = (root.dataset.cluster || "{}").replace("{}", count)
    const at = feature.geometry.coordinates
    button(key, at, "map-cluster", name, `<span aria-hidden="true">${count}</span>`).addEventListener(
      "click",
      async (event) => {
        event.stopPropagation()
        const source = map.getSource("pins")
        const id = feature.properties.cluster_id
        const zoom = await source.getClusterExpansionZoom(id)
        if (zoom <= MAX_ZOOM) return map.easeTo({ center: at, zoom, animate: !calm })
        const ids = (await source.getClusterLeaves(id, 100, 0)).map((leaf) => byText(leaf.properties.id).id)
        choose(ids[0], ids)
      },
    )
  }
  function choose(id, ids) {
    select(id)
    listener(id, ids)
  }
  function select(id) {
    selected = id
    map.getSource("pins")?.setData(collection())
    clear()
    draw()
  }
  function clear() {
    for (const marker of shown.values()) marker.remove()
    shown.clear()
  }
  function draw() {
    if (!map.getSource("pins")) return
    const wanted = new Map()
    const inView = map.getBounds()
    for (const feature of map.querySourceFeatures("pins")) {
      if (!inView.contains(feature.geometry.coordinates)) continue
      const { cluster_id: cluster, id } = feature.properties
      wanted.set(cluster === undefined ? `pin ${id}` : `cluster ${cluster} ${feature.properties.point_count}`, feature)
    }
    const chosen = selected === null ? null : byText(selected)
    for (const [key, marker] of shown) {
      if (wanted.has(key) || (chosen && key === "selected")) continue
      marker.remove()
      shown.delete(key)
    }
    for (const [key, feature] of wanted) {
      if (shown.has(key)) continue
      const pin = byText(feature.properties.id)
      if (feature.properties.cluster_id !== undefined) showCluster(key, feature)
      else if (pin && pin.id !== selected) showPin(key, pin, false)
    }
    if (chosen && !shown.has("selected")) showPin("selected", chosen, true)
  }
  function addSource() {
    if (map.getSource("pins")) return
    map.addSource("pins", {
      type: "geojson",
      data: collection(),
      cluster: true,
      clusterRadius: CLUSTER_RADIUS,
      clusterMaxZoom: MAX_ZOOM + 1,
      maxzoom: MAX_ZOOM + 2,
    })
    map.addLayer({ id: "pins", type: "circle", source: "pins", paint: { "circle-radius": 0, "circle-opacity": 0 } })
  }
  map.on("styledata", () => pins.size && map.isStyleLoaded() && addSource())
  map.on("sourcedata", (event) => event.sourceId === "pins" && event.isSourceLoaded && draw())
  map.on("moveend", draw)
  map.on("idle", draw)
  return {
    setPins(list) {
      pins = new Map(list.map((pin) => [pin.id, pin]))
      if (!pins.has(selected)) selected = null
      addSource()
      map.getSource("pins").setData(collection())
      clear()
      draw()
    },
    onSelect(fn) {
      listener = fn
    },
    focus(id) {
      select(id)
      const pin = id === null ? null : byText(id)
      if (pin && !map.getBounds().contains([pin.at[1], pin.at[0]]))
        map.easeTo({ center: [pin.at[1], pin.at[0]], animate: !calm })
    },
  }
}

function boundsOf([west, south, east, north], edge = 0) {
  return [
    [west - edge, south - edge],
    [east + edge, north + edge],
  ]
}

function options(root, sources, bounds, keyboard) {
  const whole = sources.bbox || [-73, 45, -72, 46]
  return {
    container: root.querySelector("[data-canvas]"),
    style: themedStyle(sources),
    bounds: boundsOf(bounds || whole),
    fitBoundsOptions: { padding: 24, maxZoom: CLOSE },
    maxBounds: boundsOf(whole, 0.1),
    maxZoom: MAX_ZOOM,
    keyboard,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
  }
}

export async function openMap(root, { urls, bounds, keyboard = true }) {
  const [engine, found] = await Promise.all([
    import(urls.engine),
    read(urls.sources),
    addSheet(urls.sheet),
    addSheet(urls.ownSheet),
  ])
  let sources = found
  if (sources.pmtiles) await addProtocol(engine, urls)
  engine.setWorkerUrl(new URL(urls.worker, location.href).href)
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const map = new engine.Map(options(root, sources, bounds, keyboard))
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation?.()
  const box = root.querySelector("[data-canvas]")
  const canvas = map.getCanvas()
  canvas.setAttribute("aria-label", root.dataset.name || "")
  if (!keyboard) canvas.tabIndex = -1
  addZoomKeys(box, root.dataset, (by) => map.easeTo({ zoom: map.getZoom() + by, duration: calm ? 0 : 200 }))
  const credit = addCredit(box, sources.credit)
  await drawn(map, sources, () => {
    sources = { ...sources, pmtiles: "", tiles: "" }
    credit(sources.own_credit)
    map.setStyle(themedStyle(sources))
  })
  followTheme(map, () => sources)
  return {
    map,
    engine,
    calm,
    ...pinsOf(map, engine, root, calm),
    goTo: ([lat, lng], zoom = CLOSE) => map.easeTo({ center: [lng, lat], zoom, animate: !calm }),
  }
}
