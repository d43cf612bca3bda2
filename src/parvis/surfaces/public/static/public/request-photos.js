/* The photos of the request form: each leaves as soon as it is chosen, one at a time, on a tile that says how far it
   is. Those that did not arrive stay in the form, and leave with it. */
const form = document.getElementById("request")
const kept = document.getElementById("photos")
const list = form?.querySelector("[data-uploads]")
const gallery = document.getElementById("id_photos")
const camera = document.getElementById("id_camera")
const words = kept?.dataset
const waiting = []
let sending = null

function tile(file) {
  const item = document.createElement("li")
  const picture = document.createElement("canvas")
  picture.setAttribute("aria-hidden", "true")
  draw(picture, file)
  const name = document.createElement("span")
  name.textContent = file.name
  const bar = document.createElement("progress")
  bar.max = 100
  bar.value = 0
  bar.setAttribute("aria-label", `${words.sending} ${file.name}`)
  const said = document.createElement("p")
  said.className = "said"
  said.setAttribute("role", "status")
  const again = button(words.again, "btn small again")
  again.textContent = words.again
  again.hidden = true
  const away = button(`${words.remove} (${file.name})`, "away")
  away.textContent = "×"
  item.append(picture, name, bar, said, again, away)
  list.append(item)
  return { file, item, bar, said, again, away, failed: false }
}

/* Drawn rather than linked: the security policy admits no picture but the site's own. */
async function draw(canvas, file) {
  canvas.width = canvas.height = 160
  try {
    const picture = await createImageBitmap(file)
    const side = Math.min(picture.width, picture.height)
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2]
    canvas.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, 160, 160)
    picture.close()
  } catch {
    canvas.hidden = true // HEIC, in most browsers
  }
}

function button(label, css) {
  const one = document.createElement("button")
  one.type = "button"
  one.className = css
  one.setAttribute("aria-label", label)
  return one
}

/* What has not arrived goes with the form: no photo depends on this script once it is chosen. */
function carry() {
  const bag = new DataTransfer()
  for (const one of waiting) if (!one.tooBig) bag.items.add(one.file)
  gallery.files = bag.files
  camera.value = ""
}

function drop(one) {
  if (one === sending) one.request.abort()
  one.item.remove()
  waiting.splice(waiting.indexOf(one), 1)
  carry()
}

function fail(one, text, retry = true) {
  one.failed = true
  one.bar.hidden = true
  one.item.classList.add("failed")
  one.said.textContent = text
  one.again.hidden = !retry
}

function next() {
  if (sending) return
  sending = waiting.find((one) => !one.failed)
  if (sending) send(sending)
}

function send(one) {
  const body = new FormData()
  for (const name of ["key", "kept", "pin", "found", "beyond", "offered", "subject"])
    for (const value of new FormData(form).getAll(name)) body.append(name, value)
  body.append("photos", one.file, one.file.name)
  const request = new XMLHttpRequest()
  one.request = request
  request.open("POST", words.url)
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) one.bar.value = (event.loaded / event.total) * 100
  }
  request.onloadend = () => {
    sending = null
    if (request.status === 200) {
      drop(one)
      kept.innerHTML = request.responseText
      mend()
      kept.dispatchEvent(new Event("change", { bubbles: true }))
    } else if (waiting.includes(one)) fail(one, navigator.onLine === false ? words.waiting : words.failed)
    next()
  }
  request.send(body)
}

function add(files) {
  for (const file of files) {
    const one = tile(file)
    one.away.addEventListener("click", () => drop(one))
    one.again.addEventListener("click", () => {
      one.failed = false
      one.item.classList.remove("failed")
      one.said.textContent = ""
      one.bar.hidden = false
      one.bar.value = 0
      one.again.hidden = true
      next()
    })
    waiting.push(one)
    one.tooBig = file.size > Number(words.largest)
    if (one.tooBig) fail(one, words.tooBig, false)
  }
  carry()
  next()
}

/* A stored photo is taken away by a button; without this script, by its tick. */
function mend() {
  for (const tick of kept.querySelectorAll("input[name=kept]")) {
    if (tick.closest("li").querySelector(".away")) continue
    const away = button(`${words.remove} (${tick.closest("label").textContent.trim()})`, "away")
    away.textContent = "×"
    tick.hidden = true
    away.addEventListener("click", () => {
      tick.closest("li").remove()
      gallery.focus()
    })
    tick.closest("li").append(away)
  }
  kept.querySelector("[role=status]")?.classList.add("hush")
}

if (form && list) {
  for (const input of [gallery, camera])
    input.addEventListener("change", () => {
      const own = new Set(waiting.map((one) => one.file))
      const files = [...input.files].filter((file) => !own.has(file))
      if (files.length) add(files)
    })
  mend()
  kept.addEventListener("photos:renewed", mend)
  form.addEventListener("submit", () => sending?.request.abort())
}
