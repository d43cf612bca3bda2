/* In a frame nothing keeps a request for later, as the app does: the form leaves only once the server is known to answer.
   Until then all that was typed stays in the page, with a button to send again: no storage is needed. */
const form = document.getElementById("request")
const box = form?.querySelector("[data-unsent]")
const LONGEST = 15_000
let asking = false
let leaving = false

async function serverAnswers() {
  try {
    const options = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(LONGEST) }
    return (await fetch(form.dataset.proofUrl, options)).status < 500
  } catch {
    return false
  }
}

async function ask(event) {
  if (leaving) return
  event.preventDefault()
  event.stopImmediatePropagation()
  if (asking) return
  const { submitter } = event
  asking = true
  submitter?.setAttribute("aria-busy", "true")
  const answered = await serverAnswers()
  submitter?.removeAttribute("aria-busy")
  asking = false
  box.hidden = answered
  if (answered) return leave(submitter)
  box.focus()
  box.scrollIntoView({ block: "center" })
}

/* The event of this very sending passes; a field that the browser refuses stops it, and the next one asks again. */
function leave(submitter) {
  leaving = true
  try {
    form.requestSubmit(submitter)
  } finally {
    leaving = false
  }
}

if (box) form.addEventListener("submit", ask, true)
