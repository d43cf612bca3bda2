/* In a frame: says its height to the page that shows it, once that page has said hello from an origin that the town
   lists, and to no other. Nothing else is ever said. Links keep the language of the frame. */
const listed = document.querySelector("meta[name=parvis-frame-origins]")?.content.split(" ").filter(Boolean) ?? []
const allowed = new Set([...listed, location.origin])
let host = null

/* The height of the page, or of what is open over it: a list of proposals may go below its end. */
function tell() {
  const over = [...document.querySelectorAll("[role=listbox], dialog[open]")].filter((one) => one.offsetParent)
  const ends = [document.body, ...over].map((one) => one.getBoundingClientRect().bottom + scrollY)
  const height = Math.ceil(Math.max(...ends))
  host?.source.postMessage({ parvis: 1, height }, host.origin)
}

addEventListener("message", (event) => {
  if (event.source !== parent || event.source === window || !allowed.has(event.origin)) return
  if (event.data?.parvis !== 1 || event.data.hello !== true) return
  host = { source: event.source, origin: event.origin }
  tell()
})

new ResizeObserver(tell).observe(document.body)
new MutationObserver(() => requestAnimationFrame(tell)).observe(document.body, { subtree: true, childList: true })

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[href]")
    if (!link || link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return
    if (document.documentElement.lang.startsWith("fr")) return
    const url = new URL(link.href)
    url.searchParams.set("langue", "en")
    link.href = url
  },
  true,
)
