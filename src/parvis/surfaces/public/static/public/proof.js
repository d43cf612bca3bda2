/* The proof of work of the request form, computed while it is being filled in and never waited for: without one, the
   request leaves all the same, under lower limits.

   `prove(url, worker)` resolves to the value of the field `altcha` for a new challenge, or to "" when it cannot be had
   (offline, a browser without Web Crypto, a page that is not secure). */
export async function prove(url, worker) {
  if (!globalThis.crypto?.subtle || !globalThis.Worker) return ""
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } })
    if (!answer.ok) return ""
    const challenge = await answer.json()
    const solver = new Worker(worker)
    return await new Promise((done) => {
      const end = (value) => {
        solver.terminate()
        done(value)
      }
      solver.onmessage = ({ data }) => end(data)
      solver.onerror = () => end("")
      solver.postMessage(challenge)
    })
  } catch {
    return ""
  }
}

const form = document.getElementById("request")
const AGAIN = 50 * 60 * 1000 // before a challenge expires

async function refresh() {
  const value = await prove(form.dataset.proofUrl, form.dataset.worker)
  if (value) form.elements.altcha.value = value
}

if (form?.dataset.proofUrl) {
  let at = 0
  const start = () => {
    if (Date.now() - at < AGAIN) return
    at = Date.now()
    refresh()
  }
  form.addEventListener("input", start)
  form.addEventListener("change", start)
  if ("proofNow" in form.dataset) start() // refused for want of one
  addEventListener("online", () => {
    if (!form.elements.altcha.value) refresh()
  })
}
