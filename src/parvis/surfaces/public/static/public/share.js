/* The page of a news item: sharing by the device, where it can, and printing. */
const share = document.querySelector("[data-share]")
if (share && navigator.share) {
  share.hidden = false
  share.addEventListener("click", () => {
    navigator.share({ title: document.querySelector("h1").textContent, url: location.href }).catch(() => {})
  })
}
const print = document.querySelector("[data-print]")
if (print) {
  print.hidden = false
  print.addEventListener("click", () => window.print())
}
