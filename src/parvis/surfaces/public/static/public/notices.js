/* The page of the notices of this device. */
import { leave, possible } from "./device.js"

if (!possible()) document.querySelectorAll("[data-unable]").forEach((one) => (one.hidden = false))
document.addEventListener("parvis:told", () => location.reload())
document.querySelector("[data-leave]")?.addEventListener("click", async (event) => {
  event.target.disabled = true
  await leave().catch(() => {})
  location.reload()
})
