/* Makes one sheet for each number in the URL, and writes the number on it. */
const sheet = document.querySelector("[data-sheet]")
const named = new URL(location.href).searchParams
  .getAll("reference")
  .filter((text) => /^\d\d-\d{4,9}-[A-Z]$/.test(text))
named.forEach((reference, rank) => {
  const one = rank ? sheet.cloneNode(true) : sheet
  one.querySelector("[data-number]").textContent = reference
  if (rank) sheet.parentNode.append(one)
})
