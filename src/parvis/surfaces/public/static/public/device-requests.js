/* The requests kept on this device, in <div id="device-requests">; and, on a receipt, keeping its own. */
import "./outbox-send.js"

const store = self.parvisStore
const MOST = 50

function setts(days) {
  const line = document.createElement("div")
  line.className = "setts mini"
  line.ariaHidden = "true"
  line.append(
    ...days.map((name) => {
      const one = document.createElement("i")
      if (name) one.className = name
      return one
    }),
  )
  return line
}

function item({ secret, reference, title, place, state, due, open, days }) {
  const one = document.createElement("li")
  const link = document.createElement("a")
  link.href = `/suivi/${secret}/`
  const name = document.createElement("b")
  name.textContent = place ? `${title}, ${place}` : title
  const when = document.createElement("span")
  when.className = "due"
  when.textContent = open && due ? due : (state ?? "")
  const small = document.createElement("small")
  small.textContent = [reference, open && due ? state : ""].filter(Boolean).join(" · ")
  link.append(name, when, small)
  if (days?.length) link.append(setts(days))
  one.append(link)
  return one
}

async function fill(box) {
  const kept = (await store.all("requests")).sort((a, b) => b.kept - a.kept)
  if (!kept.length) return
  const list = box.querySelector("ul") ?? box.appendChild(document.createElement("ul"))
  list.replaceChildren(...kept.map(item))
  box.hidden = false
  const secrets = kept.slice(0, MOST).map((one) => one.secret)
  const headers = { "Content-Type": "application/json" }
  const response = await fetch("/mes-demandes/appareil", { method: "POST", headers, body: JSON.stringify({ secrets }) })
  if (!response.ok) return
  const { requests } = await response.json()
  const known = new Set(requests.map((one) => one.secret))
  for (const one of requests) await store.put("requests", { ...kept.find((row) => row.secret === one.secret), ...one })
  list.replaceChildren(...[...requests, ...kept.filter((one) => !known.has(one.secret))].map(item))
}

async function keepReceipt(box) {
  const { secret, reference, title } = box.dataset
  const refused = (await store.get("kept", `not-${secret}`)) !== undefined
  const [held, dropped] = [box.querySelector("[data-held]"), box.querySelector("[data-dropped]")]
  const show = (is) => {
    held.hidden = !is
    dropped.hidden = is
    box.hidden = false
  }
  const keep = async () => {
    await store.remove("kept", `not-${secret}`)
    const before = await store.get("requests", secret)
    await store.put("requests", { kept: Date.now(), ...before, secret, reference, title })
    show(true)
  }
  box.querySelector("[data-forget]").addEventListener("click", async () => {
    await store.remove("requests", secret)
    await store.put("kept", { name: `not-${secret}` })
    show(false)
    dropped.focus()
  })
  box.querySelector("[data-keep]").addEventListener("click", keep)
  await (refused ? show(false) : keep())
}

if (self.indexedDB) {
  const receipt = document.querySelector("[data-keep-request]")
  if (receipt) keepReceipt(receipt).catch(() => {})
  const box = document.getElementById("device-requests")
  if (box) {
    fill(box).catch(() => {})
    store.channel?.addEventListener("message", () => fill(box).catch(() => {}))
    document.querySelector("[data-forget-requests]")?.addEventListener("click", async (event) => {
      if (!confirm(event.target.dataset.forgetRequests)) return
      await store.clear("requests")
      box.hidden = true
    })
  }
}
