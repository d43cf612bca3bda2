/* The request form: uploads photos as soon as they are chosen, updates the preview of what will happen, and opens the
   map, whose engine (440 kB) is loaded only then. */
const form = document.getElementById("request")
const files = document.getElementById("id_photos")
const wait = document.getElementById("photos-wait")

if (form) {
  files.addEventListener("htmx:beforeRequest", () => {
    wait.textContent = wait.dataset.words
    wait.classList.add("spinner")
  })
  files.addEventListener("htmx:afterRequest", (event) => {
    wait.classList.remove("spinner")
    wait.textContent = event.detail.successful ? "" : wait.dataset.failed
    if (event.detail.successful) files.value = ""
  })
  /* Skip swaps that change no text, so that screen readers do not repeat it. */
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail
    const box = document.createElement("div")
    box.append(fragment.cloneNode(true))
    if (box.textContent.trim() === target.textContent.trim()) event.detail.shouldSwap = false
  })
  /* Only one point may be chosen: the location of a photo, or the pin of the map. */
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-pin-offer]:checked")) document.getElementById("id_pin").checked = false
    if (event.target.matches("#id_pin:checked"))
      form.querySelectorAll("[data-pin-offer]").forEach((offer) => {
        offer.checked = false
      })
  })
  const button = form.querySelector("[data-map]")
  if (button) {
    let opened
    button.hidden = false
    button.addEventListener("click", async () => {
      const box = document.getElementById(button.getAttribute("aria-controls"))
      const show = box.hidden
      box.hidden = !show
      button.setAttribute("aria-expanded", String(show))
      button.querySelector("[data-show]").hidden = show
      button.querySelector("[data-hide]").hidden = !show
      if (!show) return
      if (opened) return opened.pin.focus()
      const waiting = box.querySelector("[data-waiting]")
      try {
        const { open } = await import(button.dataset.module)
        opened = await open(box, button.dataset, document.getElementById("pin"))
        opened.pin.focus()
      } catch (error) {
        box.querySelector("[data-canvas]").hidden = true
        box.querySelector("[data-said]").textContent = box.dataset.failed
      }
      waiting.hidden = true
    })
  }
}
