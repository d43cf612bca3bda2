/* Progressive enhancement: everything works without it. Supported attributes:

   data-key="F2" | "r" | "1" | "/" | "Alt+1" | "Alt+z"   the key clicks the element, or focuses a field. Bare characters
                         work only outside fields and never with a dialog open (unless the element is inside it).
data-alt-key="Alt+i" | "Shift+F2"   a second key of an element with data-key; with Alt it works inside fields too.
   data-key-told="J K"   a key handled by another script, listed with the others.
   data-dialog-open="id", data-dialog-close    open and close a <dialog>; data-keys-list in it receives the list of keys.
   data-list="#id"       on a text field: up and down move the current link of that list and follow it; Enter stays.
   data-combobox="url"   autocompletion (ARIA 1.2 combobox): the URL receives ?q= and answers with
                         <li role="option" id data-label data-value data-url>. data-combobox-value="id" names the hidden
                         field that stores the value. Event "combobox:choose" (detail: value, label).
   data-enter-sends      on a textarea: Enter submits its form, Shift+Enter breaks the line. data-grows: as tall as its text.
   data-focus            receives the focus when the page or a fragment arrives (error summary).
   data-status="#id"     on a form: the element shows its state from its data-unsaved, -saving, -saved, -failed.
   data-guard            on a form: warns before leaving with unsent changes.
   data-resubmit         on a form: may be submitted again (other POST forms are submitted once).
   data-renews, data-renews="idle"   polls by htmx, except while the page is hidden; "idle": or in use.
   data-since, data-until="ISO"   a timer that counts up or down, in minutes and seconds. In a [data-undo-bar] it removes
                         the bar once it is over.
   data-look-form        the choice of look, applied at once. data-print: prints. <details class="menu">: closes itself.
*/
import { keyShown, keysOf, shown } from "./keys.js"
import "./unsent.js"

const root = document.documentElement
root.classList.add("js")
const skew = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0
const now = () => Date.now() + skew
const all = (selector, from = document) => [...from.querySelectorAll(selector)]
const inField = (el) =>
  el.isContentEditable ||
  /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
  (el.tagName === "INPUT" && !/^(checkbox|radio|button|submit|file|range)$/.test(el.type))

/* keys */
function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const digit = /^Digit(\d)$/.exec(event.code)
  const bare = event.altKey && digit ? digit[1] : key
  const shift = event.shiftKey && /^F\d+$/.test(key)
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + (shift ? "Shift+" : "") + bare
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return
  const name = nameOf(event)
  const typing = inField(event.target)
  const bare = name.length === 1
  if (typing && bare) return
  const open = event.target.closest?.("dialog[open]") || all("dialog[open]").at(-1)
  const answers = (el) => [el.dataset.key, el.dataset.altKey].some((key) => key?.toLowerCase() === name.toLowerCase())
  const target = all("[data-key], [data-alt-key]", open || document).find(
    (el) => answers(el) && shown(el) && !el.disabled,
  )
  if (!target) return
  event.preventDefault()
  if (inField(target)) {
    target.focus()
    target.select?.()
  } else {
    if (target.matches("summary, [popovertarget]")) target.focus() // what it opens comes next
    target.click()
  }
})
function listKeys(list) {
  list.replaceChildren(
    ...keysOf().flatMap(({ key, words, el }) => {
      const dt = document.createElement("dt"),
        dd = document.createElement("dd"),
        kbd = document.createElement("kbd")
      kbd.textContent = keyShown(key, el)
      dd.textContent = words
      dt.append(kbd)
      return [dt, dd]
    }),
  )
}

/* clicks: dialogs, toasts, menus, print */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]")
  if (opener && !event.ctrlKey && !event.metaKey) {
    const dialog = document.getElementById(opener.dataset.dialogOpen)
    if (dialog?.showModal) {
      event.preventDefault()
      all("[data-keys-list]", dialog).forEach(listKeys)
      if (!dialog.open) dialog.showModal()
      dialog.querySelector("[autofocus]")?.focus()
    }
  }
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close()
  if (
    event.target.matches?.("dialog[open]") &&
    event.target === document.elementFromPoint(event.clientX, event.clientY)
  ) {
    const box = event.target.getBoundingClientRect()
    if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom)
      event.target.close()
  }
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove()
  if (event.target.closest("[data-print]")) print()
  all("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false
  })
})
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]")
  if (menu) {
    menu.open = false
    menu.querySelector("summary").focus()
  }
})

