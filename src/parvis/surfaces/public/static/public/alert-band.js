/* The band of alerts: the answer for an address takes the place of the form, and nothing lapsed stays on an open page. */
const every = 30_000
const LEVELS = ["danger", "warning", "info", "over"]

function drop() {
  for (const one of document.querySelectorAll("[data-alert-band] [data-lapses], .presence[data-lapses]")) {
    if (Date.now() >= Date.parse(one.dataset.lapses)) one.remove()
  }
  const band = document.querySelector("[data-alert-band]")
  const alerts = band ? [...band.querySelectorAll("[data-alert]")] : []
  if (!alerts.length) return band?.remove()
  band.classList.remove(...LEVELS)
  band.classList.add(alerts[0].dataset.level)
}

async function check(event) {
  const form = event.target.closest("[data-touch]")
  if (!form) return
  event.preventDefault()
  const query = new URLSearchParams(new FormData(form))
  query.set("extrait", "1")
  try {
    const response = await fetch(`${form.action}?${query}`)
    const answer = document.createElement("template")
    answer.innerHTML = await response.text()
    const verdict = answer.content.querySelector(".verdict")
    if (!verdict) throw new Error("no answer")
    const again = form.cloneNode(true)
    form.replaceWith(verdict)
    const links = verdict.querySelectorAll(":scope > p:last-child a")
    links.forEach((link) =>
      link.addEventListener("click", (click) => {
        click.preventDefault()
        verdict.replaceWith(again)
        again.querySelector("input").focus()
      }),
    )
    verdict.tabIndex = -1
    verdict.focus()
  } catch {
    form.submit()
  }
}

drop()
setInterval(drop, every)
document.addEventListener("submit", check)
