/* Run before the page is painted: on a phone, the first question stands alone from the start, so that nothing moves once
   request-steps.js takes over. Without it, the whole form comes back. A form to be mended waits for it. */
;(() => {
  const root = document.documentElement
  if (!matchMedia("(width < 48rem)").matches || location.hash || location.search.includes("envoi")) return
  root.classList.add("stepped")
  root.dataset.step = "photo"
  addEventListener("load", () => {
    if (!("steps" in root.dataset)) root.classList.remove("stepped")
  })
})()
