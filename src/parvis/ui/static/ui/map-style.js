/* The style of the map: the town's own layers, or vector or raster tiles, in the colours of the page. */
const FACE = ["Atkinson Hyperlegible Next", "sans-serif"]
const STRONG = ["Bold", ...FACE] // the engine reads the weight in the first name, the browser the next one it knows
const PARKS = ["park", "forest", "wood", "grass", "golf_course", "nature_reserve", "cemetery", "garden", "playground",
  "recreation_ground", "village_green", "national_park", "protected_area", "scrub", "grassland", "meadow", "pitch"] // prettier-ignore
const CLASSES = { minor: ["minor_road", "other"], major: ["major_road", "medium_road"], highway: ["highway"] }
const WIDTHS = {
  path: [14, 0.5, 19, 4],
  minor: [11, 0.7, 14, 3, 16, 9, 19, 40],
  major: [9, 1, 12, 2.5, 14, 5, 16, 14, 19, 58],
  highway: [7, 1.2, 12, 4, 14, 8, 16, 20, 19, 72],
}

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

function widths(kind, more = 0) {
  const stops = WIDTHS[kind].map((value, at) => (at % 2 ? value + more : value))
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops]
}

const english = () => document.documentElement.lang.startsWith("en")
const kindIn = (kinds) => ["in", ["get", "kind"], ["literal", kinds]]
const isLine = ["==", ["geometry-type"], "LineString"]
const round = { "line-cap": "round", "line-join": "round" }

function fill(id, from, filter, colour_, more = {}) {
  return { id, type: "fill", ...from, ...(filter && { filter }), paint: { "fill-color": colour_, ...more } }
}

function names(id, from, filter, layout, ink, halo, more = {}) {
  return {
    id,
    type: "symbol",
    ...from,
    ...(filter && { filter }),
    ...more,
    layout: { "text-font": FACE, "text-size": 13, "text-max-width": 8, ...layout },
    paint: { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.8 },
  }
}

/* Streets: a dark edge under all of them first, then the carriageways, so that crossings are open. */
function roads(from, filters) {
  const kinds = ["minor", "major", "highway"]
  const surface = { minor: "m-road", major: "m-art", highway: "m-hw" }
  const line = (id, kind, paint, more = {}) => ({
    id,
    type: "line",
    ...from,
    filter: filters[kind],
    ...more,
    layout: round,
    paint,
  })
  return [
    line(
      "paths",
      "path",
      { "line-color": colour("m-case"), "line-width": widths("path"), "line-dasharray": [2, 2] },
      { minzoom: 14 },
    ),
    ...kinds.map((kind) =>
      line(`edges-${kind}`, kind, { "line-color": colour("m-case"), "line-width": widths(kind, 1.6) }),
    ),
    ...kinds.map((kind) =>
      line(`roads-${kind}`, kind, { "line-color": colour(surface[kind]), "line-width": widths(kind) }),
    ),
  ]
}

function roadNames(from, filters, name) {
  const layout = (size, font) => ({
    "text-field": name,
    "text-font": font,
    "text-size": ["interpolate", ["linear"], ["zoom"], 12, size - 1.5, 17, size + 1.5],
    "symbol-placement": "line",
    "symbol-spacing": 320,
    "text-max-angle": 38,
    "text-padding": 4,
  })
  const ink = colour("ink")
  return [
    names("names-minor", from, filters.minor, layout(12, FACE), ink, colour("m-road"), { minzoom: 13.5 }),
    names("names-major", from, filters.major, layout(13, STRONG), ink, colour("m-art"), { minzoom: 11 }),
    names("names-highway", from, filters.highway, layout(13, STRONG), ink, colour("m-hw"), { minzoom: 10 }),
  ]
}

function placeNames(water, parks, places, name) {
  const halo = colour("m-land")
  return [
    names(
      "names-water",
      water.from,
      water.filter,
      { "text-field": name, "text-size": 14, "text-letter-spacing": 0.03 },
      colour("m-water-ink"),
      colour("m-water"),
    ),
    names(
      "names-streams",
      water.from,
      water.lines,
      { "text-field": name, "text-size": 13, "symbol-placement": "line", "text-letter-spacing": 0.03 },
      colour("m-water-ink"),
      colour("m-water"),
    ),
    names(
      "names-parks",
      parks.from,
      parks.filter,
      { "text-field": name, "text-size": 12.5 },
      colour("m-park-ink"),
      colour("m-park"),
      { minzoom: 13 },
    ),
    ...(places
      ? [
          names(
            "names-places",
            places.from,
            places.filter,
            { "text-field": name, "text-size": 14, "text-font": STRONG },
            colour("ink-2"),
            halo,
            { maxzoom: 15 },
          ),
        ]
      : []),
  ]
}

