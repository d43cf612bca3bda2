/* "Tell me on this device": [data-tell] holds the reason, a button, and the words of each outcome. The permission is asked
   for after the tap. Once accepted, the address data-tell-url, if any, gets via=push, and the event
   "parvis:told" says so to other scripts. */
import { accept, accepted, possible } from "./device.js"

async function prepare(box) {
  if (!possible()) return
  const say = (name) =>
    box.querySelectorAll("[data-when]").forEach((one) => (one.hidden = !one.dataset.when.split(" ").includes(name)))
  const status = () => box.querySelector("[data-when]:not([hidden])")
  const button = box.querySelector("button")
  box.hidden = false
  const url = box.dataset.tellUrl
  const record = async () => {
    const body = new URLSearchParams({ via: "push" })
    const kept = !url || (await fetch(url, { method: "POST", body })).ok
    if (kept) box.dispatchEvent(new CustomEvent("parvis:told", { bubbles: true }))
    return kept
  }
  button.addEventListener("click", async () => {
    button.disabled = true
    try {
      const outcome = await accept()
      say(outcome === "yes" ? ((await record()) ? "yes" : "failed") : outcome === "denied" ? "denied" : "failed")
    } catch {
      say("failed")
    }
    button.disabled = false
    status()?.focus?.()
  })
  if (Notification.permission === "denied") say("denied")
  else if (!url && (await accepted().catch(() => false))) say("yes")
}

document.querySelectorAll("[data-tell]").forEach((box) => prepare(box).catch(() => {}))
