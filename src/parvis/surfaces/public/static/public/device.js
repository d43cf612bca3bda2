/* This device's subscription to notices. The permission is asked for by `accept`, which a tap must call. */
const ENDPOINT = "/appareil/"

export const possible = () => "serviceWorker" in navigator && "PushManager" in self && "Notification" in self

/* Whether this device accepts notices: the browser has a subscription, and the town knows it. */
export async function accepted() {
  if (!possible() || Notification.permission !== "granted") return false
  const registration = await navigator.serviceWorker.ready
  if (!(await registration.pushManager.getSubscription())) return false
  const response = await fetch(ENDPOINT)
  return response.ok && (await response.json()).live
}

/* Asks for the permission, subscribes, and tells the town. Returns "yes", "denied", or the words of a failure. */
export async function accept() {
  if ((await Notification.requestPermission()) !== "granted") return "denied"
  const registration = await navigator.serviceWorker.ready
  const { key } = await (await fetch(ENDPOINT)).json()
  const before = await registration.pushManager.getSubscription()
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) }
  let subscription
  try {
    subscription = await registration.pushManager.subscribe(options)
  } catch (error) {
    if (!before) throw error
    await before.unsubscribe() /* made with another key, before a change of server */
    subscription = await registration.pushManager.subscribe(options)
  }
  const headers = { "Content-Type": "application/json" }
  const response = await fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify(subscription) })
  if (response.ok) return "yes"
  return (await response.json().catch(() => ({}))).error || String(response.status)
}

/* Ends the subscription, in the browser and in the town, with all that the device asked to be told. */
export async function leave() {
  const registration = await navigator.serviceWorker.ready
  await (await registration.pushManager.getSubscription())?.unsubscribe()
  await fetch(ENDPOINT, { method: "DELETE" })
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}
