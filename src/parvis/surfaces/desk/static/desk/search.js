/* The search: j and k move between requests, x ticks the current one. */
const rows = () => [...document.querySelectorAll(".hits a[data-row]")]
const inField = (el) =>
  el.isContentEditable ||
  /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
  (el.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(el.type))
const standing = () => rows().findIndex((a) => a.closest("li").contains(document.activeElement))

document.addEventListener("keydown", (event) => {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.isComposing ||
    inField(event.target) ||
    document.querySelector("dialog[open]")
  )
    return
  const key = event.key.toLowerCase()
  const found = rows()
  if ((key === "j" || key === "k") && found.length) {
    event.preventDefault()
    const row = found[Math.max(0, Math.min(found.length - 1, standing() + (key === "j" ? 1 : -1)))]
    row.focus({ focusVisible: true })
    row.scrollIntoView({ block: "nearest" })
  }
  if (key === "x" && standing() >= 0) {
    event.preventDefault()
    found[standing()].closest("li").querySelector("[name=case]")?.click()
  }
})

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-selection]")
  if (!form) return
  const boxes = [...form.querySelectorAll("[name=case]")]
  const all = form.querySelector("[data-all]")
  if (event.target === all) for (const box of boxes) box.checked = all.checked
  else all.checked = boxes.every((box) => box.checked)
})
