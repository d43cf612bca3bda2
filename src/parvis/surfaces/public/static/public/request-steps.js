/* On a narrow screen, the request form shows one question at a time. Its steps are sections of the one form; the server
   says whether one may go on, so that no rule is written twice. Each step has its own address (#etape-...): "back" goes
   through them, and everything typed stays. When the server cannot be reached, one goes on all the same. */
const form = document.getElementById("request")
const bar = document.querySelector("[data-flow-top]")
const narrow = matchMedia("(width < 48rem)")

if (form && bar) steps()

function steps() {
  const sections = [...form.querySelectorAll("[data-step]")].filter((section) => section.id)
  const names = sections.map((section) => section.dataset.step)
  const flow = form.querySelector("[data-flow]")
  const go = flow.querySelector("[data-next]")
  const skip = flow.querySelector("[data-skip]")
  const said = flow.querySelector("[data-flow-error]")
  const root = document.documentElement
  let now = 0

  const stones = bar.querySelector("[data-stones]")
  stones.append(...names.slice(0, -1).map(() => document.createElement("i")))

  const at = () => sections.findIndex((section) => `#${section.id}` === location.hash)
  const last = () => now === names.length - 1

  function label() {
    const twin = sections[now].querySelector(".twin")
    go.textContent = twin ? go.dataset.wordsTwin : now === names.length - 2 ? go.dataset.wordsCheck : go.dataset.words
    skip.hidden = names[now] !== "photo" || Boolean(form.querySelector(".shots-grid li"))
  }

  function show(index, focus = true) {
    now = Math.max(0, index)
    sections.forEach((section, one) => section.classList.toggle("here", one === now))
    ;[...stones.children].forEach((stone, one) => {
      stone.className = one < now ? "past" : one === now ? "now" : ""
    })
    root.dataset.step = names[now]
    bar.querySelector("[data-step-words]").textContent = last()
      ? bar.dataset.last
      : bar.dataset.of.replace("{n}", now + 1).replace("{all}", names.length - 1)
    said.textContent = ""
    label()
    if (!root.classList.contains("stepped") || !focus) return
    scrollTo(0, 0)
    const heading = [...sections[now].querySelectorAll("h2")].find((one) => one.offsetParent)
    heading?.setAttribute("tabindex", "-1")
    heading?.focus({ preventScroll: true })
  }

  function turn(index) {
    if (index === now) return
    location.hash = sections[index].id
  }

  /* Places what the server answered: the warnings and parts by their name, the fields only when their errors changed. */
  function place(answer) {
    form.elements.seen.value = answer.querySelector("[name=seen]").value
    for (const part of answer.querySelectorAll("[data-part]"))
      if (part.dataset.part !== "kinds" && part.dataset.part !== "asked") {
        const own = document.getElementById(part.dataset.part)
        if (own.textContent.trim() !== part.textContent.trim()) own.innerHTML = part.innerHTML
      }
    for (const part of answer.querySelectorAll("[data-part=kinds]")) graft(document.getElementById("kinds"), part)
    for (const field of answer.querySelectorAll("[data-for]")) {
      const own = form.querySelector(`[data-for="${CSS.escape(field.dataset.for)}"]`)
      if (own) graft(own, field)
    }
    const asked = answer.querySelector("[data-part=asked]")
    const own = document.getElementById("asked")
    if (asked && asked.querySelectorAll("[data-for]").length !== own.querySelectorAll("[data-for]").length)
      own.innerHTML = asked.innerHTML
    said.textContent = [...answer.querySelectorAll("[data-more]")].map((one) => one.textContent).join(" ")
  }

  function graft(own, answered) {
    if (!answered.querySelector(".wrong, .error") && !own.querySelector(".wrong, .error")) return
    own.innerHTML = answered.innerHTML
    globalThis.htmx?.process(own)
    own.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: own } }))
  }

  async function forward() {
    const body = new FormData(form)
    body.delete("photos")
    body.append("step", names[now])
    go.setAttribute("aria-busy", "true")
    let answer
    try {
      const response = await fetch(form.dataset.stepUrl, { method: "POST", body })
      if (response.ok)
        answer = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-step]")
    } catch {
      /* offline: nothing is judged, the form itself will be */
    }
    go.removeAttribute("aria-busy")
    if (!answer) return turn(now + 1)
    place(answer)
    const to = names.indexOf(answer.dataset.step)
    if (!("stop" in answer.dataset)) return turn(to)
    if (to !== now) {
      turn(to)
      await new Promise((done) => setTimeout(done))
    }
    label()
    const find = (selector) => sections[to].querySelector(selector)
    const wrong = find("[aria-invalid]") ?? find(".wrong input:not([type=hidden])") ?? find(".wrong")
    const read = document.querySelector("#danger .alarm") ?? find(".known")
    const target = wrong ?? read
    if (!target) return
    if (!target.matches("input, textarea, select")) target.setAttribute("tabindex", "-1")
    target.focus()
    target.scrollIntoView({ block: "center" })
  }

  function back() {
    if (now === 0) location.assign(bar.querySelector(".quit").href)
    else history.back()
  }

  function fit() {
    const stepped = narrow.matches
    root.classList.toggle("stepped", stepped)
    root.dataset.steps = ""
    if (stepped) show(Math.max(0, at() < 0 ? firstWrong() : at()), false)
  }

  /* The page that comes back from a sending opens at what is to be mended. */
  function firstWrong() {
    if (form.dataset.wrong) return names.indexOf(form.dataset.wrong)
    const wrong = sections.findIndex((section) => section.querySelector(".wrong"))
    return wrong < 0 ? (form.dataset.draft === "sent" ? names.length - 1 : 0) : wrong
  }

  go.addEventListener("click", forward)
  skip.addEventListener("click", () => turn(now + 1))
  bar.querySelector("[data-back]").addEventListener("click", back)
  addEventListener("hashchange", () => show(at() < 0 ? 0 : at()))
  form.addEventListener(
    "submit",
    (event) => {
      if (!root.classList.contains("stepped") || last() || event.submitter?.name === "see") return
      event.preventDefault()
      event.stopImmediatePropagation()
      forward()
    },
    true,
  )
  document.addEventListener("htmx:oobAfterSwap", label)
  document.addEventListener("htmx:afterSettle", label)
  document.getElementById("photos").addEventListener("change", label)
  narrow.addEventListener("change", fit)
  fit()
}
