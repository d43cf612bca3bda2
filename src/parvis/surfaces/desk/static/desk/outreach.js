/* The composer: keeps the channels as they are chosen while the previews are painted again, says when the server did not keep what is typed, and puts a proposed text in its field when asked. */
const form = document.querySelector("#composer")

function failed() {
  const state = document.querySelector("#kept-state")
  state.textContent = form.dataset.failed
  state.className = "tag bad"
}

if (form) {
  form.dataset.failed = document.querySelector("#kept-state").dataset.failed
  form.addEventListener("htmx:sendError", failed)
  form.addEventListener("htmx:responseError", failed)
  const boxes = () => [...document.querySelectorAll('#previews input[name="channels"]')]
  let chosen = new Map()
  document.addEventListener("htmx:beforeSwap", () => {
    chosen = new Map(boxes().map((box) => [box.value, box.checked]))
  })
  /* with the swap, not once it has settled: a box checked in between is the user's */
  document.addEventListener("htmx:afterSwap", () => {
    for (const box of boxes()) box.checked = chosen.get(box.value) ?? box.checked
  })
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-use]")
    if (!button) return
    const field = document.getElementById(button.dataset.into)
    field.value = document.getElementById(button.dataset.use).textContent
    field.focus()
    field.dispatchEvent(new Event("input", { bubbles: true }))
  })
}
