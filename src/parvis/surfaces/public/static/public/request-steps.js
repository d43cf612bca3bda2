/* On a narrow screen, the request form shows one question at a time. Its steps are sections of the one form; the server
   says whether one may go on, so that no rule is written twice. Each step has its own address (#etape-...): "back" goes
   through them, and everything typed stays. When the server cannot be reached, or does not answer, one goes on all the same. */
const form = document.getElementById("request")
const bar = document.querySelector("[data-flow-top]")
const narrow = matchMedia("(width < 48rem)")
const PATIENCE = 8000 // milliseconds for what the server says of a step

if (form && bar) steps()

function steps() {
  const sections = [...form.querySelectorAll("[data-step]")].filter((section) => section.id)
  const names = sections.map((section) => section.dataset.step)
  const flow = form.querySelector("[data-flow]")
  const go = flow.querySelector("[data-next]")
  const skip = flow.querySelector("[data-skip]")
  const said = flow.querySelector("[data-flow-error]")
  const root = document.documentElement
  const known = document.getElementById("known")
  const home = known?.parentNode
  const begun = new Set() // what is to be decided and was brought into view, by its mark
  const met = new Set() // the same, seen whole
  let now = 0

  const stones = bar.querySelector("[data-stones]")
  stones.append(...names.slice(0, -1).map(() => document.createElement("i")))

  const at = () => sections.findIndex((section) => `#${section.id}` === location.hash)
  const last = () => now === names.length - 1

  /* What is to be decided in the step shown (a request nearby, a photo's place) and was not in view yet, above the bar. */
  function unmet() {
    const bottom = flow.getBoundingClientRect().top
    const waits = [...sections[now].querySelectorAll("[data-decide]")].filter((one) => !met.has(one.dataset.decide))
    for (const one of waits) if (one.getBoundingClientRect().bottom <= bottom) met.add(one.dataset.decide)
    return waits.filter((one) => !met.has(one.dataset.decide))
  }

  /* One that is taller than the window is shown from its top, then from its end. */
  function bring(one) {
    const mark = one.dataset.decide
    const again = begun.has(mark)
    begun.add(mark)
    if (again) met.add(mark)
    const head = one.closest(".known")
    const target = !again && head?.querySelector("[data-decide]") === one ? head : one
    target.setAttribute("tabindex", "-1")
    target.focus({ preventScroll: true })
    target.scrollIntoView({ block: again ? "end" : "start" })
    label()
  }

  /* What is known of the place is shown at the step where one learns it, which may come after that of the place. */
  function carry() {
    const fresh = known && [...known.querySelectorAll("[data-decide]")].some((one) => !met.has(one.dataset.decide))
    if (fresh && now > sections.indexOf(home) && !last() && !sections[now].contains(known)) sections[now].append(known)
  }

  function label() {
    if (!root.classList.contains("stepped")) return
    carry()
    const twin = sections[now].querySelector(".twin") && !unmet().length
    go.textContent = twin ? go.dataset.wordsTwin : now === names.length - 2 ? go.dataset.wordsCheck : go.dataset.words
    skip.hidden = names[now] !== "photo"
    // It keeps its room: the button above would else move under the finger that presses it.
    skip.classList.toggle("taken", Boolean(form.querySelector(".shots-grid li")))
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
    const moves = focus && root.classList.contains("stepped")
    if (moves) scrollTo(0, 0)
    label()
    if (!moves) return
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
    const first = unmet()[0]
    if (first) return bring(first)
    const body = new FormData(form)
    body.delete("photos")
    body.append("step", names[now])
    go.setAttribute("aria-busy", "true")
    let answer
    try {
      const response = await fetch(form.dataset.stepUrl, {
        method: "POST",
        body,
        signal: AbortSignal.timeout(PATIENCE),
      })
      if (response.ok)
        answer = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-step]")
    } catch {
      /* offline, or too slow: nothing is judged, the form itself will be */
    }
    go.removeAttribute("aria-busy")
    if (!answer) return turn(now + 1)
    place(answer)
    const to = names.indexOf(answer.dataset.step)
    if (to < 0) return turn(now + 1)
    if (!("stop" in answer.dataset)) return turn(to)
    if (to !== now) {
      turn(to)
      await new Promise((done) => setTimeout(done))
    }
    label()
    const find = (selector) => sections[to].querySelector(selector)
    const wrong = find("[aria-invalid]") ?? find(".wrong input:not([type=hidden])") ?? find(".wrong")
    const danger = document.querySelector("#danger .alarm")
    const next = wrong || danger ? null : unmet()[0]
    if (next) return bring(next)
    const target = wrong ?? danger ?? find(".known")
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
    if (!stepped && known && known.parentNode !== home) home.append(known)
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
  addEventListener("scroll", label, { passive: true })
  narrow.addEventListener("change", fit)
  fit()
}
