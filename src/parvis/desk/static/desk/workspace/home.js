/* The agent's home renews what moved: the calls to make, the line, the last contacts; focus stays where it was. */
async function renew() {
  const shown = document.querySelector(".lobby-cols")
  if (!shown || !window.Idiomorph) return
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  for (const part of [".lobby-cols", ".ready-acts"]) {
    const fresh = page.querySelector(part)
    if (fresh) window.Idiomorph.morph(document.querySelector(part), fresh)
  }
}
for (const news of ["moment", "mine", "incidents"]) document.addEventListener(news, () => renew().catch(() => {}))