/* The town's own layers: one GeoJSON whose features say their `kind` (and streets their `road`). */
function ownStyle(sources) {
  const from = { source: "town" }
  const of = (kind) => ["==", ["get", "kind"], kind]
  const name = english() ? ["coalesce", ["get", "name_en"], ["get", "name"]] : ["get", "name"]
  const street = (road) => ["all", of("street"), ["in", ["coalesce", ["get", "road"], "minor_road"], ["literal", road]]]
  const filters = {
    path: street(["path"]),
    ...Object.fromEntries(Object.entries(CLASSES).map(([kind, kinds]) => [kind, street(kinds)])),
  }
  const water = ["all", of("water"), ["!", isLine]]
  const streams = ["all", of("water"), isLine]
  return {
    sources: { town: { type: "geojson", data: sources.plan } },
    layers: [
      fill("parks", from, of("park"), colour("m-park")),
      fill("water", from, water, colour("m-water"), { "fill-outline-color": colour("m-shore") }),
      {
        id: "streams",
        type: "line",
        ...from,
        filter: streams,
        layout: round,
        paint: { "line-color": colour("m-water"), "line-width": widths("major") },
      },
      {
        id: "bounds",
        type: "line",
        ...from,
        filter: of("sector"),
        layout: round,
        paint: { "line-color": colour("m-bound"), "line-width": 1, "line-opacity": 0.6, "line-dasharray": [4, 3] },
      },
      {
        id: "houses",
        type: "circle",
        ...from,
        filter: of("house"),
        minzoom: 14,
        paint: {
          "circle-color": colour("m-house"),
          "circle-radius": ["interpolate", ["exponential", 1.6], ["zoom"], 14, 1.5, 16, 4, 19, 16],
        },
      },
      ...roads(from, filters),
      ...roadNames(from, filters, name),
      ...placeNames(
        { from, filter: water, lines: streams },
        { from, filter: of("park") },
        { from, filter: ["all", of("sector"), ["==", ["get", "of"], "quartier"]] },
        name,
      ),
    ],
  }
}

/* Vector tiles in the schema of Protomaps (basemaps v4). */
function vectorStyle(sources) {
  const layer = (name) => ({ source: "tiles", "source-layer": name })
  const local = english() ? "name:en" : "name:fr"
  const name = ["coalesce", ["get", local], ["get", "name"]]
  const filters = {
    path: kindIn(["path"]),
    ...Object.fromEntries(Object.entries(CLASSES).map(([kind, kinds]) => [kind, kindIn(kinds)])),
  }
  const water = ["!", isLine]
  const parks = ["all", kindIn(PARKS), water]
  const source = sources.pmtiles
    ? { type: "vector", url: `pmtiles://${new URL(sources.pmtiles, location.href).href}` }
    : { type: "vector", tiles: [sources.tiles], maxzoom: sources.tiles_max_zoom || 15 }
  return {
    sources: { tiles: source },
    layers: [
      fill("parks", layer("landuse"), parks, colour("m-park")),
      fill("water", layer("water"), water, colour("m-water"), { "fill-outline-color": colour("m-shore") }),
      {
        id: "streams",
        type: "line",
        ...layer("water"),
        filter: isLine,
        layout: round,
        paint: { "line-color": colour("m-water"), "line-width": widths("minor") },
      },
      fill("houses", layer("buildings"), null, colour("m-house")),
      {
        id: "bounds",
        type: "line",
        ...layer("boundaries"),
        layout: round,
        paint: { "line-color": colour("m-bound"), "line-width": 1, "line-opacity": 0.6, "line-dasharray": [4, 3] },
      },
      ...roads(layer("roads"), filters),
      ...roadNames(layer("roads"), filters, name),
      ...placeNames(
        { from: layer("water"), filter: water, lines: isLine },
        { from: layer("landuse"), filter: parks },
        { from: layer("places") },
        name,
      ),
    ],
  }
}

/* Pictures drawn by another server cannot follow the theme: they are only dimmed at night. */
function rasterStyle(sources) {
  const night = getComputedStyle(document.documentElement).colorScheme
  const dark = night === "dark" || (night !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)
  const paint = { "raster-saturation": dark ? -0.6 : -0.2, "raster-brightness-max": dark ? 0.55 : 1 }
  return {
    sources: {
      tiles: { type: "raster", tiles: [sources.tiles], tileSize: 256, maxzoom: sources.tiles_max_zoom || 18 },
    },
    layers: [{ id: "pictures", type: "raster", source: "tiles", paint }],
  }
}

export function themedStyle(sources) {
  const raster = !sources.pmtiles && /\.(png|jpe?g|webp)(\?|$)/i.test(sources.tiles || "")
  const make = raster ? rasterStyle : sources.pmtiles || sources.tiles ? vectorStyle : ownStyle
  const { sources: of, layers } = make(sources)
  const ground = { id: "ground", type: "background", paint: { "background-color": colour("m-land") } }
  return { version: 8, sources: of, layers: [ground, ...layers] }
}
