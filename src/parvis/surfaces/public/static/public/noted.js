/* The groups noted on this device, by who has no account: the list itself, and its way to that of a household.

   data-noted-device data-most   the section that lists them; with data-slug, data-title and data-hours, one to add.
   data-noted-bring              a form that sends them to the list of the household, shown when some are not there.
   data-noted="slug"             a group that the household noted: the device forgets it. */
const KEY = "noted-groups"
const device = document.querySelector("[data-noted-device]")
const bring = document.querySelector("[data-noted-bring]")

function kept() {
  try {
    const rows = JSON.parse(localStorage.getItem(KEY))
    return Array.isArray(rows) ? rows.filter((row) => row && typeof row.slug === "string") : []
  } catch {
    return [] // what cannot be read, or a browser that keeps nothing
  }
}

function keep(rows) {
  try {
    rows.length ? localStorage.setItem(KEY, JSON.stringify(rows)) : localStorage.removeItem(KEY)
  } catch {
    // a browser that keeps nothing: the page says how to enter
  }
}

function show() {
  const rows = kept()
  const list = device.querySelector("[data-noted-list]")
  const model = device.querySelector("template")
  list.replaceChildren(
    ...rows.map((row) => {
      const line = model.content.cloneNode(true)
      const link = line.querySelector("a")
      link.href = `/loisirs/${encodeURIComponent(row.slug)}/`
      link.textContent = row.title
      line.querySelector(".meta").textContent = row.hours
      const remove = line.querySelector("button")
      remove.querySelector(".hush").textContent = row.title
      remove.addEventListener("click", () => {
        keep(kept().filter((each) => each.slug !== row.slug))
        show()
        device.querySelector("[data-noted-list] button, [data-noted-none]")?.focus()
      })
      return line
    }),
  )
  device.querySelector("[data-noted-none]").hidden = rows.length > 0
}

if (device) {
  const { slug, title, hours, most } = device.dataset
  const rows = kept()
  if (slug && !rows.some((row) => row.slug === slug)) {
    const full = rows.length >= Number(most)
    device.querySelector("[data-noted-full]").hidden = !full
    if (!full) keep([...rows, { slug, title, hours }])
  }
  device.hidden = false
  show()
}

if (bring) {
  const there = new Set([...document.querySelectorAll("[data-noted]")].map((line) => line.dataset.noted))
  const rows = kept().filter((row) => !there.has(row.slug))
  keep(rows)
  for (const row of rows) {
    const field = document.createElement("input")
    field.type = "hidden"
    field.name = "group"
    field.value = row.slug
    bring.append(field)
  }
  bring.querySelector("[data-noted-titles]").textContent = rows.map((row) => row.title).join(", ")
  bring.hidden = !rows.length
}
