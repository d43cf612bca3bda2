/* Which parts are unfolded beside a case is remembered by this browser. */
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
    /* a browser that keeps nothing */
  }
}

const before = remembered()
const wide = matchMedia("(width >= 64rem)").matches
addEventListener("DOMContentLoaded", () => {
  // once htmx listens: what is unfolded is asked for
  for (const fold of folds) {
    fold.open = wide && (before[fold.dataset.fold] ?? "part" in fold.dataset)
    fold.addEventListener("toggle", () => {
      if (wide) remember(fold)
    })
  }
})