/* the look, at once */
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-look-form]")
  if (!form || event.target.name !== "look") return
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `look=${event.target.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
  root.dataset.look = event.target.value
  all("[data-look-form] input[name=look]").forEach((radio) => {
    radio.checked = radio.value === event.target.value
  })
})

/* lists navigated from a field */
document.addEventListener("keydown", (event) => {
  const list = event.target.dataset?.list && document.querySelector(event.target.dataset.list)
  if (!list || !/^Arrow(Up|Down)$/.test(event.key)) return
  const links = all("a[href]", list)
  if (!links.length) return
  event.preventDefault()
  const at = links.findIndex((a) => a.hasAttribute("aria-current"))
  const to = links[Math.max(0, Math.min(links.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))]
  links.forEach((a) => a.removeAttribute("aria-current"))
  to.setAttribute("aria-current", "true")
  to.scrollIntoView({ block: "nearest" })
  to.click()
})

/* combobox */
let serial = 0
function combobox(input) {
  if (input.dataset.ready) return
  input.dataset.ready = "1"
  const list = document.createElement("ul")
  list.className = "options"
  list.id = `options-${++serial}`
  list.hidden = true
  list.setAttribute("role", "listbox")
  list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() || input.ariaLabel || "")
  ;(input.closest(".combo-box") || input.parentElement).append(list)
  /* a textarea may have no other role than its own, which has no expanded state */
  const own = input.tagName === "TEXTAREA"
  const attributes = own ? { "aria-haspopup": "listbox" } : { role: "combobox", "aria-expanded": "false" }
  for (const [name, value] of Object.entries({
    ...attributes,
    "aria-autocomplete": "list",
    "aria-controls": list.id,
  }))
    input.setAttribute(name, value)
  const expand = (open) => own || input.setAttribute("aria-expanded", String(open))
  const hidden = document.getElementById(input.dataset.comboboxValue || "")
  let timer,
    request,
    at = -1
  const options = () => all('[role="option"]', list)
  const close = () => {
    list.hidden = true
    at = -1
    expand(false)
    input.removeAttribute("aria-activedescendant")
  }
  const mark = (index) => {
    at = index
    options().forEach((option, i) => option.setAttribute("aria-selected", String(i === index)))
    const current = options()[index]
    if (!current) return input.removeAttribute("aria-activedescendant")
    input.setAttribute("aria-activedescendant", current.id)
    current.scrollIntoView({ block: "nearest" })
  }
  const choose = (option) => {
    const { value = "", label = option.textContent.trim(), url } = option.dataset
    close()
    if (url) return location.assign(url)
    input.value = label
    if (hidden) hidden.value = value
    input.dispatchEvent(new CustomEvent("combobox:choose", { bubbles: true, detail: { value, label } }))
    input.dispatchEvent(new Event("change", { bubbles: true }))
  }
  const ask = async () => {
    request?.abort()
    if (input.value.trim().length < 2) return close()
    request = new AbortController()
    try {
      const url = new URL(input.dataset.combobox, location.href)
      url.searchParams.set("q", input.value)
      const answer = await fetch(url, { signal: request.signal, headers: { "X-Requested-With": "fetch" } })
      if (!answer.ok || document.activeElement !== input) return close()
      list.innerHTML = answer.status === 204 ? "" : await answer.text()
      options().forEach((option, i) => {
        option.id = `${list.id}-${i + 1}`
      })
      at = -1
      list.hidden = !list.children.length
      expand(!list.hidden)
      input.removeAttribute("aria-activedescendant")
    } catch (error) {
      if (error.name !== "AbortError") close()
    }
  }
  input.addEventListener("input", () => {
    if (hidden) hidden.value = ""
    clearTimeout(timer)
    timer = setTimeout(ask, 150)
  })
  input.addEventListener("keydown", (event) => {
    const count = options().length
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      if (list.hidden) {
        ask()
        return
      }
      if (count) mark((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + count) % count)
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault()
      choose(options()[at])
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault()
      event.stopPropagation()
      close()
    } else if (event.key === "Tab") close()
  })
  input.addEventListener("blur", () => setTimeout(close, 150))
  list.addEventListener("mousedown", (event) => event.preventDefault())
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]')
    if (option) choose(option)
  })
}

/* textareas for one question */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("textarea[data-enter-sends]")) return
  if (event.shiftKey || event.altKey || event.isComposing || event.defaultPrevented) return
  event.preventDefault()
  if (!event.repeat) event.target.form.requestSubmit()
})
function grow(field) {
  field.style.blockSize = "auto"
  field.style.blockSize = `${field.scrollHeight}px`
}
const growsByItself = CSS.supports("field-sizing", "content")
document.addEventListener("input", (event) => {
  if (!growsByItself && event.target.matches?.("[data-grows]")) grow(event.target)
})

/* forms: submitted once, status shown, warning before unsent changes are lost */
const state = (form, name) => {
  const line = form.dataset.status && document.querySelector(form.dataset.status)
  if (!line) return
  const clock = new Date(now()).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" })
  line.dataset.state = name
  line.textContent = (line.dataset[name] || "").replace("{time}", clock)
}
const touched = new Set()
document.addEventListener("input", (event) => {
  const form = event.target.form
  if (form?.dataset.status) state(form, "unsaved")
  if (form?.hasAttribute("data-guard")) touched.add(form)
})
document.addEventListener("submit", (event) => {
  const form = event.target
  touched.delete(form)
  if (event.defaultPrevented && !form.matches("[hx-post], [data-hx-post]")) return
  state(form, "saving")
  if (form.method !== "post" || form.hasAttribute("data-resubmit") || form.matches("[hx-post], [hx-put], [hx-patch]"))
    return
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = "1"
  event.submitter?.setAttribute("aria-busy", "true")
  setTimeout(() =>
    all("button, input[type=submit]", form).forEach((button) => {
      if (!button.disabled) {
        button.disabled = true
        button.dataset.held = "1"
      }
    }),
  )
})
const release = () =>
  all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent
    all("[data-held]", form).forEach((button) => {
      button.disabled = false
      delete button.dataset.held
      button.removeAttribute("aria-busy")
    })
  })
addEventListener("pageshow", release)
addEventListener("beforeunload", (event) => {
  if ([...touched].some((form) => form.isConnected)) event.preventDefault()
})
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form")
  if (form && event.detail.requestConfig.verb !== "get") {
    touched.delete(form)
    state(form, event.detail.successful ? "saved" : "failed")
  }
})
document.addEventListener("form:kept", (event) => touched.delete(event.target))
document.addEventListener("htmx:sendError", (event) => {
  const form = event.target.closest?.("form")
  if (form) state(form, "failed")
})

/* htmx polling (data-renews): paused while the page is hidden or a menu is open; when "idle", also while in use */
const atWork = (el) =>
  el.contains(document.activeElement) ||
  all("textarea, input[type=text], input:not([type])", el).some((field) => field.value !== field.defaultValue)
document.addEventListener("htmx:beforeRequest", (event) => {
  const { renews } = event.target.dataset
  if (renews === undefined) return
  if (
    document.hidden ||
    event.target.querySelector("details.menu[open]") ||
    (renews === "idle" && atWork(event.target))
  )
    event.preventDefault()
})

/* timers; what can no longer be undone leaves, and gives back the focus that it had */
function leave(bar) {
  const held = bar.contains(document.activeElement)
  bar.remove()
  if (held) document.getElementById("content")?.focus({ preventScroll: true })
}
const two = (n) => String(n).padStart(2, "0")
function tick() {
  all("[data-since], [data-until]").forEach((el) => {
    const gap = el.dataset.since ? now() - Date.parse(el.dataset.since) : Date.parse(el.dataset.until) - now()
    const seconds = Math.max(0, Math.floor(gap / 1000)),
      hours = Math.floor(seconds / 3600)
    const text = hours
      ? `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
      : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
    if (el.textContent !== text) el.textContent = text
    const over = el.dataset.until && gap <= 0 && el.closest("[data-undo-bar]")
    if (over) leave(over)
  })
}
setInterval(tick, 1000)

/* initialisation of a page or a fragment */
function initialise(from) {
  all("[data-combobox]", from).forEach(combobox)
  if (!growsByItself) all("[data-grows]", from).forEach(grow)
  all("[data-toast-close], [data-print]", from).forEach((button) => {
    button.hidden = false
  })
  ;(from.matches?.("[data-focus]") ? from : from.querySelector("[data-focus]"))?.focus()
  tick()
}
initialise(document)
/* htmx tells of the page itself too, later: whoever has begun to type by then keeps the focus */
document.addEventListener("htmx:load", ({ detail }) => detail.elt === document.body || initialise(detail.elt))
