/* What can be taken back (data-undo: for how many seconds) leaves when its time is over, by data-due. */
for (const undo of document.querySelectorAll("[data-undo]"))
  setTimeout(
    () => {
      fetch(undo.dataset.due, { method: "POST", body: new FormData(undo) }).catch(() => {}) // a job sends it anyway
      undo.remove()
    },
    (Number(undo.dataset.undo) + 1) * 1000,
  )
