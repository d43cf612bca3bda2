/* What can be taken back (data-undo: for how many seconds) leaves when its time is over, by data-due if it is asked for. */
for (const undo of document.querySelectorAll("[data-undo]"))
  setTimeout(
    () => {
      // A job sends it anyway.
      if (undo.dataset.due) fetch(undo.dataset.due, { method: "POST", body: new FormData(undo) }).catch(() => {})
      undo.remove()
    },
    (Number(undo.dataset.undo) + 1) * 1000,
  )
