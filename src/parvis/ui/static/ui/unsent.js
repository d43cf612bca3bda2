/* Restores, after sign-in, the contents of a staff form whose submission failed because the session had expired.

   Stored in this tab only, for at most an hour and for the same person: sign-in pages leave it in place, any other page
   after the submission deletes it. */
const STORAGE_KEY = "parvis.unsent",
  HOUR = 3600000
const SILENT = /^(hidden|file|password|submit|button|reset)$/
const fields = (form) => [...form.elements].filter((field) => field.name && field.type && !SILENT.test(field.type))
const person = () => document.querySelector("details.who summary span")?.textContent ?? ""
const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_KEY))
  } catch {
    return null
  }
}
const write = (saved) => {
  try {
    saved ? sessionStorage.setItem(STORAGE_KEY, JSON.stringify(saved)) : sessionStorage.removeItem(STORAGE_KEY)
  } catch {
    /* storage is disabled */
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

function restore(saved) {
  const form = [...document.forms].find(
    (candidate) => candidate.method === "post" && new URL(candidate.action).pathname === saved.action,
  )
  if (!form) return false
  for (const [name, value, checked] of saved.values) {
    const field = fields(form).find(
      (candidate) =>
        candidate.name === name && (!/^(radio|checkbox)$/.test(candidate.type) || candidate.value === value),
    )
    if (!field) continue
    if (/^(radio|checkbox)$/.test(field.type)) field.checked = checked
    else field.value = value
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }
  write(null)
  return true
}

const saved = read()
if (saved && location.pathname.startsWith("/staff/")) write({ ...saved, out: true })
else if (saved && (!saved.out || saved.who !== person() || Date.now() - saved.at > HOUR)) write(null)
else if (saved && saved.where === location.pathname + location.search) {
  document.querySelector(`[data-panel="${saved.panel}"]`)?.click()
  if (!restore(saved))
    document.addEventListener("htmx:load", () => {
      if (read()) restore(saved)
    })
}
