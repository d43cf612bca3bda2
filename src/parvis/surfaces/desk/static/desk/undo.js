/* What can be taken back (data-undo: for how many seconds) leaves when its time is over, by data-due. */
const undo = document.querySelector("[data-undo]")
if (undo)
  setTimeout(
    () => {
      fetch(undo.dataset.due, { method: "POST", body: new FormData(undo) }).catch(() => {}) // a job sends it anyway
      undo.remove()
    },
    Number(undo.dataset.undo) * 1000,
  )
