/* What a page can do by keyboard, read from its own markup: the one source of the sheet of keys and of the palette. */
const all = (selector, from = document) => [...from.querySelectorAll(selector)]

export const shown = (el) => el.hasAttribute("data-keys-skip") || el.getClientRects().length > 0

/* What an element does, in words: its name for a screen reader, else its text without keys and pictures. */
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

/* The keys of the page, each once: {key, words, el}; those of data-key-told are acted on by a script, and only told. */
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

/* A key as it is written: where it has a name, the one that its own button bears, in the reader's language. */
export const keyShown = (key, el) =>
  (/Enter|Esc/.test(key) && el?.querySelector("kbd")?.textContent) ||
  key
    .split("+")
    .map((part) => (part.length === 1 ? part.toUpperCase() : part))
    .join("\u00a0")
