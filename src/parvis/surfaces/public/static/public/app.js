/* On every public page: the service worker, the requests that wait, the badge, the installation. */
import "./outbox-send.js"

const store = self.parvisStore
const lang = document.documentElement.lang.slice(0, 2)
const standalone = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true
const show = (selector) => document.querySelectorAll(selector).forEach((one) => (one.hidden = false))

async function start() {
  const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" })
  const ready = await navigator.serviceWorker.ready
  /* the alerts of a page that bears them all: the ones that the device keeps are read again when they differ */
  const shown = document.querySelector(".app-face")
    ? null
    : [...document.querySelectorAll("[data-alert]")].map((one) => one.dataset.alert)
  const here = () => ready.active.postMessage({ type: "here", lang, path: location.pathname, alerts: shown })
  here()
  addEventListener("online", here)
  offerUpdate(registration)
}

/* A new version waits until every page is closed, unless the person asks for it here, where no form is open. */
function offerUpdate(registration) {
  const bar = document.querySelector("[data-update]")
  if (!bar) return
  const offer = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller) return
    bar.hidden = false
    bar.querySelector("button").addEventListener("click", () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true })
      registration.waiting?.postMessage({ type: "activate" })
    })
  }
  offer()
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer)
  })
}

/* What was pushed is read once the app is in front: its count clears. */
async function clearBadge() {
  if (document.visibilityState !== "visible") return
  await store.remove("kept", "unread")
  await navigator.clearAppBadge?.()
}

/* The browser's own offer to install waits for a tap; on an iPhone the steps are shown, since there is none. */
function offerInstall() {
  if (standalone) return
  const apple =
    /iP(hone|ad|od)/.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1)
  if (apple) show("[data-install-steps]")
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault()
    show("[data-install]")
    document.querySelectorAll("[data-install] button").forEach((button) => {
      button.onclick = async () => {
        await event.prompt()
        document.querySelectorAll("[data-install]").forEach((one) => (one.hidden = true))
      }
    })
  })
}

offerInstall()
/* Reading an answer installs nothing: the worker comes with the app, the forms and the notices, and stays. */
const wanted =
  standalone ||
  navigator.serviceWorker?.controller ||
  document.querySelector(".app-face, .notices, #request, [data-keep-request]")
if (wanted && "serviceWorker" in navigator && navigator.locks && self.indexedDB) {
  start().catch(() => {})
  document.addEventListener("visibilitychange", () => clearBadge().catch(() => {}))
  clearBadge().catch(() => {})
}
