/* This browser remembers which sections are open beside a case. */
const folds = [...document.querySelectorAll("details[data-fold]")]
const KEPT = "parvis.folds"

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || {}
  } catch {
    return {}
  }
}
function remember(fold) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...remembered(), [fold.dataset.fold]: fold.open }))
  } catch {
    /* storage is blocked */
  }
}

const before = remembered()
const wide = matchMedia("(width >= 64rem)").matches
addEventListener("DOMContentLoaded", () => {
  // once htmx is ready, open sections are loaded
  for (const fold of folds) {
    fold.open = wide && (before[fold.dataset.fold] ?? "part" in fold.dataset)
    fold.addEventListener("toggle", () => {
      if (wide) remember(fold)
    })
  }
})
