/* Shows the confirmation once: going back to this page does not show it again. */
const address = new URL(location.href)
if (address.searchParams.has("done") || address.searchParams.has("ended")) {
  address.searchParams.delete("done")
  address.searchParams.delete("ended")
  history.replaceState(null, "", address)
}

/* A link to one contact of "My last ten" opens its target. */
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1))
  if (!target) return
  if (target.tagName === "DETAILS") {
    target.open = true
    target.querySelector("summary").focus()
  } else if (target.tabIndex === -1) target.focus()
}
openTarget()
addEventListener("hashchange", openTarget)
