/* On every page of the desk: prepares this browser to take calls offline, and says when the server is unreachable. */
import { answers, isRecent, prepare, read } from "./store.js"

const AGAIN = 600000 // ms between two refreshes
const EVERY = 15000
const notice = document.getElementById("no-server")

async function ready() {
  await navigator.serviceWorker.register("/desk/continuity/worker.js", { scope: "/desk/continuity/" })
  if (!isRecent(await read("prepared"), AGAIN)) await prepare()
}

let missed = 0
async function look() {
  if (document.visibilityState === "hidden") return
  missed = (await answers()) ? 0 : missed + 1
  if (notice) notice.hidden = missed < 2
}

if (navigator.serviceWorker && window.isSecureContext) {
  ready().catch(() => {})
  setInterval(look, EVERY)
  addEventListener("offline", () => {
    missed = 1
    look()
  })
  addEventListener("online", look)
}
