/* What was typed in a form of the staff that the end of a session kept from being sent comes back after the sign-in.

   Kept in this tab alone, for an hour at most and for the same person: the pages of the sign-in leave it there, any
   other page that follows the sending takes it away. */
const KEPT = "parvis.unsent",
  HOUR = 3600000
const SILENT = /^(hidden|file|password|submit|button|reset)$/
const fields = (form) => [...form.elements].filter((field) => field.name && field.type && !SILENT.test(field.type))
const person = () => document.querySelector("details.who summary span")?.textContent ?? ""
const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT))
  } catch {
    return null
  }
}
const write = (kept) => {
  try {
    kept ? sessionStorage.setItem(KEPT, JSON.stringify(kept)) : sessionStorage.removeItem(KEPT)
  } catch {
    /* a browser that keeps nothing */
  }
}

document.addEventListener("submit", ({ target: form, defaultPrevented }) => {
  if (defaultPrevented || form.method !== "post" || !document.documentElement.classList.contains("staff")) return
  write({
    at: Date.now(),
    who: person(),
    where: location.pathname + location.search,
    action: new URL(form.action).pathname,
    panel: form.closest(".reply[id^=do-]")?.id.slice(3),
    values: fields(form).map(({ name, value, checked }) => [name, value, checked]),
  })
})

function back(kept) {
  const form = [...document.forms].find((one) => one.method === "post" && new URL(one.action).pathname === kept.action)
  if (!form) return false
  for (const [name, value, checked] of kept.values) {
    const field = fields(form).find(
      (one) => one.name === name && (!/^(radio|checkbox)$/.test(one.type) || one.value === value),
    )
    if (!field) continue
    if (/^(radio|checkbox)$/.test(field.type)) field.checked = checked
    else field.value = value
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }
  write(null)
  return true
}

const kept = read()
if (kept && location.pathname.startsWith("/staff/")) write({ ...kept, out: true })
else if (kept && (!kept.out || kept.who !== person() || Date.now() - kept.at > HOUR)) write(null)
else if (kept && kept.where === location.pathname + location.search) {
  document.querySelector(`[data-panel="${kept.panel}"]`)?.click()
  if (!back(kept))
    document.addEventListener("htmx:load", () => {
      if (read()) back(kept)
    })
}
