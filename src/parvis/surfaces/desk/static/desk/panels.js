/* The words of a panel: their characters are counted as they are typed, before the server counts them and draws them; a
   proposed text is put in its field when asked, never alone. */
const form = document.querySelector("[data-panel-form]")
const field = form?.querySelector("[data-panel-most]")
const most = Number(field?.dataset.panelMost)

/* As the server counts: composed characters, single spaces, no empty line. */
const cleaned = (text) =>
  text
    .normalize("NFC")
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/[^\S\u00a0]+/g, " ").trim())
    .filter(Boolean)
    .join("\n")

function count() {
  const shown = form.querySelector("[data-panel-count]")
  if (!shown) return
  const used = [...cleaned(field.value)].length
  shown.textContent = `${used} / ${most}`
  shown.classList.toggle("bad", used > most)
}

if (field) {
  field.addEventListener("input", count)
  count()
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-use]")
    if (!button) return
    const into = document.getElementById(button.dataset.into)
    into.value = document.getElementById(button.dataset.use).textContent
    into.focus()
    into.dispatchEvent(new Event("input", { bubbles: true }))
  })
}
