/* Keyboard shortcuts declared in the page's markup: the single source for the list of keys and the command palette. */
const all = (selector, from = document) => [...from.querySelectorAll(selector)]

/* Whether its key works: what is seen, and what a closed menu with data-keys holds. */
export const shown = (el) =>
  el.hasAttribute("data-keys-skip") ||
  el.getClientRects().length > 0 ||
  Boolean(el.closest("details[data-keys]:not([open])")?.getClientRects().length)

/* An element's description: its accessible name, else its text without keys and images. */
export function wordsOf(el) {
  if (el.ariaLabel) return el.ariaLabel
  const label = el.labels?.[0]?.cloneNode(true)
  label?.querySelector(".need")?.remove()
  if (label?.textContent.trim()) return label.textContent.trim()
  const picture = el.querySelector("svg[aria-label]")?.getAttribute("aria-label")
  const copy = el.cloneNode(true)
  all("kbd, .hush, svg, small, em, .sum", copy).forEach((part) => part.remove())
  return el.querySelector("b")?.textContent || copy.textContent.replace(/\s+/g, " ").trim() || picture || ""
}

/* The page's shortcuts, each once: {key, words, el}; those of data-key-told are handled by another script. */
export function keysOf(from = document) {
  const seen = new Set()
  return all("[data-key]:not([data-keys-skip]), [data-key-told]", from)
    .filter(shown)
    .flatMap((el) => {
      const key = el.dataset.key || el.dataset.keyTold
      if (seen.has(key)) return []
      seen.add(key)
      return [{ key, words: wordsOf(el), el, told: !el.dataset.key }]
    })
}

/* A key's display name; for named keys, the localised name shown on its button. */
export const keyShown = (key, el) =>
  (/Enter|Esc/.test(key) && el?.querySelector("kbd")?.textContent) ||
  key
    .split("+")
    .map((part) => (part.length === 1 ? part.toUpperCase() : part))
    .join("\u00a0")
